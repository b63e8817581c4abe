-- The ledger (IC-25). Everything follows from the entries of the journal, which are only ever added; accounts,
-- transactions and movements are kept beside them, and VerifyLedger compares. Amounts are whole units of the commodity.
CREATE TABLE ledger_commodities (
    tenant    TEXT NOT NULL,
    commodity TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (tenant, commodity)
) STRICT, WITHOUT ROWID;

-- Where the journal of a tenant ends. The row is locked by whoever writes.
CREATE TABLE ledger_heads (
    tenant   TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL CHECK (position >= 0),
    digest   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_entries (
    tenant      TEXT NOT NULL,
    position    INTEGER NOT NULL CHECK (position > 0),
    content     TEXT NOT NULL,
    author      TEXT NOT NULL,
    record_time INTEGER NOT NULL,
    digest      TEXT NOT NULL CHECK (length(digest) = 64),
    PRIMARY KEY (tenant, position)
) STRICT, WITHOUT ROWID;

-- The last check is the limit: what is available never lies below the floor.
CREATE TABLE ledger_accounts (
    tenant          TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    partner_id      TEXT,
    purpose         TEXT NOT NULL,
    commodity       TEXT NOT NULL,
    grows_by_credit INTEGER NOT NULL,
    floor           INTEGER,
    closed          INTEGER NOT NULL,
    debits_posted   INTEGER NOT NULL CHECK (debits_posted >= 0),
    credits_posted  INTEGER NOT NULL CHECK (credits_posted >= 0),
    debits_pending  INTEGER NOT NULL CHECK (debits_pending >= 0),
    credits_pending INTEGER NOT NULL CHECK (credits_pending >= 0),
    entry           INTEGER NOT NULL CHECK (entry > 0),
    PRIMARY KEY (tenant, account_id),
    CHECK (floor IS NULL OR CASE WHEN grows_by_credit
        THEN credits_posted - debits_posted - debits_pending
        ELSE debits_posted - credits_posted - credits_pending END >= floor)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_accounts_by_partner ON ledger_accounts (tenant, partner_id, account_id);

CREATE TABLE ledger_transactions (
    tenant         TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    entry          INTEGER NOT NULL CHECK (entry > 0),
    state          TEXT NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
    cause          TEXT NOT NULL,
    expire_time    INTEGER,
    body           TEXT NOT NULL,
    PRIMARY KEY (tenant, transaction_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ledger_transactions_by_entry ON ledger_transactions (tenant, entry);
CREATE INDEX ledger_transactions_by_cause ON ledger_transactions (tenant, cause, entry);
CREATE INDEX ledger_transactions_pending ON ledger_transactions (expire_time) WHERE state = 'pending';

CREATE TABLE ledger_movements (
    tenant         TEXT NOT NULL,
    account_id     TEXT NOT NULL,
    entry          INTEGER NOT NULL CHECK (entry > 0),
    transaction_id TEXT NOT NULL,
    state          TEXT NOT NULL,
    debit          INTEGER NOT NULL CHECK (debit >= 0),
    credit         INTEGER NOT NULL CHECK (credit >= 0),
    pending_debit  INTEGER NOT NULL,
    pending_credit INTEGER NOT NULL,
    balance        INTEGER NOT NULL,
    effective_on   INTEGER NOT NULL,
    record_time    INTEGER NOT NULL,
    PRIMARY KEY (tenant, account_id, entry)
) STRICT, WITHOUT ROWID;
