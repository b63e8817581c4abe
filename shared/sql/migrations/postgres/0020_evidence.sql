-- The evidence log: a Merkle tree (RFC 6962) per tenant. The row of its end is locked by whoever adds; `peaks` are the hashes
-- of the complete subtrees that make it up, 32 bytes each, the largest first.
CREATE TABLE evidence_heads (
    tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    size   BIGINT NOT NULL CHECK (size >= 0),
    peaks  BYTEA NOT NULL
);

-- What is attested, byte for byte; never changed, never deleted.
CREATE TABLE evidence (
    tenant      TEXT COLLATE "C" NOT NULL,
    position    BIGINT NOT NULL CHECK (position >= 0),
    subject     TEXT COLLATE "C" NOT NULL,
    content     TEXT NOT NULL,
    record_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, position)
);
CREATE INDEX evidence_by_subject ON evidence (tenant, subject, position);

-- The complete subtrees: level 0 are the entries, `place` counts the subtrees of a level.
CREATE TABLE evidence_nodes (
    tenant TEXT COLLATE "C" NOT NULL,
    level  BIGINT NOT NULL CHECK (level BETWEEN 0 AND 63),
    place  BIGINT NOT NULL CHECK (place >= 0),
    hash   BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (tenant, level, place)
);
