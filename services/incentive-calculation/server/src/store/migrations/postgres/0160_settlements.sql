-- Settlements (IC-24): kept whole as JSON beside the columns that queries and constraints need. The key is that of the
-- statement, so that a statement is settled once. Amounts are whole minor units.
CREATE TABLE settlements (
    tenant        TEXT COLLATE "C" NOT NULL,
    settlement_id TEXT COLLATE "C" NOT NULL,
    programme     TEXT COLLATE "C" NOT NULL,
    period        TEXT COLLATE "C" NOT NULL,
    partner_id    TEXT COLLATE "C" NOT NULL,
    currency      TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL
        CHECK (state IN ('DRAFT', 'IN_REVIEW', 'APPROVED', 'LOCKED', 'EXPORTED', 'PAID', 'FAILED')),
    payable       BIGINT NOT NULL CHECK (payable >= 0),
    revision      BIGINT NOT NULL CHECK (revision > 0),
    body          TEXT NOT NULL,
    PRIMARY KEY (tenant, settlement_id)
);
CREATE UNIQUE INDEX settlements_once ON settlements (tenant, programme, period, partner_id, currency);
CREATE INDEX settlements_by_period ON settlements (tenant, programme, period, state, settlement_id);
CREATE INDEX settlements_by_partner ON settlements (tenant, partner_id, settlement_id);

-- What was handed over to the ERP; never changed.
CREATE TABLE payable_exports (
    tenant      TEXT COLLATE "C" NOT NULL,
    export_id   TEXT COLLATE "C" NOT NULL,
    create_time BIGINT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, export_id)
);
