-- The ledger, schema 3. Kept to what PostgreSQL also speaks. Times are ISO 8601 UTC text, which sorts by time.
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE runs (
    run TEXT PRIMARY KEY,
    selection TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    verdict TEXT
);

-- The verdict on every portal of a finished run; detail is JSON.
CREATE TABLE verdicts (
    portal TEXT NOT NULL,
    run TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    verdict TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (portal, run)
);

-- The committed end of every append-only file of a run.
CREATE TABLE outputs (
    run TEXT NOT NULL,
    name TEXT NOT NULL,
    committed_end BIGINT NOT NULL,
    PRIMARY KEY (run, name)
);

CREATE TABLE warc_files (name TEXT PRIMARY KEY, committed_end BIGINT NOT NULL);

-- The frontier: one row per request. A row that waits for nothing is due '9999'. A ready one is not asked for: its page is
-- in the archive, and so is all that can be had of the files it awaited.
CREATE TABLE requests (
    key TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    family TEXT NOT NULL,
    portal TEXT NOT NULL,
    host TEXT NOT NULL,
    role TEXT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    body BYTEA NOT NULL,
    headers TEXT NOT NULL,
    callback TEXT NOT NULL,
    data TEXT NOT NULL,
    hints TEXT NOT NULL,
    via TEXT NOT NULL,
    hops TEXT NOT NULL,
    listing TEXT NOT NULL,
    due_at TEXT NOT NULL,
    lease_owner TEXT,
    lease_expires TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    acknowledged_run TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    succeeded_at TEXT NOT NULL DEFAULT '',
    changed_at TEXT NOT NULL DEFAULT '',
    orphaned_at TEXT NOT NULL DEFAULT '',
    rows_seen INTEGER,
    rows_promised INTEGER,
    size BIGINT NOT NULL DEFAULT 0,
    etag TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    content_digest TEXT NOT NULL DEFAULT '',
    capture TEXT NOT NULL DEFAULT '',
    ready INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX requests_queue ON requests (portal, host, due_at, position, acknowledged_run); -- the last so that counting reads no row
CREATE INDEX requests_position ON requests (position);
CREATE INDEX requests_role ON requests (portal, role, outcome);
CREATE INDEX requests_run ON requests (acknowledged_run, portal);
CREATE INDEX requests_url ON requests (url);
CREATE INDEX requests_lease ON requests (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX requests_orphaned ON requests (portal, orphaned_at) WHERE orphaned_at <> '';
CREATE INDEX requests_ready ON requests (portal, host, position) WHERE ready = 1;

CREATE TABLE links (parent TEXT NOT NULL, child TEXT NOT NULL, PRIMARY KEY (parent, child));
CREATE INDEX links_child ON links (child);

-- The files that carry what a page only links to, in the order of the page; awaited until their visit came to an end.
CREATE TABLE carriers (
    page TEXT NOT NULL,
    child TEXT NOT NULL,
    position INTEGER NOT NULL,
    awaited INTEGER NOT NULL,
    PRIMARY KEY (page, child)
);
CREATE INDEX carriers_child ON carriers (child);
CREATE INDEX carriers_awaited ON carriers (page) WHERE awaited = 1;

CREATE TABLE captures (
    record_id TEXT PRIMARY KEY,
    run TEXT NOT NULL,
    request_key TEXT NOT NULL,
    portal TEXT NOT NULL,
    url TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    status INTEGER NOT NULL,
    page_class TEXT NOT NULL,
    file TEXT NOT NULL,
    start_offset BIGINT NOT NULL,
    length BIGINT NOT NULL,
    end_offset BIGINT NOT NULL,
    payload_digest TEXT NOT NULL,
    content_digest TEXT NOT NULL
);
CREATE INDEX captures_run ON captures (run, portal);
CREATE INDEX captures_file ON captures (file, end_offset);

-- Documents are opaque: a key, a title, a digest, bytes. A series has one document a period; the reader is the version of
-- what read it; the rank says how near its page is to its origin.
CREATE TABLE documents (
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    position BIGINT NOT NULL,
    title TEXT NOT NULL,
    series TEXT NOT NULL,
    period INTEGER,
    digest TEXT NOT NULL,
    reader TEXT NOT NULL,
    rank INTEGER NOT NULL,
    run TEXT NOT NULL,
    portal TEXT NOT NULL,
    capture TEXT NOT NULL,
    url TEXT NOT NULL,
    change TEXT NOT NULL,
    counts TEXT NOT NULL,
    line BYTEA NOT NULL,
    PRIMARY KEY (key, revision)
);
CREATE INDEX documents_run ON documents (run, portal);
CREATE INDEX documents_portal ON documents (portal, key);
CREATE INDEX documents_capture ON documents (capture);
CREATE INDEX documents_position ON documents (position);

-- What a page said, by URL and content: the document and its revision (0: another edition of it, superseded when it was
-- read). Of the rows of a URL one is current: what it says now; gone_at says since when it is not there any more.
CREATE TABLE sources (
    url TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    portal TEXT NOT NULL,
    rank INTEGER NOT NULL,
    first_seen TEXT NOT NULL,
    current INTEGER NOT NULL,
    gone_at TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (url, content_digest)
);
CREATE INDEX sources_key ON sources (key, revision);
CREATE INDEX sources_portal ON sources (portal, key);
CREATE INDEX sources_content ON sources (content_digest);
CREATE INDEX sources_gone ON sources (gone_at) WHERE gone_at <> '';

-- What is remembered of a host (JSON) and of the robots.txt of an authority.
CREATE TABLE hosts (host TEXT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE robots (
    authority TEXT PRIMARY KEY,
    fetched_at TEXT NOT NULL,
    problem TEXT NOT NULL,
    body BYTEA NOT NULL,
    good_at TEXT NOT NULL
);

-- What is never fetched, emitted or exported again: a host, or a URL.
CREATE TABLE tombstones (target TEXT PRIMARY KEY, kind TEXT NOT NULL, made_at TEXT NOT NULL);
