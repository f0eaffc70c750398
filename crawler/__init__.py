"""The Scrapy side of every crawl: settings, registry, download handler, scheduler, page classes, run report, commands."""
