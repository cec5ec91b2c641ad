-- SPDX-License-Identifier: Apache-2.0
-- What grows without end is looked up by an index of its own size: kept keys of requests that moved no money go after a day, those that did
-- stay for ever and must not be walked each time.
DROP INDEX idempotency_age;
CREATE INDEX idempotency_age ON idempotency (created_at) WHERE entity <> 'statement';
