-- Deposits (IC-16): kept whole as JSON beside the columns that queries and constraints need. Amounts are whole minor units.
CREATE TABLE deposits (
    tenant     TEXT NOT NULL,
    deposit_id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    cause      TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('OPEN', 'CLOSED')),
    held       INTEGER NOT NULL CHECK (held >= 0),
    revision   INTEGER NOT NULL CHECK (revision > 0),
    body       TEXT NOT NULL,
    PRIMARY KEY (tenant, deposit_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deposits_by_partner ON deposits (tenant, partner_id, deposit_id);
CREATE INDEX deposits_by_cause ON deposits (tenant, cause, deposit_id);
