"""An agent's thoughts and a streamed answer, with each driver in turn, from a gateway in this process.

    python examples/demo.py [--driver asyncio|trio|threaded]

The gateway speaks the real protocol over real sockets; its language model is a script that reads a small
graph. `tg demo` is the same. For code to start from see the `script_*.py` beside this file.
"""

import argparse

from tgdrivers.cli.demo import DRIVERS, show
from tgdrivers.cli.failures import exits

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Watch an agent think and an answer stream.")
    parser.add_argument("--driver", choices=DRIVERS, help="which one; each in turn if not given")
    arguments = parser.parse_args()
    with exits():
        show(arguments.driver)
