-- Partners: what is searched or unique has a column, the whole profile is kept as JSON.
-- Times are microseconds and dates days since 1970-01-01. Every key is led by the tenant.
CREATE TABLE partners (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    -- Names the partner in digests; fixed at creation.
    business_key TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('PROSPECT', 'APPLICANT', 'ADMITTED', 'ACTIVE', 'PROBATION', 'FROZEN',
                                           'EXITING', 'EXITED', 'REJECTED')),
    before_freeze TEXT COLLATE "C",
    kind TEXT COLLATE "C" NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    -- The top two levels of the region, within which names are compared.
    area TEXT COLLATE "C" NOT NULL,
    display_name TEXT NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    registration_scheme TEXT COLLATE "C",
    registration_number TEXT COLLATE "C",
    profile TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    CHECK ((status = 'FROZEN') = (before_freeze IS NOT NULL)),
    CHECK ((registration_scheme IS NULL) = (registration_number IS NULL))
);

CREATE UNIQUE INDEX partners_uid ON partners (tenant, uid);
CREATE UNIQUE INDEX partners_business_key ON partners (tenant, business_key);
CREATE UNIQUE INDEX partners_registration ON partners (tenant, registration_scheme, registration_number);
CREATE INDEX partners_area ON partners (tenant, area);
CREATE INDEX partners_region ON partners (tenant, region);
CREATE INDEX partners_status ON partners (tenant, status, id);
CREATE INDEX partners_kind ON partners (tenant, kind, id);

-- Keys in other systems: one per system and partner, each unique per tenant.
CREATE TABLE partner_refs (
    tenant TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, system, external_id),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
);

CREATE UNIQUE INDEX partner_refs_partner ON partner_refs (tenant, partner_id, system);

CREATE TABLE partner_labels (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    label_key TEXT COLLATE "C" NOT NULL,
    label_value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, partner_id, label_key),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
);

-- Every revision with the whole partner as it was, never changed.
CREATE TABLE partner_revisions (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    reason TEXT NOT NULL,
    record_time BIGINT NOT NULL,
    previous_status TEXT COLLATE "C",
    tier TEXT COLLATE "C" NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, revision),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
);
