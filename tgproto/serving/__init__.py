"""Plain HTTP services without I/O: requests in, answers out, at the pace that their author wants."""
