-- What administrators may do, and where.
CREATE TABLE admin_role (
  owner_kind plain_text NOT NULL,
  owner_id   plain_text NOT NULL,
  role       plain_text NOT NULL,
  -- '*' for everywhere, or as 'group=plant-4'
  scope      plain_text NOT NULL,
  granted_at BIGINT NOT NULL,
  granted_by plain_text NOT NULL,
  CONSTRAINT admin_role_once PRIMARY KEY (owner_kind, owner_id, role, scope),
  CONSTRAINT admin_role_administrator_known
    FOREIGN KEY (owner_kind, owner_id) REFERENCES owner (kind, id),
  CONSTRAINT admin_role_is_an_administrators CHECK (owner_kind = 'admin'),
  CONSTRAINT admin_role_known
    CHECK (role IN ('viewer', 'auditor', 'line-operator', 'device-admin', 'revoker', 'ca-admin',
                    'security-officer'))
);

-- Who could do everything before there were roles still can.
INSERT INTO admin_role (owner_kind, owner_id, role, scope, granted_at, granted_by)
SELECT owner.kind, owner.id, every.role, '*', owner.registered_at, 'upgrade'
FROM owner
CROSS JOIN (VALUES ('viewer'), ('auditor'), ('line-operator'), ('device-admin'), ('revoker'),
                   ('ca-admin'), ('security-officer')) AS every (role)
WHERE owner.kind = 'admin' AND owner.state <> 'RETIRED';
