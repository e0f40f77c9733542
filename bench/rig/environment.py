"""Makes what the rig runs on: an environment with all clients, and the native programs.

Everything goes into `.venv-bench` at the top of the repository, and is made again when it is out of date.
Only one process measures at a time: they would disturb each other.

`python3 bench/rig/environment.py SCRIPT ...` runs a script in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDER = ROOT / ".venv-bench"
RESULTS = ROOT / "bench" / "results"
PYTHON = FOLDER / "bin" / "python"
COMPILED = FOLDER / "compiled"
"""Where bytecode is kept: nobody is to be timed compiling."""
CLIENTS = ["trustgraph-base==2.11.1", "aiohttp>=3.14", "--editable", f"{ROOT}[speed,trio]"]
"""The published client imports `aiohttp` without asking for it."""
HTTP_CLIENTS = ["httpx==0.28.1", "httpx-sse==0.4.3", "openai==3.57.0"]
"""What `bench/sse_clients.py` compares with."""


@contextmanager
def made() -> Generator[None]:
    """Make the environment unless it is as wanted already, and keep other processes of the rig waiting."""
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another run to end ...", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        _make()
        yield


def _make() -> None:
    wanted = "\n".join([*CLIENTS, *HTTP_CLIENTS, (ROOT / "pyproject.toml").read_text()])
    stamp = FOLDER / "made-for"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"making {FOLDER.name} ...", file=sys.stderr)
    if not PYTHON.exists():
        venv.create(FOLDER, symlinks=True, with_pip=True)
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, *CLIENTS, *HTTP_CLIENTS], check=True)
    stamp.write_text(wanted)


def native(name: str) -> Path:
    """Compile a program of `native/` if it has changed; return where it is."""
    source = HERE / "native" / f"{name}.c"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    program = FOLDER / f"{name}-{digest}"
    if not program.exists():
        FOLDER.mkdir(exist_ok=True)
        subprocess.run(["cc", "-O2", "-o", program, source], check=True)
    return program


def main() -> int:
    """Run the script of the command line in the environment; return its exit status."""
    compiled = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(COMPILED)}
    with made():
        return subprocess.run([PYTHON, *sys.argv[1:]], env=compiled, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
