"""Exchanges, WARC files and the ledger. Knows HTTP, WARC and SQL; knows no Scrapy and no reports."""
