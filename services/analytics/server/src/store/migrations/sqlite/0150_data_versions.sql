-- Which state the data of a tenant are in: an id that every transaction that adds to them writes anew, so that what was
-- computed can be known by the state it was computed from. An id never comes twice, not even after a restore.
CREATE TABLE data_versions (
    tenant  TEXT NOT NULL,
    data    TEXT NOT NULL CHECK (data IN ('sales', 'touchpoints', 'costs', 'journeys')),
    version BLOB NOT NULL,
    PRIMARY KEY (tenant, data)
) STRICT, WITHOUT ROWID;
