"""The gateway 1.7.1 and its back ends in one process, over a bus in memory instead of Pulsar."""
