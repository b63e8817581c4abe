-- Deposits (IC-16): kept whole as JSON beside the columns that queries and constraints need. Amounts are whole minor units.
CREATE TABLE deposits (
    tenant     TEXT COLLATE "C" NOT NULL,
    deposit_id TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    cause      TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('OPEN', 'CLOSED')),
    held       BIGINT NOT NULL CHECK (held >= 0),
    revision   BIGINT NOT NULL CHECK (revision > 0),
    body       TEXT NOT NULL,
    PRIMARY KEY (tenant, deposit_id)
);
CREATE INDEX deposits_by_partner ON deposits (tenant, partner_id, deposit_id);
CREATE INDEX deposits_by_cause ON deposits (tenant, cause, deposit_id);
