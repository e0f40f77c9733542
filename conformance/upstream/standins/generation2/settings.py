"""What the harness tells the stand-ins by variables of the environment, and what never changes."""

import os

AMQP_PORT = int(os.environ["TGW_AMQP_PORT"])
CONTROL_PORT = int(os.environ["TGW_CONTROL_PORT"])
LOG_LEVEL = os.environ["TGW_LOGLEVEL"]
ADMIN_KEY = os.environ["TGW_ADMIN_KEY"]
READER_KEY = os.environ["TGW_READER_KEY"]

READER_NAME = "reader"
READER_PASSWORD = "interop-password"
WORKSPACES = ("default", "other")

# What every upstream class takes to reach the broker.
BUS = {
    "pubsub_backend": "rabbitmq",
    "rabbitmq_host": "127.0.0.1",
    "rabbitmq_port": AMQP_PORT,
    "metrics": False,
}
