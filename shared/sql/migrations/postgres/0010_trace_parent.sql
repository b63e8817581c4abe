-- Which span an event or an operation came from (W3C traceparent), so that one trace leads from a call to what came of it.
ALTER TABLE outbox ADD COLUMN trace_parent TEXT NOT NULL DEFAULT '';
ALTER TABLE operations ADD COLUMN trace_parent TEXT NOT NULL DEFAULT '';
