-- In which life of the bus events were published last: one row. After a loss the bus is in another life, and what was
-- published lately goes out again.
CREATE TABLE bus_epoch (
    only_row BIGINT  NOT NULL PRIMARY KEY CHECK (only_row = 1),
    epoch    TEXT COLLATE "C" NOT NULL
);
INSERT INTO bus_epoch (only_row, epoch) VALUES (1, '');
CREATE INDEX outbox_published ON outbox (published_time) WHERE published_time IS NOT NULL;
