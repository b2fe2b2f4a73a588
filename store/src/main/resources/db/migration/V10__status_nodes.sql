-- Status nodes: servers of our own that only answer for status, with an identity to turn to an
-- issuing node.
ALTER TABLE owner DROP CONSTRAINT owner_kind_known;
ALTER TABLE owner ADD CONSTRAINT owner_kind_known
  CHECK (kind IN ('device', 'admin', 'station', 'node', 'service', 'issuer'));
