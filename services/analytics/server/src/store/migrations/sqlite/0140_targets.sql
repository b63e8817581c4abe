-- Targets, whole as JSON beside the columns that filters and the watch need. Days count from 1970; end_day is the first day
-- after the period. The rest is what the watch knows: the status it saw last, how often it measured the target (which keeps
-- two watches apart), on which day it did so (null: not since the target was set or changed), which batches of facts were
-- in, and when.
CREATE TABLE targets (
    tenant        TEXT NOT NULL,
    target_id     TEXT NOT NULL,
    metric        TEXT NOT NULL,
    period        TEXT NOT NULL,
    owner         TEXT NOT NULL,
    first_day     INTEGER NOT NULL,
    end_day       INTEGER NOT NULL CHECK (end_day > first_day),
    revision      INTEGER NOT NULL,
    create_time   INTEGER NOT NULL,
    body          TEXT NOT NULL,
    status        TEXT NOT NULL,
    checks        INTEGER NOT NULL,
    checked_on    INTEGER,
    checked_batch INTEGER NOT NULL,
    check_time    INTEGER NOT NULL,
    PRIMARY KEY (tenant, target_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX targets_by_period ON targets (tenant, period, target_id);
