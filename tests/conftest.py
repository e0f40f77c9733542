"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# How long something takes is measured in `bench/`: a machine that is busy breaks no test.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
