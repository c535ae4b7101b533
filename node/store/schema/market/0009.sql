-- Campaigns that this node has a part in, as their creator's record says it, and what this node wants of them on the chain.
CREATE TABLE campaigns (
    row INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,  -- the contract's
    raw BLOB NOT NULL,
    sealed_notes BLOB NOT NULL
) STRICT;
