"""Sends or fetches a long document, and prints what came of it; a process to be measured, or to be killed.

Usage: python -m tests.drivers.library_probe DRIVER URL TOKEN add|resume|fetch PATH
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from tests.drivers.contract.drivers import DRIVERS
from tests.drivers.contract.probe_memory import resident

ID = "urn:big"


def main(name: str, url: str, token: str, what: str, path: str) -> None:
    driver = next(driver for driver in DRIVERS if driver.name == name)
    most = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal most
        most = max(most, resident())
        print(done, flush=True)

    async def scenario() -> None:
        nonlocal most
        async with driver.api(url, token=token) as api:
            library = api.library()
            await library.get_documents()  # this warms up
            before = most = resident()
            if what == "add":
                await library.add_document(Path(path), ID, None, "", "", on_progress=progress)
            elif what == "resume":
                (session,) = await library.get_pending_uploads()
                await library.resume_upload(session.upload_id, Path(path), progress)
            else:
                await library.stream_document_to_file(ID, path, on_progress=progress)
                with Path(path).open("rb") as file:
                    print(hashlib.file_digest(file, "sha256").hexdigest())
            print(f"grown by {most - before:.1f} MiB")

    driver.run(scenario)


if __name__ == "__main__":
    main(*sys.argv[1:])
