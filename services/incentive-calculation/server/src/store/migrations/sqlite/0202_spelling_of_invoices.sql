-- Invoices are compared as `plain` in the domain spells them from now on: dashes and signs that nobody sees make no difference,
-- and full-width signs are those of ASCII. The keys of claims that stand are written so, too. Where two of them are the same
-- invoice then, both stay: one under the new spelling, the other one as it was.
CREATE TABLE subsidy_proofs_spelled AS
WITH RECURSIVE spelled (tenant, proof, subsidy_id, claim, place, sign, text) AS (
    SELECT tenant, proof, subsidy_id, claim, 1, unicode(substr(proof, 1, 1)), ''
    FROM subsidy_proofs WHERE proof LIKE 'invoice %'
    UNION ALL
    SELECT tenant, proof, subsidy_id, claim, place + 1, unicode(substr(proof, place + 1, 1)), text || CASE
        WHEN sign IN (45, 173, 8722, 65293) OR sign BETWEEN 8208 AND 8213 THEN ''
        WHEN sign IN (8288, 65279) OR sign BETWEEN 8203 AND 8207 THEN ''
        WHEN sign BETWEEN 65281 AND 65374 THEN char(sign - 65248)
        ELSE substr(proof, place, 1)
    END
    FROM spelled WHERE place <= length(proof)
)
SELECT tenant, proof, subsidy_id, claim, text FROM spelled WHERE place > length(proof) AND text <> proof;

INSERT INTO subsidy_proofs (tenant, proof, subsidy_id, claim)
SELECT tenant, text, subsidy_id, claim FROM subsidy_proofs_spelled WHERE TRUE ORDER BY tenant, subsidy_id, claim
ON CONFLICT (tenant, proof) DO NOTHING;

DELETE FROM subsidy_proofs WHERE EXISTS (
    SELECT 1 FROM subsidy_proofs_spelled old
    JOIN subsidy_proofs new ON new.tenant = old.tenant AND new.proof = old.text
        AND new.subsidy_id = old.subsidy_id AND new.claim = old.claim
    WHERE old.tenant = subsidy_proofs.tenant AND old.proof = subsidy_proofs.proof
);

DROP TABLE subsidy_proofs_spelled;
