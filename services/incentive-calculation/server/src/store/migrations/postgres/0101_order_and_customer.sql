-- The order or invoice of a fact and the pseudonym of its end customer; empty: not stated, as of every fact before.
ALTER TABLE facts ADD COLUMN order_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE facts ADD COLUMN customer_key TEXT COLLATE "C" NOT NULL DEFAULT '';
