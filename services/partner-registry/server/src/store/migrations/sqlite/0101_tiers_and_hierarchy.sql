-- The last number and time given out per partner: orders the assignments and serialises their writers.
CREATE TABLE tier_heads (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    record_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, partner_id),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
) STRICT;

-- Tiers by date: for a day that several cover, the highest ordinal decides. Never changed, never deleted.
CREATE TABLE tier_assignments (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    tier TEXT NOT NULL,
    effective_from INTEGER NOT NULL,
    effective_to INTEGER,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    record_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, partner_id, ordinal),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id),
    CHECK (effective_to IS NULL OR effective_to > effective_from)
) STRICT;

-- The last number and time given out per tenant. Writers queue here, so that two links can never close a cycle together.
CREATE TABLE hierarchy_heads (
    tenant TEXT NOT NULL PRIMARY KEY,
    ordinal INTEGER NOT NULL,
    record_time INTEGER NOT NULL
) STRICT;

-- Who works under whom from a day on: for a day that several cover, the highest ordinal decides.
CREATE TABLE hierarchy_links (
    tenant TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    partner_id TEXT NOT NULL,
    parent_id TEXT,
    effective_from INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    record_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, ordinal),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id),
    FOREIGN KEY (tenant, parent_id) REFERENCES partners (tenant, id),
    CHECK (parent_id IS NULL OR parent_id <> partner_id)
) STRICT;

CREATE INDEX hierarchy_links_partner ON hierarchy_links (tenant, partner_id);
CREATE INDEX hierarchy_links_parent ON hierarchy_links (tenant, parent_id);
