-- Where an assignment came from: by hand it overrides evaluations. What is there was assigned by hand.
ALTER TABLE tier_assignments
    ADD COLUMN origin TEXT NOT NULL DEFAULT 'MANUAL' CHECK (origin IN ('MANUAL', 'EVALUATION'));

-- Versions of the tier programme: what is searched has a column, the whole version is kept as JSON.
CREATE TABLE tier_programmes (
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    -- First day in force, once it is activated.
    effective_from INTEGER,
    update_time INTEGER NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, version)
) STRICT;

CREATE INDEX tier_programmes_from ON tier_programmes (tenant, effective_from, update_time);

-- Net purchases by day, the own copy of what incentive-calculation records: integers at the fact scale of the currency,
-- up to 128 bits wide and kept as decimal text.
CREATE TABLE purchase_cells (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    day INTEGER NOT NULL,
    currency TEXT NOT NULL,
    net TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, day, currency)
) STRICT, WITHOUT ROWID;

-- Figures recorded by hand: for a day that several cover, the highest ordinal counts. Never changed, never deleted.
CREATE TABLE tier_figures (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL CHECK (ordinal > 0),
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, ordinal),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
) STRICT;

-- Decisions about tiers, with what was found. Never changed, never deleted.
CREATE TABLE tier_decisions (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL CHECK (ordinal > 0),
    day INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, ordinal),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
) STRICT;

-- Price factors agreed with partners: for a day that several cover, the highest ordinal counts.
CREATE TABLE price_agreements (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL CHECK (ordinal > 0),
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, ordinal),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
) STRICT;

-- Uses of yearly allowances; `used` is the sum up to and with the row, in minor units.
CREATE TABLE benefit_usages (
    tenant TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    benefit TEXT NOT NULL,
    year INTEGER NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    used INTEGER NOT NULL CHECK (used >= 0),
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, benefit, year, number),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
) STRICT;
