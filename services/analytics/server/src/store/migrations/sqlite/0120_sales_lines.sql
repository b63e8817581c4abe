-- Lines of sales facts as the metric layer reads them; never changed. Amounts are integers at the fact scale of the
-- currency, quantity one at 6 decimals, days count from 1970. Texts that a fact does not state are empty. The copy is
-- rebuilt by replaying the batch events of incentive-calculation: the memory of those that were handled is dropped with the
-- sums of months that it was kept for.
CREATE TABLE sales_lines (
    tenant       TEXT NOT NULL,
    batch        INTEGER NOT NULL CHECK (batch >= 1),
    line         INTEGER NOT NULL CHECK (line >= 0),
    occurred_on  INTEGER NOT NULL,
    partner_id   TEXT NOT NULL,
    order_key    TEXT NOT NULL,
    customer     TEXT NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('SELL_IN', 'SELL_OUT', 'RETURN', 'ADJUSTMENT')),
    region       TEXT NOT NULL,
    product_line TEXT NOT NULL,
    sku          TEXT NOT NULL,
    channel      TEXT NOT NULL,
    sub_channel  TEXT NOT NULL,
    currency     TEXT NOT NULL,
    net          INTEGER NOT NULL,
    gross        INTEGER,
    cost         INTEGER,
    quantity     INTEGER NOT NULL,
    PRIMARY KEY (tenant, batch, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX sales_lines_by_day ON sales_lines (tenant, occurred_on);
CREATE INDEX sales_lines_by_partner ON sales_lines (tenant, partner_id, occurred_on);

-- The first order ever of each customer, by flow and in all; moves back when an earlier one comes late.
CREATE TABLE first_orders (
    tenant      TEXT NOT NULL,
    customer    TEXT NOT NULL,
    flow        TEXT NOT NULL CHECK (flow IN ('SELL_IN', 'SELL_OUT', 'ALL')),
    occurred_on INTEGER NOT NULL,
    order_key   TEXT NOT NULL,
    PRIMARY KEY (tenant, customer, flow)
) STRICT, WITHOUT ROWID;

DROP TABLE sales_cells;
DROP TABLE batch_progress;
DROP TABLE early_batches;
DELETE FROM inbox WHERE consumer = 'analytics';
