-- Partners: what is searched or unique has a column, the whole profile is kept as JSON.
-- Times are microseconds and dates days since 1970-01-01. Every key is led by the tenant.
CREATE TABLE partners (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    uid BLOB NOT NULL,
    -- Names the partner in digests; fixed at creation.
    business_key TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('PROSPECT', 'APPLICANT', 'ADMITTED', 'ACTIVE', 'PROBATION', 'FROZEN',
                                           'EXITING', 'EXITED', 'REJECTED')),
    before_freeze TEXT,
    kind TEXT NOT NULL,
    region TEXT NOT NULL,
    -- The top two levels of the region, within which names are compared.
    area TEXT NOT NULL,
    display_name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    registration_scheme TEXT,
    registration_number TEXT,
    profile TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    CHECK ((status = 'FROZEN') = (before_freeze IS NOT NULL)),
    CHECK ((registration_scheme IS NULL) = (registration_number IS NULL))
) STRICT;

CREATE UNIQUE INDEX partners_uid ON partners (tenant, uid);
CREATE UNIQUE INDEX partners_business_key ON partners (tenant, business_key);
CREATE UNIQUE INDEX partners_registration ON partners (tenant, registration_scheme, registration_number);
CREATE INDEX partners_area ON partners (tenant, area);
CREATE INDEX partners_region ON partners (tenant, region);
CREATE INDEX partners_status ON partners (tenant, status, id);
CREATE INDEX partners_kind ON partners (tenant, kind, id);

-- Keys in other systems: one per system and partner, each unique per tenant.
CREATE TABLE partner_refs (
    tenant TEXT NOT NULL,
    system TEXT NOT NULL,
    external_id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    PRIMARY KEY (tenant, system, external_id),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
) STRICT;

CREATE UNIQUE INDEX partner_refs_partner ON partner_refs (tenant, partner_id, system);

CREATE TABLE partner_labels (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    label_key TEXT NOT NULL,
    label_value TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, label_key),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
) STRICT;

-- Every revision with the whole partner as it was, never changed.
CREATE TABLE partner_revisions (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    record_time INTEGER NOT NULL,
    previous_status TEXT,
    tier TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, revision),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
) STRICT;
