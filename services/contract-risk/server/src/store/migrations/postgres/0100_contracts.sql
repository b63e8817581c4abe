-- Contracts, whole as JSON beside the columns that keys and queries need.
CREATE TABLE contracts (
    tenant      TEXT COLLATE "C" NOT NULL,
    contract_id TEXT COLLATE "C" NOT NULL,
    partner_id  TEXT COLLATE "C" NOT NULL,
    revision    BIGINT NOT NULL CHECK (revision >= 1),
    create_time BIGINT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, contract_id)
);
CREATE INDEX contracts_by_partner ON contracts (tenant, partner_id, contract_id);

-- Keys of contracts in other systems, each held by one contract.
CREATE TABLE contract_external_refs (
    tenant      TEXT COLLATE "C" NOT NULL,
    system      TEXT COLLATE "C" NOT NULL,
    ref_id      TEXT COLLATE "C" NOT NULL,
    contract_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, system, ref_id),
    FOREIGN KEY (tenant, contract_id) REFERENCES contracts (tenant, contract_id)
);
