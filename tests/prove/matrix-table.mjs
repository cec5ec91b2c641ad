// SPDX-License-Identifier: Apache-2.0
// Who may do what, written a second time: from the product's promises, not from its code. Nothing here is read from the program; what
// the program has and this table has not fails the check, and the other way round.

const words = (text) => text.split(' ');

// Every field of every record type, and what each fieldset shows of it. `*`: all of them.
export const TYPES = {
  account: { path: 'accounts', kind: 'root',
    fields: words('name full_name domain industry country region city address postal_code phone fax tax_number register_number size owner ' +
      'external_id budget_closes notes match_key own_company'),
    sets: { directory: words('name industry country region city'),
      member: words('name full_name domain industry country region city address postal_code phone size owner budget_closes') } },
  product: { path: 'products', kind: 'root', fields: words('name sku category unit_price unit discontinued external_id'),
    sets: { member: words('name sku category unit') } },
  deal: { path: 'deals', kind: 'root',
    fields: words('name account customer need amount stage claimed_stage claim_reason outcome won_amount closed_on close_reason owner ' +
      'next_step next_step_on expected_on lead agreement agreement_version agreement_hash notes'),
    sets: { member: words('name customer need amount stage claimed_stage claim_reason outcome won_amount closed_on close_reason owner ' +
      'next_step next_step_on expected_on lead agreement agreement_version agreement_hash'),
    plan: words('name customer need stage claimed_stage outcome owner next_step next_step_on expected_on'), stage_only: words('stage outcome') } },
  lead: { path: 'leads', kind: 'root', flow: true,
    fields: words('need need_text state receiver account industry region size value_low value_high interest warmth script account_name ' +
      'account_address contact_name contact_title contact_phone contact_email credited agreement agreement_version agreement_hash ' +
      'reward_rate sent_at deadline_at response_minutes accepted_at protected_until deal reason comment why tried previous next'),
    sets: { teaser: words('need need_text state receiver industry region size value_low value_high interest agreement agreement_version ' +
      'agreement_hash reward_rate sent_at deadline_at response_minutes protected_until reason comment'),
    opened: words('need need_text state receiver industry region size value_low value_high interest warmth script account_name ' +
      'account_address contact_name contact_title contact_phone contact_email credited agreement agreement_version agreement_hash ' +
      'reward_rate sent_at deadline_at response_minutes accepted_at protected_until deal reason comment') } },
  agreement: { path: 'agreements', kind: 'root', flow: true, sets: { party: '*' },
    fields: words('title kind state other current_version active_version active_hash active_from suspended_by ended_at end_reason') },
  statement: { path: 'statements', kind: 'root', flow: true, sets: { party: '*' },
    fields: words('number deal deal_name agreement agreement_version agreement_hash payer payee state total prepared_by approved_by ' +
      'approved_at locked_at paid_on payment_reference reverses reason dispute document document_hash') },
  import_job: { path: 'imports', kind: 'root', flow: true, sets: {},
    fields: words('target filename state mapping file_hash rows read created updated unchanged skipped failed message') },
  company: { path: 'companies', kind: 'directory', flow: true, sets: { directory: words('name short country currency about needs regions') },
    fields: words('name short full_name country currency tax_number about needs regions utc_offset_minutes work_week work_exceptions ' +
      'open_lead_limit') },
  user: { path: 'users', kind: 'directory', flow: true, sets: { directory: ['name'] }, fields: words('name email role lang theme active title') },
  contact: { path: 'contacts', kind: 'child', root: 'account', sets: { member: words('name given_name family_name title email phone chat lang') },
    fields: words('name given_name family_name title email phone chat lang notes external_id') },
  order_line: { path: 'orders', kind: 'child', root: 'account', sets: { orders: words('order_no ordered_on product_name quantity') },
    fields: words('order_no line_key ordered_on product product_name quantity unit_price discount total') },
  activity: { path: 'activities', kind: 'room', root: 'deal', sets: { member: '*', plan: words('kind summary at actor') },
    fields: words('kind summary at person minutes result actor') },
  task: { path: 'tasks', kind: 'room', root: 'deal', sets: { member: '*', plan: '*' },
    fields: words('title kind owner_company owner due_on state done_at result') },
  comment: { path: 'comments', kind: 'room', root: 'deal', sets: { member: '*', plan: '*' }, fields: ['text'] },
  evidence: { path: 'evidence', kind: 'room', root: 'deal', sets: { member: '*', plan: words('marker status seen_on') },
    fields: words('marker basis status source seen_on note') },
  contribution: { path: 'contributions', kind: 'room', root: 'deal', sets: { member: '*' },
    fields: words('party person role note fact cosigned_by cosigned_at') },
  agreement_version: { path: 'agreement-versions', kind: 'child', root: 'agreement', flow: true, sets: { party: '*' },
    fields: words('version purpose labour scope_needs scope_industries scope_regions response_minutes silence protection_days reward_rate ' +
      'reward_base reward_trigger reward_cap contact_owner problems term people anti_bribery by_company proposed_at document hash') },
  split_line: { path: 'split-lines', kind: 'child', root: 'agreement', flow: true, sets: { party: '*' },
    fields: words('version party role label person share') },
  acceptance: { path: 'acceptances', kind: 'child', root: 'agreement', flow: true, sets: { party: '*' },
    fields: words('version hash party person at') },
  consent: { path: 'consents', kind: 'child', root: 'lead', flow: true, sets: { opened: '*' },
    fields: words('given_by given_at channel basis recipient purpose data words lang proof withdrawn_at withdrawn_words') },
  posting: { path: 'postings', kind: 'room', root: 'statement', flow: true, sets: { party: '*' },
    fields: words('line kind party person role amount rate base because') },
};
const PREFIX = { import_job: 'import', order_line: 'oline', contribution: 'contrib', agreement_version: 'agrver', split_line: 'split',
  acceptance: 'accept' };
export const prefixOf = (type) => PREFIX[type] ?? type;

const RANK = { admin: 0, manager: 1, rep: 2, viewer: 3 };
export const atLeast = (role, least) => RANK[role] <= RANK[least];
const all = (type) => new Set(TYPES[type].fields);

// Fields of a fieldset expression ("member-amount", "plan+notes"); of a child only the name before + and - counts.
export function shown(type, expression) {
  const [name] = expression.split(/[+-]/);
  const set = TYPES[type].sets[name];
  if (!set) return new Set();
  const fields = set === '*' ? all(type) : new Set(set);
  if (TYPES[type].kind === 'child' || TYPES[type].kind === 'room') return fields;
  for (const [, sign, field] of expression.matchAll(/([+-])(\w+)/g)) sign === '+' ? fields.add(field) : fields.delete(field);
  return fields;
}

const NOTHING = { fields: new Set(), mine: false, works: false, writes: false, deletes: false };

// What a person of `company` may do with a record: { fields, mine, works, writes, deletes }. rec: { type, owner (of its root), author, room,
// early, grants: { company: { state, fieldset, works } } }. Only a grant in state "active" opens anything.
export function access(company, role, rec) {
  const { kind } = TYPES[rec.type];
  const grant = rec.grants?.[company]?.state === 'active' ? rec.grants[company] : null;
  const rep = atLeast(role, 'rep');
  const manager = atLeast(role, 'manager');
  const granted = grant && !(kind === 'room' && rec.early && rec.type !== 'posting') ? shown(rec.type, grant.fieldset) : new Set();
  if (kind === 'directory') {
    return rec.owner === company ? { fields: all(rec.type), mine: true } : { ...NOTHING, fields: shown(rec.type, 'directory') };
  }
  if (kind === 'root') {
    if (rec.owner === company) return { fields: all(rec.type), mine: true, works: rep, writes: rep, deletes: manager };
    return granted.size ? { ...NOTHING, fields: granted, works: rep && Boolean(grant.works) } : NOTHING;
  }
  if (rec.room === false && rec.author !== company) return NOTHING; // a row of one company
  const own = { fields: all(rec.type), mine: true, writes: rep, deletes: rep };
  if (rec.author === company && (rec.owner === company || rec.room === false)) return own;
  if (rec.owner === company) return kind === 'room' ? { ...NOTHING, fields: all(rec.type) } : own;
  if (rec.author === company) { // its own row, written no more once it is cut off
    const still = grant && shown(rec.type, grant.fieldset).size > 0;
    return still ? own : { ...own, writes: false, deletes: false };
  }
  return granted.size ? { ...NOTHING, fields: granted } : NOTHING;
}

// ---- routes. What is asked of a record somebody sees; hidden ones always answer like missing ones.
// can(who, rec, a): true: may; false: refused with 403; 'no': refused by a rule of the flow (403, 409, 422); 'hide': like a missing one.
const party = (who, least) => atLeast(who.role, least);
const ours = (who, rec) => rec.owner === who.company;
const reads = { can: () => true, ok: [200] };
const patch = (body) => ({ body, can: (w, r, a) => Boolean(a.writes), ok: [428] }); // stopped at the missing If-Match
const remove = { can: (w, r, a) => Boolean(a.deletes), ok: [428] };
const child = (body) => ({ body, guard: { body: {} }, can: (w, r, a) => a.works, ok: [422] }); // stopped at what it lacks
const step = (least, body, more = {}) => ({ body, guard: { headers: { 'If-Match': '"stale"' } }, can: (w) => party(w, least), ok: [412], ...more });
const led = (least, body) => step(least, body, { can: (w, r) => ours(w, r) && party(w, least) });
const ownersOnly = { can: (w, r) => (ours(w, r) ? true : 'hide'), ok: [200] };
const share = (body) => ({ body, guard: { body: { ...body, fieldset: 'no_such' } }, can: (w, r) => ours(w, r) && party(w, 'manager'), ok: [422] });
const unshare = { can: (w, r) => ours(w, r) && party(w, 'manager'), ok: [204] };
const amount = { amount: '1.00', currency: 'EUR' };
const imports = (least, body) => step(least, body, { can: (w) => (party(w, least) ? true : 'no') });

// Routes of one record: { type of record: { 'METHOD /path': row } }. dorn stands for the stranger's id.
export const recordRoutes = (dorn) => ({
  account: {
    'GET /accounts/{id}': reads, 'PATCH /accounts/{id}': patch({ notes: 'Changed' }), 'DELETE /accounts/{id}': remove,
    'GET /accounts/{id}/contacts': { ...reads, lists: 'contact' }, 'GET /accounts/{id}/orders': { ...reads, lists: 'order_line' },
    'POST /accounts/{id}/contacts': child({ name: 'Somebody' }),
    'POST /accounts/{id}/orders': child({ order_no: '1', ordered_on: '2026-11-01', quantity: 1, unit_price: amount }),
    'GET /accounts/{id}/handover': ownersOnly, 'GET /accounts/{id}/orders-by-quarter': ownersOnly, 'GET /accounts/{id}/members': reads,
    'GET /accounts/{id}/seen-by': { can: ours, ok: [200] }, 'POST /accounts/{id}/members': share({ company: dorn, fieldset: 'member' }),
    [`DELETE /accounts/{id}/members/{company}`]: unshare,
  },
  product: { 'GET /products/{id}': reads, 'PATCH /products/{id}': patch({ unit: 'Changed' }), 'DELETE /products/{id}': remove },
  deal: {
    'GET /deals/{id}': reads, 'PATCH /deals/{id}': patch({ next_step: 'Changed' }), 'DELETE /deals/{id}': remove,
    'GET /deals/{id}/stage': { ...reads, needs: ['stage'] }, 'GET /deals/{id}/guidance': { ...reads, needs: ['stage'] },
    'POST /deals/{id}/claim': led('rep', { stage: 'implement', why: 'Said so' }), 'POST /deals/{id}/win': led('rep', { amount }),
    'POST /deals/{id}/lose': led('rep', { outcome: 'withdrew', reason: 'Changed' }), 'POST /deals/{id}/reopen': led('manager', { reason: 'Changed' }),
    // Without an agreement nothing is owed: a refusal to whoever sees the amount, and to others the record is missing.
    'GET /deals/{id}/settlement': { can: (w, r) => (r.won ? true : 'no'), ok: [200], needs: ['won_amount', 'outcome', 'agreement'] },
    'POST /deals/{id}/settle': { body: {}, can: (w) => (party(w, 'rep') ? 'no' : false), needs: ['won_amount', 'outcome', 'agreement'],
      before: 'rep' },
    'GET /deals/{id}/members': reads, 'GET /deals/{id}/seen-by': { can: ours, ok: [200] },
    'POST /deals/{id}/members': share({ company: dorn, fieldset: 'member' }), 'DELETE /deals/{id}/members/{company}': unshare,
    'GET /deals/{id}/activities': { ...reads, lists: 'activity' }, 'POST /deals/{id}/activities': child({ summary: 'Added' }),
    'GET /deals/{id}/tasks': { ...reads, lists: 'task' }, 'POST /deals/{id}/tasks': child({ title: 'Added', owner_company: dorn }),
    'GET /deals/{id}/comments': { ...reads, lists: 'comment' }, 'POST /deals/{id}/comments': child({ text: 'Added' }),
    'GET /deals/{id}/evidence': { ...reads, lists: 'evidence' }, 'POST /deals/{id}/evidence': child({ marker: 'budget_set' }),
    'GET /deals/{id}/contributions': { ...reads, lists: 'contribution' },
    'POST /deals/{id}/contributions': child({ party: dorn, role: 'delivered' }),
  },
  lead: {
    'GET /leads/{id}/seen-by': { can: ours, ok: [200] }, 'GET /leads/{id}': reads, 'GET /leads/{id}/consents': { ...reads, lists: 'consent' },
      'GET /leads/{id}/why': ownersOnly,
    'POST /leads/{id}/receive': step('rep', {}), 'POST /leads/{id}/accept': step('rep', { agreement: 'agreement_0000000000001', version: 1,
      hash: '0' }),
    'POST /leads/{id}/decline': step('rep', { reason: 'other', comment: 'Changed' }), 'POST /leads/{id}/reach': step('rep', {}),
    'POST /leads/{id}/qualify': step('rep', {}), 'POST /leads/{id}/quote': step('rep', {}),
    'POST /leads/{id}/withdraw': step('rep', { reason: 'other', comment: 'Changed' }),
    'POST /leads/{id}/withdraw-consent': step('rep', { words: 'Changed' }),
    // The proof is one of one's own accounts; `proof` is filled in for each caller.
    'POST /leads/{id}/duplicate': step('rep', { proof: 'own', comment: 'Known' }),
  },
  agreement: {
    'GET /agreements/{id}/seen-by': { can: ours, ok: [200] }, 'GET /agreements/{id}': reads,
      'PATCH /agreements/{id}': { ...patch({ terms: { people: 'Changed' } }), can: (w) => party(w, 'manager') },
    'POST /agreements/{id}/propose': step('manager', {}), 'POST /agreements/{id}/counter': step('manager', { terms: { people: 'Changed' } }),
    'POST /agreements/{id}/accept': step('manager', { version: 1, hash: '0' }), 'POST /agreements/{id}/reject': step('manager',
      { reason: 'Changed' }),
    'POST /agreements/{id}/suspend': step('manager', { reason: 'Changed' }), 'POST /agreements/{id}/resume': step('manager', { reason: 'Changed' }),
    'POST /agreements/{id}/end': step('manager', { reason: 'Changed' }), 'GET /agreements/{id}/versions': reads,
    'GET /agreements/{id}/versions/{version_n}/document': reads, 'GET /agreements/{id}/diff': { ...reads, query: '?from=1&to=1' },
    'GET /agreements/{id}/agreement-versions': { ...reads, lists: 'agreement_version' },
    'GET /agreements/{id}/split-lines': { ...reads, lists: 'split_line' }, 'GET /agreements/{id}/acceptances': { ...reads, lists: 'acceptance' },
  },
  statement: {
    'GET /statements/{id}/seen-by': { can: ours, ok: [200] }, 'GET /statements/{id}': reads, 'GET /statements/{id}/postings': { ...reads,
      lists: 'posting' },
    'GET /statements/{id}/document': reads, 'GET /statements/{id}/csv': reads, 'POST /statements/{id}/approve': step('manager', {}),
    'POST /statements/{id}/dispute': step('manager', { reason: 'Changed' }),
    // By the person who prepared it, which is the rep, or a manager of the same company.
    'POST /statements/{id}/withdraw': led('rep', { reason: 'Changed' }),
    'POST /statements/{id}/pay': step('manager', { reference: 'Changed', paid_on: '2026-11-23' }),
    'POST /statements/{id}/reverse': step('manager', { reason: 'Changed' }),
  },
  import_job: {
    'GET /imports/{id}': reads, 'GET /imports/{id}/errors.csv': reads, 'GET /imports/{id}/conflicts': reads,
    'PATCH /imports/{id}': imports('rep', { mapping: { Name: 'name' } }), 'POST /imports/{id}/check': imports('rep', {}),
    'POST /imports/{id}/run': imports('rep', {}), 'POST /imports/{id}/undo': imports('rep', {}),
  },
  company: {
    'GET /companies/{id}': reads, 'PATCH /companies/{id}': { ...patch({ about: 'Changed' }), can: (w, r) => ours(w, r) && w.role === 'admin' },
    'GET /companies/{id}/calendar': ownersOnly,
    'PUT /companies/{id}/calendar': { body: { utc_offset_minutes: 60, week: [{ day: 1, from: '09:00', to: '17:00' }], exceptions: [] },
      guard: { body: { nothing: 1 } }, can: (w, r) => ours(w, r) && w.role === 'admin', ok: [422] },
  },
  user: {
    'GET /users/{id}': reads, 'PATCH /users/{id}': { ...patch({ title: 'Changed' }),
      can: (w, r) => ours(w, r) && (w.role === 'admin' || r.person === w.role) },
    // A missing person and another one are refused alike.
    'POST /users/{id}/password': { body: { current: 'x', password: 'seven lakes behind a hill' }, guard: { body: {} },
      can: (w, r) => ours(w, r) && r.person === w.role && !w.token, ok: [422] },
    // Somebody missing, of another company or oneself: refused alike.
    'POST /users/{id}/password-link': { can: (w, r) => ours(w, r) && w.role === 'admin' && r.person !== w.role && !w.token, ok: [201] },
  },
  contact: { 'GET /contacts/{id}': reads, 'PATCH /contacts/{id}': patch({ title: 'Changed' }), 'DELETE /contacts/{id}': remove,
    'POST /contacts/{id}/erase': { ...led('manager', { confirm: true }), match: true } },
  order_line: { 'GET /orders/{id}': reads, 'PATCH /orders/{id}': patch({ quantity: 7 }), 'DELETE /orders/{id}': remove },
  activity: { 'GET /activities/{id}': reads, 'PATCH /activities/{id}': patch({ result: 'Changed' }), 'DELETE /activities/{id}': remove },
  task: { 'GET /tasks/{id}': reads, 'PATCH /tasks/{id}': patch({ result: 'Changed' }), 'DELETE /tasks/{id}': remove },
  comment: { 'GET /comments/{id}': reads, 'PATCH /comments/{id}': patch({ text: 'Changed' }), 'DELETE /comments/{id}': remove },
  evidence: { 'GET /evidence/{id}': reads, 'PATCH /evidence/{id}': patch({ note: 'Changed' }), 'DELETE /evidence/{id}': remove },
  contribution: { 'GET /contributions/{id}': reads, 'PATCH /contributions/{id}': patch({ note: 'Changed' }), 'DELETE /contributions/{id}': remove,
    'POST /contributions/{id}/cosign': step('rep', {}) },
  agreement_version: { 'GET /agreement-versions/{id}': reads },
  split_line: { 'GET /split-lines/{id}': reads },
  acceptance: { 'GET /acceptances/{id}': reads },
  consent: { 'GET /consents/{id}': reads },
  posting: { 'GET /postings/{id}': reads },
});

// Other ways to ask for the same: the head alone, and the owner's preview of what another sees.
export const variants = (birke) => ({
  deal: { 'GET /deals/{id}': { query: `?as=${birke}`, can: (w, r) => ours(w, r), ok: [200, 404], other: true } },
  ...Object.fromEntries(Object.entries(TYPES).filter(([, t]) => t.kind !== 'directory').map(([type, t]) =>
    [`${type} head`, { [`HEAD /${t.path}/{id}`]: { ...reads, type } }])),
});

// Routes of a whole collection, held against the set of records the caller sees.
export const LISTS = {
  'GET /accounts': 'account', 'GET /products': 'product', 'GET /deals': 'deal', 'GET /leads': 'lead', 'GET /agreements': 'agreement',
  'GET /statements': 'statement', 'GET /imports': 'import_job', 'GET /contacts': 'contact', 'GET /users': 'user', 'GET /companies': 'company',
  'GET /partners': 'company',
};

// Routes without a record of their own. can(who): as above; `by` says which part of the check looks at what they answer.
const anybody = { can: () => true, ok: [200] };
const creates = (least, body = {}) => ({ body, can: (w) => party(w, least), ok: [422] });
const signedIn = (by) => ({ ...anybody, by });
export const FREE = {
  'POST /session': { public: true, body: { login: 'nobody@nowhere.example', password: 'not a password of anybody' }, ok: [401, 403, 429] },
  'GET /session': anybody, 'DELETE /session': { skip: 'ends the session: the stories do it' },
  'POST /session/revoke-all': { skip: 'ends the session: the stories do it' },
  'GET /sessions': { can: (w) => !w.token, ok: [200] }, 'POST /sessions/{id}/end': { skip: 'needs the password: the stories do it' },
  'GET /tokens': signedIn('own'), 'POST /tokens': { body: { nothing: 1 }, can: (w) => !w.token, ok: [422] },
    'DELETE /tokens/{id}': { foreign: 'token' },
  'GET /invitations': { can: (w) => w.role === 'admin', ok: [200] }, 'POST /invitations': { body: {}, can: (w) => w.role === 'admin', ok: [422] },
  'POST /invitations/accept': { public: true, body: { token: 'none', password: 'seven lakes behind a hill' }, ok: [404] },
  'DELETE /invitations/{id}': { foreign: 'invite' },
  'POST /accounts': creates('rep'), 'POST /products': creates('rep'), 'POST /deals': creates('rep'), 'POST /leads': creates('rep'),
  'POST /agreements': creates('manager'), 'POST /imports': { raw: 'text/csv', body: '', can: (w) => party(w, 'rep'), ok: [422],
    query: '?entity=nothing' },
  'GET /board': signedIn('ids'), 'GET /today': signedIn('ids'), 'GET /search': { ...signedIn('search'), query: '?q=specimen' },
  'GET /export/{file}': signedIn('export'), 'GET /audit/checkpoint': anybody, 'GET /audit/entries': signedIn('log'),
  'GET /audit/proof': { foreign: 'proof' }, 'GET /audit/consistency': { ...anybody, query: '?from=1' },
    'GET /events': { skip: 'looked at as a stream' },
  'GET /meta': { public: true, ok: [200] }, 'GET /openapi.json': { public: true, ok: [200] },
};
