-- The partners whose rows a key of the role of partners sees: JSON list of resource names. A key of that role from before this
-- migration names none, and sees no rows.
ALTER TABLE api_keys ADD COLUMN partners TEXT NOT NULL DEFAULT '[]';
