-- Documents of partners: what is searched or decides has a column, what the submitter told is kept as JSON.
CREATE TABLE documents (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    id TEXT NOT NULL,
    uid BLOB NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('SUBMITTED', 'VERIFIED', 'REJECTED', 'EXPIRED', 'SUPERSEDED')),
    -- Last valid day; none: it does not expire.
    expires_on INTEGER,
    content TEXT NOT NULL,
    supersedes TEXT,
    superseded_by TEXT,
    submitter TEXT NOT NULL,
    reviewer TEXT,
    review_time INTEGER,
    review_note TEXT,
    revision INTEGER NOT NULL CHECK (revision > 0),
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, partner_id, id),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id),
    FOREIGN KEY (tenant, partner_id, supersedes) REFERENCES documents (tenant, partner_id, id),
    FOREIGN KEY (tenant, partner_id, superseded_by) REFERENCES documents (tenant, partner_id, id),
    CHECK ((state = 'SUPERSEDED') = (superseded_by IS NOT NULL)),
    CHECK ((reviewer IS NULL) = (review_time IS NULL) AND (reviewer IS NULL) = (review_note IS NULL)),
    CHECK (reviewer IS NULL OR reviewer <> submitter)
) STRICT;

CREATE UNIQUE INDEX documents_uid ON documents (tenant, uid);
CREATE INDEX documents_state ON documents (tenant, state, partner_id, id);
CREATE INDEX documents_expiry ON documents (tenant, expires_on);
-- What the calendar may still expire, of all tenants.
CREATE INDEX documents_due ON documents (expires_on) WHERE state IN ('SUBMITTED', 'VERIFIED');

-- Every revision with the whole document as it was, never changed.
CREATE TABLE document_revisions (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    record_time INTEGER NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, document_id, revision),
    FOREIGN KEY (tenant, partner_id, document_id) REFERENCES documents (tenant, partner_id, id)
) STRICT;
