"""Drivers: the same gateway for each way of doing I/O. They move bytes and decide nothing."""
