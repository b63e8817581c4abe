-- Dashes in issuers and numbers of invoices make no difference from now on: the keys of claims that stand are written so, too. Where
-- two of them are the same invoice then, it stands for the first.
INSERT INTO subsidy_proofs (tenant, proof, subsidy_id, claim)
SELECT tenant, spelled, subsidy_id, claim
FROM (
    SELECT tenant, proof, subsidy_id, claim,
        REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(proof, '-', ''), '‐', ''), '‑', ''), '–', ''), '—', ''), '−', ''), '－', '') AS spelled
    FROM subsidy_proofs
    WHERE proof LIKE 'invoice %'
) AS known
WHERE spelled <> proof
ORDER BY tenant, subsidy_id, claim
ON CONFLICT (tenant, proof) DO NOTHING;

DELETE FROM subsidy_proofs
WHERE proof LIKE 'invoice %'
    AND proof <> REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(proof, '-', ''), '‐', ''), '‑', ''), '–', ''), '—', ''), '−', ''), '－', '');
