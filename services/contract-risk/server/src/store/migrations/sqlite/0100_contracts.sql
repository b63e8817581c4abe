-- Contracts, whole as JSON beside the columns that keys and queries need.
CREATE TABLE contracts (
    tenant      TEXT NOT NULL,
    contract_id TEXT NOT NULL,
    partner_id  TEXT NOT NULL,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    create_time INTEGER NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, contract_id)
) STRICT;
CREATE INDEX contracts_by_partner ON contracts (tenant, partner_id, contract_id);

-- Keys of contracts in other systems, each held by one contract.
CREATE TABLE contract_external_refs (
    tenant      TEXT NOT NULL,
    system      TEXT NOT NULL,
    ref_id      TEXT NOT NULL,
    contract_id TEXT NOT NULL,
    PRIMARY KEY (tenant, system, ref_id),
    FOREIGN KEY (tenant, contract_id) REFERENCES contracts (tenant, contract_id)
) STRICT, WITHOUT ROWID;
