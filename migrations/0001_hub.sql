-- SPDX-License-Identifier: Apache-2.0
-- What is not a record: the hub itself, secrets, sessions, idempotency, jobs. Our own type words; see src/db/migrate.c.
CREATE TABLE hub (
  key text NOT NULL PRIMARY KEY,
  value text NOT NULL
);
CREATE TABLE credential (
  user_id int64 NOT NULL PRIMARY KEY,
  login text NOT NULL,
  password text NOT NULL,
  changed_at int64 NOT NULL
);
CREATE UNIQUE INDEX credential_login ON credential (login);
CREATE TABLE session (
  hash text NOT NULL PRIMARY KEY,
  user_id int64 NOT NULL,
  company int64 NOT NULL,
  csrf text NOT NULL,
  created_at int64 NOT NULL,
  last_at int64 NOT NULL,
  expires_at int64 NOT NULL
);
CREATE INDEX session_by_user ON session (user_id);
CREATE TABLE api_token (
  id int64 NOT NULL PRIMARY KEY,
  hash text NOT NULL,
  user_id int64 NOT NULL,
  company int64 NOT NULL,
  name text NOT NULL,
  scopes text NOT NULL,
  created_at int64 NOT NULL,
  expires_at int64 NOT NULL,
  revoked_at int64 NOT NULL
);
CREATE UNIQUE INDEX api_token_hash ON api_token (hash);
CREATE INDEX api_token_user ON api_token (user_id);
CREATE TABLE invitation (
  id int64 NOT NULL PRIMARY KEY,
  hash text NOT NULL,
  company int64 NOT NULL,
  email text NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  lang text NOT NULL,
  created_by int64 NOT NULL,
  created_at int64 NOT NULL,
  expires_at int64 NOT NULL,
  used_at int64 NOT NULL
);
CREATE UNIQUE INDEX invitation_hash ON invitation (hash);
CREATE INDEX invitation_company ON invitation (company, id);
CREATE TABLE throttle (
  subject text NOT NULL PRIMARY KEY,
  failures int64 NOT NULL,
  blocked_until int64 NOT NULL,
  last_at int64 NOT NULL
);
CREATE TABLE idempotency (
  user_id int64 NOT NULL,
  key text NOT NULL,
  fingerprint text NOT NULL,
  status int64 NOT NULL,
  entity text NOT NULL,
  record int64 NOT NULL,
  created_at int64 NOT NULL,
  PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
CREATE TABLE import_file (
  import int64 NOT NULL PRIMARY KEY,
  body bytes NOT NULL
);
CREATE TABLE import_row (
  import int64 NOT NULL,
  row int64 NOT NULL,
  part int64 NOT NULL,
  action text NOT NULL,
  entity text NOT NULL,
  record int64 NOT NULL,
  before text,
  after_hash text,
  column_name text,
  code text,
  args text,
  PRIMARY KEY (import, row, part)
);
CREATE TABLE task_queue (
  id int64 NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  record int64 NOT NULL,
  company int64 NOT NULL,
  user_id int64 NOT NULL,
  run_at int64 NOT NULL,
  attempts int64 NOT NULL,
  claimed_until int64 NOT NULL
);
CREATE INDEX task_queue_due ON task_queue (run_at);
