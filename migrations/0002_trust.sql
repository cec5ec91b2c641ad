-- SPDX-License-Identifier: Apache-2.0
-- Who may see what, and the log of who did what (src/trust). 0 in *_at means never; valid_until of an open grant is the largest int64.
CREATE TABLE access_grant (
  id int64 NOT NULL PRIMARY KEY,
  owner int64 NOT NULL,
  grantee int64 NOT NULL,
  entity text NOT NULL,
  root int64 NOT NULL,
  ops int64 NOT NULL,
  fieldset text NOT NULL,
  valid_from int64 NOT NULL,
  valid_until int64 NOT NULL,
  accepted_at int64 NOT NULL,
  revoked_at int64 NOT NULL,
  created_by int64 NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL
);
CREATE INDEX access_grant_root ON access_grant (root, entity, grantee);
CREATE INDEX access_grant_grantee ON access_grant (grantee, entity, root);
CREATE INDEX access_grant_opens ON access_grant (valid_from) WHERE updated_at < valid_from AND revoked_at = 0 AND accepted_at > 0;
CREATE INDEX access_grant_ends ON access_grant (valid_until) WHERE revoked_at = 0;
-- What another company read: once per person, root record, type, fieldset and day.
CREATE TABLE access_read (
  id int64 NOT NULL PRIMARY KEY,
  viewer_company int64 NOT NULL,
  viewer_user int64 NOT NULL,
  entity text NOT NULL,
  record int64 NOT NULL,
  fieldset text NOT NULL,
  day int64 NOT NULL,
  owner int64 NOT NULL,
  updated_at int64 NOT NULL
);
CREATE UNIQUE INDEX access_read_once ON access_read (record, viewer_user, day, entity, viewer_company, fieldset);
-- Bodies are rows of their own so that they can be erased; the entries keep the commitment.
CREATE TABLE audit_body (
  id int64 NOT NULL PRIMARY KEY,
  salt bytes NOT NULL,
  body text NOT NULL,
  commitment bytes NOT NULL,
  entity text NOT NULL,
  record int64 NOT NULL,
  erased bool NOT NULL
);
CREATE INDEX audit_body_record ON audit_body (entity, record, id);
-- One row for each log that an event belongs to. seq counts from 1 within the log; NULL until the sequencer has ordered it.
CREATE TABLE audit_entry (
  body int64 NOT NULL,
  log int64 NOT NULL,
  seq int64,
  leaf text NOT NULL,
  leaf_hash bytes NOT NULL,
  entity text NOT NULL,
  record int64 NOT NULL,
  op text NOT NULL,
  at int64 NOT NULL,
  PRIMARY KEY (body, log)
);
CREATE UNIQUE INDEX audit_entry_seq ON audit_entry (log, seq);
CREATE INDEX audit_entry_record ON audit_entry (record, entity, log, seq);
CREATE INDEX audit_pending ON audit_entry (log, at, body) WHERE seq IS NULL;
-- Complete subtrees of two leaves and more; level 0 are the leaf hashes of audit_entry.
CREATE TABLE audit_node (
  log int64 NOT NULL,
  level int64 NOT NULL,
  pos int64 NOT NULL,
  hash bytes NOT NULL,
  PRIMARY KEY (log, level, pos)
);
-- frontier: hashes of the complete subtrees that make up the tree, largest first; checkpoint: the signed note.
CREATE TABLE audit_head (
  log int64 NOT NULL PRIMARY KEY,
  size int64 NOT NULL,
  root bytes NOT NULL,
  frontier bytes NOT NULL,
  checkpoint text NOT NULL
);
