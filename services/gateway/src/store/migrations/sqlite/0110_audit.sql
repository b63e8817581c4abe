-- Who called what, and who was refused. Rows are only ever added; ids are UUIDv7, so their order is that of time.
CREATE TABLE audit_entries (
    tenant         TEXT NOT NULL,
    id             TEXT NOT NULL CHECK (length(id) = 36),
    answer_time    INTEGER NOT NULL,
    subject        TEXT NOT NULL,
    api_key        TEXT NOT NULL,
    method         TEXT NOT NULL,
    resource       TEXT NOT NULL,
    client_address TEXT NOT NULL,
    protocol       INTEGER NOT NULL CHECK (protocol BETWEEN 1 AND 3),
    request_digest TEXT NOT NULL CHECK (length(request_digest) IN (0, 64)), -- SHA-256 in hexadecimal
    code           INTEGER NOT NULL CHECK (code BETWEEN 0 AND 16),
    reason         TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    duration_us    INTEGER NOT NULL,
    call_count     INTEGER NOT NULL CHECK (call_count > 0),
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX audit_entries_subject ON audit_entries (tenant, subject, id);
CREATE INDEX audit_entries_resource ON audit_entries (tenant, resource, id);
