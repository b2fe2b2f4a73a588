-- In which order statuses changed, and holds that can be released.

-- What crl_scope.changes was right after the last change of this certificate's status; NULL until
-- the first. Who changes a status holds the scope's row until the commit, so that the numbers of
-- one scope become visible in their order.
ALTER TABLE certificate ADD COLUMN status_change BIGINT;
CREATE INDEX certificate_changed ON certificate (issuer_id, crl_scope, status_change);

-- Older changes have no number. Those that the last CRL may not have get the present one, so that
-- nobody who goes on from that CRL misses them; a day more is for clocks that were wrong.
UPDATE certificate SET status_change =
  (SELECT changes FROM crl_scope
   WHERE crl_scope.issuer_id = certificate.issuer_id AND scope = certificate.crl_scope)
WHERE listed_serial IS NOT NULL
  AND EXISTS
    (SELECT 1 FROM crl_scope
     WHERE crl_scope.issuer_id = certificate.issuer_id AND scope = certificate.crl_scope
       AND changes > published AND revoked_at >= this_update - 86400000000);

-- A hold (reason 6) takes back trust, and not the place: that is kept until the hold is released, or
-- ended by a successor, a retirement or a revocation for another reason.
ALTER TABLE certificate DROP CONSTRAINT certificate_revoked_has_no_slot;
ALTER TABLE certificate DROP CONSTRAINT certificate_revoked_is_not_due;
ALTER TABLE certificate ADD CONSTRAINT certificate_ended_has_no_slot
  CHECK (revoked_at IS NULL OR revocation_reason = 6 OR slot IS NULL);
ALTER TABLE certificate ADD CONSTRAINT certificate_ended_is_not_due
  CHECK (revoked_at IS NULL OR revocation_reason = 6 OR due_at IS NULL);
ALTER TABLE certificate ADD CONSTRAINT certificate_held_is_issued
  CHECK (revocation_reason IS NULL OR revocation_reason <> 6 OR state = 'ISSUED');
