"""The back ends of the gateways without Cassandra, object store, language model or, for 1.7.1, a broker.

The services of the configuration, flows, library and knowledge cores, and in 2.11.1 those of identities, are
upstream's own, on stores in memory. The services of a flow are scripted: a request says in its text how its
answer shall go (script.py). Whatever is imported or loaded ends in sinks, which a control server lets tests
read.

`generation1` runs 1.7.1, gateway included, and `generation2` the back ends of 2.11.1, each in a process of
its own with the packages of its release. Beside them is what both have in common; it uses only those message
classes that both releases have by the same name.
"""
