PRAGMA application_id = 0x6574616c;  -- "etal"

-- What the store remembers of itself (network of meaning, proof of the key) and what the node remembers.
CREATE TABLE marks (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- The truth: signed bytes. `place` is what a newer record of the same place replaces (see protocol/keeping).
CREATE TABLE records (
    row INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    place BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    author BLOB NOT NULL,
    signer BLOB NOT NULL,
    slug TEXT NOT NULL,  -- '' where the kind has none
    created INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    raw BLOB NOT NULL
) STRICT;
CREATE INDEX records_of_author ON records (author, kind, slug, created, id);
CREATE INDEX records_by_kind ON records (kind);
CREATE INDEX records_by_end ON records (kept_until);

CREATE TABLE pinned (id BLOB PRIMARY KEY, raw BLOB NOT NULL) STRICT;

-- Derived from records alone; rebuild_index() makes everything down to `words` anew.
CREATE TABLE revocations (
    author BLOB NOT NULL,
    device BLOB NOT NULL,
    record INTEGER NOT NULL REFERENCES records (row) ON DELETE CASCADE,
    PRIMARY KEY (author, device, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX revocations_by_record ON revocations (record);

CREATE TABLE reviews (
    record INTEGER PRIMARY KEY REFERENCES records (row) ON DELETE CASCADE,
    seller BLOB NOT NULL,
    slug TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX reviews_of ON reviews (seller, slug, created);

CREATE TABLE listings (
    row INTEGER PRIMARY KEY,
    id BLOB NOT NULL,  -- content id of the effective edition
    author BLOB NOT NULL,
    slug TEXT NOT NULL,
    created INTEGER NOT NULL,
    until INTEGER NOT NULL,
    offer_until INTEGER NOT NULL,
    category TEXT NOT NULL,
    unit TEXT NOT NULL,
    price BLOB NOT NULL,  -- 16 bytes big-endian, so that bytes sort as numbers
    facets TEXT NOT NULL,  -- sorted JSON of [name, value] pairs
    available INTEGER NOT NULL,
    availability BLOB,  -- content id of the effective availability, if any
    seller TEXT NOT NULL,  -- the name as it was indexed
    UNIQUE (author, slug)
) STRICT;
CREATE INDEX listings_newest ON listings (created, id);
CREATE INDEX listings_cheapest ON listings (unit, price, id);
CREATE INDEX listings_by_facets ON listings (category, facets, until);

CREATE TABLE renamed (author BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;  -- sellers with listings under an old name

CREATE TABLE destinations (
    country TEXT NOT NULL,
    listing INTEGER NOT NULL REFERENCES listings (row) ON DELETE CASCADE,
    PRIMARY KEY (country, listing)
) STRICT, WITHOUT ROWID;
CREATE INDEX destinations_of ON destinations (listing);

CREATE VIRTUAL TABLE words USING fts5 (
    title, tags, category, seller, text,
    content = '', contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);

-- Orders. Sealed columns are encrypted with the store's key.
CREATE TABLE orders (
    row INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    side TEXT NOT NULL CHECK (side IN ('buyer', 'seller')),
    offer BLOB NOT NULL,
    counterparty BLOB NOT NULL,
    escrow_id BLOB,
    created INTEGER NOT NULL,
    sealed_secret BLOB NOT NULL,
    sealed_notes BLOB NOT NULL
) STRICT;
CREATE INDEX orders_by_escrow ON orders (escrow_id);
CREATE INDEX orders_newest ON orders (side, created, id);

CREATE TABLE messages (
    row INTEGER PRIMARY KEY,
    order_row INTEGER NOT NULL REFERENCES orders (row),
    id BLOB NOT NULL,
    sealed_raw BLOB NOT NULL,
    UNIQUE (order_row, id)
) STRICT;

CREATE TABLE outbox (
    id BLOB PRIMARY KEY,
    recipient BLOB NOT NULL,
    sealed BLOB NOT NULL,
    tries INTEGER NOT NULL,
    next_try INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (next_try);

-- The chain as it was last seen.
CREATE TABLE blocks (
    chain TEXT NOT NULL,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (chain, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    chain TEXT NOT NULL,
    block INTEGER NOT NULL,
    position INTEGER NOT NULL,  -- index of the log within its block
    escrow_id BLOB NOT NULL,
    seller BLOB,  -- of a funding only
    event BLOB NOT NULL,
    PRIMARY KEY (chain, block, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_of ON events (chain, escrow_id);
CREATE INDEX fundings_of ON events (chain, seller) WHERE seller IS NOT NULL;
