-- Facts without a sale to which they belong, by partner and month, in columns: made from `facts`, to be read many at once.
-- A month counts months since the year 0.
CREATE TABLE fact_segments (
    tenant        TEXT COLLATE "C" NOT NULL,
    partner_id    TEXT COLLATE "C" NOT NULL,
    month         BIGINT NOT NULL,
    through_batch BIGINT NOT NULL CHECK (through_batch > 0),
    facts         BIGINT NOT NULL CHECK (facts > 0),
    core          BYTEA NOT NULL,
    rest          BYTEA NOT NULL,
    PRIMARY KEY (tenant, partner_id, month)
);
-- Digests do not compress.
ALTER TABLE fact_segments ALTER COLUMN core SET STORAGE EXTERNAL;

-- The batch up to which every such fact is in a segment.
CREATE TABLE fact_seals (
    tenant        TEXT COLLATE "C" NOT NULL,
    through_batch BIGINT NOT NULL CHECK (through_batch > 0),
    PRIMARY KEY (tenant)
);
