-- What is used of an allowance is used in a currency: a version of the programme may give it in another one, and what was
-- used in the one before says nothing about that. Rows that added both up are put right; `content` stays as it was told.
-- Nobody gives back more than was used in the currency: what took a sum below 0 came of such a row, too, and counts for nothing.
ALTER TABLE benefit_usages ADD COLUMN currency TEXT COLLATE "C" NOT NULL DEFAULT '';

UPDATE benefit_usages SET currency = content::jsonb -> 'used' ->> 'currency';

-- A process of the version before cannot write a use whose currency would be missing: it fails instead.
ALTER TABLE benefit_usages ALTER COLUMN currency DROP DEFAULT;

UPDATE benefit_usages SET used = (summed.total - LEAST(0, summed.lowest))::bigint
FROM (
    SELECT tenant, partner_id, benefit, year, number, total, MIN(total) OVER so_far AS lowest
    FROM (
        SELECT *, SUM((content::jsonb -> 'amount' ->> 'value')::bigint) OVER of_currency AS total
        FROM benefit_usages
        WINDOW of_currency AS (PARTITION BY tenant, partner_id, benefit, year, currency ORDER BY number)
    ) AS added
    WINDOW so_far AS (PARTITION BY tenant, partner_id, benefit, year, currency ORDER BY number)
) AS summed
WHERE summed.tenant = benefit_usages.tenant AND summed.partner_id = benefit_usages.partner_id
    AND summed.benefit = benefit_usages.benefit AND summed.year = benefit_usages.year
    AND summed.number = benefit_usages.number;

CREATE UNIQUE INDEX benefit_usages_currency
    ON benefit_usages (tenant, partner_id, benefit, year, currency, number);
