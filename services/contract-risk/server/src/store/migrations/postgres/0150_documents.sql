-- Documents of partners, the own copy of what the registry keeps. Days are days since 1970-01-01.
CREATE TABLE partner_documents (
    tenant        TEXT COLLATE "C" NOT NULL,
    document_name TEXT COLLATE "C" NOT NULL,
    partner_id    TEXT COLLATE "C" NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL,
    -- NULL: it does not expire.
    expires_on    BIGINT,
    state         TEXT COLLATE "C" NOT NULL,
    -- Number of the event among those of the document: an older one never replaces a newer one.
    sequence      BIGINT NOT NULL,
    PRIMARY KEY (tenant, document_name)
);
CREATE INDEX partner_documents_by_partner ON partner_documents (tenant, partner_id, document_name);
