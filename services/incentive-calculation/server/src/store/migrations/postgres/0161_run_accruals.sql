-- What final runs accrued in the ledger (R19) and nobody has replaced yet: one per payee and currency of a period. The
-- transaction is that of the statement. Amounts are whole minor units.
CREATE TABLE run_accruals (
    tenant       TEXT COLLATE "C" NOT NULL,
    programme    TEXT COLLATE "C" NOT NULL,
    period       TEXT COLLATE "C" NOT NULL,
    partner_id   TEXT COLLATE "C" NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL,
    statement_id TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL CHECK (version > 0),
    amount       BIGINT NOT NULL CHECK (amount > 0),
    PRIMARY KEY (tenant, programme, period, partner_id, currency)
);
