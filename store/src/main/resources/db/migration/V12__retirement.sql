-- Plans to retire devices, what became of each device, and the proof of it.
CREATE TABLE decommission_plan (
  id               plain_text NOT NULL,
  position         BIGINT GENERATED ALWAYS AS IDENTITY,
  sha256           plain_text NOT NULL,
  reason           INTEGER NOT NULL,
  note             VARCHAR(1000) NOT NULL,
  wipe_method      plain_text,
  wipe_tool        VARCHAR(1000),
  wipe_verified_by VARCHAR(1000),
  wipe_at          BIGINT,
  wipe_serial      VARCHAR(1000),
  wipe_file_sha256 plain_text,
  wipe_waiver      VARCHAR(1000),
  devices          INTEGER NOT NULL,
  certificates     INTEGER NOT NULL,
  needs_approval   BOOLEAN NOT NULL,
  requester        plain_text NOT NULL,
  made_at          BIGINT NOT NULL,
  expires_at       BIGINT NOT NULL,
  rate             INTEGER NOT NULL,
  state            plain_text NOT NULL,
  decided_at       BIGINT,
  decided_by       plain_text,
  decision_reason  VARCHAR(1000),
  started_by       plain_text,
  CONSTRAINT decommission_plan_pk PRIMARY KEY (id),
  CONSTRAINT decommission_plan_state_known
    CHECK (state IN ('WAITING', 'READY', 'RUNNING', 'PAUSED', 'DONE', 'CANCELLED', 'DENIED')),
  CONSTRAINT decommission_plan_decision_whole CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
  CONSTRAINT decommission_plan_four_eyes CHECK (decided_by IS NULL OR decided_by <> requester),
  CONSTRAINT decommission_plan_approved
    CHECK (NOT needs_approval OR decided_by IS NOT NULL OR state IN ('WAITING', 'CANCELLED'))
);
CREATE INDEX decommission_plan_by_hash ON decommission_plan (sha256, position);
CREATE INDEX decommission_plan_by_requester ON decommission_plan (requester, made_at);
CREATE INDEX decommission_plan_by_state ON decommission_plan (state, position);

CREATE TABLE decommission_item (
  plan_id      plain_text NOT NULL,
  owner_kind   plain_text NOT NULL,
  owner_id     plain_text NOT NULL,
  epoch        INTEGER NOT NULL,
  certificates INTEGER NOT NULL,
  -- its part of the plan, in canonical form
  planned      VARCHAR(1000000) NOT NULL,
  state        plain_text NOT NULL,
  at           BIGINT,
  revoked      INTEGER,
  abandoned    INTEGER,
  burned       INTEGER,
  unplanned    VARCHAR(100000),
  detail       VARCHAR(1000),
  seen_at      BIGINT,
  -- what a device that was retired still waits for: NULL before and after
  waits_for    plain_text,
  CONSTRAINT decommission_item_pk PRIMARY KEY (plan_id, owner_id),
  CONSTRAINT decommission_item_plan_known FOREIGN KEY (plan_id) REFERENCES decommission_plan (id),
  CONSTRAINT decommission_item_state_known
    CHECK (state IN ('PENDING', 'DONE', 'ALREADY', 'FAILED')),
  CONSTRAINT decommission_item_has_result CHECK ((state = 'PENDING') = (at IS NULL)),
  CONSTRAINT decommission_item_waits_known CHECK (waits_for IN ('SIGHT', 'RECEIPT')),
  CONSTRAINT decommission_item_waits_once_done CHECK (waits_for IS NULL OR state = 'DONE')
);
CREATE INDEX decommission_item_by_state ON decommission_item (plan_id, state, owner_id);
CREATE INDEX decommission_item_by_owner ON decommission_item (owner_kind, owner_id, epoch, state);
CREATE INDEX decommission_item_waiting ON decommission_item (waits_for, owner_id);

-- The newest counts.
CREATE TABLE wipe_evidence (
  position         BIGINT GENERATED ALWAYS AS IDENTITY,
  owner_kind       plain_text NOT NULL,
  owner_id         plain_text NOT NULL,
  epoch            INTEGER NOT NULL,
  wipe_method      plain_text,
  wipe_tool        VARCHAR(1000),
  wipe_verified_by VARCHAR(1000),
  wipe_at          BIGINT,
  wipe_serial      VARCHAR(1000),
  wipe_file_sha256 plain_text,
  wipe_waiver      VARCHAR(1000),
  recorded_by      plain_text NOT NULL,
  recorded_at      BIGINT NOT NULL,
  CONSTRAINT wipe_evidence_pk PRIMARY KEY (position),
  CONSTRAINT wipe_evidence_owner_known
    FOREIGN KEY (owner_kind, owner_id) REFERENCES owner (kind, id),
  CONSTRAINT wipe_evidence_either CHECK ((wipe_method IS NULL) = (wipe_waiver IS NOT NULL))
);
CREATE INDEX wipe_evidence_by_owner ON wipe_evidence (owner_kind, owner_id, epoch, position);

-- Certificates of retired devices, as they were seen revoked at the public URLs.
CREATE TABLE revocation_seen (
  owner_kind    plain_text NOT NULL,
  owner_id      plain_text NOT NULL,
  epoch         INTEGER NOT NULL,
  issuer_id     plain_text NOT NULL,
  serial        plain_text NOT NULL,
  ocsp_url      VARCHAR(1000) NOT NULL,
  ocsp_at       BIGINT NOT NULL,
  ocsp_response BYTEA NOT NULL,
  crl_url       VARCHAR(1000) NOT NULL,
  crl_at        BIGINT NOT NULL,
  crl_number    plain_text NOT NULL,
  crl_sha256    plain_text NOT NULL,
  CONSTRAINT revocation_seen_pk PRIMARY KEY (owner_kind, owner_id, epoch, issuer_id, serial),
  CONSTRAINT revocation_seen_owner_known
    FOREIGN KEY (owner_kind, owner_id) REFERENCES owner (kind, id)
);

CREATE TABLE receipt (
  owner_kind plain_text NOT NULL,
  owner_id   plain_text NOT NULL,
  epoch      INTEGER NOT NULL,
  made_at    BIGINT NOT NULL,
  sha256     plain_text NOT NULL,
  jws        ${large_bytes} NOT NULL,
  CONSTRAINT receipt_once PRIMARY KEY (owner_kind, owner_id, epoch),
  CONSTRAINT receipt_owner_known FOREIGN KEY (owner_kind, owner_id) REFERENCES owner (kind, id)
);
