-- Documents of partners, the own copy of what the registry keeps. Days are days since 1970-01-01.
CREATE TABLE partner_documents (
    tenant        TEXT NOT NULL,
    document_name TEXT NOT NULL,
    partner_id    TEXT NOT NULL,
    kind          TEXT NOT NULL,
    -- NULL: it does not expire.
    expires_on    INTEGER,
    state         TEXT NOT NULL,
    -- Number of the event among those of the document: an older one never replaces a newer one.
    sequence      INTEGER NOT NULL,
    PRIMARY KEY (tenant, document_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX partner_documents_by_partner ON partner_documents (tenant, partner_id, document_name);
