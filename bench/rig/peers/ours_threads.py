"""Our client for threads."""

from __future__ import annotations

import blocking
from bulk import Ours

from tgdrivers import Api

WORKS = blocking.works(Api, Ours())
