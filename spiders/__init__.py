"""Finding report pages: one spider per portal family, on a common base."""
