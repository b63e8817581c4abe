-- Where an assignment came from: by hand it overrides evaluations. What is there was assigned by hand.
ALTER TABLE tier_assignments
    ADD COLUMN origin TEXT COLLATE "C" NOT NULL DEFAULT 'MANUAL' CHECK (origin IN ('MANUAL', 'EVALUATION'));

-- Versions of the tier programme: what is searched has a column, the whole version is kept as JSON.
CREATE TABLE tier_programmes (
    tenant TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    -- First day in force, once it is activated.
    effective_from BIGINT,
    update_time BIGINT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, version)
);

CREATE INDEX tier_programmes_from ON tier_programmes (tenant, effective_from, update_time);

-- Net purchases by day, the own copy of what incentive-calculation records: integers at the fact scale of the currency,
-- up to 128 bits wide and kept as decimal text.
CREATE TABLE purchase_cells (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    net TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, day, currency)
);

-- Figures recorded by hand: for a day that several cover, the highest ordinal counts. Never changed, never deleted.
CREATE TABLE tier_figures (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    ordinal BIGINT NOT NULL CHECK (ordinal > 0),
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, ordinal),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
);

-- Decisions about tiers, with what was found. Never changed, never deleted.
CREATE TABLE tier_decisions (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    ordinal BIGINT NOT NULL CHECK (ordinal > 0),
    day BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, ordinal),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
);

-- Price factors agreed with partners: for a day that several cover, the highest ordinal counts.
CREATE TABLE price_agreements (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    ordinal BIGINT NOT NULL CHECK (ordinal > 0),
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, ordinal),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
);

-- Uses of yearly allowances; `used` is the sum up to and with the row, in minor units.
CREATE TABLE benefit_usages (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    benefit TEXT COLLATE "C" NOT NULL,
    year BIGINT NOT NULL,
    number BIGINT NOT NULL CHECK (number > 0),
    used BIGINT NOT NULL CHECK (used >= 0),
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, benefit, year, number),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
);
