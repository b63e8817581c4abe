-- Sums of sales facts. Net is an integer at the fact scale of the currency, quantity one at 6 decimals; both are up to 128
-- bits wide and kept as decimal text. Months are their first day, in days since 1970.
CREATE TABLE sales_cells (
    tenant     TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    month      BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    currency   TEXT COLLATE "C" NOT NULL,
    net        TEXT NOT NULL,
    fact_count BIGINT NOT NULL CHECK (fact_count >= 1),
    quantity   TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, month, kind, currency)
);
CREATE INDEX sales_cells_by_month ON sales_cells (tenant, month);

-- All batches up to this one are in the cells. Locked while a batch of the tenant is added.
CREATE TABLE batch_progress (
    tenant        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    through_batch BIGINT NOT NULL CHECK (through_batch >= 0)
);

-- Batches that are in the cells before their turn.
CREATE TABLE early_batches (
    tenant TEXT COLLATE "C" NOT NULL,
    batch  BIGINT NOT NULL CHECK (batch >= 1),
    PRIMARY KEY (tenant, batch)
);
