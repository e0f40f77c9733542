"""What `trustgraph.knowledge` 1.7 has; the same in both generations."""

from tgdrivers.compat.knowledge import *  # noqa: F403
