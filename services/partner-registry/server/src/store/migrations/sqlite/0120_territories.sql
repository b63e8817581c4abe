-- The last record time given out per tenant. Whoever changes regions or rights queues here, so that two rights that
-- conflict can never be recorded together.
CREATE TABLE territory_heads (
    tenant TEXT NOT NULL PRIMARY KEY,
    record_time INTEGER NOT NULL
) STRICT;

-- Regions. What lies in a region has a path that begins with that region's, and the path never changes.
CREATE TABLE regions (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    code TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('COUNTRY', 'PROVINCE', 'CITY', 'COUNTY', 'DISTRICT')),
    path TEXT NOT NULL,
    parent_id TEXT,
    display_name TEXT NOT NULL,
    -- Names by language, members of a district, shape, as JSON.
    content TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, parent_id) REFERENCES regions (tenant, id)
) STRICT;

CREATE UNIQUE INDEX regions_path ON regions (tenant, path);
CREATE INDEX regions_parent ON regions (tenant, parent_id, id);

-- Rights to territories as they were recorded. Never changed: how long they hold stands with their revisions.
CREATE TABLE territory_rights (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    uid BLOB NOT NULL,
    partner_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('REGIONS', 'CIRCLE')),
    is_exclusive INTEGER NOT NULL CHECK (is_exclusive IN (0, 1)),
    -- 1: a right to all product lines; 0: to those in territory_right_lines.
    all_lines INTEGER NOT NULL CHECK (all_lines IN (0, 1)),
    effective_from INTEGER NOT NULL,
    -- A box around a circle, in 1e-7 degrees; all around where it crosses the 180th meridian.
    south INTEGER,
    west INTEGER,
    north INTEGER,
    east INTEGER,
    terms TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    record_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, partner_id) REFERENCES partners (tenant, id),
    CHECK ((kind = 'CIRCLE') = (south IS NOT NULL AND west IS NOT NULL AND north IS NOT NULL AND east IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX territory_rights_uid ON territory_rights (tenant, uid);
CREATE INDEX territory_rights_partner ON territory_rights (tenant, partner_id, id);
CREATE INDEX territory_rights_south ON territory_rights (tenant, kind, south);

-- Until when a right holds, as it became known: the highest revision decides. Never changed, never deleted.
CREATE TABLE territory_right_revisions (
    tenant TEXT NOT NULL,
    right_id TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    effective_to INTEGER,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    record_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, right_id, revision),
    FOREIGN KEY (tenant, right_id) REFERENCES territory_rights (tenant, id)
) STRICT;

CREATE TABLE territory_right_lines (
    tenant TEXT NOT NULL,
    right_id TEXT NOT NULL,
    product_line TEXT NOT NULL,
    PRIMARY KEY (tenant, right_id, product_line),
    FOREIGN KEY (tenant, right_id) REFERENCES territory_rights (tenant, id)
) STRICT;

-- The paths of a right's regions, and of the region in which the point of a circle lies.
CREATE TABLE territory_right_places (
    tenant TEXT NOT NULL,
    path TEXT NOT NULL,
    right_id TEXT NOT NULL,
    PRIMARY KEY (tenant, path, right_id),
    FOREIGN KEY (tenant, right_id) REFERENCES territory_rights (tenant, id)
) STRICT;
