"""Run the installed gateway unchanged, but on 127.0.0.1: it has no option for that and listens everywhere."""

import functools
import sys

from aiohttp import web
from knowledge_fix import install
from trustgraph.gateway import run

install()
web.run_app = functools.partial(web.run_app, host="127.0.0.1")
sys.argv[0] = "api-gateway"
run()
