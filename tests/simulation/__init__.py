"""Two cores over a faulty pipe, on a virtual clock, from a seed.

`python -m tests.simulation 1234` plays one seed again and shows what happened.
"""
