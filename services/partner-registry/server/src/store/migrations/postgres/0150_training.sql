-- Training: what is searched or decides has a column, the whole is kept as JSON.
CREATE TABLE courses (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('ONLINE', 'CLASSROOM', 'LIVE_SIMULATION')),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('ACTIVE', 'RETIRED')),
    body TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (tenant, id)
);

CREATE TABLE certificate_definitions (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('ACTIVE', 'RETIRED')),
    body TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (tenant, id)
);

-- Whoever changes courses or definitions queues here, so that no two changes together make a cycle.
CREATE TABLE training_catalogues (
    tenant TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant)
);

CREATE TABLE training_sessions (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    course_id TEXT COLLATE "C" NOT NULL,
    day BIGINT NOT NULL,
    place_folded TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('SCHEDULED', 'CANCELLED')),
    capacity BIGINT NOT NULL,
    -- Places that are taken, counted beside the revisions: never more than there are.
    enrolled BIGINT NOT NULL DEFAULT 0,
    body TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, course_id) REFERENCES courses (tenant, id),
    CHECK (enrolled >= 0 AND enrolled <= capacity)
);

CREATE INDEX training_sessions_course ON training_sessions (tenant, course_id, day);

-- Persons who work for partners. What says who they are is erased here and in their revisions.
CREATE TABLE persons (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    role_folded TEXT COLLATE "C" NOT NULL,
    -- Key in another system, "system:id".
    reference TEXT COLLATE "C",
    active_from BIGINT NOT NULL,
    active_until BIGINT,
    body TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (tenant, partner_id, id),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id)
);

CREATE UNIQUE INDEX persons_reference ON persons (tenant, reference);

CREATE TABLE exam_results (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    course_id TEXT COLLATE "C" NOT NULL,
    session_id TEXT COLLATE "C",
    -- Key in the system it comes from, "system:id".
    reference TEXT COLLATE "C",
    passed BIGINT NOT NULL CHECK (passed IN (0, 1)),
    taken_on BIGINT NOT NULL,
    body TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (tenant, partner_id, id),
    FOREIGN KEY (tenant, partner_id, person_id) REFERENCES persons (tenant, partner_id, id),
    FOREIGN KEY (tenant, course_id) REFERENCES courses (tenant, id),
    FOREIGN KEY (tenant, session_id) REFERENCES training_sessions (tenant, id)
);

CREATE UNIQUE INDEX exam_results_reference ON exam_results (tenant, reference);
CREATE INDEX exam_results_person ON exam_results (tenant, partner_id, person_id);

CREATE TABLE certificates (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    definition_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('ISSUED', 'EXPIRED', 'REVOKED')),
    valid_from BIGINT NOT NULL,
    -- Last valid day; none: it does not expire.
    expires_on BIGINT,
    -- First day on which it is not valid any more; none: it was not revoked.
    revoked_from BIGINT,
    body TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (tenant, partner_id, id),
    FOREIGN KEY (tenant, partner_id, person_id) REFERENCES persons (tenant, partner_id, id),
    FOREIGN KEY (tenant, definition_id) REFERENCES certificate_definitions (tenant, id),
    CHECK ((state = 'REVOKED') = (revoked_from IS NOT NULL))
);

CREATE UNIQUE INDEX certificates_uid ON certificates (tenant, uid);
CREATE INDEX certificates_person ON certificates (tenant, partner_id, person_id);
CREATE INDEX certificates_definition ON certificates (tenant, definition_id, partner_id, id);
-- What the calendar may still expire, of all tenants.
CREATE INDEX certificates_due ON certificates (expires_on) WHERE state = 'ISSUED';

-- Places of persons in sessions: one per person and session, whose id it has.
CREATE TABLE enrolments (
    tenant TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('ENROLLED', 'CANCELLED', 'ATTENDED', 'ABSENT')),
    body TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    PRIMARY KEY (tenant, partner_id, person_id, id),
    FOREIGN KEY (tenant, partner_id, person_id) REFERENCES persons (tenant, partner_id, id),
    FOREIGN KEY (tenant, id) REFERENCES training_sessions (tenant, id)
);

CREATE INDEX enrolments_session ON enrolments (tenant, id, partner_id, person_id);

-- Every revision with the whole resource as it was; changed only where a person is erased.
CREATE TABLE training_revisions (
    tenant TEXT COLLATE "C" NOT NULL,
    -- Resource name.
    subject TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    action TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    reason TEXT NOT NULL,
    record_time BIGINT NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (tenant, subject, revision)
);
