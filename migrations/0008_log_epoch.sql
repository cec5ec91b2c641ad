-- SPDX-License-Identifier: Apache-2.0
-- Epochs of a company's log after its first: the hub was restored from a backup, and the log goes on under another origin. size and
-- checkpoint: what of the epoch before is part of this one, and its signed head.
CREATE TABLE log_epoch (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  number int64 NOT NULL,
  origin text NOT NULL,
  size int64 NOT NULL,
  checkpoint text NOT NULL,
  opened_at int64 NOT NULL
);
CREATE UNIQUE INDEX log_epoch_company ON log_epoch (company, number);
