-- Listing editions that kept reviews cite: proof for those who hold only a later edition.
CREATE TABLE evidence (id BLOB PRIMARY KEY, seller BLOB NOT NULL, raw BLOB NOT NULL) STRICT;

-- The edition that a review cites; filled when the index is made anew.
ALTER TABLE reviews ADD COLUMN offer BLOB NOT NULL DEFAULT x'';
CREATE INDEX reviews_by_offer ON reviews (offer);
