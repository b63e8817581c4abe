-- Old simulations are found by when they were worked out, and deleted.
CREATE INDEX simulations_by_age ON simulations (create_time);
