-- The last record time given out per tenant. Whoever changes regions or rights queues here, so that two rights that
-- conflict can never be recorded together.
CREATE TABLE territory_heads (
    tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    record_time BIGINT NOT NULL
);

-- Regions. What lies in a region has a path that begins with that region's, and the path never changes.
CREATE TABLE regions (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    level TEXT COLLATE "C" NOT NULL CHECK (level IN ('COUNTRY', 'PROVINCE', 'CITY', 'COUNTY', 'DISTRICT')),
    path TEXT COLLATE "C" NOT NULL,
    parent_id TEXT COLLATE "C",
    display_name TEXT NOT NULL,
    -- Names by language, members of a district, shape, as JSON.
    content TEXT NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, parent_id) REFERENCES regions (tenant, id)
);

CREATE UNIQUE INDEX regions_path ON regions (tenant, path);
CREATE INDEX regions_parent ON regions (tenant, parent_id, id);

-- Rights to territories as they were recorded. Never changed: how long they hold stands with their revisions.
CREATE TABLE territory_rights (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    uid UUID NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('REGIONS', 'CIRCLE')),
    is_exclusive BIGINT NOT NULL CHECK (is_exclusive IN (0, 1)),
    -- 1: a right to all product lines; 0: to those in territory_right_lines.
    all_lines BIGINT NOT NULL CHECK (all_lines IN (0, 1)),
    effective_from BIGINT NOT NULL,
    -- A box around a circle, in 1e-7 degrees; all around where it crosses the 180th meridian.
    south BIGINT,
    west BIGINT,
    north BIGINT,
    east BIGINT,
    terms TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    record_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id),
    CHECK ((kind = 'CIRCLE') = (south IS NOT NULL AND west IS NOT NULL AND north IS NOT NULL AND east IS NOT NULL))
);

CREATE UNIQUE INDEX territory_rights_uid ON territory_rights (tenant, uid);
CREATE INDEX territory_rights_partner ON territory_rights (tenant, partner_id, id);
CREATE INDEX territory_rights_south ON territory_rights (tenant, kind, south);

-- Until when a right holds, as it became known: the highest revision decides. Never changed, never deleted.
CREATE TABLE territory_right_revisions (
    tenant TEXT COLLATE "C" NOT NULL,
    right_id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL CHECK (revision > 0),
    effective_to BIGINT,
    reason TEXT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    record_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, right_id, revision),
    FOREIGN KEY (tenant, right_id) REFERENCES territory_rights (tenant, id)
);

CREATE TABLE territory_right_lines (
    tenant TEXT COLLATE "C" NOT NULL,
    right_id TEXT COLLATE "C" NOT NULL,
    product_line TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, right_id, product_line),
    FOREIGN KEY (tenant, right_id) REFERENCES territory_rights (tenant, id)
);

-- The paths of a right's regions, and of the region in which the point of a circle lies.
CREATE TABLE territory_right_places (
    tenant TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    right_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, path, right_id),
    FOREIGN KEY (tenant, right_id) REFERENCES territory_rights (tenant, id)
);
