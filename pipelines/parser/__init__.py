"""The parser: a fetched page in, the record of the annual report in it out, or the reason why there is none.

A pure function, free of network, clock, files and Scrapy. It parses the statutory form of the report, whichever portal
published it, and knows no portal family.
"""

from pipelines.parser.annual_report import PARSER_VERSION, NotAReport, parse
from pipelines.parser.carrier_links import find_carriers
from pipelines.parser.fingerprint import fingerprint
from pipelines.parser.model import AnnualReport
from pipelines.parser.page import Attachment, Hints, ReportPage
from pipelines.parser.recognition import refuse_source

__all__ = [
    "PARSER_VERSION",
    "AnnualReport",
    "Attachment",
    "Hints",
    "NotAReport",
    "ReportPage",
    "find_carriers",
    "fingerprint",
    "parse",
    "refuse_source",
]
