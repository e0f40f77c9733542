"""What `trustgraph.knowledge` 2.11 has; the same in both generations."""

from tgdrivers.compat.knowledge import *  # noqa: F403
