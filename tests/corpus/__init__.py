"""The evaluation corpus: report pages with gold values, and what measures a reader against them.

The generator, its label tables, the gold values and the scoring share nothing with the parser under test: what they
know of the forms was transcribed from the notices a second time. All numbers and texts of generated pages are invented.
"""
