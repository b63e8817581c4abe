-- Price lists and promotions (IC-19): kept whole as JSON beside the columns that queries and constraints need. Prices are at the
-- fact scale of the list's currency, days are counted from 1970-01-01.
CREATE TABLE price_lists (
    tenant       TEXT NOT NULL,
    list_id      TEXT NOT NULL,
    last_version INTEGER NOT NULL CHECK (last_version > 0),
    PRIMARY KEY (tenant, list_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE price_list_versions (
    tenant         TEXT NOT NULL,
    list_id        TEXT NOT NULL,
    version        INTEGER NOT NULL CHECK (version > 0),
    state          TEXT NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'RETIRED')),
    effective_from INTEGER NOT NULL,
    effective_to   INTEGER CHECK (effective_to > effective_from),
    revision       INTEGER NOT NULL CHECK (revision > 0),
    body           TEXT NOT NULL,
    PRIMARY KEY (tenant, list_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX price_list_versions_by_day ON price_list_versions (tenant, state, effective_from);

CREATE TABLE price_items (
    tenant       TEXT NOT NULL,
    list_id      TEXT NOT NULL,
    version      INTEGER NOT NULL,
    sku          TEXT NOT NULL,
    product_line TEXT NOT NULL,
    unit         TEXT NOT NULL,
    list_price   INTEGER NOT NULL CHECK (list_price > 0),
    floor_price  INTEGER CHECK (floor_price BETWEEN 0 AND list_price),
    PRIMARY KEY (tenant, list_id, version, sku)
) STRICT, WITHOUT ROWID;
CREATE INDEX price_items_by_sku ON price_items (tenant, sku, list_id, version);

CREATE TABLE promotions (
    tenant       TEXT NOT NULL,
    promotion_id TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'RETIRED')),
    first_day    INTEGER NOT NULL,
    end_day      INTEGER NOT NULL CHECK (end_day > first_day),
    revision     INTEGER NOT NULL CHECK (revision > 0),
    body         TEXT NOT NULL,
    PRIMARY KEY (tenant, promotion_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX promotions_by_end ON promotions (tenant, end_day);
