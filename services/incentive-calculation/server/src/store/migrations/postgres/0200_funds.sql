-- Funds and subsidies (IC-13): kept whole as JSON beside the columns that queries and constraints need. Amounts are whole
-- minor units, days are counted from 1970-01-01.
CREATE TABLE funds (
    tenant   TEXT COLLATE "C" NOT NULL,
    fund_id  TEXT COLLATE "C" NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL CHECK (kind IN ('MARKETING', 'ADVERTISING', 'LOGISTICS', 'WAREHOUSE')),
    revision BIGINT NOT NULL CHECK (revision > 0),
    body     TEXT NOT NULL,
    PRIMARY KEY (tenant, fund_id)
);

-- What is used of a fund is the sum of these columns; lapse_day is set while a pre-approval can lapse.
CREATE TABLE subsidies (
    tenant     TEXT COLLATE "C" NOT NULL,
    subsidy_id TEXT COLLATE "C" NOT NULL,
    fund_id    TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    channel    BIGINT NOT NULL CHECK (channel BETWEEN 1 AND 3),
    reserve    BIGINT NOT NULL CHECK (reserve IN (0, 1)),
    year       BIGINT NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN
        ('REQUESTED', 'APPROVED', 'CLAIMED', 'SETTLED', 'REJECTED', 'WITHDRAWN', 'REFUSED', 'EXPIRED')),
    lapse_day  BIGINT,
    requested  BIGINT NOT NULL CHECK (requested >= 0),
    committed  BIGINT NOT NULL CHECK (committed >= 0),
    claimed    BIGINT NOT NULL CHECK (claimed >= 0),
    paid       BIGINT NOT NULL CHECK (paid >= 0),
    revision   BIGINT NOT NULL CHECK (revision > 0),
    body       TEXT NOT NULL,
    PRIMARY KEY (tenant, subsidy_id)
);
CREATE INDEX subsidies_by_fund ON subsidies (tenant, fund_id, subsidy_id);
CREATE INDEX subsidies_by_partner ON subsidies (tenant, partner_id, subsidy_id);
CREATE INDEX subsidies_by_allowance ON subsidies (tenant, fund_id, partner_id, year);
CREATE INDEX subsidies_by_lapse ON subsidies (lapse_day, tenant, subsidy_id) WHERE lapse_day IS NOT NULL;
CREATE INDEX subsidies_lapsing ON subsidies (tenant, fund_id, lapse_day) WHERE lapse_day IS NOT NULL;

-- Documents and invoices of the claims that stand: none proves two.
CREATE TABLE subsidy_proofs (
    tenant     TEXT COLLATE "C" NOT NULL,
    proof      TEXT COLLATE "C" NOT NULL,
    subsidy_id TEXT COLLATE "C" NOT NULL,
    claim      BIGINT NOT NULL,
    PRIMARY KEY (tenant, proof)
);
CREATE INDEX subsidy_proofs_by_claim ON subsidy_proofs (tenant, subsidy_id, claim);
