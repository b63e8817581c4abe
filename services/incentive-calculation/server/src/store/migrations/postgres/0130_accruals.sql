-- Live accruals: sums per day of what the rules of active plans count, kept as facts arrive. A filter has taken in the
-- facts up to its batch; a new one begins at 0 and catches up. Sums are decimal text: neither engine has 128 bits.
CREATE TABLE accrual_filters (
    tenant        TEXT COLLATE "C" NOT NULL,
    filter_id     TEXT COLLATE "C" NOT NULL,
    body          TEXT NOT NULL,
    through_batch BIGINT NOT NULL CHECK (through_batch >= 0),
    PRIMARY KEY (tenant, filter_id)
);

CREATE TABLE accrual_days (
    tenant     TEXT COLLATE "C" NOT NULL,
    filter_id  TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    day        BIGINT NOT NULL,
    currency   TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    net        TEXT NOT NULL,
    gross      TEXT NOT NULL,
    cost       TEXT NOT NULL,
    quantity   TEXT NOT NULL,
    facts      BIGINT NOT NULL CHECK (facts >= 0),
    PRIMARY KEY (tenant, filter_id, partner_id, day, currency)
);

-- How many facts of a day have a key that is counted once: an order, a customer, a SKU.
CREATE TABLE accrual_keys (
    tenant      TEXT COLLATE "C" NOT NULL,
    filter_id   TEXT COLLATE "C" NOT NULL,
    partner_id  TEXT COLLATE "C" NOT NULL,
    day         BIGINT NOT NULL,
    currency    TEXT COLLATE "C" NOT NULL,
    counted_key TEXT COLLATE "C" NOT NULL,
    facts       BIGINT NOT NULL CHECK (facts >= 0),
    PRIMARY KEY (tenant, filter_id, partner_id, day, currency, counted_key)
);

-- Who stands below somebody: overrides of an upline are accrued from the days of its downline.
CREATE INDEX hierarchy_links_by_parent ON hierarchy_links (tenant, parent_id);
