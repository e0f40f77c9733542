"""Requests over HTTP: one exchange each, over a few connections that are kept alive."""
