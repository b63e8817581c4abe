-- Facts without a sale to which they belong, by partner and month, in columns: made from `facts`, to be read many at once.
-- A month counts months since the year 0.
CREATE TABLE fact_segments (
    tenant        TEXT NOT NULL,
    partner_id    TEXT NOT NULL,
    month         INTEGER NOT NULL,
    through_batch INTEGER NOT NULL CHECK (through_batch > 0),
    facts         INTEGER NOT NULL CHECK (facts > 0),
    core          BLOB NOT NULL,
    rest          BLOB NOT NULL,
    PRIMARY KEY (tenant, partner_id, month)
) STRICT, WITHOUT ROWID;

-- The batch up to which every such fact is in a segment.
CREATE TABLE fact_seals (
    tenant        TEXT NOT NULL,
    through_batch INTEGER NOT NULL CHECK (through_batch > 0),
    PRIMARY KEY (tenant)
) STRICT, WITHOUT ROWID;
