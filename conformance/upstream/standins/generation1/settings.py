"""What the harness tells this process by variables of the environment, and what never changes."""

import os

PORT = int(os.environ["TGW1_PORT"])
CONTROL_PORT = int(os.environ["TGW1_CONTROL_PORT"])
TOKEN = os.environ["TGW1_TOKEN"]
LOG_LEVEL = os.environ["TGW_LOGLEVEL"]

USER = "trustgraph"  # whom the gateway takes when a request names nobody

# Every subscriber of the gateway keeps a thread of asyncio's pool busy, and the usual size of that pool would
# be six on two cores: the seventh service that is asked would never answer.
THREADS = 128
