-- The states of an owner, its epochs, and what devices are found by.

ALTER TABLE owner DROP CONSTRAINT owner_state_known;
ALTER TABLE owner ADD CONSTRAINT owner_state_known
  CHECK (state IN ('REGISTERED', 'ENROLLED', 'ACTIVE', 'SUSPENDED', 'RETIRING', 'RETIRED',
                   'CANCELLED', 'PURGED'));
ALTER TABLE owner DROP CONSTRAINT owner_retired_has_time;
ALTER TABLE owner ADD CONSTRAINT owner_retired_has_time
  CHECK ((state IN ('RETIRING', 'RETIRED', 'PURGED')) = (retired_at IS NOT NULL));

-- When it was proven that everybody has seen the retirement.
ALTER TABLE owner ADD COLUMN finished_at BIGINT;
ALTER TABLE owner ADD CONSTRAINT owner_finished_is_retired
  CHECK (finished_at IS NULL OR state IN ('RETIRED', 'PURGED'));

-- When the present epoch began; NULL for the first, which began with the registration.
ALTER TABLE owner ADD COLUMN opened_at BIGINT;
ALTER TABLE owner ADD CONSTRAINT owner_later_epoch_has_begun
  CHECK ((epoch = 1) = (opened_at IS NULL));

ALTER TABLE owner ADD COLUMN suspended_at BIGINT;
ALTER TABLE owner ADD COLUMN suspended_until BIGINT;
ALTER TABLE owner ADD COLUMN suspended_by plain_text;
ALTER TABLE owner ADD COLUMN suspended_why VARCHAR(1000);
ALTER TABLE owner ADD CONSTRAINT owner_suspended_says_why
  CHECK ((state = 'SUSPENDED') = (suspended_at IS NOT NULL)
     AND (suspended_at IS NULL) = (suspended_by IS NULL)
     AND (suspended_at IS NULL) = (suspended_why IS NULL)
     AND (suspended_at IS NOT NULL OR suspended_until IS NULL));
CREATE INDEX owner_suspended ON owner (suspended_until, kind, id);

-- When it was last issued a certificate, and when that one expires; 0 if it never was.
ALTER TABLE owner ADD COLUMN issued_at BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE owner ADD COLUMN expires_at BIGINT DEFAULT 0 NOT NULL;
UPDATE owner SET
  issued_at = COALESCE(
    (SELECT MAX(issued_at) FROM certificate
     WHERE owner_kind = owner.kind AND owner_id = owner.id), 0),
  expires_at = COALESCE(
    (SELECT MAX(not_after) FROM certificate
     WHERE owner_kind = owner.kind AND owner_id = owner.id AND state = 'ISSUED'), 0);

-- Each is gone along in its order, a page at a time.
CREATE INDEX owner_by_state ON owner (kind, state, id);
CREATE INDEX owner_by_label ON owner (kind, label, id);
CREATE INDEX owner_by_model ON owner (kind, model, id);
CREATE INDEX owner_by_site ON owner (kind, site, id);
CREATE INDEX owner_by_group ON owner (kind, device_group, id);
CREATE INDEX owner_by_lot ON owner (kind, lot, id);
CREATE INDEX owner_by_holder ON owner (kind, held_by, id);
CREATE INDEX owner_by_hardware_serial ON owner (kind, hardware_serial, id);
CREATE INDEX owner_by_registration ON owner (kind, registered_at, id);
CREATE INDEX owner_by_issuance ON owner (kind, issued_at, id);
CREATE INDEX owner_by_expiry ON owner (kind, expires_at, id);

-- The epochs that are over; the present one is the owner's own row.
CREATE TABLE owner_epoch (
  kind        plain_text NOT NULL,
  id          plain_text NOT NULL,
  epoch       INTEGER NOT NULL,
  label       plain_text NOT NULL,
  opened_at   BIGINT NOT NULL,
  retired_at  BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  CONSTRAINT owner_epoch_once PRIMARY KEY (kind, id, epoch),
  CONSTRAINT owner_epoch_owner_known FOREIGN KEY (kind, id) REFERENCES owner (kind, id)
);
