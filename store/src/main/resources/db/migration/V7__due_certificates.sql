-- When a job has to look at a certificate that is neither revoked nor abandoned: a pending one is
-- voided then, unless it was seen in use; one whose successor is in use is revoked as superseded.
-- NULL for all others.

ALTER TABLE certificate ADD COLUMN due_at BIGINT;
ALTER TABLE certificate ADD CONSTRAINT certificate_revoked_is_not_due
  CHECK (revoked_at IS NULL OR due_at IS NULL);
ALTER TABLE certificate ADD CONSTRAINT certificate_confirmed_is_not_due
  CHECK (slot IS NULL OR slot <> 'CONFIRMED' OR due_at IS NULL);
CREATE INDEX certificate_due ON certificate (due_at, serial);
