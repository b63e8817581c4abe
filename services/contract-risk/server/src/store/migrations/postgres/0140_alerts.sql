-- Early warning: rules, alerts, and whose turn it is to be evaluated. Days are days since 1970-01-01, times microseconds.

-- Rules that a tenant has versions of. Locked while a version is added or changes its state.
CREATE TABLE alert_rules (
    tenant       TEXT COLLATE "C" NOT NULL,
    rule_id      TEXT COLLATE "C" NOT NULL,
    last_version BIGINT NOT NULL CHECK (last_version >= 1),
    PRIMARY KEY (tenant, rule_id)
);

-- Versions of rules, whole as JSON. Of a rule that ships, version 1 is kept only once it is out of force.
CREATE TABLE alert_rule_versions (
    tenant  TEXT COLLATE "C" NOT NULL,
    rule_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    state   TEXT COLLATE "C" NOT NULL CHECK (state IN ('DRAFT', 'ACTIVE', 'RETIRED')),
    body    TEXT NOT NULL,
    PRIMARY KEY (tenant, rule_id, version),
    FOREIGN KEY (tenant, rule_id) REFERENCES alert_rules (tenant, rule_id)
);
CREATE UNIQUE INDEX alert_rules_in_force ON alert_rule_versions (tenant, rule_id) WHERE state = 'ACTIVE';

-- Partners that rules look at. Locked while one is evaluated or somebody changes an alert of it.
CREATE TABLE alert_partners (
    tenant        TEXT COLLATE "C" NOT NULL,
    partner_id    TEXT COLLATE "C" NOT NULL,
    evaluations   BIGINT NOT NULL CHECK (evaluations >= 0),
    -- When it was last evaluated, and which day that was; the smallest number where it never was.
    evaluate_time BIGINT NOT NULL,
    evaluated_on  BIGINT NOT NULL,
    PRIMARY KEY (tenant, partner_id)
);
-- Not led by the tenant: the worker asks for what is due of all of them at once.
CREATE INDEX alert_partners_due ON alert_partners (evaluated_on, tenant, partner_id);

-- Something that rules look at has changed since the partner was evaluated. Only ever inserted and deleted.
CREATE TABLE alert_marks (
    tenant     TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    mark_id    UUID NOT NULL,
    PRIMARY KEY (tenant, partner_id, mark_id)
);

-- Alerts, whole as JSON beside the columns that queries and the constraint need.
CREATE TABLE alerts (
    tenant      TEXT COLLATE "C" NOT NULL,
    alert_id    TEXT COLLATE "C" NOT NULL,
    rule_id     TEXT COLLATE "C" NOT NULL,
    partner_id  TEXT COLLATE "C" NOT NULL,
    -- '' where it is about none.
    contract_id TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    severity    TEXT COLLATE "C" NOT NULL CHECK (severity IN ('WARNING', 'CRITICAL')),
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED')),
    -- 1 while it stands or mutes its subject.
    live        BIGINT NOT NULL CHECK (live = 1 OR (live = 0 AND state = 'RESOLVED')),
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, alert_id)
);
-- One alert per rule and subject.
CREATE UNIQUE INDEX alerts_live ON alerts (tenant, rule_id, subject) WHERE live = 1;
CREATE INDEX alerts_live_by_partner ON alerts (tenant, partner_id) WHERE live = 1;
CREATE INDEX alerts_by_partner ON alerts (tenant, partner_id, alert_id);
CREATE INDEX alerts_by_contract ON alerts (tenant, contract_id, alert_id);
CREATE INDEX alerts_by_rule ON alerts (tenant, rule_id, alert_id);
CREATE INDEX alerts_by_severity ON alerts (tenant, severity, alert_id);
CREATE INDEX alerts_by_state ON alerts (tenant, state, alert_id);
