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

# When a page is asked for again: after this share of the time for which it has not changed, and within these bounds in
# days, by role. A listing that changes now and then is read in every run; in season (January to March) every one is, and
# a report every week.
REVISIT_AGE_SHARE = 0.1
REVISIT_DAYS = {"listing": 0, "report": 7, "attachment": 30, "frame": 7, "requisite": 90, "manual": 36500}
REVISIT_MAX_DAYS = {"listing": 6, "report": 90, "attachment": 365, "frame": 90, "requisite": 365, "manual": 36500}
REVISIT_SEASON_MAX_DAYS = {"listing": 0, "report": 7, "attachment": 60, "frame": 7, "requisite": 365, "manual": 36500}

# One polite connection per host.
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 2
DOWNLOAD_DELAY_JITTER = 0
DELAY_SHARE = 1.0  # a host that takes 5 s to answer is asked every 5 s, up to DELAY_MAX; nothing where no delay is kept
DELAY_MAX = 30
CRAWL_DELAY_MAX = 60  # seconds; a longer Crawl-delay would keep a portal from ever being read whole
ROBOTS_CACHE_HOURS = 24

# Hosts in trouble, times in seconds: left alone for HOST_PAUSE after so many block pages or failures in a row, twice as long
# each time the pause proves too short. A pause up to HOST_MAX_WAIT (a Retry-After, too) is waited for within the run.
HOST_BLOCK_LIMIT = 3
HOST_ERROR_LIMIT = 5
HOST_PAUSE = 1800
HOST_MAX_WAIT = 300
# What a host may cost in a run, 0 for no limit: requests, bytes, seconds (of waiting for it), errors.
HOST_BUDGET = {"requests": 0, "bytes": 0, "seconds": 0, "errors": 50}

# What a report page may have of attachments, and of requisites (style sheets, scripts, images, fonts) where they are archived
# with it; and all pages of a run together (run_…, 0 for no limit). Decoded bytes.
ATTACHMENT_BUDGET = {"requests": 20, "bytes": 256 * 1024 * 1024, "run_requests": 0, "run_bytes": 0}
REQUISITE_BUDGET = {"requests": 200, "bytes": 64 * 1024 * 1024, "run_requests": 0, "run_bytes": 0}

PORTALS_OPEN = 16  # portals under way at a time
CONCURRENT_REQUESTS = 16
CONCURRENT_REQUESTS_PER_DOMAIN = 1
RETRY_TIMES = 2
RETRY_HTTP_CODES = [408, 500, 502, 504, 522, 524]  # not 429 and 503: they ask for a pause

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
    "crawler.carried.ReadBackMiddleware": 60,  # what comes from the archive passes neither robots.txt nor delays
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # loses redirects silently; the scheduler decides
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # takes an unreachable robots.txt for consent
    "crawler.forgotten.ForgottenMiddleware": 50,  # before robots.txt, which a forgotten host is not asked for either
    "crawler.robots.RobotsMiddleware": 100,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "crawler.politeness.PolitenessMiddleware": 560,  # below retries, so that each of them counts
    "crawler.compression.BoundedCompressionMiddleware": 590,
}
DOWNLOADER_STATS = False
TWISTED_DNS_RESOLVER = "scrapy.resolver.CachingHostnameResolver"  # the default knows IPv4 only
HTTPPROXY_ENABLED = False  # would take http_proxy from the environment, past CONNECT_TO and the address guard
COOKIES_ENABLED = False  # Scrapy's cookie jar fetches a public suffix list from foreign hosts

# The ledger is the frontier; pages are acknowledged by the visit middleware, nearest to the engine.
SCHEDULER = "crawler.scheduler.LedgerScheduler"
SPIDER_MIDDLEWARES = {
    "crawler.visit_middleware.VisitMiddleware": 20,
    "crawler.beside_middleware.BesideMiddleware": 30,  # further from the engine: before a page is drained
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # drops links without a reason
    # What these do is done by others or by nobody; each costs every page two coroutines.
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,  # page classes decide what an answer is
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
ITEM_PIPELINES = {
    "pipelines.precheck.PrecheckPipeline": 100,
    "pipelines.parse.ParsePipeline": 200,
    "pipelines.identify.IdentifyPipeline": 300,
}
CONCURRENT_ITEMS = 1  # of one page, which has one; each would cost every page a task

REPLAY_ENV = ""  # the environment of pywb; empty: where the user's caches are

METRICS_FILE = "metrics.prom"  # under DATA_DIR, for Prometheus' textfile collector; empty: none
SHUTDOWN_SECONDS = 8  # after SIGINT or SIGTERM the files are closed, whatever is still under way

# Instead of all that Scrapy has: even those switched off are loaded, which takes a fifth of a second. Left out are the
# Telnet console and Remote Control (an HTTP server that runs Python code), feeds (records are written with the commit of their
# page only) and statistics.
EXTENSIONS_BASE = {
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
}
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"  # the ledger counts
LOG_LEVEL = "WARNING"
WARN_ON_GENERATOR_RETURN_VALUE = False
