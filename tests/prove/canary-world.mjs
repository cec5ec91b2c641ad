// SPDX-License-Identifier: Apache-2.0
// A hub on which every field of every company holds a marker of its own, and the register of where each marker is at home. A marker may
// be read by whoever the table of permissions shows one of its homes; flows that copy a field make the copy a second home, said here.
import { agree, handOver, must, upload } from './lib-world.mjs';

// Fields that take a marker, by what it looks like. Words, truth values and references cannot hold one.
const FIELDS = {
  account: { text: 'name full_name country region city address postal_code phone fax tax_number register_number external_id notes', domain: 'domain',
    int: 'size', date: 'budget_closes' },
  contact: { text: 'name given_name family_name title phone chat notes external_id', email: 'email' },
  order_line: { text: 'order_no line_key product_name', date: 'ordered_on', int: 'quantity', money: 'unit_price' },
  product: { text: 'name sku category unit external_id', money: 'unit_price' },
  deal: { text: 'name customer need next_step notes', money: 'amount', date: 'next_step_on expected_on' },
  activity: { text: 'summary person result', small: 'minutes' },
  task: { text: 'title result', date: 'due_on' },
  comment: { text: 'text' },
  evidence: { text: 'source note', date: 'seen_on' },
  contribution: { text: 'note' },
  terms: { text: 'purpose labour scope_regions contact_owner problems term people anti_bribery', rate: 'reward_rate', money: 'reward_cap' },
  lead: { text: 'need_text interest warmth script', money: 'value_high' },
  consent: { text: 'given_by purpose data words proof' },
  company: { text: 'full_name tax_number about needs regions', small: 'open_lead_limit' },
};
const ROOM = { activity: 'activities', task: 'tasks', comment: 'comments', evidence: 'evidence', contribution: 'contributions' };
const split = (s) => (s ? s.split(' ') : []);

export class Marks {
  constructor(random) {
    this.random = random;
    this.texts = new Map(); // marker -> { marker, homes: [{ rec, field }] }
    this.numbers = new Map();
    this.digits = new Map();
  }

  int(from, to) { return from + Math.floor(this.random() * (to - from)); }

  // A marker as text, number ... ; keeps what it stands for, with no home yet.
  make(kind) {
    const what = { homes: [] };
    if (kind === 'text' || kind === 'email' || kind === 'domain') {
      what.marker = `zq${Array.from({ length: 10 }, () => 'abcdefghjkmnprstuvwxy23456789'[this.int(0, 29)]).join('')}`;
      this.texts.set(what.marker, what);
      what.value = kind === 'email' ? `${what.marker}@customer.example` : kind === 'domain' ? `${what.marker}.example` : what.marker;
      return what;
    }
    what.small = kind === 'small';
    const n = what.small ? this.int(10_007, 99_999) : this.int(1_000_003, 9_999_999);
    const day = new Date(Date.UTC(2031, 0, 1) + this.int(0, 20_000) * 86_400_000).toISOString().slice(0, 10);
    what.marker = { money: `${n}.${this.int(11, 99)}`, int: String(n), small: String(n), date: day, rate: `1/${n}` }[kind];
    what.value = kind === 'money' ? { amount: what.marker, currency: 'EUR' } : kind === 'int' || kind === 'small' ? n : what.marker;
    if (this.numbers.has(what.marker)) return this.make(kind);
    this.numbers.set(what.marker, what);
    if (kind === 'money') this.digits.set(what.marker.replace('.', ''), what);
    return what;
  }

  // { body, marks } of a type: every field that can has its own marker.
  fill(type) {
    const body = {};
    const marks = {};
    for (const [kind, names] of Object.entries(FIELDS[type])) for (const f of split(names)) body[f] = (marks[f] = this.make(kind)).value;
    return { body, marks };
  }
}

export class CanaryWorld {
  constructor(hub, marks) {
    Object.assign(this, { hub, marks, records: [], secrets: new Set(), links: {} });
  }

  rec(id, type, owner, more = {}) {
    const rec = { id, type, owner, author: owner, grants: {}, ...more };
    this.records.push(rec);
    return rec;
  }

  // Each field's marker is at home in the record; `as` names the field there when it is another.
  home(rec, marks, as = {}) {
    rec.marks = { ...rec.marks, ...Object.fromEntries(Object.entries(marks).map(([f, m]) => [as[f] ?? f, m])) };
    for (const [field, m] of Object.entries(marks)) m.homes.push({ rec, field: as[field] ?? field });
  }

  // A flow copied fields: { to: from }.
  copy(rec, from, map) {
    for (const [to, field] of Object.entries(map)) if (from.marks[field]) this.home(rec, { [to]: from.marks[field] });
  }

  async make(company, type, path, more = {}, extra = {}) {
    const { body, marks } = this.marks.fill(type);
    const r = await must(this.hub.as(company, 'rep'), 'POST', path, { ...body, ...extra });
    const rec = this.rec(r.id, type, more.owner ?? company, { author: company, ...more });
    this.home(rec, marks);
    return rec;
  }

  async account(company) {
    const rec = await this.make(company, 'account', '/accounts');
    rec.contact = await this.make(company, 'contact', `/accounts/${rec.id}/contacts`, { grants: rec.grants });
    await this.make(company, 'order_line', `/accounts/${rec.id}/orders`, { grants: rec.grants });
    return rec;
  }

  async room(deal, company, audience, early = false) {
    const extra = { task: { owner_company: this.hub.ids[company], kind: 'promise' }, evidence: { marker: 'problem_stated', basis: 'told',
      status: 'confirmed' },
      contribution: { party: this.hub.ids[company], role: 'delivered' } };
    for (const [type, path] of Object.entries(ROOM)) {
      await this.make(company, type, `/deals/${deal.id}/${path}`, { owner: deal.owner, grants: deal.grants, room: audience === 'room', early },
        { audience, ...extra[type] });
    }
  }

  async deal(company, account) {
    const { body, marks } = this.marks.fill('deal');
    if (account) { delete body.customer; delete marks.customer; } // taken from the account
    const made = await must(this.hub.as(company, 'rep'), 'POST', '/deals', { ...body, account: account?.id });
    const rec = this.rec(made.id, 'deal', company);
    this.home(rec, marks);
    if (account) this.copy(rec, account, { customer: 'name' });
    await this.room(rec, company, 'room', true);
    await this.room(rec, company, 'company');
    return rec;
  }

  async share(rec, to, fieldset) {
    const { company } = { company: rec.owner };
    await must(this.hub.as(company), 'POST', `/${rec.type}s/${rec.id}/members`, { company: this.hub.ids[to], fieldset });
    rec.grants[to] = { state: 'active', fieldset, works: rec.type === 'deal' };
    if (rec.type !== 'deal') return;
    await this.room(rec, company, 'room');
    await this.room(rec, to, 'room');
    await this.room(rec, to, 'company');
  }

  // Less is shared than before: what the index and the search still hold of the rest must not be found.
  async narrow(rec, to, fieldset) {
    await must(this.hub.as(rec.owner), 'POST', `/${rec.type}s/${rec.id}/members`, { company: this.hub.ids[to], fieldset });
    rec.grants[to].fieldset = fieldset;
  }

  async unshare(rec, from) {
    await must(this.hub.as(rec.owner), 'DELETE', `/${rec.type}s/${rec.id}/members/${this.hub.ids[from]}`);
    rec.grants[from].state = 'revoked';
  }

  // Agreement of two companies; scope_needs is a marker too, by which leads find it.
  async agreement(one, other, { draft = false } = {}) {
    const { body, marks } = this.marks.fill('terms');
    const need = this.marks.make('text');
    const title = this.marks.make('text');
    const label = this.marks.make('text');
    marks.scope_needs = need;
    delete body.scope_regions; // it would keep leads of other regions away
    delete marks.scope_regions;
    const a = await agree(this.hub, one, other, (f) => (f === 'title' ? title.value : body[f]), { draft, terms: { ...body, scope_needs: need.value },
      splits: [{ party: this.hub.ids[one], role: 'sourced', label: label.value, share: '1' }] });
    const grants = draft ? {} : { [other]: { state: 'active', fieldset: 'party', works: true } };
    const rec = this.rec(a.id, 'agreement', one, { grants, version: a });
    this.home(rec, { title });
    const part = async (path, type, home) => {
      for (const it of (await must(this.hub.as(one), 'GET', `/agreements/${a.id}/${path}`)).items) this.home(this.rec(it.id, type, one,
        { grants }), home);
    };
    await part('agreement-versions', 'agreement_version', marks);
    const version = this.records.at(-1);
    for (const m of [...Object.values(marks), title, label]) m.homes.push({ rec: version, field: 'document' });
    await part('split-lines', 'split_line', { label });
    rec.need = need;
    return rec;
  }

  async lead(one, other, agreement, account, accept) {
    const { body, marks } = this.marks.fill('lead');
    const consent = this.marks.fill('consent');
    const sent = await handOver(this.hub, one, other, { account: account.id, contact: account.contact.id, need: agreement.need.value, more: body,
      consent: consent.body });
    const rec = this.rec(sent.id, 'lead', one, { grants: { [other]: { state: 'active', fieldset: 'teaser' } } });
    this.home(rec, marks);
    agreement.need.homes.push({ rec, field: 'need' });
    rec.marks.need = agreement.need;
    this.copy(rec, account, { account_name: 'name', region: 'region', size: 'size' });
    for (const part of ['address', 'postal_code', 'city', 'country']) account.marks[part].homes.push({ rec, field: 'account_address' });
    this.copy(rec, account.contact, { contact_name: 'name', contact_title: 'title', contact_phone: 'phone', contact_email: 'email' });
    for (const it of (await must(this.hub.as(one), 'GET', `/leads/${sent.id}/consents`)).items)
      this.home(this.rec(it.id, 'consent', one, { grants: rec.grants }), consent.marks);
    if (!accept) return rec;
    const { version, hash } = agreement.version;
    const taken = await must(this.hub.as(other, 'rep'), 'POST', `/leads/${sent.id}/accept`, { agreement: agreement.id, version, hash });
    rec.grants[other].fieldset = 'opened';
    rec.deal = await this.accepted(one, other, rec, account, taken.deal);
    return rec;
  }

  // What accepting made: the receiver's deal, with the sender as member, and its account with the contact.
  async accepted(one, other, lead, account, id) {
    const d = await must(this.hub.as(other), 'GET', `/deals/${id}`);
    const deal = this.rec(id, 'deal', other, { grants: { [one]: { state: 'active', fieldset: 'member', works: true } } });
    this.copy(deal, lead, { name: 'need', need: 'need', customer: 'account_name', amount: 'value_high' });
    const own = this.rec(d.account, 'account', other);
    this.copy(own, lead, { name: 'account_name', region: 'region', size: 'size' });
    this.copy(own, account, { address: 'address', postal_code: 'postal_code', city: 'city', country: 'country' });
    for (const it of (await must(this.hub.as(other), 'GET', `/accounts/${d.account}/contacts`)).items) {
      const contact = this.rec(it.id, 'contact', other);
      this.copy(contact, lead, { name: 'contact_name', title: 'contact_title', phone: 'contact_phone', email: 'contact_email' });
    }
    for (const it of (await must(this.hub.as(other), 'GET', `/deals/${id}/contributions`)).items)
      lead.marks.need.homes.push({ rec: this.rec(it.id, 'contribution', other, { room: true, grants: deal.grants }), field: 'note' });
    return deal;
  }

  // Won, settled by the sender, approved by the payer, paid; the reasons of a dispute and a reversal are markers too.
  async settle(one, other, deal) {
    const won = this.marks.make('money');
    await must(this.hub.as(other, 'rep'), 'POST', `/deals/${deal.id}/win`, { amount: won.value });
    this.home(deal, { won_amount: won });
    const st = await must(this.hub.as(one, 'rep'), 'POST', `/deals/${deal.id}/settle`, {});
    const rec = this.rec(st.id, 'statement', one, { grants: { [other]: { state: 'active', fieldset: 'party' } } });
    this.copy(rec, deal, { deal_name: 'name' });
    const into = async (statement) => {
      for (const it of (await must(this.hub.as(one), 'GET', `/statements/${statement.id}/postings`)).items) {
        const posting = this.rec(it.id, 'posting', one, { room: true, grants: statement.grants });
        for (const m of [won, deal.marks.amount]) m?.homes.push({ rec: posting, field: 'base' }, { rec: statement, field: 'document' });
      }
      const { items } = await must(this.hub.as(one), 'GET', `/agreements/${st.agreement}/agreement-versions`);
      const version = this.records.find((r) => r.id === items[0].id);
      for (const f of ['reward_rate', 'reward_cap']) version.marks[f].homes.push({ rec: statement, field: 'document' });
    };
    await into(rec);
    const reason = (field, target) => {
      const m = this.marks.make('text');
      this.home(target, { [field]: m });
      return m.value;
    };
    if (one === 'birke') return must(this.hub.as(other), 'POST', `/statements/${st.id}/dispute`, { reason: reason('dispute',
      rec) }); // stays disputed
    await must(this.hub.as(other), 'POST', `/statements/${st.id}/approve`, {});
    await must(this.hub.as(other), 'POST', `/statements/${st.id}/pay`, { reference: reason('payment_reference', rec), paid_on: '2026-11-23' });
    return rec;
  }

  // The file of an import: its name, its cells, also those of rows that fail, and what it made.
  async file(company) {
    const as = this.hub.as(company, 'rep');
    const [name, column, good, bad, size] = Array.from({ length: 5 }, () => this.marks.make('text'));
    const job = await upload(as, 'accounts', `${name.value}.csv`, [['Name', 'Employees', column.value], [good.value, '7', 'x'], [bad.value,
      size.value, 'y']]);
    const rec = this.rec(job.id, 'import_job', company);
    this.home(rec, { filename: name, mapping: column, cells: good, more: bad, last: size });
    await must(as, 'PATCH', `/imports/${job.id}`, { mapping: { Name: 'name', Employees: 'size' } });
    await must(as, 'POST', `/imports/${job.id}/check`, {});
    await must(as, 'POST', `/imports/${job.id}/run`, {});
    for (let i = 0; i < 200; i++) {
      const now = await must(as, 'GET', `/imports/${job.id}`);
      if (now.state === 'done' || now.state === 'failed') break;
      await new Promise((r) => setTimeout(r, 50));
    }
    const { items } = await must(as, 'GET', `/accounts?q=${good.value}`);
    for (const it of items) this.home(this.rec(it.id, 'account', company), { name: good });
  }

  async company(company) {
    const admin = this.hub.as(company, 'admin');
    const { body, marks } = this.marks.fill('company');
    const closed = this.marks.make('date');
    await must(admin, 'PATCH', `/companies/${this.hub.ids[company]}`, { ...body, work_exceptions: `${closed.value} closed` }, { 'If-Match': '*' });
    const rec = this.rec(this.hub.ids[company], 'company', company);
    this.home(rec, { ...marks, work_exceptions: closed });
    for (const role of ['admin', 'manager', 'rep', 'viewer']) {
      const title = this.marks.make('text');
      const user = this.rec(this.hub.ids[`${company}/${role}`], 'user', company);
      await must(this.hub.as(company, role), 'PATCH', `/users/${user.id}`, { title: title.value }, { 'If-Match': '*' });
      this.home(user, { title });
    }
    const invited = this.marks.make('email');
    const link = await must(admin, 'POST', '/invitations', { email: invited.value, name: invited.marker, role: 'rep' });
    this.home(rec, { invitation: invited });
    const named = this.marks.make('text');
    const token = await must(admin, 'POST', '/tokens', { name: named.value, scopes: ['read'] });
    this.home(rec, { token: named });
    this.secrets.add(link.link_token).add(token.token);
    for (const role of ['admin', 'manager', 'rep', 'viewer']) {
      this.secrets.add(this.hub.password(company, role));
      for (const cookie of this.hub.as(company, role).cookies.values()) this.secrets.add(cookie);
    }
  }

  // What each company has for itself, and what passes between them.
  async build() {
    const own = {};
    for (const company of ['arbor', 'birke', 'cedar', 'dorn']) {
      await this.company(company);
      own[company] = [await this.account(company), await this.account(company)];
      await this.make(company, 'product', '/products');
      await this.deal(company, own[company][1]);
      await this.file(company);
    }
    const shared = [await this.deal('arbor', null), await this.deal('arbor', null), await this.deal('arbor', null)];
    const pairs = {};
    for (const [one, other] of [['arbor', 'birke'], ['arbor', 'cedar'], ['birke', 'cedar']]) pairs[`${one}-${other}`] = await this.agreement(one,
      other);
    await this.agreement('arbor', 'birke', { draft: true });
    Object.assign(this.links, { own, shared, pairs });
  }

  async handOvers() {
    const { own, shared, pairs } = this.links;
    this.hub.setClock('2026-11-23T09:01:00Z');
    await new Promise((r) => setTimeout(r, 100));
    await this.share(shared[0], 'birke', 'member');
    await this.share(shared[1], 'birke', 'plan');
    await this.share(shared[2], 'cedar', 'stage_only');
    await this.share(own.arbor[0], 'birke', 'member');
    await this.share(own.arbor[0], 'cedar', 'directory');
    for (const [pair, agreement] of Object.entries(pairs)) {
      const [one, other] = pair.split('-');
      const account = await this.account(one);
      await this.lead(one, other, agreement, account, false);
      const lead = await this.lead(one, other, agreement, await this.account(one), true);
      await this.settle(one, other, lead.deal);
    }
  }
}

