"""The published client, its calls that block."""

from __future__ import annotations

import blocking
from bulk import Published
from trustgraph.api import Api

WORKS = blocking.works(Api, Published())
