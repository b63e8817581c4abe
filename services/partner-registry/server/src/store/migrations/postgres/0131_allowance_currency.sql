-- What is used of an allowance is used in a currency: a version of the programme may give it in another one, and what was
-- used in the one before says nothing about that. Rows that added both up are put right; `content` stays as it was told.
-- Nobody gives back more than was used in the currency, so a sum below 0 came of such a row, too.
ALTER TABLE benefit_usages ADD COLUMN currency TEXT COLLATE "C" NOT NULL DEFAULT '';

UPDATE benefit_usages SET currency = content::jsonb -> 'used' ->> 'currency';

-- A process of the version before cannot write a use whose currency would be missing: it fails instead.
ALTER TABLE benefit_usages ALTER COLUMN currency DROP DEFAULT;

UPDATE benefit_usages SET used = (
    SELECT GREATEST(0, SUM((u.content::jsonb -> 'amount' ->> 'value')::bigint))::bigint FROM benefit_usages u
    WHERE u.tenant = benefit_usages.tenant AND u.partner_id = benefit_usages.partner_id
      AND u.benefit = benefit_usages.benefit AND u.year = benefit_usages.year
      AND u.currency = benefit_usages.currency AND u.number <= benefit_usages.number
);

CREATE UNIQUE INDEX benefit_usages_currency
    ON benefit_usages (tenant, partner_id, benefit, year, currency, number);
