"""Programs that measure; each has a target of the Makefile, its results stand in docs/benchmarks.md."""
