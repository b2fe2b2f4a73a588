-- What HTTP Digest (RFC 7616) needs of an enrollment secret, encrypted under the server's key; NULL
-- where no label offered Digest when the secret was made.
ALTER TABLE enrollment_secret ADD COLUMN digest BYTEA;

-- A client that names no user is found by its secret alone.
CREATE INDEX enrollment_secret_by_hmac ON enrollment_secret (hmac);
