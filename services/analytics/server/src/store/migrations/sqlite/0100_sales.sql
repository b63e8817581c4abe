-- Sums of sales facts. Net is an integer at the fact scale of the currency, quantity one at 6 decimals; both are up to 128
-- bits wide and kept as decimal text. Months are their first day, in days since 1970.
CREATE TABLE sales_cells (
    tenant     TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    month      INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    currency   TEXT NOT NULL,
    net        TEXT NOT NULL,
    fact_count INTEGER NOT NULL CHECK (fact_count >= 1),
    quantity   TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, month, kind, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX sales_cells_by_month ON sales_cells (tenant, month);

-- All batches up to this one are in the cells. Locked while a batch of the tenant is added.
CREATE TABLE batch_progress (
    tenant        TEXT NOT NULL PRIMARY KEY,
    through_batch INTEGER NOT NULL CHECK (through_batch >= 0)
) STRICT, WITHOUT ROWID;

-- Batches that are in the cells before their turn.
CREATE TABLE early_batches (
    tenant TEXT NOT NULL,
    batch  INTEGER NOT NULL CHECK (batch >= 1),
    PRIMARY KEY (tenant, batch)
) STRICT, WITHOUT ROWID;
