-- Which state the data of a tenant are in: an id that every transaction that adds to them writes anew, so that what was
-- computed can be known by the state it was computed from. An id never comes twice, not even after a restore.
CREATE TABLE data_versions (
    tenant  TEXT COLLATE "C" NOT NULL,
    data    TEXT COLLATE "C" NOT NULL CHECK (data IN ('sales', 'touchpoints', 'costs', 'journeys')),
    version UUID NOT NULL,
    PRIMARY KEY (tenant, data)
);
