"""Runs every micro-benchmark, one after the other, each in a process of its own.

Quote the ratios, not the times: the machine has other tenants. Nothing here is asserted.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run `micro_*.py`; return the first exit status that is not 0."""
    for script in sorted(HERE.glob("micro_*.py")):
        print(f"\n== {script.name} ==", flush=True)
        status = subprocess.run([sys.executable, script], check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
