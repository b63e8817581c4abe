-- Price lists and promotions (IC-19): kept whole as JSON beside the columns that queries and constraints need. Prices are at the
-- fact scale of the list's currency, days are counted from 1970-01-01.
CREATE TABLE price_lists (
    tenant       TEXT COLLATE "C" NOT NULL,
    list_id      TEXT COLLATE "C" NOT NULL,
    last_version BIGINT NOT NULL CHECK (last_version > 0),
    PRIMARY KEY (tenant, list_id)
);

CREATE TABLE price_list_versions (
    tenant         TEXT COLLATE "C" NOT NULL,
    list_id        TEXT COLLATE "C" NOT NULL,
    version        BIGINT NOT NULL CHECK (version > 0),
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'RETIRED')),
    effective_from BIGINT NOT NULL,
    effective_to   BIGINT CHECK (effective_to > effective_from),
    revision       BIGINT NOT NULL CHECK (revision > 0),
    body           TEXT NOT NULL,
    PRIMARY KEY (tenant, list_id, version)
);
CREATE INDEX price_list_versions_by_day ON price_list_versions (tenant, state, effective_from);

CREATE TABLE price_items (
    tenant       TEXT COLLATE "C" NOT NULL,
    list_id      TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,
    sku          TEXT COLLATE "C" NOT NULL,
    product_line TEXT COLLATE "C" NOT NULL,
    unit         TEXT COLLATE "C" NOT NULL,
    list_price   BIGINT NOT NULL CHECK (list_price > 0),
    floor_price  BIGINT CHECK (floor_price BETWEEN 0 AND list_price),
    PRIMARY KEY (tenant, list_id, version, sku)
);
CREATE INDEX price_items_by_sku ON price_items (tenant, sku, list_id, version);

CREATE TABLE promotions (
    tenant       TEXT COLLATE "C" NOT NULL,
    promotion_id TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'RETIRED')),
    first_day    BIGINT NOT NULL,
    end_day      BIGINT NOT NULL CHECK (end_day > first_day),
    revision     BIGINT NOT NULL CHECK (revision > 0),
    body         TEXT NOT NULL,
    PRIMARY KEY (tenant, promotion_id)
);
CREATE INDEX promotions_by_end ON promotions (tenant, end_day);
