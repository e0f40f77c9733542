"""Gateways to test drivers against: the embedded one, one written on other libraries, and broken ones."""
