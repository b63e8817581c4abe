-- A lease is on the webhook: one gateway sends to it at a time, so that events of a subject keep their order. A delivery only
-- says whose attempt is noted.
ALTER TABLE webhooks ADD COLUMN lease_owner TEXT COLLATE "C";
ALTER TABLE webhooks ADD COLUMN lease_until BIGINT;
ALTER TABLE webhook_deliveries DROP COLUMN lease_until;
DROP INDEX webhook_deliveries_due;
