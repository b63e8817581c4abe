-- Obligations, whole as JSON beside the columns that keys and queries need. Days are days since 1970-01-01, times
-- microseconds.
CREATE TABLE obligations (
    tenant           TEXT NOT NULL,
    contract_id      TEXT NOT NULL,
    obligation_id    TEXT NOT NULL,
    partner_id       TEXT NOT NULL,
    kind             TEXT NOT NULL,
    debtor           TEXT NOT NULL,
    owner            TEXT NOT NULL,
    state            TEXT NOT NULL,
    due_on           INTEGER NOT NULL,
    -- The day it was done: of what is accepted, and of what is filed in full and waits for acceptance.
    done_on          INTEGER,
    -- The first day on which a reminder is to be sent; none where none is.
    next_reminder_on INTEGER,
    -- Key in another system.
    ref_system       TEXT,
    ref_id           TEXT,
    revision         INTEGER NOT NULL CHECK (revision >= 1),
    body             TEXT NOT NULL,
    PRIMARY KEY (tenant, contract_id, obligation_id),
    FOREIGN KEY (tenant, contract_id) REFERENCES contracts (tenant, contract_id),
    CHECK ((ref_system IS NULL) = (ref_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX obligations_by_ref ON obligations (tenant, ref_system, ref_id);
CREATE INDEX obligations_by_day ON obligations (tenant, due_on, contract_id, obligation_id);
CREATE INDEX obligations_of_contract ON obligations (tenant, contract_id, due_on, obligation_id);
CREATE INDEX obligations_by_state ON obligations (tenant, state, due_on, contract_id, obligation_id);
CREATE INDEX obligations_of_owner ON obligations (tenant, owner, due_on, contract_id, obligation_id);
CREATE INDEX obligations_of_partner ON obligations (tenant, partner_id, debtor, due_on);
-- Not led by the tenant: the worker asks for what is due of all of them at once.
CREATE INDEX obligations_to_remind ON obligations (next_reminder_on, tenant, contract_id, obligation_id)
    WHERE next_reminder_on IS NOT NULL;

-- Everything that happened to an obligation, in order. Never changed, never deleted.
CREATE TABLE obligation_transitions (
    tenant        TEXT NOT NULL,
    contract_id   TEXT NOT NULL,
    obligation_id TEXT NOT NULL,
    ordinal       INTEGER NOT NULL CHECK (ordinal >= 1),
    -- '' for the creation.
    from_state    TEXT NOT NULL,
    to_state      TEXT NOT NULL,
    due_on        INTEGER NOT NULL,
    actor         TEXT NOT NULL,
    reason        TEXT NOT NULL,
    record_time   INTEGER NOT NULL,
    PRIMARY KEY (tenant, contract_id, obligation_id, ordinal),
    FOREIGN KEY (tenant, contract_id, obligation_id) REFERENCES obligations (tenant, contract_id, obligation_id)
) STRICT;

-- Reminders and notices that were sent. Each step is sent once per due day.
CREATE TABLE reminders (
    tenant        TEXT NOT NULL,
    reminder_id   TEXT NOT NULL,
    contract_id   TEXT NOT NULL,
    -- '' for a notice that the contract ends.
    obligation_id TEXT NOT NULL,
    partner_id    TEXT NOT NULL,
    step          TEXT NOT NULL,
    due_on        INTEGER NOT NULL,
    remind_on     INTEGER NOT NULL,
    create_time   INTEGER NOT NULL,
    said          TEXT NOT NULL,
    owner         TEXT NOT NULL,
    PRIMARY KEY (tenant, reminder_id),
    UNIQUE (tenant, contract_id, obligation_id, due_on, step),
    FOREIGN KEY (tenant, contract_id) REFERENCES contracts (tenant, contract_id)
) STRICT;
CREATE INDEX reminders_newest ON reminders (tenant, create_time, reminder_id);
CREATE INDEX reminders_of_partner ON reminders (tenant, partner_id, create_time, reminder_id);
CREATE INDEX reminders_by_day ON reminders (tenant, remind_on, create_time, reminder_id);

-- Contracts by the first day after them, for the notices: after a notice of termination the calendar's day is that one.
CREATE INDEX contracts_to_announce
    ON contracts (CASE state WHEN 'TERMINATING' THEN next_move_on ELSE effective_to END, tenant, contract_id)
    WHERE state IN ('ACTIVE', 'EXPIRING', 'TERMINATING');
