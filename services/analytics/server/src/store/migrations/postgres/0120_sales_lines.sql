-- Lines of sales facts as the metric layer reads them; never changed. Amounts are integers at the fact scale of the
-- currency, quantity one at 6 decimals, days count from 1970. Texts that a fact does not state are empty. The copy is
-- rebuilt by replaying the batch events of incentive-calculation: the memory of those that were handled is dropped with the
-- sums of months that it was kept for.
CREATE TABLE sales_lines (
    tenant       TEXT COLLATE "C" NOT NULL,
    batch        BIGINT NOT NULL CHECK (batch >= 1),
    line         BIGINT NOT NULL CHECK (line >= 0),
    occurred_on  BIGINT NOT NULL,
    partner_id   TEXT COLLATE "C" NOT NULL,
    order_key    TEXT COLLATE "C" NOT NULL,
    customer     TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('SELL_IN', 'SELL_OUT', 'RETURN', 'ADJUSTMENT')),
    region       TEXT COLLATE "C" NOT NULL,
    product_line TEXT COLLATE "C" NOT NULL,
    sku          TEXT COLLATE "C" NOT NULL,
    channel      TEXT COLLATE "C" NOT NULL,
    sub_channel  TEXT COLLATE "C" NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL,
    net          BIGINT NOT NULL,
    gross        BIGINT,
    cost         BIGINT,
    quantity     BIGINT NOT NULL,
    PRIMARY KEY (tenant, batch, line)
);
CREATE INDEX sales_lines_by_day ON sales_lines (tenant, occurred_on);
CREATE INDEX sales_lines_by_partner ON sales_lines (tenant, partner_id, occurred_on);

-- The first order ever of each customer, by flow and in all; moves back when an earlier one comes late.
CREATE TABLE first_orders (
    tenant      TEXT COLLATE "C" NOT NULL,
    customer    TEXT COLLATE "C" NOT NULL,
    flow        TEXT COLLATE "C" NOT NULL CHECK (flow IN ('SELL_IN', 'SELL_OUT', 'ALL')),
    occurred_on BIGINT NOT NULL,
    order_key   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, customer, flow)
);

DROP TABLE sales_cells;
DROP TABLE batch_progress;
DROP TABLE early_batches;
DELETE FROM inbox WHERE consumer = 'analytics';
