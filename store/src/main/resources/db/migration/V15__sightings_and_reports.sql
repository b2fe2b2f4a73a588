-- What brokers and gateways saw, and what reports about the whole fleet go along. What comes after
-- "partial" only PostgreSQL knows: an index over some of the rows.

CREATE TABLE sighting (
  der_sha256 plain_text NOT NULL,
  source     plain_text NOT NULL,
  -- NULL if nobody here knows the certificate
  owner_kind plain_text,
  owner_id   plain_text,
  -- what was wrong with it when it was last seen
  alarm      plain_text,
  first_at   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  seen       BIGINT NOT NULL,
  CONSTRAINT sighting_once_per_source PRIMARY KEY (der_sha256, source),
  CONSTRAINT sighting_alarm_known CHECK (alarm IN ('UNKNOWN', 'TAKEN_BACK')),
  CONSTRAINT sighting_unknown_has_no_owner
    CHECK ((owner_id IS NULL) = (alarm IS NOT NULL AND alarm = 'UNKNOWN')),
  CONSTRAINT sighting_owner_whole CHECK ((owner_kind IS NULL) = (owner_id IS NULL)),
  CONSTRAINT sighting_in_order CHECK (first_at <= last_at AND seen >= 1)
);
CREATE INDEX sighting_by_alarm ON sighting (alarm, der_sha256, source)
  ${partial} WHERE alarm IS NOT NULL
;
CREATE INDEX sighting_by_owner ON sighting (owner_kind, owner_id, last_at DESC);

-- How often an owner was refused for a reason that a report tells of; counted in the transaction
-- that writes the refusal down. What was refused before this table is in the audit log only.
CREATE TABLE refusal (
  reason   plain_text NOT NULL,
  subject  plain_text NOT NULL,
  label    plain_text NOT NULL,
  address  plain_text NOT NULL,
  first_at BIGINT NOT NULL,
  last_at  BIGINT NOT NULL,
  refusals BIGINT NOT NULL,
  CONSTRAINT refusal_once PRIMARY KEY (reason, subject),
  CONSTRAINT refusal_in_order CHECK (first_at <= last_at AND refusals >= 1)
);

-- When its renewal window is over. Of older certificates nobody wrote down when it begins: as with
-- the profiles that `init` makes.
ALTER TABLE certificate ADD COLUMN overdue_at BIGINT;
UPDATE certificate SET overdue_at = not_after - (not_after - not_before) / 5;
-- NULL until a job has looked at an older certificate
ALTER TABLE certificate ADD COLUMN key_type plain_text;

CREATE INDEX certificate_by_slot ON certificate (slot, issuer_id, not_after, serial)
  ${partial} WHERE slot IS NOT NULL
;
CREATE INDEX certificate_overdue ON certificate (slot, overdue_at, serial)
  ${partial} WHERE slot IS NOT NULL
;
CREATE INDEX certificate_by_reason ON certificate (revocation_reason, revoked_at, serial)
  ${partial} WHERE revocation_reason IS NOT NULL
;
CREATE INDEX certificate_by_key_type ON certificate (key_type, not_after, serial);

-- Brokers and gateways ask with certificates of their own.
ALTER TABLE admin_role DROP CONSTRAINT admin_role_known;
ALTER TABLE admin_role ADD CONSTRAINT admin_role_known
  CHECK (role IN ('viewer', 'auditor', 'line-operator', 'device-admin', 'revoker', 'ca-admin',
                  'security-officer', 'gateway'));
