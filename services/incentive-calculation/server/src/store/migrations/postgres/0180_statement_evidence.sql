-- The hashes of the statements of final runs, in their order: the leaves of the tree whose root the run's entry in the
-- evidence log names. The log itself is among the base tables.
CREATE TABLE statement_evidence (
    tenant       TEXT COLLATE "C" NOT NULL,
    run_id       TEXT COLLATE "C" NOT NULL,
    position     BIGINT NOT NULL CHECK (position >= 0),
    statement_id TEXT COLLATE "C" NOT NULL,
    hash         BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (tenant, run_id, position)
);

-- The name and the key by which heads of the log are signed, the same from the first start on.
CREATE TABLE evidence_key (
    only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    key      TEXT COLLATE "C" NOT NULL
);
