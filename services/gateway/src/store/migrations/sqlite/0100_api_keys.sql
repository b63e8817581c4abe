-- API keys. The key of the table is led by the tenant like everywhere; a caller presents a prefix alone, and its row
-- says the tenant, hence the second unique key.
CREATE TABLE api_keys (
    tenant      TEXT    NOT NULL,
    prefix      TEXT    NOT NULL CHECK (length(prefix) BETWEEN 1 AND 32),
    subject     TEXT    NOT NULL,
    roles       TEXT    NOT NULL,           -- JSON list of role names
    secret_hash BLOB    NOT NULL CHECK (length(secret_hash) = 32), -- SHA-256
    creator     TEXT    NOT NULL,
    create_time INTEGER NOT NULL,
    expire_time INTEGER,
    revoke_time INTEGER,
    PRIMARY KEY (tenant, prefix)
) STRICT;

CREATE UNIQUE INDEX api_keys_prefix ON api_keys (prefix);
CREATE INDEX api_keys_created ON api_keys (tenant, create_time, prefix);

-- One row, written by the first start of the installation together with its first key.
CREATE TABLE installation (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    first_key   TEXT    NOT NULL,
    create_time INTEGER NOT NULL
) STRICT;
