-- What tells a customer apart is kept with its lead alone, and nobody reads how many queued for one.
ALTER TABLE deals DROP COLUMN customer_key;
ALTER TABLE deal_lines DROP COLUMN registrations;
