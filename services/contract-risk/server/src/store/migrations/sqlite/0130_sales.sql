-- Sums of sales facts by day, the own copy of what incentive-calculation records. Net is an integer at the fact scale of
-- the currency, quantity one at 6 decimals; both are up to 128 bits wide and kept as decimal text. Days are days since
-- 1970-01-01.
CREATE TABLE sales_cells (
    tenant       TEXT NOT NULL,
    partner_id   TEXT NOT NULL,
    day          INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    product_line TEXT NOT NULL,
    currency     TEXT NOT NULL,
    net          TEXT NOT NULL,
    quantity     TEXT NOT NULL,
    fact_count   INTEGER NOT NULL CHECK (fact_count >= 1),
    PRIMARY KEY (tenant, partner_id, day, kind, product_line, currency)
) STRICT, WITHOUT ROWID;
