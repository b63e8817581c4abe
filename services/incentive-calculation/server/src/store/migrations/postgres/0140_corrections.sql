-- What changed since a snapshot: revisions that began or ended after an arrival.
CREATE INDEX figures_by_arrival ON figures (tenant, arrival);
CREATE INDEX figures_by_end ON figures (tenant, until_arrival) WHERE until_arrival IS NOT NULL;
CREATE INDEX rates_by_arrival ON rates (tenant, arrival);
CREATE INDEX rates_by_end ON rates (tenant, until_arrival) WHERE until_arrival IS NOT NULL;
CREATE INDEX opening_lines_by_arrival ON opening_lines (tenant, arrival);
CREATE INDEX opening_lines_by_end ON opening_lines (tenant, until_arrival) WHERE until_arrival IS NOT NULL;

-- When a final run stated its period; NULL: it stated nothing.
ALTER TABLE runs ADD COLUMN stated_time BIGINT;
UPDATE runs SET stated_time = COALESCE((body::jsonb ->> 'end_time')::BIGINT, create_time) WHERE stated_arrival IS NOT NULL;
