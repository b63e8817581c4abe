-- Targets, whole as JSON beside the columns that filters and the watch need. Days count from 1970; end_day is the first day
-- after the period. The rest is what the watch knows: the status it saw last, how often it measured the target (which keeps
-- two watches apart), on which day it did so (null: not since the target was set or changed), which batches of facts were
-- in, and when.
CREATE TABLE targets (
    tenant        TEXT COLLATE "C" NOT NULL,
    target_id     TEXT COLLATE "C" NOT NULL,
    metric        TEXT COLLATE "C" NOT NULL,
    period        TEXT COLLATE "C" NOT NULL,
    owner         TEXT COLLATE "C" NOT NULL,
    first_day     BIGINT NOT NULL,
    end_day       BIGINT NOT NULL CHECK (end_day > first_day),
    revision      BIGINT NOT NULL,
    create_time   BIGINT NOT NULL,
    body          TEXT NOT NULL,
    status        TEXT NOT NULL,
    checks        BIGINT NOT NULL,
    checked_on    BIGINT,
    checked_batch BIGINT NOT NULL,
    check_time    BIGINT NOT NULL,
    PRIMARY KEY (tenant, target_id)
);
CREATE INDEX targets_by_period ON targets (tenant, period, target_id);
