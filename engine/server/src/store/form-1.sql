-- What was uploaded. Times are in milliseconds since the Unix epoch; the greater its number, the later it was uploaded last.
CREATE TABLE components (
    number INTEGER NOT NULL UNIQUE,
    digest TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT,
    tags TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    uploaded INTEGER NOT NULL,
    targets TEXT NOT NULL,
    imports TEXT NOT NULL
);
CREATE UNIQUE INDEX components_by_version ON components (name, version) WHERE version IS NOT NULL;
CREATE INDEX components_by_name ON components (name, number);

-- What can be run of it; `described` is JSON.
CREATE TABLE scenarios (
    component TEXT NOT NULL REFERENCES components (digest) ON DELETE CASCADE,
    name TEXT NOT NULL,
    described TEXT NOT NULL,
    PRIMARY KEY (component, name)
);
CREATE INDEX scenarios_by_name ON scenarios (name);

-- What was asked for. The values of secret settings are apart from the document, which may be shown.
CREATE TABLE campaigns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    verdict TEXT,
    message TEXT,
    document TEXT NOT NULL,
    secrets TEXT NOT NULL,
    seed INTEGER NOT NULL,
    scenarios TEXT NOT NULL,
    tags TEXT NOT NULL,
    minions INTEGER NOT NULL,
    replays TEXT,
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    asked_by TEXT UNIQUE,
    asked TEXT
);
CREATE INDEX campaigns_by_state ON campaigns (state);

-- The files of a campaign, in its order.
CREATE TABLE campaign_files (
    campaign INTEGER NOT NULL REFERENCES campaigns (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    component TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (campaign, position)
);
CREATE INDEX campaign_files_by_component ON campaign_files (component);

-- Who may do what; `hash` is SHA-256 of what clients send.
CREATE TABLE tokens (
    name TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER
);
