"""The tests: one folder per package, the replica portals, and the rules of the house."""
