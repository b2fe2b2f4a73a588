-- Requests for a first certificate that wait for an operator, or waited.

CREATE TABLE pending_request (
  id             plain_text NOT NULL,
  owner_kind     plain_text NOT NULL,
  owner_id       plain_text NOT NULL,
  epoch          INTEGER NOT NULL,
  label          plain_text NOT NULL,
  approval_key   plain_text NOT NULL,
  spki_sha256    plain_text NOT NULL,
  csr            BYTEA NOT NULL,
  subject        VARCHAR(1000) NOT NULL,
  credential     plain_text NOT NULL,
  origin_request plain_text NOT NULL,
  origin_address plain_text NOT NULL,
  requested_at   BIGINT NOT NULL,
  expires_at     BIGINT NOT NULL,
  state          plain_text NOT NULL,
  -- 'OPEN' while it waits or is approved, else NULL: its owner has one such place under each label
  place          plain_text,
  decided_at     BIGINT,
  decided_by     plain_text,
  reason         VARCHAR(1000),
  CONSTRAINT pending_request_pk PRIMARY KEY (id),
  CONSTRAINT pending_request_one_open UNIQUE (owner_kind, owner_id, epoch, label, place),
  CONSTRAINT pending_request_owner_known
    FOREIGN KEY (owner_kind, owner_id) REFERENCES owner (kind, id),
  CONSTRAINT pending_request_state_known
    CHECK (state IN ('PENDING', 'APPROVED', 'USED', 'DENIED', 'EXPIRED', 'REPLACED', 'VOIDED')),
  CONSTRAINT pending_request_place_known CHECK (place = 'OPEN'),
  CONSTRAINT pending_request_open_has_place
    CHECK ((state IN ('PENDING', 'APPROVED')) = (place IS NOT NULL)),
  CONSTRAINT pending_request_decision_whole CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
  CONSTRAINT pending_request_decided_has_time
    CHECK (state NOT IN ('APPROVED', 'USED', 'DENIED') OR decided_at IS NOT NULL),
  CONSTRAINT pending_request_denied_has_reason CHECK (state <> 'DENIED' OR reason IS NOT NULL)
);
CREATE INDEX pending_request_by_owner ON pending_request (owner_kind, owner_id, requested_at, id);
CREATE INDEX pending_request_by_approval_key ON pending_request (approval_key, requested_at DESC);
CREATE INDEX pending_request_by_state ON pending_request (state, label);
CREATE INDEX pending_request_by_time ON pending_request (requested_at, id);
CREATE INDEX pending_request_open_by_expiry ON pending_request (place, expires_at, id);
