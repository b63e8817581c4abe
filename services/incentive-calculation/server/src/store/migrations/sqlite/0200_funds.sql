-- Funds and subsidies (IC-13): kept whole as JSON beside the columns that queries and constraints need. Amounts are whole
-- minor units, days are counted from 1970-01-01.
CREATE TABLE funds (
    tenant   TEXT NOT NULL,
    fund_id  TEXT NOT NULL,
    kind     TEXT NOT NULL CHECK (kind IN ('MARKETING', 'ADVERTISING', 'LOGISTICS', 'WAREHOUSE')),
    revision INTEGER NOT NULL CHECK (revision > 0),
    body     TEXT NOT NULL,
    PRIMARY KEY (tenant, fund_id)
) STRICT, WITHOUT ROWID;

-- What is used of a fund is the sum of these columns; lapse_day is set while a pre-approval can lapse.
CREATE TABLE subsidies (
    tenant     TEXT NOT NULL,
    subsidy_id TEXT NOT NULL,
    fund_id    TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    channel    INTEGER NOT NULL CHECK (channel BETWEEN 1 AND 3),
    reserve    INTEGER NOT NULL CHECK (reserve IN (0, 1)),
    year       INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN
        ('REQUESTED', 'APPROVED', 'CLAIMED', 'SETTLED', 'REJECTED', 'WITHDRAWN', 'REFUSED', 'EXPIRED')),
    lapse_day  INTEGER,
    requested  INTEGER NOT NULL CHECK (requested >= 0),
    committed  INTEGER NOT NULL CHECK (committed >= 0),
    claimed    INTEGER NOT NULL CHECK (claimed >= 0),
    paid       INTEGER NOT NULL CHECK (paid >= 0),
    revision   INTEGER NOT NULL CHECK (revision > 0),
    body       TEXT NOT NULL,
    PRIMARY KEY (tenant, subsidy_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX subsidies_by_fund ON subsidies (tenant, fund_id, subsidy_id);
CREATE INDEX subsidies_by_partner ON subsidies (tenant, partner_id, subsidy_id);
CREATE INDEX subsidies_by_allowance ON subsidies (tenant, fund_id, partner_id, year);
CREATE INDEX subsidies_by_lapse ON subsidies (lapse_day, tenant, subsidy_id) WHERE lapse_day IS NOT NULL;
CREATE INDEX subsidies_lapsing ON subsidies (tenant, fund_id, lapse_day) WHERE lapse_day IS NOT NULL;

-- Documents and invoices of the claims that stand: none proves two.
CREATE TABLE subsidy_proofs (
    tenant     TEXT NOT NULL,
    proof      TEXT NOT NULL,
    subsidy_id TEXT NOT NULL,
    claim      INTEGER NOT NULL,
    PRIMARY KEY (tenant, proof)
) STRICT, WITHOUT ROWID;
CREATE INDEX subsidy_proofs_by_claim ON subsidy_proofs (tenant, subsidy_id, claim);
