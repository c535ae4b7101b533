PRAGMA application_id = 0x6574616d;  -- "etam"

CREATE TABLE manifests (
    row INTEGER PRIMARY KEY,  -- ascending: the oldest goes first when room is needed
    blob BLOB NOT NULL UNIQUE,
    keep INTEGER NOT NULL,  -- 1: never removed to make room
    raw BLOB NOT NULL
) STRICT;

CREATE TABLE chunks (
    row INTEGER PRIMARY KEY,
    blob BLOB NOT NULL,
    position INTEGER NOT NULL,
    size INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (blob, position)
) STRICT;
CREATE INDEX chunk_sizes ON chunks (blob, size);
