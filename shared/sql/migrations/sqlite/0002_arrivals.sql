-- What of a numbered stream of another service is in. All numbers up to this one are; the row is locked while one arrives.
CREATE TABLE arrivals (
    tenant         TEXT    NOT NULL,
    stream         TEXT    NOT NULL,
    through_number INTEGER NOT NULL CHECK (through_number >= 0),
    PRIMARY KEY (tenant, stream)
) STRICT, WITHOUT ROWID;

-- Numbers that are in before their turn.
CREATE TABLE early_arrivals (
    tenant TEXT    NOT NULL,
    stream TEXT    NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    PRIMARY KEY (tenant, stream, number)
) STRICT, WITHOUT ROWID;
