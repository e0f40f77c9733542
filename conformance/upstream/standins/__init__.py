"""The back ends of the gateway without Cassandra, object store or language model, in one process.

The services of the configuration, flows, identities, library and knowledge cores are upstream's own, on
stores in memory. The services of a flow are scripted: a request says in its text how its answer shall go
(script.py). Whatever is imported or loaded ends in sinks, which a control server lets tests read.
"""
