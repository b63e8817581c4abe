-- What-if: what a draft would do, and for whom.
CREATE TABLE simulations (
    tenant        TEXT COLLATE "C" NOT NULL,
    simulation_id TEXT COLLATE "C" NOT NULL,
    create_time   BIGINT NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (tenant, simulation_id)
);

CREATE TABLE simulation_changes (
    tenant        TEXT COLLATE "C" NOT NULL,
    simulation_id TEXT COLLATE "C" NOT NULL,
    ordinal       BIGINT NOT NULL,
    difference    BIGINT NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (tenant, simulation_id, ordinal)
);
CREATE INDEX simulation_changes_by_difference
    ON simulation_changes (tenant, simulation_id, difference, ordinal);
