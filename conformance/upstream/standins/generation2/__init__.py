"""The back ends of the gateway 2.11.1; the gateway itself is a process of its own."""
