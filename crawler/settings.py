"""Settings of the project: Scrapy's own, made polite and safe, and ours. Every one can be overridden with ``-s NAME=VALUE``."""

BOT_NAME = "ogi-archive"
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"
COMMANDS_MODULE = "crawler.commands"
ADDONS: dict[str, int] = {}

# Ours. Relative paths start at the folder of scrapy.cfg.
DATA_DIR = "data"
PORTALS = "crawler/registry"
CONTACT = ""
CONNECT_TO = ""
LEDGER = "ledger.sqlite"
WARC_MAX_BYTES = 1_000_000_000  # a WARC file is finished and indexed when it reaches this size

# After how many days an unchanged page is asked for again, by role. A listing is read in every run.
REVISIT_DAYS = {"listing": 0, "report": 30, "attachment": 365, "requisite": 365, "manual": 36500}

# One polite connection per host.
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 2
DOWNLOAD_DELAY_JITTER = 0
CONCURRENT_REQUESTS = 16
CONCURRENT_REQUESTS_PER_DOMAIN = 1
RETRY_TIMES = 2
RETRY_HTTP_CODES = [408, 500, 502, 504, 522, 524]  # 429 and 503 ask for a pause: not before the next run

# Limits: seconds, and bytes on the wire and after decoding.
DOWNLOAD_TIMEOUT = 180
DOWNLOAD_HEADER_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DECODED_MAXSIZE = 64 * 1024 * 1024

# Capture: every exchange goes through the archiving handler, http and https alike; no other scheme is fetched.
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.ArchivingDownloadHandler",
    "https": "crawler.handler.ArchivingDownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # loses redirects silently; the scheduler decides
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # takes an unreachable robots.txt for consent
    "crawler.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.compression.BoundedCompressionMiddleware": 590,
}
HTTPPROXY_ENABLED = False  # would take http_proxy from the environment, past CONNECT_TO and the address guard
COOKIES_ENABLED = False  # Scrapy's cookie jar fetches a public suffix list from foreign hosts

# The ledger is the frontier; pages are acknowledged by the visit middleware, nearest to the engine.
SCHEDULER = "crawler.scheduler.LedgerScheduler"
SPIDER_MIDDLEWARES = {
    "crawler.visit_middleware.VisitMiddleware": 20,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # drops links without a reason
}
HTTPERROR_ALLOW_ALL = True  # page classes decide what an answer is
ITEM_PIPELINES = {
    "pipelines.precheck.PrecheckPipeline": 100,
    "pipelines.parse.ParsePipeline": 200,
    "pipelines.identify.IdentifyPipeline": 300,
}
CONCURRENT_ITEMS = 8

TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # an HTTP server that runs Python code
LOG_LEVEL = "WARNING"
WARN_ON_GENERATOR_RETURN_VALUE = False
