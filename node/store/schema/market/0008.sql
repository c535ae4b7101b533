-- Whom a funding names as its arbiter, and what kind of event a row is. What was followed before is followed anew.
DELETE FROM events;
DELETE FROM blocks;
UPDATE reviews SET backed = 0;
ALTER TABLE events ADD COLUMN arbiter BLOB;  -- of a funding only
ALTER TABLE events ADD COLUMN type TEXT NOT NULL DEFAULT '';
CREATE INDEX fundings_judged ON events (chain, arbiter, block, position) WHERE arbiter IS NOT NULL;

-- Disputes: what parties and arbiter have sent each other, and what this node wants of the chain. Sealed with the store's key.
CREATE TABLE cases (
    row INTEGER PRIMARY KEY,
    escrow_id BLOB NOT NULL UNIQUE,
    sealed_notes BLOB NOT NULL
) STRICT;

CREATE TABLE case_records (
    row INTEGER PRIMARY KEY,
    case_row INTEGER NOT NULL REFERENCES cases (row),
    id BLOB NOT NULL,
    size INTEGER NOT NULL,
    sealed_raw BLOB NOT NULL,
    UNIQUE (case_row, id)
) STRICT;
