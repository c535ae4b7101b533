-- When mail expires, and what was never receipted in time. Mail from before is sent until it has its receipt.
ALTER TABLE outbox ADD COLUMN until INTEGER NOT NULL DEFAULT 1099511627776;
ALTER TABLE outbox ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (next_try) WHERE given_up = 0;
