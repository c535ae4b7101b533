-- What a funding is worth, so that disputes about much come before disputes about little. What was followed before is followed anew.
DELETE FROM events;
DELETE FROM blocks;
UPDATE reviews SET backed = 0;
ALTER TABLE events ADD COLUMN token BLOB;  -- of a funding only
ALTER TABLE events ADD COLUMN amount BLOB;  -- of a funding only: 16 bytes, big-endian
