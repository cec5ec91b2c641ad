-- SPDX-License-Identifier: Apache-2.0
-- The record types: one table for each src/model/entities/NAME.def, and NAME_seen for each root (who may see it, with what its lists sort by).
-- Drafted by `entente migrate draft`; indexes are chosen by hand: what imports, matching and filters look up.
CREATE TABLE company (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  name text NOT NULL,
  short text NOT NULL,
  full_name text,
  country text,
  currency text,
  tax_number text,
  about text,
  needs text,
  regions text,
  utc_offset_minutes int64,
  work_week text NOT NULL,
  work_exceptions text,
  open_lead_limit int64
);
CREATE INDEX company_company ON company (company, id);
CREATE TABLE "user" (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  name text NOT NULL,
  email text NOT NULL,
  role text NOT NULL,
  lang text NOT NULL,
  theme text NOT NULL,
  active bool NOT NULL,
  title text
);
CREATE INDEX user_company ON "user" (company, id);
CREATE TABLE account (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  name text NOT NULL,
  full_name text,
  domain text,
  industry text,
  country text,
  region text,
  city text,
  address text,
  postal_code text,
  phone text,
  fax text,
  tax_number text,
  register_number text,
  size int64,
  owner int64,
  external_id text,
  budget_closes int64,
  notes text,
  match_key text,
  own_company int64
);
CREATE INDEX account_domain ON account (company, domain, id) WHERE domain IS NOT NULL;
CREATE INDEX account_tax_number ON account (company, tax_number, id) WHERE tax_number IS NOT NULL;
CREATE INDEX account_external_id ON account (company, external_id, id) WHERE external_id IS NOT NULL;
CREATE INDEX account_match_key ON account (company, match_key, id) WHERE match_key IS NOT NULL;
CREATE TABLE account_seen (
  viewer int64 NOT NULL,
  record int64 NOT NULL,
  fieldset text NOT NULL,
  valid_from int64 NOT NULL,
  valid_until int64 NOT NULL,
  changed_at int64 NOT NULL,
  k1 text NOT NULL,
  k2 text NOT NULL,
  PRIMARY KEY (viewer, record)
);
CREATE INDEX account_seen_changed ON account_seen (viewer, changed_at, record);
CREATE INDEX account_seen_k1 ON account_seen (viewer, k1, record);
CREATE INDEX account_seen_k2 ON account_seen (viewer, k2, record);
CREATE TABLE product (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  name text NOT NULL,
  sku text,
  category text,
  unit_price_minor int64,
  unit_price_cur text,
  unit text,
  discontinued bool,
  external_id text
);
CREATE INDEX product_sku ON product (company, sku, id) WHERE sku IS NOT NULL;
CREATE INDEX product_external_id ON product (company, external_id, id) WHERE external_id IS NOT NULL;
CREATE TABLE product_seen (
  viewer int64 NOT NULL,
  record int64 NOT NULL,
  fieldset text NOT NULL,
  valid_from int64 NOT NULL,
  valid_until int64 NOT NULL,
  changed_at int64 NOT NULL,
  k1 text NOT NULL,
  k2 text NOT NULL,
  PRIMARY KEY (viewer, record)
);
CREATE INDEX product_seen_changed ON product_seen (viewer, changed_at, record);
CREATE INDEX product_seen_k1 ON product_seen (viewer, k1, record);
CREATE INDEX product_seen_k2 ON product_seen (viewer, k2, record);
CREATE TABLE deal (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  name text NOT NULL,
  account int64,
  customer text,
  need text,
  amount_minor int64,
  amount_cur text,
  stage text,
  claimed_stage text,
  claim_reason text,
  outcome text NOT NULL,
  won_amount_minor int64,
  won_amount_cur text,
  closed_on int64,
  close_reason text,
  owner int64,
  next_step text,
  next_step_on int64,
  expected_on int64,
  lead int64,
  agreement int64,
  agreement_version int64,
  agreement_hash text,
  notes text
);
CREATE INDEX deal_account ON deal (account, id) WHERE account IS NOT NULL;
CREATE INDEX deal_owner ON deal (owner, id) WHERE owner IS NOT NULL;
CREATE TABLE deal_seen (
  viewer int64 NOT NULL,
  record int64 NOT NULL,
  fieldset text NOT NULL,
  valid_from int64 NOT NULL,
  valid_until int64 NOT NULL,
  changed_at int64 NOT NULL,
  k1 text NOT NULL,
  k2 text NOT NULL,
  k3 int64 NOT NULL,
  PRIMARY KEY (viewer, record)
);
CREATE INDEX deal_seen_changed ON deal_seen (viewer, changed_at, record);
CREATE INDEX deal_seen_k1 ON deal_seen (viewer, k1, record);
CREATE INDEX deal_seen_k2 ON deal_seen (viewer, k2, record);
CREATE INDEX deal_seen_k3 ON deal_seen (viewer, k3, record);
CREATE TABLE lead (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  need text NOT NULL,
  need_text text,
  state text NOT NULL,
  receiver int64,
  account int64,
  industry text,
  region text,
  size int64,
  value_low_minor int64,
  value_low_cur text,
  value_high_minor int64,
  value_high_cur text,
  interest text,
  warmth text,
  script text,
  account_name text,
  account_address text,
  contact_name text,
  contact_title text,
  contact_phone text,
  contact_email text,
  credited int64,
  agreement int64,
  agreement_version int64,
  agreement_hash text,
  reward_rate text,
  sent_at int64,
  deadline_at int64,
  response_minutes int64,
  accepted_at int64,
  protected_until int64,
  deal int64,
  reason text,
  comment text,
  why text,
  tried text,
  previous int64,
  next int64
);
CREATE INDEX lead_receiver ON lead (receiver, id) WHERE receiver IS NOT NULL;
CREATE TABLE lead_seen (
  viewer int64 NOT NULL,
  record int64 NOT NULL,
  fieldset text NOT NULL,
  valid_from int64 NOT NULL,
  valid_until int64 NOT NULL,
  changed_at int64 NOT NULL,
  k1 int64 NOT NULL,
  PRIMARY KEY (viewer, record)
);
CREATE INDEX lead_seen_changed ON lead_seen (viewer, changed_at, record);
CREATE INDEX lead_seen_k1 ON lead_seen (viewer, k1, record);
CREATE TABLE agreement (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  title text NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  other int64 NOT NULL,
  current_version int64,
  active_version int64,
  active_hash text,
  active_from int64,
  ended_at int64,
  end_reason text
);
CREATE TABLE agreement_seen (
  viewer int64 NOT NULL,
  record int64 NOT NULL,
  fieldset text NOT NULL,
  valid_from int64 NOT NULL,
  valid_until int64 NOT NULL,
  changed_at int64 NOT NULL,
  k1 text NOT NULL,
  PRIMARY KEY (viewer, record)
);
CREATE INDEX agreement_seen_changed ON agreement_seen (viewer, changed_at, record);
CREATE INDEX agreement_seen_k1 ON agreement_seen (viewer, k1, record);
CREATE TABLE statement (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  number text NOT NULL,
  deal int64,
  deal_name text,
  agreement int64,
  agreement_version int64,
  agreement_hash text,
  payer int64,
  payee int64,
  state text NOT NULL,
  total_minor int64,
  total_cur text,
  prepared_by int64,
  approved_by int64,
  approved_at int64,
  locked_at int64,
  paid_on int64,
  payment_reference text,
  reverses int64,
  dispute text,
  document text,
  document_hash text
);
CREATE INDEX statement_deal ON statement (deal, id) WHERE deal IS NOT NULL;
CREATE INDEX statement_agreement ON statement (agreement, id) WHERE agreement IS NOT NULL;
CREATE INDEX statement_payee ON statement (payee, id) WHERE payee IS NOT NULL;
CREATE TABLE statement_seen (
  viewer int64 NOT NULL,
  record int64 NOT NULL,
  fieldset text NOT NULL,
  valid_from int64 NOT NULL,
  valid_until int64 NOT NULL,
  changed_at int64 NOT NULL,
  k1 text NOT NULL,
  k2 text NOT NULL,
  PRIMARY KEY (viewer, record)
);
CREATE INDEX statement_seen_changed ON statement_seen (viewer, changed_at, record);
CREATE INDEX statement_seen_k1 ON statement_seen (viewer, k1, record);
CREATE INDEX statement_seen_k2 ON statement_seen (viewer, k2, record);
CREATE TABLE import_job (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  target text NOT NULL,
  filename text,
  state text NOT NULL,
  mapping text,
  file_hash text,
  rows int64,
  read int64,
  created int64,
  updated int64,
  unchanged int64,
  skipped int64,
  failed int64,
  message text
);
CREATE TABLE import_job_seen (
  viewer int64 NOT NULL,
  record int64 NOT NULL,
  fieldset text NOT NULL,
  valid_from int64 NOT NULL,
  valid_until int64 NOT NULL,
  changed_at int64 NOT NULL,
  PRIMARY KEY (viewer, record)
);
CREATE INDEX import_job_seen_changed ON import_job_seen (viewer, changed_at, record);
CREATE TABLE contact (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  name text NOT NULL,
  given_name text,
  family_name text,
  title text,
  email text,
  phone text,
  chat text,
  lang text,
  notes text,
  external_id text
);
CREATE INDEX contact_root ON contact (root, id);
CREATE INDEX contact_external_id ON contact (company, external_id, id) WHERE external_id IS NOT NULL;
CREATE TABLE order_line (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  order_no text NOT NULL,
  line_key text,
  ordered_on int64 NOT NULL,
  product int64,
  product_name text,
  quantity int64 NOT NULL,
  unit_price_minor int64 NOT NULL,
  unit_price_cur text NOT NULL,
  discount text,
  total_minor int64,
  total_cur text
);
CREATE INDEX order_line_root ON order_line (root, id);
CREATE TABLE activity (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES deal (id) DEFERRABLE INITIALLY DEFERRED,
  room bool NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  kind text NOT NULL,
  summary text NOT NULL,
  at int64,
  person text,
  minutes int64,
  result text,
  actor int64
);
CREATE INDEX activity_root ON activity (root, id);
CREATE TABLE task (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES deal (id) DEFERRABLE INITIALLY DEFERRED,
  room bool NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  title text NOT NULL,
  kind text NOT NULL,
  owner_company int64 NOT NULL,
  owner int64,
  due_on int64,
  state text NOT NULL,
  done_at int64,
  result text
);
CREATE INDEX task_root ON task (root, id);
CREATE TABLE comment (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES deal (id) DEFERRABLE INITIALLY DEFERRED,
  room bool NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  text text NOT NULL
);
CREATE INDEX comment_root ON comment (root, id);
CREATE TABLE evidence (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES deal (id) DEFERRABLE INITIALLY DEFERRED,
  room bool NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  marker text NOT NULL,
  basis text NOT NULL,
  status text NOT NULL,
  source text,
  seen_on int64,
  note text
);
CREATE INDEX evidence_root ON evidence (root, id);
CREATE TABLE contribution (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES deal (id) DEFERRABLE INITIALLY DEFERRED,
  room bool NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  party int64 NOT NULL,
  person int64,
  role text NOT NULL,
  note text,
  fact text,
  cosigned_by int64,
  cosigned_at int64
);
CREATE INDEX contribution_root ON contribution (root, id);
CREATE TABLE consent (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES lead (id) DEFERRABLE INITIALLY DEFERRED,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  given_by text NOT NULL,
  given_at int64 NOT NULL,
  channel text NOT NULL,
  basis text NOT NULL,
  recipient int64 NOT NULL,
  purpose text NOT NULL,
  data text NOT NULL,
  words text,
  lang text,
  proof text,
  withdrawn_at int64
);
CREATE INDEX consent_root ON consent (root, id);
CREATE TABLE agreement_version (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES agreement (id) DEFERRABLE INITIALLY DEFERRED,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  version int64 NOT NULL,
  purpose text NOT NULL,
  labour text NOT NULL,
  scope_needs text,
  scope_industries text,
  scope_regions text,
  response_minutes int64 NOT NULL,
  silence text NOT NULL,
  protection_days int64 NOT NULL,
  reward_rate text NOT NULL,
  reward_base text NOT NULL,
  reward_trigger text NOT NULL,
  reward_cap_minor int64,
  reward_cap_cur text,
  contact_owner text,
  problems text,
  term text,
  people text,
  anti_bribery text,
  by_company int64,
  proposed_at int64,
  document text,
  hash text
);
CREATE INDEX agreement_version_root ON agreement_version (root, id);
CREATE TABLE split_line (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES agreement (id) DEFERRABLE INITIALLY DEFERRED,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  version int64 NOT NULL,
  party int64 NOT NULL,
  role text NOT NULL,
  label text,
  person int64,
  share text NOT NULL
);
CREATE INDEX split_line_root ON split_line (root, id);
CREATE TABLE acceptance (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES agreement (id) DEFERRABLE INITIALLY DEFERRED,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  version int64 NOT NULL,
  hash text NOT NULL,
  party int64 NOT NULL,
  person int64 NOT NULL,
  at int64 NOT NULL
);
CREATE INDEX acceptance_root ON acceptance (root, id);
CREATE TABLE posting (
  id int64 NOT NULL PRIMARY KEY,
  company int64 NOT NULL,
  root int64 NOT NULL REFERENCES statement (id) DEFERRABLE INITIALLY DEFERRED,
  room bool NOT NULL,
  created_at int64 NOT NULL,
  updated_at int64 NOT NULL,
  created_by int64 NOT NULL,
  line int64 NOT NULL,
  kind text NOT NULL,
  party int64 NOT NULL,
  person int64,
  role text,
  amount_minor int64 NOT NULL,
  amount_cur text NOT NULL,
  rate text,
  base_minor int64,
  base_cur text,
  because text
);
CREATE INDEX posting_root ON posting (root, id);
