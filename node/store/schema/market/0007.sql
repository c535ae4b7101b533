-- The newest records of a kind.
DROP INDEX records_by_kind;
CREATE INDEX records_newest ON records (kind, created, id);
