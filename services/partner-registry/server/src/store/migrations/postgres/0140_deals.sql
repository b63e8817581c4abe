-- Deals: what is searched or decides has a column, the whole is kept as JSON.
CREATE TABLE deals (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (
        state IN ('SUBMITTED', 'CONFLICTED', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'CONVERTED', 'LOST', 'EXPIRED')
    ),
    product_line TEXT COLLATE "C" NOT NULL,
    -- What tells the customer apart.
    customer_key TEXT COLLATE "C" NOT NULL,
    -- The customer's name, and the same as it is searched.
    customer_name TEXT NOT NULL,
    customer_folded TEXT COLLATE "C" NOT NULL,
    decide_by BIGINT NOT NULL,
    -- First day no longer protected; none before the approval.
    protection_end BIGINT,
    registrant TEXT COLLATE "C" NOT NULL,
    -- Who decided last.
    reviewer TEXT COLLATE "C",
    body TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (tenant, partner_id, id),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id),
    CHECK (reviewer IS NULL OR reviewer <> registrant),
    CHECK (state NOT IN ('APPROVED', 'CONVERTED', 'LOST', 'EXPIRED') OR protection_end IS NOT NULL)
);

CREATE UNIQUE INDEX deals_uid ON deals (tenant, uid);
CREATE INDEX deals_state ON deals (tenant, state, partner_id, id);
CREATE INDEX deals_decide_by ON deals (tenant, decide_by);
CREATE INDEX deals_protection_end ON deals (tenant, protection_end);
-- What the calendar may still expire, of all tenants.
CREATE INDEX deals_due ON deals (protection_end) WHERE state = 'APPROVED';

-- Leads that are held: one deal per customer and product line. A row whose day is over holds nothing any more, whether
-- its deal is expired yet or not.
CREATE TABLE deal_leads (
    tenant TEXT COLLATE "C" NOT NULL,
    product_line TEXT COLLATE "C" NOT NULL,
    customer_key TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    deal_id TEXT COLLATE "C" NOT NULL,
    -- First day on which it is free; none: the deal is not decided.
    held_until BIGINT,
    PRIMARY KEY (tenant, product_line, customer_key),
    FOREIGN KEY (tenant, partner_id, deal_id) REFERENCES deals (tenant, partner_id, id)
);

-- Whoever registers a lead of a product line queues here, so that two whose customers may be the same see each other.
CREATE TABLE deal_lines (
    tenant TEXT COLLATE "C" NOT NULL,
    product_line TEXT COLLATE "C" NOT NULL,
    registrations BIGINT NOT NULL,
    PRIMARY KEY (tenant, product_line)
);

-- Every revision with the whole deal as it was, never changed.
CREATE TABLE deal_revisions (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    deal_id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    reason TEXT NOT NULL,
    record_time BIGINT NOT NULL,
    previous_state TEXT COLLATE "C",
    previous_protection_end BIGINT,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, deal_id, revision),
    FOREIGN KEY (tenant, partner_id, deal_id) REFERENCES deals (tenant, partner_id, id)
);

-- Revisions of a tenant's policy: the highest one is in force.
CREATE TABLE deal_policies (
    tenant TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, revision)
);
