-- The life of a contract. Days are days since 1970-01-01, times microseconds.
-- What there was before are drafts: their columns come out of their bodies.
ALTER TABLE contracts ADD COLUMN state TEXT COLLATE "C" NOT NULL DEFAULT 'DRAFT';
-- '' where it is not stated.
ALTER TABLE contracts ADD COLUMN model TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE contracts ADD COLUMN owner TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE contracts ADD COLUMN effective_from BIGINT NOT NULL DEFAULT 0;
-- The largest number where it is open-ended, so that comparisons are never unknown.
ALTER TABLE contracts ADD COLUMN effective_to BIGINT NOT NULL DEFAULT 9223372036854775807;
-- The day on which the calendar moves it on; none where no day does.
ALTER TABLE contracts ADD COLUMN next_move_on BIGINT;
-- Counts changes of any sort; guards every update.
ALTER TABLE contracts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

UPDATE contracts
SET effective_from = CAST(body::json -> 'terms' ->> 'effective_from' AS DATE) - DATE '1970-01-01',
    effective_to = COALESCE(CAST(body::json -> 'terms' ->> 'effective_to' AS DATE) - DATE '1970-01-01', 9223372036854775807);

CREATE INDEX contracts_by_state ON contracts (tenant, state, contract_id);
CREATE INDEX contracts_by_model ON contracts (tenant, model, contract_id);
CREATE INDEX contracts_by_owner ON contracts (tenant, owner, contract_id);
CREATE INDEX contracts_by_begin ON contracts (tenant, effective_from, contract_id);
CREATE INDEX contracts_by_end ON contracts (tenant, effective_to, contract_id);
CREATE INDEX contracts_in_force ON contracts (tenant, contract_id)
    WHERE state IN ('ACTIVE', 'EXPIRING', 'RENEWED', 'TERMINATING');
-- Not led by the tenant: the calendar asks for what is due of all of them at once.
CREATE INDEX contracts_due ON contracts (next_move_on, tenant, contract_id) WHERE next_move_on IS NOT NULL;
CREATE INDEX contract_refs_by_contract ON contract_external_refs (tenant, contract_id);

-- Every revision of the terms, whole.
CREATE TABLE contract_revisions (
    tenant      TEXT COLLATE "C" NOT NULL,
    contract_id TEXT COLLATE "C" NOT NULL,
    revision    BIGINT NOT NULL CHECK (revision >= 1),
    author      TEXT COLLATE "C" NOT NULL,
    create_time BIGINT NOT NULL,
    note        TEXT NOT NULL,
    terms       TEXT NOT NULL,
    PRIMARY KEY (tenant, contract_id, revision),
    FOREIGN KEY (tenant, contract_id) REFERENCES contracts (tenant, contract_id)
);
INSERT INTO contract_revisions (tenant, contract_id, revision, author, create_time, note, terms)
SELECT tenant, contract_id, revision, '', create_time, '', CAST(body::json -> 'terms' AS TEXT) FROM contracts;

-- What was done to a contract and where it led, in order. Never changed, never deleted.
CREATE TABLE contract_transitions (
    tenant      TEXT COLLATE "C" NOT NULL,
    contract_id TEXT COLLATE "C" NOT NULL,
    -- The contract's version after it.
    version     BIGINT NOT NULL CHECK (version >= 1),
    -- '' for the creation.
    from_state  TEXT COLLATE "C" NOT NULL,
    to_state    TEXT COLLATE "C" NOT NULL,
    actor       TEXT COLLATE "C" NOT NULL,
    reason      TEXT NOT NULL,
    revision    BIGINT NOT NULL,
    record_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, contract_id, version),
    FOREIGN KEY (tenant, contract_id) REFERENCES contracts (tenant, contract_id)
);
INSERT INTO contract_transitions
    (tenant, contract_id, version, from_state, to_state, actor, reason, revision, record_time)
SELECT tenant, contract_id, 1, '', 'DRAFT', '', '', revision, create_time FROM contracts;
