-- SPDX-License-Identifier: Apache-2.0
-- What flows look up: leads by sender and by deadline, agreements by party.
CREATE INDEX lead_company ON lead (company, id);
CREATE INDEX lead_deadline ON lead (deadline_at) WHERE state IN ('pending', 'received');
CREATE INDEX agreement_company ON agreement (company, id);
CREATE INDEX agreement_other ON agreement (other, id);
CREATE INDEX contact_company ON contact (company, id);
