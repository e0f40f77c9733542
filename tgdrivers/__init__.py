"""Drivers: the same gateway for asyncio, trio and threads. They move bytes and decide nothing."""
