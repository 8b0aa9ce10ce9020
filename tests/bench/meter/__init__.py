"""The benchmark of the engine against its peers; tests/bench/README.md explains the method."""
