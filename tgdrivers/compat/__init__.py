"""What users of `trustgraph.api` have, in both its generations: `compat.v1` is 1.7, `compat.v2` is 2.11.

Classes, names, parameters, defaults and results are those of upstream. What they do is done by the operations
of the catalogue, over the drivers of this package; the methods are rows that say which operation each one
stands for, see `rows`. `docs/migrating.md` says what differs on purpose.
"""
