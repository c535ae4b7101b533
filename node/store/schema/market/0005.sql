-- Until when bytes are kept that nobody has ordered by yet; NULL: for ever.
ALTER TABLE pinned ADD COLUMN until INTEGER;
CREATE INDEX pinned_by_end ON pinned (until) WHERE until IS NOT NULL;
