-- SPDX-License-Identifier: Apache-2.0
-- Imports: the file in chunks of whole rows, what became of each row, and the lookups that find duplicates and what would be lost by an undo.
-- What 0001 foresaw held nothing yet.
DROP TABLE import_file;
DROP TABLE import_row;
CREATE TABLE import_file (
  import int64 NOT NULL PRIMARY KEY,
  delimiter text NOT NULL,
  header text NOT NULL,
  preview text NOT NULL,
  dates text NOT NULL,
  rows int64 NOT NULL,
  chunks int64 NOT NULL,
  next_chunk int64 NOT NULL,
  undo_chunk int64 NOT NULL,
  created int64 NOT NULL,
  updated int64 NOT NULL,
  unchanged int64 NOT NULL,
  skipped int64 NOT NULL,
  failed int64 NOT NULL,
  conflicts text
);
CREATE TABLE import_chunk (
  import int64 NOT NULL,
  chunk int64 NOT NULL,
  first_row int64 NOT NULL,
  rows int64 NOT NULL,
  body bytes NOT NULL,
  PRIMARY KEY (import, chunk)
);
CREATE TABLE import_row (
  import int64 NOT NULL,
  row int64 NOT NULL,
  part int64 NOT NULL,
  action text NOT NULL,
  entity text,
  record int64 NOT NULL,
  before text,
  after_hash bytes,
  column_name text,
  code text,
  args text,
  PRIMARY KEY (import, row, part)
);
CREATE INDEX import_row_record ON import_row (import, record);
CREATE INDEX import_row_failed ON import_row (import, row) WHERE action = 'failed';
CREATE INDEX task_record ON task_queue (record);
CREATE INDEX product_name ON product (company, name, id);
CREATE INDEX order_line_no ON order_line (company, order_no, id);
CREATE INDEX order_line_product ON order_line (product, id) WHERE product IS NOT NULL;
CREATE INDEX lead_account ON lead (account, id) WHERE account IS NOT NULL;
