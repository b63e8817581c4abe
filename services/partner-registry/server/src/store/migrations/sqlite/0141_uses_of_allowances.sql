-- What is used of an allowance, added up anew for each currency: nobody gives back more than was used in the currency, so what took a
-- sum below 0 came of a row that added two of them up, and counts for nothing, there and in all that follows.
UPDATE benefit_usages SET used = summed.total - MIN(0, summed.lowest)
FROM (
    SELECT tenant, partner_id, benefit, year, number, total, MIN(total) OVER so_far AS lowest
    FROM (
        SELECT *, SUM(json_extract(content, '$.amount.value')) OVER of_currency AS total
        FROM benefit_usages
        WINDOW of_currency AS (PARTITION BY tenant, partner_id, benefit, year, currency ORDER BY number)
    ) AS added
    WINDOW so_far AS (PARTITION BY tenant, partner_id, benefit, year, currency ORDER BY number)
) AS summed
WHERE summed.tenant = benefit_usages.tenant AND summed.partner_id = benefit_usages.partner_id
    AND summed.benefit = benefit_usages.benefit AND summed.year = benefit_usages.year
    AND summed.number = benefit_usages.number;
