-- What proves the audit log, and what is done when the database was put back.

-- What the nodes sign documents with: checkpoints of the audit log, receipts.
CREATE TABLE service_signer (
  der_sha256  plain_text NOT NULL,
  position    BIGINT GENERATED ALWAYS AS IDENTITY,
  node        plain_text NOT NULL,
  purpose     plain_text NOT NULL,
  der         BYTEA NOT NULL,
  token       plain_text NOT NULL,
  label       plain_text NOT NULL,
  key_id      plain_text NOT NULL,
  spki_sha256 plain_text NOT NULL,
  CONSTRAINT service_signer_pk PRIMARY KEY (der_sha256),
  CONSTRAINT service_signer_purpose_known CHECK (purpose IN ('AUDIT', 'RECEIPT'))
);

-- On which row of which chain a chain hangs; NULL for those that were begun before this was kept
-- here, too. A chain on whose end another one hangs needs no place of its own in a checkpoint.
ALTER TABLE audit_chain ADD COLUMN previous_chain plain_text;
ALTER TABLE audit_chain ADD COLUMN previous_sequence BIGINT;

-- Each signs the heads of the chains, and names the one before.
CREATE TABLE audit_checkpoint (
  number    BIGINT NOT NULL,
  at_micros BIGINT NOT NULL,
  node      plain_text NOT NULL,
  jws       VARCHAR(1000000) NOT NULL,
  CONSTRAINT audit_checkpoint_pk PRIMARY KEY (number)
);

-- Certificates that are on a published CRL, and not in the database any more: it was put back to a
-- state from before they were issued. They stay revoked.
CREATE TABLE lost_certificate (
  issuer_id         plain_text NOT NULL,
  serial            plain_text NOT NULL,
  crl_scope         plain_text NOT NULL,
  revoked_at        BIGINT NOT NULL,
  revocation_reason INTEGER NOT NULL,
  invalidity_date   BIGINT,
  -- not known; that of its issuer
  not_after         BIGINT NOT NULL,
  CONSTRAINT lost_certificate_pk PRIMARY KEY (issuer_id, serial),
  CONSTRAINT lost_certificate_issuer_known FOREIGN KEY (issuer_id) REFERENCES issuer (id)
);

CREATE INDEX lost_certificate_by_scope ON lost_certificate (issuer_id, crl_scope, serial);

-- While one of them has not ended, nothing is issued.
CREATE TABLE quarantine (
  position BIGINT GENERATED ALWAYS AS IDENTITY,
  since    BIGINT NOT NULL,
  node     plain_text NOT NULL,
  why      VARCHAR(10000) NOT NULL,
  -- the checkpoints that the database should have and has not
  lost_from BIGINT NOT NULL,
  lost_to   BIGINT NOT NULL,
  ended_at BIGINT,
  ended_by plain_text,
  reason   VARCHAR(10000),
  CONSTRAINT quarantine_pk PRIMARY KEY (position)
);
