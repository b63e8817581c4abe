-- Sums of sales facts by day, the own copy of what incentive-calculation records. Net is an integer at the fact scale of
-- the currency, quantity one at 6 decimals; both are up to 128 bits wide and kept as decimal text. Days are days since
-- 1970-01-01.
CREATE TABLE sales_cells (
    tenant       TEXT COLLATE "C" NOT NULL,
    partner_id   TEXT COLLATE "C" NOT NULL,
    day          BIGINT NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    product_line TEXT COLLATE "C" NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL,
    net          TEXT NOT NULL,
    quantity     TEXT NOT NULL,
    fact_count   BIGINT NOT NULL CHECK (fact_count >= 1),
    PRIMARY KEY (tenant, partner_id, day, kind, product_line, currency)
);
