-- The evidence log: a Merkle tree (RFC 6962) per tenant. The row of its end is locked by whoever adds; `peaks` are the hashes
-- of the complete subtrees that make it up, 32 bytes each, the largest first.
CREATE TABLE evidence_heads (
    tenant TEXT NOT NULL PRIMARY KEY,
    size   INTEGER NOT NULL CHECK (size >= 0),
    peaks  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What is attested, byte for byte; never changed, never deleted.
CREATE TABLE evidence (
    tenant      TEXT NOT NULL,
    position    INTEGER NOT NULL CHECK (position >= 0),
    subject     TEXT NOT NULL,
    content     TEXT NOT NULL,
    record_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_by_subject ON evidence (tenant, subject, position);

-- The complete subtrees: level 0 are the entries, `place` counts the subtrees of a level.
CREATE TABLE evidence_nodes (
    tenant TEXT NOT NULL,
    level  INTEGER NOT NULL CHECK (level BETWEEN 0 AND 63),
    place  INTEGER NOT NULL CHECK (place >= 0),
    hash   BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (tenant, level, place)
) STRICT, WITHOUT ROWID;
