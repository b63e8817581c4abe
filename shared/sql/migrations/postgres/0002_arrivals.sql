-- What of a numbered stream of another service is in. All numbers up to this one are; the row is locked while one arrives.
CREATE TABLE arrivals (
    tenant         TEXT COLLATE "C" NOT NULL,
    stream         TEXT COLLATE "C" NOT NULL,
    through_number BIGINT NOT NULL CHECK (through_number >= 0),
    PRIMARY KEY (tenant, stream)
);

-- Numbers that are in before their turn.
CREATE TABLE early_arrivals (
    tenant TEXT COLLATE "C" NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 1),
    PRIMARY KEY (tenant, stream, number)
);
