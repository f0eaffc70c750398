"""Renders report pages of known values in the markups and irregularities that portals show, with their gold values.

Deterministic: a seed and a number give the same bytes on every machine. Knows nothing of the parser.
"""

from tests.corpus.generator.pages import Page, render

__all__ = ["Page", "render"]
