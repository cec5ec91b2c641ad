// SPDX-License-Identifier: Apache-2.0
// The specimens of the matrix: of every record type one in every state a grant can be in, with what the table says of each.
import { agree, handOver, idNumber, money, must, upload } from './lib-world.mjs';

export const LATER = '2026-11-23T09:01:00Z'; // shares are made a minute after the first rows of a room
export const STATES = ['none', 'active', 'proposed', 'future', 'expired', 'revoked'];
// Fieldsets under which a deal or an account is shared beside the sets of all papers.
export const DEAL_SETS = ['plan', 'stage_only', 'member-amount', 'plan+notes'];
export const ACCOUNT_SETS = ['directory', 'member-name', 'directory+notes'];
const micros = (time) => BigInt(Date.parse(time)) * 1000n;

export class Specimens {
  constructor(hub) {
    this.hub = hub;
    this.records = [];
    this.turn = []; // SQL that puts grants into the states no call makes
    const { ids } = hub;
    this.other = { deal: 'party', ids };
  }

  add(id, type, owner, more = {}) {
    const rec = { id, type, owner, author: more.author ?? owner, grants: {}, ...more };
    this.records.push(rec);
    return rec;
  }

  async rows(path, type, as, more) {
    const { items } = await must(this.hub.as(as), 'GET', path);
    for (const it of items) {
      const author = ['arbor', 'birke', 'cedar', 'dorn'].find((c) => this.hub.ids[c] === it.company);
      if (!this.records.some((r) => r.id === it.id)) this.add(it.id, type, more.owner, { ...more, author });
    }
  }

  // Puts the grants of a root for `company` into a state behind the program's back; index and search rows stay as they were.
  put(root, company, state) {
    const at = micros(LATER);
    const set = { proposed: 'accepted_at = 0', future: `valid_from = ${at + 31_536_000_000_000n}`, expired: `valid_until = ${at - 30_000_000n}`,
      revoked: `revoked_at = ${at}` }[state];
    if (set) this.turn.push(`UPDATE access_grant SET ${set} WHERE root = ${idNumber(root)} AND grantee = ${idNumber(this.hub.ids[company])}`);
  }

  // A grant no call makes: of a product or an import, with the index row that says the grantee sees it.
  grant(root, type, company, fieldset) {
    const { ids } = this.hub;
    const n = 7_000_000_000n + BigInt(this.turn.length);
    const at = micros(LATER) - 60_000_000n;
    this.turn.push(`INSERT INTO access_grant (id, owner, grantee, entity, root, ops, fieldset, valid_from, valid_until, accepted_at, revoked_at, ` +
      `created_by, created_at, updated_at) VALUES (${n}, ${idNumber(ids.arbor)}, ${idNumber(ids[company])}, '${type}', ${idNumber(root)}, 1, ` +
      `'${fieldset}', ${at}, 9223372036854775807, ${at}, 0, ${idNumber(ids['arbor/rep'])}, ${at}, ${at})`);
    const keys = type === 'product' ? ', k1, k2' : '';
    this.turn.push(`INSERT INTO ${type}_seen (viewer, record, fieldset, valid_from, valid_until, changed_at${keys}) SELECT ` +
      `${idNumber(ids[company])}, record, '${fieldset}', valid_from, valid_until, changed_at${keys} FROM ${type}_seen ` +
      `WHERE viewer = ${idNumber(ids.arbor)} AND record = ${idNumber(root)}`);
  }

  async room(deal, author, mark, more) {
    const who = this.hub.as(author, 'rep');
    const bodies = { activity: { summary: mark, result: mark, person: mark }, task: { title: mark, owner_company: this.hub.ids[author] },
      comment: { text: mark }, evidence: { marker: 'problem_stated', basis: 'told', source: mark, note: mark },
      contribution: { party: this.hub.ids[author], person: this.hub.ids[`${author}/rep`], role: 'delivered', note: mark } };
    const paths = { activity: 'activities', task: 'tasks', comment: 'comments', evidence: 'evidence', contribution: 'contributions' };
    for (const [type, body] of Object.entries(bodies)) {
      const made = await must(who, 'POST', `/deals/${deal.id}/${paths[type]}`, { ...body, audience: more.room ? 'room' : 'company' });
      this.add(made.id, type, deal.owner, { ...more, author, grants: deal.grants });
    }
  }

  // A deal of arbor with rows of its room; shared with `to` under `fieldset`.
  async deal(tag, to, fieldset) {
    const made = await must(this.hub.as('arbor', 'rep'), 'POST', '/deals', { name: `Specimen ${tag}`, customer: `Customer ${tag}`,
      amount: money('1200.00'), notes: `Notes ${tag}`, next_step: 'Call' });
    const rec = this.add(made.id, 'deal', 'arbor', { tag });
    this.early.push(() => this.room(rec, 'arbor', `early ${tag}`, { room: true, early: true }));
    this.late.push(async () => {
      if (to) {
        await must(this.hub.as('arbor'), 'POST', `/deals/${rec.id}/members`, { company: this.hub.ids[to], fieldset });
        rec.grants[to] = { state: 'active', fieldset, works: true };
        await this.room(rec, to, `of ${to} ${tag}`, { room: true });
        await this.room(rec, to, `inside ${to} ${tag}`, { room: false });
      }
      await this.room(rec, 'arbor', `late ${tag}`, { room: true });
      await this.room(rec, 'arbor', `inside ${tag}`, { room: false });
    });
    return rec;
  }

  async account(tag, to, fieldset) {
    const rep = this.hub.as('arbor', 'rep');
    const made = await must(rep, 'POST', '/accounts', { name: `Specimen ${tag}`, city: 'Kiel', domain: `${tag}.example`, phone: '1',
      tax_number: `T-${tag}`, notes: `Notes ${tag}` });
    const rec = this.add(made.id, 'account', 'arbor', { tag });
    const contact = await must(rep, 'POST', `/accounts/${made.id}/contacts`, { name: `Specimen contact ${tag}`, email: `${tag}@customer.example`,
      notes: 'N' });
    const order = await must(rep, 'POST', `/accounts/${made.id}/orders`, { order_no: tag, ordered_on: '2026-10-01', quantity: 2,
      unit_price: money('3.00') });
    this.add(contact.id, 'contact', 'arbor', { grants: rec.grants });
    this.add(order.id, 'order_line', 'arbor', { grants: rec.grants });
    if (to) this.late.push(async () => {
      await must(this.hub.as('arbor'), 'POST', `/accounts/${rec.id}/members`, { company: this.hub.ids[to], fieldset });
      rec.grants[to] = { state: 'active', fieldset };
    });
    rec.contact = contact.id;
    return rec;
  }

  // What arbor and `to` have on paper: agreement, an open lead, an accepted one with its deal, a statement.
  async papers(tag, to, account) {
    const { hub } = this;
    const need = `Specimen ${tag}`;
    const with_ = (fieldset, works) => ({ [to]: { state: 'active', fieldset, works } });
    const a = await agree(hub, 'arbor', to, (f) => `${f} of ${tag}`, { terms: { scope_needs: need },
      splits: [{ party: hub.ids.arbor, role: 'sourced', label: 'Share', share: '1' }] });
    const agreement = this.add(a.id, 'agreement', 'arbor', { tag, grants: with_('party', true) });
    for (const [path, type] of [['agreement-versions', 'agreement_version'], ['split-lines', 'split_line'], ['acceptances', 'acceptance']])
      await this.rows(`/agreements/${a.id}/${path}`, type, 'arbor', { owner: 'arbor', grants: agreement.grants });
    const sealed = await handOver(hub, 'arbor', to, { account: account.id, contact: account.contact, need });
    const first = this.add(sealed.id, 'lead', 'arbor', { tag, grants: with_('teaser') });
    await this.rows(`/leads/${sealed.id}/consents`, 'consent', 'arbor', { owner: 'arbor', grants: first.grants });
    const open = await handOver(hub, 'arbor', to, { account: account.id, contact: account.contact, need });
    const taken = await must(hub.as(to, 'rep'), 'POST', `/leads/${open.id}/accept`, { agreement: a.id, version: 1, hash: a.hash });
    const second = this.add(open.id, 'lead', 'arbor', { tag, grants: with_('opened') });
    await this.rows(`/leads/${open.id}/consents`, 'consent', 'arbor', { owner: 'arbor', grants: second.grants });
    const statement = await this.wonDeal(tag, to, taken.deal);
    return [agreement, first, second, statement];
  }

  // The deal of an accepted lead is the receiver's, with arbor as member; won, and settled by arbor.
  async wonDeal(tag, to, id) {
    const { hub } = this;
    const d = await must(hub.as(to, 'rep'), 'POST', `/deals/${id}/win`, { amount: money('5000.00') });
    const deal = this.add(id, 'deal', to, { tag, won: true, grants: { arbor: { state: 'active', fieldset: 'member', works: true } } });
    if (!this.records.some((r) => r.id === d.account)) {
      const account = this.add(d.account, 'account', to, { tag });
      await this.rows(`/accounts/${d.account}/contacts`, 'contact', to, { owner: to, grants: account.grants });
    }
    await this.rows(`/deals/${id}/contributions`, 'contribution', to, { owner: to, room: true, grants: deal.grants });
    const st = await must(hub.as('arbor', 'rep'), 'POST', `/deals/${id}/settle`, {});
    const statement = this.add(st.id, 'statement', 'arbor', { tag, grants: { [to]: { state: 'active', fieldset: 'party' } } });
    await this.rows(`/statements/${st.id}/postings`, 'posting', 'arbor', { owner: 'arbor', room: true, grants: statement.grants });
    return statement;
  }

  async set(state) {
    const { hub } = this;
    const to = state === 'none' ? 'cedar' : 'birke';
    const rep = hub.as('arbor', 'rep');
    const account = await this.account(state, to, 'member');
    const deal = await this.deal(state, to, 'member');
    const product = this.add((await must(rep, 'POST', '/products', { name: `Specimen ${state}`, sku: `S-${state}`, unit_price: money('9.00') })).id,
      'product', 'arbor', { tag: state, noSearch: true });
    const file = this.add((await upload(rep, 'accounts', `${state}.csv`, [['Name'], [`Imported ${state}`]])).id, 'import_job', 'arbor',
      { tag: state });
    this.late.push(async () => {
      const papers = await this.papers(state, to, account);
      this.grant(product.id, 'product', to, 'member');
      this.grant(file.id, 'import_job', to, 'member');
      product.grants[to] = { state: 'active', fieldset: 'member' };
      file.grants[to] = { state: 'active', fieldset: 'member' };
      if (state === 'none' || state === 'active') return;
      for (const root of [account, deal, product, file, ...papers]) {
        this.put(root.id, to, state);
        root.grants[to].state = state;
      }
    });
  }

  async build() {
    const { hub } = this;
    this.early = [];
    this.late = [];
    for (const state of STATES) await this.set(state);
    for (const [i, set] of DEAL_SETS.entries()) await this.deal(`set${i}`, 'birke', set);
    for (const [i, set] of ACCOUNT_SETS.entries()) await this.account(`account${i}`, 'birke', set);
    for (const make of this.early) await make();
    hub.setClock(LATER);
    await new Promise((r) => setTimeout(r, 100));
    for (const make of this.late) await make();
    hub.sql(this.turn.join(';\n'));
    for (const company of ['arbor', 'birke', 'cedar', 'dorn']) {
      this.add(hub.ids[company], 'company', company);
      for (const role of ['admin', 'manager', 'rep', 'viewer']) this.add(hub.ids[`${company}/${role}`], 'user', company, { person: role });
    }
    return this.records;
  }
}
