"""The conformance suite: language-neutral cases for clients and gateways, and their player."""
