-- SPDX-License-Identifier: Apache-2.0
-- What is due: open tasks of a company by date.
CREATE INDEX task_due ON task (owner_company, due_on) WHERE state = 'open' AND due_on IS NOT NULL;
