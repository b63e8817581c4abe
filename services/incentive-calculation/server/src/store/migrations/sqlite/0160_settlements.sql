-- Settlements (IC-24): kept whole as JSON beside the columns that queries and constraints need. The key is that of the
-- statement, so that a statement is settled once. Amounts are whole minor units.
CREATE TABLE settlements (
    tenant        TEXT NOT NULL,
    settlement_id TEXT NOT NULL,
    programme     TEXT NOT NULL,
    period        TEXT NOT NULL,
    partner_id    TEXT NOT NULL,
    currency      TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('DRAFT', 'IN_REVIEW', 'APPROVED', 'LOCKED', 'EXPORTED', 'PAID', 'FAILED')),
    payable       INTEGER NOT NULL CHECK (payable >= 0),
    revision      INTEGER NOT NULL CHECK (revision > 0),
    body          TEXT NOT NULL,
    PRIMARY KEY (tenant, settlement_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX settlements_once ON settlements (tenant, programme, period, partner_id, currency);
CREATE INDEX settlements_by_period ON settlements (tenant, programme, period, state, settlement_id);
CREATE INDEX settlements_by_partner ON settlements (tenant, partner_id, settlement_id);

-- What was handed over to the ERP; never changed.
CREATE TABLE payable_exports (
    tenant      TEXT NOT NULL,
    export_id   TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, export_id)
) STRICT, WITHOUT ROWID;
