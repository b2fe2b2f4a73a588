-- An authority that is not active is known and published, and signs nothing yet: a root that was
-- announced, or one whose certificate is still being made. Those that are there sign already.

ALTER TABLE issuer ADD COLUMN active BOOLEAN DEFAULT TRUE NOT NULL;
