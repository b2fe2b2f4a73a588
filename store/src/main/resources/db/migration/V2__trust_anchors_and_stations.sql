-- Whom a label trusts besides its own certificates.

-- A manufacturer's authority, whose IDevIDs let devices in for the first time.
CREATE TABLE trust_anchor (
  label      plain_text NOT NULL,
  der_sha256 plain_text NOT NULL,
  position   BIGINT GENERATED ALWAYS AS IDENTITY,
  der        BYTEA NOT NULL,
  -- the pattern of the devices that it vouches for; NULL for all of them
  serials    plain_text,
  added_at   BIGINT NOT NULL,
  added_by   plain_text NOT NULL,
  CONSTRAINT trust_anchor_once PRIMARY KEY (label, der_sha256)
);

-- For which labels a station enrolls devices.
CREATE TABLE station_label (
  owner_kind plain_text NOT NULL,
  owner_id   plain_text NOT NULL,
  label      plain_text NOT NULL,
  CONSTRAINT station_label_once PRIMARY KEY (owner_kind, owner_id, label),
  CONSTRAINT station_label_station_known
    FOREIGN KEY (owner_kind, owner_id) REFERENCES owner (kind, id),
  CONSTRAINT station_label_is_a_stations CHECK (owner_kind = 'station')
);
