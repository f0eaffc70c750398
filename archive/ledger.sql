-- The ledger, schema 1. Kept to what PostgreSQL also speaks. Times are ISO 8601 UTC text, which sorts by time.
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE runs (
    run TEXT PRIMARY KEY,
    selection TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    verdict TEXT
);

-- The committed end of every append-only file of a run.
CREATE TABLE outputs (
    run TEXT NOT NULL,
    name TEXT NOT NULL,
    committed_end BIGINT NOT NULL,
    PRIMARY KEY (run, name)
);

CREATE TABLE warc_files (name TEXT PRIMARY KEY, committed_end BIGINT NOT NULL);

-- The frontier: one row per request.
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
    due_at TEXT NOT NULL,
    lease_owner TEXT,
    lease_expires TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    acknowledged_run TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    rows_seen INTEGER,
    rows_promised INTEGER,
    etag TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    content_digest TEXT NOT NULL DEFAULT '',
    capture TEXT NOT NULL DEFAULT ''
);
CREATE INDEX requests_due ON requests (family, due_at, position);
CREATE INDEX requests_portal ON requests (portal, role);
CREATE INDEX requests_lease ON requests (lease_owner);

CREATE TABLE links (parent TEXT NOT NULL, child TEXT NOT NULL, PRIMARY KEY (parent, child));

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

-- Documents are opaque: a key, a title, a digest, bytes.
CREATE TABLE documents (
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    position BIGINT NOT NULL,
    title TEXT NOT NULL,
    digest TEXT NOT NULL,
    run TEXT NOT NULL,
    portal TEXT NOT NULL,
    capture TEXT NOT NULL,
    change TEXT NOT NULL,
    counts TEXT NOT NULL,
    line BYTEA NOT NULL,
    PRIMARY KEY (key, revision)
);
CREATE INDEX documents_run ON documents (run, portal);
CREATE INDEX documents_capture ON documents (capture);
CREATE INDEX documents_position ON documents (position);

-- Which page (by URL and content) a document revision was read from; the second and later URLs are aliases.
CREATE TABLE sources (
    url TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    seen TEXT NOT NULL,
    PRIMARY KEY (url, content_digest)
);
CREATE INDEX sources_key ON sources (key, revision);
CREATE INDEX sources_content ON sources (content_digest);
