-- What final runs accrued in the ledger (R19) and nobody has replaced yet: one per payee and currency of a period. The
-- transaction is that of the statement. Amounts are whole minor units.
CREATE TABLE run_accruals (
    tenant       TEXT NOT NULL,
    programme    TEXT NOT NULL,
    period       TEXT NOT NULL,
    partner_id   TEXT NOT NULL,
    currency     TEXT NOT NULL,
    statement_id TEXT NOT NULL,
    version      INTEGER NOT NULL CHECK (version > 0),
    amount       INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (tenant, programme, period, partner_id, currency)
) STRICT, WITHOUT ROWID;
