-- The first schema, in SQL that both H2 and PostgreSQL run.
--
-- Times are microseconds since the epoch. Hashes, serials and key fingerprints are lower-case hex;
-- serials are padded to 40 digits, so that their text sorts as their value does. Where H2 and
-- PostgreSQL differ there is a placeholder: ${bytewise} makes text compare byte by byte,
-- ${large_bytes} holds more than a megabyte. Every constraint has a name that says the rule.

CREATE DOMAIN plain_text AS VARCHAR(200) ${bytewise};

CREATE TABLE owner (
  kind          plain_text NOT NULL,
  id            plain_text NOT NULL,
  folded        plain_text NOT NULL,
  epoch         INTEGER NOT NULL,
  state         plain_text NOT NULL,
  label         plain_text NOT NULL,
  registered_at BIGINT NOT NULL,
  retired_at    BIGINT,
  CONSTRAINT owner_pk PRIMARY KEY (kind, id),
  CONSTRAINT owner_name_once UNIQUE (folded),
  CONSTRAINT owner_kind_known
    CHECK (kind IN ('device', 'admin', 'station', 'service', 'issuer')),
  CONSTRAINT owner_state_known
    CHECK (state IN ('REGISTERED', 'ENROLLED', 'ACTIVE', 'RETIRED')),
  CONSTRAINT owner_retired_has_time CHECK (state <> 'RETIRED' OR retired_at IS NOT NULL),
  CONSTRAINT owner_epoch_counts CHECK (epoch >= 1)
);

-- To whom a name or a key belongs, for ever. A tombstone is never given again, unless an audited
-- act lifts it.
CREATE TABLE claim (
  kind         plain_text NOT NULL,
  claimed      plain_text NOT NULL,
  owner_kind   plain_text NOT NULL,
  owner_id     plain_text NOT NULL,
  epoch        INTEGER NOT NULL,
  tombstone    BOOLEAN NOT NULL,
  claimed_at   BIGINT NOT NULL,
  tombstone_at BIGINT,
  lifted_at    BIGINT,
  lifted_by    plain_text,
  CONSTRAINT claim_one_owner PRIMARY KEY (kind, claimed),
  CONSTRAINT claim_owner_known FOREIGN KEY (owner_kind, owner_id) REFERENCES owner (kind, id),
  CONSTRAINT claim_kind_known CHECK (kind IN ('NAME', 'KEY', 'HARDWARE_SERIAL', 'IDEVID'))
);
CREATE INDEX claim_by_owner ON claim (owner_kind, owner_id);

CREATE TABLE enrollment_secret (
  id         plain_text NOT NULL,
  owner_kind plain_text NOT NULL,
  owner_id   plain_text NOT NULL,
  epoch      INTEGER NOT NULL,
  hmac       BYTEA NOT NULL,
  uses_left  INTEGER NOT NULL,
  issued_at  BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  burned     BOOLEAN NOT NULL,
  CONSTRAINT enrollment_secret_pk PRIMARY KEY (id),
  CONSTRAINT enrollment_secret_owner_known
    FOREIGN KEY (owner_kind, owner_id) REFERENCES owner (kind, id),
  CONSTRAINT enrollment_secret_not_overspent CHECK (uses_left >= 0)
);
CREATE INDEX enrollment_secret_by_owner ON enrollment_secret (owner_kind, owner_id, epoch);

CREATE TABLE certificate (
  issuer_id          plain_text NOT NULL,
  serial             plain_text NOT NULL,
  issuer_name_sha256 plain_text NOT NULL,
  owner_kind         plain_text NOT NULL,
  owner_id           plain_text NOT NULL,
  epoch              INTEGER NOT NULL,
  label              plain_text NOT NULL,
  profile_version    plain_text NOT NULL,
  spki_sha256        plain_text NOT NULL,
  sameness           plain_text NOT NULL,
  credential         plain_text NOT NULL,
  tbs                BYTEA NOT NULL,
  der                BYTEA,
  der_sha256         plain_text,
  state              plain_text NOT NULL,
  -- NULL when it is neither its owner's pending nor its confirmed certificate
  slot               plain_text,
  replaces           plain_text,
  crl_scope          plain_text NOT NULL,
  not_before         BIGINT NOT NULL,
  not_after          BIGINT NOT NULL,
  reserved_at        BIGINT NOT NULL,
  issued_at          BIGINT,
  confirmed_at       BIGINT,
  revoked_at         BIGINT,
  revocation_reason  INTEGER,
  invalidity_date    BIGINT,
  -- the serial once more when it is revoked or abandoned, else NULL: the CRL's index
  listed_serial      plain_text,
  CONSTRAINT certificate_serial_once PRIMARY KEY (issuer_id, serial),
  CONSTRAINT certificate_serial_once_per_name UNIQUE (issuer_name_sha256, serial),
  CONSTRAINT certificate_der_once UNIQUE (der_sha256),
  CONSTRAINT certificate_one_identity UNIQUE (owner_kind, owner_id, epoch, label, slot),
  CONSTRAINT certificate_owner_known FOREIGN KEY (owner_kind, owner_id) REFERENCES owner (kind, id),
  CONSTRAINT certificate_state_known CHECK (state IN ('RESERVED', 'ISSUED', 'ABANDONED')),
  CONSTRAINT certificate_slot_known CHECK (slot IN ('PENDING', 'CONFIRMED')),
  CONSTRAINT certificate_issued_has_bytes
    CHECK ((state = 'ISSUED') = (der IS NOT NULL) AND (der IS NULL) = (der_sha256 IS NULL)),
  CONSTRAINT certificate_abandoned_is_revoked CHECK (state <> 'ABANDONED' OR revoked_at IS NOT NULL),
  CONSTRAINT certificate_reserved_is_not_revoked CHECK (state <> 'RESERVED' OR revoked_at IS NULL),
  CONSTRAINT certificate_revoked_has_reason
    CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL)),
  CONSTRAINT certificate_revoked_is_listed CHECK ((revoked_at IS NULL) = (listed_serial IS NULL)),
  CONSTRAINT certificate_revoked_has_no_slot CHECK (revoked_at IS NULL OR slot IS NULL)
);
CREATE INDEX certificate_by_owner ON certificate (owner_kind, owner_id, serial);
CREATE INDEX certificate_by_serial ON certificate (serial);
CREATE INDEX certificate_by_sameness ON certificate (sameness, reserved_at DESC);
CREATE INDEX certificate_by_state ON certificate (state, reserved_at, serial);
CREATE INDEX certificate_listed ON certificate (issuer_id, crl_scope, listed_serial);

CREATE TABLE issuer (
  id          plain_text NOT NULL,
  position    BIGINT GENERATED ALWAYS AS IDENTITY,
  name        BYTEA NOT NULL,
  spki        BYTEA NOT NULL,
  role        plain_text NOT NULL,
  crl_scope   plain_text NOT NULL,
  added_at    BIGINT NOT NULL,
  CONSTRAINT issuer_pk PRIMARY KEY (id)
);

CREATE TABLE issuer_certificate (
  issuer_id  plain_text NOT NULL,
  position   BIGINT GENERATED ALWAYS AS IDENTITY,
  der        BYTEA NOT NULL,
  der_sha256 plain_text NOT NULL,
  CONSTRAINT issuer_certificate_once PRIMARY KEY (der_sha256),
  CONSTRAINT issuer_certificate_issuer_known FOREIGN KEY (issuer_id) REFERENCES issuer (id)
);

-- Several rows where a key was cloned into several tokens.
CREATE TABLE issuer_key_location (
  issuer_id   plain_text NOT NULL,
  position    BIGINT GENERATED ALWAYS AS IDENTITY,
  token       plain_text NOT NULL,
  label       plain_text NOT NULL,
  key_id      plain_text NOT NULL,
  spki_sha256 plain_text NOT NULL,
  CONSTRAINT issuer_key_location_once PRIMARY KEY (issuer_id, token, label, key_id),
  CONSTRAINT issuer_key_location_issuer_known FOREIGN KEY (issuer_id) REFERENCES issuer (id)
);

CREATE TABLE ocsp_signer (
  der_sha256  plain_text NOT NULL,
  position    BIGINT GENERATED ALWAYS AS IDENTITY,
  issuer_id   plain_text NOT NULL,
  node        plain_text NOT NULL,
  der         BYTEA NOT NULL,
  token       plain_text NOT NULL,
  label       plain_text NOT NULL,
  key_id      plain_text NOT NULL,
  spki_sha256 plain_text NOT NULL,
  CONSTRAINT ocsp_signer_once PRIMARY KEY (der_sha256)
);

CREATE TABLE profile_version (
  version     plain_text NOT NULL,
  name        plain_text NOT NULL,
  source      VARCHAR(1000000) NOT NULL,
  recorded_at BIGINT NOT NULL,
  CONSTRAINT profile_version_once PRIMARY KEY (version)
);

CREATE TABLE crl_scope (
  issuer_id     plain_text NOT NULL,
  scope         plain_text NOT NULL,
  changes       BIGINT NOT NULL,
  published     BIGINT NOT NULL,
  latest_number BIGINT NOT NULL,
  this_update   BIGINT,
  next_update   BIGINT,
  CONSTRAINT crl_scope_pk PRIMARY KEY (issuer_id, scope)
);

CREATE TABLE crl (
  issuer_id   plain_text NOT NULL,
  scope       plain_text NOT NULL,
  number      BIGINT NOT NULL,
  changes     BIGINT NOT NULL,
  entries     BIGINT NOT NULL,
  this_update BIGINT NOT NULL,
  next_update BIGINT NOT NULL,
  der         ${large_bytes} NOT NULL,
  CONSTRAINT crl_number_once PRIMARY KEY (issuer_id, scope, number),
  CONSTRAINT crl_scope_known FOREIGN KEY (issuer_id, scope) REFERENCES crl_scope (issuer_id, scope)
);

CREATE TABLE job_lease (
  job         plain_text NOT NULL,
  node        plain_text NOT NULL,
  number      BIGINT NOT NULL,
  until_micros BIGINT NOT NULL,
  CONSTRAINT job_lease_pk PRIMARY KEY (job)
);

-- One chain for each process that writes. `commits` counts its transactions: after a connection
-- was lost at COMMIT it says whether that one happened.
CREATE TABLE audit_chain (
  chain      plain_text NOT NULL,
  node       plain_text NOT NULL,
  started_at BIGINT NOT NULL,
  sequence   BIGINT NOT NULL,
  hash       plain_text NOT NULL,
  commits    BIGINT NOT NULL,
  CONSTRAINT audit_chain_pk PRIMARY KEY (chain)
);

CREATE TABLE audit_row (
  chain         plain_text NOT NULL,
  sequence      BIGINT NOT NULL,
  at_micros     BIGINT NOT NULL,
  previous_hash plain_text NOT NULL,
  payload_hash  plain_text NOT NULL,
  hash          plain_text NOT NULL,
  kind          plain_text NOT NULL,
  subject       plain_text,
  CONSTRAINT audit_row_pk PRIMARY KEY (chain, sequence)
);
CREATE INDEX audit_row_by_time ON audit_row (at_micros DESC, chain DESC, sequence DESC);
CREATE INDEX audit_row_by_subject
  ON audit_row (subject, at_micros DESC, chain DESC, sequence DESC);

-- By hash and not by row, so that one can be erased without breaking the chain.
CREATE TABLE audit_payload (
  hash plain_text NOT NULL,
  json VARCHAR(1000000) NOT NULL,
  CONSTRAINT audit_payload_pk PRIMARY KEY (hash)
);
