-- The ledger (IC-25). Everything follows from the entries of the journal, which are only ever added; accounts,
-- transactions and movements are kept beside them, and VerifyLedger compares. Amounts are whole units of the commodity.
CREATE TABLE ledger_commodities (
    tenant    TEXT COLLATE "C" NOT NULL,
    commodity TEXT COLLATE "C" NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (tenant, commodity)
);

-- Where the journal of a tenant ends. The row is locked by whoever writes.
CREATE TABLE ledger_heads (
    tenant   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL CHECK (position >= 0),
    digest   TEXT NOT NULL
);

CREATE TABLE ledger_entries (
    tenant      TEXT COLLATE "C" NOT NULL,
    position    BIGINT NOT NULL CHECK (position > 0),
    content     TEXT NOT NULL,
    author      TEXT NOT NULL,
    record_time BIGINT NOT NULL,
    digest      TEXT NOT NULL CHECK (length(digest) = 64),
    PRIMARY KEY (tenant, position)
);

-- The last check is the limit: what is available never lies below the floor.
CREATE TABLE ledger_accounts (
    tenant          TEXT COLLATE "C" NOT NULL,
    account_id      TEXT COLLATE "C" NOT NULL,
    partner_id      TEXT COLLATE "C",
    purpose         TEXT COLLATE "C" NOT NULL,
    commodity       TEXT COLLATE "C" NOT NULL,
    grows_by_credit BOOLEAN NOT NULL,
    floor           BIGINT,
    closed          BOOLEAN NOT NULL,
    debits_posted   BIGINT NOT NULL CHECK (debits_posted >= 0),
    credits_posted  BIGINT NOT NULL CHECK (credits_posted >= 0),
    debits_pending  BIGINT NOT NULL CHECK (debits_pending >= 0),
    credits_pending BIGINT NOT NULL CHECK (credits_pending >= 0),
    entry           BIGINT NOT NULL CHECK (entry > 0),
    PRIMARY KEY (tenant, account_id),
    CHECK (floor IS NULL OR CASE WHEN grows_by_credit
        THEN credits_posted - debits_posted - debits_pending
        ELSE debits_posted - credits_posted - credits_pending END >= floor)
);
CREATE INDEX ledger_accounts_by_partner ON ledger_accounts (tenant, partner_id, account_id);

CREATE TABLE ledger_transactions (
    tenant         TEXT COLLATE "C" NOT NULL,
    transaction_id TEXT COLLATE "C" NOT NULL,
    entry          BIGINT NOT NULL CHECK (entry > 0),
    state          TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
    cause          TEXT COLLATE "C" NOT NULL,
    expire_time    BIGINT,
    body           TEXT NOT NULL,
    PRIMARY KEY (tenant, transaction_id)
);
CREATE UNIQUE INDEX ledger_transactions_by_entry ON ledger_transactions (tenant, entry);
CREATE INDEX ledger_transactions_by_cause ON ledger_transactions (tenant, cause, entry);
CREATE INDEX ledger_transactions_pending ON ledger_transactions (expire_time) WHERE state = 'pending';

CREATE TABLE ledger_movements (
    tenant         TEXT COLLATE "C" NOT NULL,
    account_id     TEXT COLLATE "C" NOT NULL,
    entry          BIGINT NOT NULL CHECK (entry > 0),
    transaction_id TEXT COLLATE "C" NOT NULL,
    state          TEXT COLLATE "C" NOT NULL,
    debit          BIGINT NOT NULL CHECK (debit >= 0),
    credit         BIGINT NOT NULL CHECK (credit >= 0),
    pending_debit  BIGINT NOT NULL,
    pending_credit BIGINT NOT NULL,
    balance        BIGINT NOT NULL,
    effective_on   BIGINT NOT NULL,
    record_time    BIGINT NOT NULL,
    PRIMARY KEY (tenant, account_id, entry)
);
