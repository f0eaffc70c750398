"""Programs that put the crawler through more than a test suite has time for; each has a target of the Makefile."""
