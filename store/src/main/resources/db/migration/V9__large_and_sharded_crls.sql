-- CRLs can be large: they are kept in parts of a megabyte, which are written before the short
-- transaction that publishes them. `upload` tells the parts of two nodes apart that made the same
-- number at once.

CREATE TABLE crl_part (
  issuer_id plain_text NOT NULL,
  scope     plain_text NOT NULL,
  number    BIGINT NOT NULL,
  upload    plain_text NOT NULL,
  position  INTEGER NOT NULL,
  content   ${large_bytes} NOT NULL,
  CONSTRAINT crl_part_once PRIMARY KEY (issuer_id, scope, number, upload, position)
);

INSERT INTO crl_part (issuer_id, scope, number, upload, position, content)
  SELECT issuer_id, scope, number, '-', 0, der FROM crl;

ALTER TABLE crl ADD COLUMN upload plain_text DEFAULT '-' NOT NULL;
ALTER TABLE crl ADD COLUMN octets INTEGER DEFAULT 0 NOT NULL;
UPDATE crl SET octets = OCTET_LENGTH(der);
ALTER TABLE crl DROP COLUMN der;

-- The largest lease under which one was published: who held an earlier one publishes no more.
ALTER TABLE crl_scope ADD COLUMN lease BIGINT DEFAULT 0 NOT NULL;

-- The delta that has the same number, if there is one.
ALTER TABLE crl ADD COLUMN delta ${large_bytes};
ALTER TABLE crl ADD COLUMN expired_since BIGINT DEFAULT 0 NOT NULL;

-- The lists that relying parties may still hold: deltas are made to the oldest of them.
CREATE TABLE crl_base (
  issuer_id     plain_text NOT NULL,
  scope         plain_text NOT NULL,
  number        BIGINT NOT NULL,
  changes       BIGINT NOT NULL,
  expired_since BIGINT NOT NULL,
  next_update   BIGINT NOT NULL,
  CONSTRAINT crl_base_once PRIMARY KEY (issuer_id, scope, number)
);
