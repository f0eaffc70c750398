"""Checks that need more than one report: each report against the organ's other years, other organs and its peers.

Promises findings about the sources, never a repair, in an order that depends on the reports alone. Pure: records in,
findings out. Must not know where records are kept or where findings go.
"""

from pipelines.panel.digest import NotARecord, read_digest
from pipelines.panel.findings import Finding, describe_panel_rules
from pipelines.panel.panel import Panel

__all__ = ["Finding", "NotARecord", "Panel", "describe_panel_rules", "read_digest"]
