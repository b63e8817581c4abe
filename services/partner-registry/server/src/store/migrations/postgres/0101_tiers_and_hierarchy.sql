-- The last number and time given out per partner: orders the assignments and serialises their writers.
CREATE TABLE tier_heads (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    ordinal BIGINT NOT NULL,
    record_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, partner_id),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
);

-- Tiers by date: for a day that several cover, the highest ordinal decides. Never changed, never deleted.
CREATE TABLE tier_assignments (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    ordinal BIGINT NOT NULL,
    tier TEXT COLLATE "C" NOT NULL,
    effective_from BIGINT NOT NULL,
    effective_to BIGINT,
    reason TEXT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    record_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, partner_id, ordinal),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id),
    CHECK (effective_to IS NULL OR effective_to > effective_from)
);

-- The last number and time given out per tenant. Writers queue here, so that two links can never close a cycle together.
CREATE TABLE hierarchy_heads (
    tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    ordinal BIGINT NOT NULL,
    record_time BIGINT NOT NULL
);

-- Who works under whom from a day on: for a day that several cover, the highest ordinal decides.
CREATE TABLE hierarchy_links (
    tenant TEXT COLLATE "C" NOT NULL,
    ordinal BIGINT NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    parent_id TEXT COLLATE "C",
    effective_from BIGINT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    record_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, ordinal),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id),
    FOREIGN KEY (tenant, parent_id) REFERENCES partners (tenant, id),
    CHECK (parent_id IS NULL OR parent_id <> partner_id)
);

CREATE INDEX hierarchy_links_partner ON hierarchy_links (tenant, partner_id);
CREATE INDEX hierarchy_links_parent ON hierarchy_links (tenant, parent_id);
