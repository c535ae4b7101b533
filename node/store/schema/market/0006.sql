-- What a review's proof says was paid, and committed to, and whether a payment that was followed did; filled when the index is made
-- anew. Those that money stands behind come first, however many others anyone makes up.
ALTER TABLE reviews ADD COLUMN escrow TEXT NOT NULL DEFAULT '';
ALTER TABLE reviews ADD COLUMN purchase BLOB NOT NULL DEFAULT x'';  -- the order's name on chain
ALTER TABLE reviews ADD COLUMN committed BLOB NOT NULL DEFAULT x'';
ALTER TABLE reviews ADD COLUMN backed INTEGER NOT NULL DEFAULT 0;
DROP INDEX reviews_of;
CREATE INDEX reviews_of_seller ON reviews (seller, backed, created);
CREATE INDEX reviews_of_listing ON reviews (seller, slug, backed, created);
CREATE INDEX reviews_by_purchase ON reviews (purchase, committed);
