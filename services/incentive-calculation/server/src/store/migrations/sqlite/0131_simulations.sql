-- What-if: what a draft would do, and for whom.
CREATE TABLE simulations (
    tenant        TEXT NOT NULL,
    simulation_id TEXT NOT NULL,
    create_time   INTEGER NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (tenant, simulation_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE simulation_changes (
    tenant        TEXT NOT NULL,
    simulation_id TEXT NOT NULL,
    ordinal       INTEGER NOT NULL,
    difference    INTEGER NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (tenant, simulation_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX simulation_changes_by_difference
    ON simulation_changes (tenant, simulation_id, difference, ordinal);
