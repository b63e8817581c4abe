-- Documents of partners: what is searched or decides has a column, what the submitter told is kept as JSON.
CREATE TABLE documents (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('SUBMITTED', 'VERIFIED', 'REJECTED', 'EXPIRED', 'SUPERSEDED')),
    -- Last valid day; none: it does not expire.
    expires_on BIGINT,
    content TEXT NOT NULL,
    supersedes TEXT COLLATE "C",
    superseded_by TEXT COLLATE "C",
    submitter TEXT COLLATE "C" NOT NULL,
    reviewer TEXT COLLATE "C",
    review_time BIGINT,
    review_note TEXT,
    revision BIGINT NOT NULL CHECK (revision > 0),
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, partner_id, id),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id),
    FOREIGN KEY (tenant, partner_id, supersedes) REFERENCES documents (tenant, partner_id, id),
    FOREIGN KEY (tenant, partner_id, superseded_by) REFERENCES documents (tenant, partner_id, id),
    CHECK ((state = 'SUPERSEDED') = (superseded_by IS NOT NULL)),
    CHECK ((reviewer IS NULL) = (review_time IS NULL) AND (reviewer IS NULL) = (review_note IS NULL)),
    CHECK (reviewer IS NULL OR reviewer <> submitter)
);

CREATE UNIQUE INDEX documents_uid ON documents (tenant, uid);
CREATE INDEX documents_state ON documents (tenant, state, partner_id, id);
CREATE INDEX documents_expiry ON documents (tenant, expires_on);
-- What the calendar may still expire, of all tenants.
CREATE INDEX documents_due ON documents (expires_on) WHERE state IN ('SUBMITTED', 'VERIFIED');

-- Every revision with the whole document as it was, never changed.
CREATE TABLE document_revisions (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    document_id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    reason TEXT NOT NULL,
    record_time BIGINT NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, document_id, revision),
    FOREIGN KEY (tenant, partner_id, document_id) REFERENCES documents (tenant, partner_id, id)
);
