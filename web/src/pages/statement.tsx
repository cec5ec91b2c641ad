// SPDX-License-Identifier: Apache-2.0
// One statement as a ledger: click a line, see the rule, the facts and the arithmetic. A second person approves; both companies hold the
// same bytes, and this page can recompute their hash.
import { useState } from 'preact/hooks';
import { act, BASE } from '../api';
import { refresh, useData, useList } from '../data';
import { addMoney, amount, date, dateTime, decimal, isNegative, money, num, rate, t } from '../i18n';
import { useKeys } from '../keys';
import { word } from '../meta';
import { nameOf } from '../names';
import { AuditTrail } from '../parts/audit';
import { Button, H2, Tag, type Tone } from '../parts/controls';
import { closeDialog, Dialog, FormActions, openDialog } from '../parts/dialog';
import { Area, FormErrors, Select, Text, useForm } from '../parts/form';
import { useUsers } from '../parts/create';
import { reasonsOf, reasonText } from '../reasons';
import { Icon } from '../parts/icon';
import { CompanyBadge, Dot, Person, Seal, shortHash } from '../parts/marks';
import { Columns, Page } from '../parts/shell';
import { Load } from '../parts/states';
import { attempt } from '../parts/toast';
import { go } from '../router';
import { isOurs, mayManage, me } from '../session';
import type { Because, Money, Page as ListPage, Posting, Statement } from '../types';

const tone = (s: string): Tone => (s === 'paid' ? 'pos' : s === 'disputed' ? 'neg' : s === 'draft' ? 'warn' : 'ink');
const done = (s: Statement): boolean => ['locked', 'paid'].includes(s.state);
const open = (s: Statement): boolean => s.state === 'draft' || s.state === 'disputed';

export function StatementPage({ id }: { id: string }) {
  const r = useData<Statement>(`/statements/${id}`);
  const postings = useData<ListPage<Posting>>(`/statements/${id}/postings?limit=200`);
  const s = r.data;
  const lines = postings.data?.items ?? [];
  useUsers();
  // Who prepared it or is paid by it is not the second person.
  const mine = s?.prepared_by === me() || lines.some((l) => l.person === me());
  const waits = s ? open(s) : false;
  // What the payee prepared somebody of the payer approves; what was disputed, the side that disputed it.
  const side = Boolean(s && (isOurs(s.payer) || s.company === s.payer) && !(s.state === 'disputed' && isOurs(s.company)));
  const mayApprove = mayManage() && !mine && side && waits;
  const approve = (): Promise<boolean> =>
    attempt(async () => {
      await act(`/statements/${id}/approve`);
      await refresh();
    }, t('statement.approved_done'));
  useKeys({ KeyA: () => (mayApprove ? void approve() : false) });
  const related = useList<Statement>(s?.deal && done(s) ? `/statements?filter[deal]=${s.deal}` : null);
  const mirror = related.data?.find((x) => x.reverses === id);
  const title = s?.number ?? t('money.statement');
  return (
    <Page
      title={title}
      crumbs={[{ label: t('nav.money'), href: '/money' }, { label: t('money.statements') }]}
      pin={s && { label: title, icon: 'Scale' }}
      actions={
        <>
          <Button kind="ghost" icon="Printer" class="wide-only" onClick={() => print()}>{t('common.print')}</Button>
          <Button kind="ghost" icon="Download" href={`${BASE}/statements/${id}/csv`} download>CSV</Button>
          <Button kind="ghost" href={`${BASE}/statements/${id}/document`} download>JSON</Button>
        </>
      }
      more={
        s && [
          ...(mayManage() && done(s) && related.data && !mirror ? [{ label: t('statement.reverse'), icon: 'Undo2' as const, danger: true, onClick: () => openDialog(<ReasonDialog s={s} verb="reverse" />) }] : []),
          ...(mayManage() && s.state === 'locked' && isOurs(s.payer) ? [{ label: t('statement.pay'), icon: 'Check' as const, onClick: () => openDialog(<PayDialog s={s} />) }] : []),
          ...(open(s) && isOurs(s.company) && (mayManage() || s.prepared_by === me()) ? [{ label: t('statement.withdraw'), icon: 'Undo2' as const, danger: true, onClick: () => openDialog(<ReasonDialog s={s} verb="withdraw" />) }] : []),
        ]
      }
    >
      <Load of={r}>
        {(st) => (
          <Columns
            class="columns-statement"
            main={
              <>
                <header class="page-head">
                  <div>
                    <h1>
                      {t('money.statement')} {st.number} {mayApprove ? <Tag tone="warn" icon="UserCheck">{t('statement.needs_second')}</Tag> : <Tag tone={tone(st.state)}>{word('statement_state', st.state)}</Tag>}
                    </h1>
                    <p class="lead">
                      {t('statement.between', { payer: nameOf(st.payer), payee: nameOf(st.payee), version: st.agreement_version ?? 1 })} {st.total?.currency}.{' '}
                      {st.deal && <a class="link" href={`/deals/${st.deal}`}>{st.deal_name ?? nameOf(st.deal, t('statement.the_deal'))}</a>}
                    </p>
                  </div>
                </header>
                <Ledger s={st} lines={lines} />
                <AuditTrail record={id} />
              </>
            }
            side={<Side s={st} mirror={mirror} lines={lines} mine={mine} waits={waits} mayApprove={mayApprove} approve={approve} />}
          />
        )}
      </Load>
    </Page>
  );
}

const RULE = /rule|term|clause|agreement|reward|split|version/;
const FACT = /fact|evidence|lead|won|deal|accept|contribution|event|record|hand/;

function Ledger({ s, lines }: { s: Statement; lines: Posting[] }) {
  const [open, setOpen] = useState<number | null>(null);
  const [cursor, setCursor] = useState(-1);
  const sorted = [...lines].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  useKeys({
    KeyJ: () => setCursor(Math.min(sorted.length - 1, cursor + 1)),
    KeyK: () => setCursor(Math.max(0, cursor - 1)),
    Enter: () => (cursor >= 0 ? setOpen(open === cursor ? null : cursor) : false),
  });
  const currency = s.total?.currency ?? 'EUR';
  // Lines inside a company divide what the company got; they are not added again.
  const sum = addMoney(sorted.filter((l) => !inside(l)).map((l) => l.amount), currency);
  return (
    <div class="scroll-x">
      <table class="ledger ledger-main">
        <thead>
          <tr>
            <th scope="col" class="num">{t('statement.line')}</th>
            <th scope="col">{t('statement.what')}</th>
            <th scope="col" class="num">{t('money.base')}</th>
            <th scope="col" class="num">{t('money.rate')}</th>
            <th scope="col" class="num">{t('money.amount')}</th>
            <th scope="col"><span class="sr">{t('statement.why')}</span></th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((l, i) => (
            <Line key={l.id ?? i} l={l} on={open === i} cursor={cursor === i} toggle={() => setOpen(open === i ? null : i)} all={sorted} s={s} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={4}>{t('statement.sum')}</th>
            <td class="num">{amount(sum)}</td>
            <td />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

const inside = (l: Posting): boolean => l.kind === 'person' || Boolean(l.person);

function Line({ l, on, cursor, toggle, all, s }: { l: Posting; on: boolean; cursor: boolean; toggle: () => void; all: Posting[]; s: Statement }) {
  const neg = isNegative(l.amount);
  const why = reasonsOf(l.because);
  return (
    <>
      <tr class={`${inside(l) ? 'is-inside' : ''} ${on ? 'is-open' : ''} ${cursor ? 'is-cursor' : ''}`} onClick={(e) => !(e.target as HTMLElement).closest('button') && toggle()}>
        <td class="num t3">{l.line}</td>
        <td>
          <span class="company">
            {inside(l) ? <Person id={l.person} name={l.person ? undefined : t('statement.team')} /> : <><CompanyBadge id={l.party} size="s" /> <strong>{nameOf(l.party)}</strong></>}
          </span>
          <small>{[inside(l) ? t('statement.inside', { company: nameOf(l.party) }) : word('posting_kind', l.kind), l.role && word('contribution_role', l.role)].filter(Boolean).join(', ')}</small>
        </td>
        <td class="num t2">{amount(l.base)}</td>
        <td class="num t2">{rate(l.rate)}</td>
        <td class={`num strong ${neg ? 'is-neg' : ''}`}>{amount(l.amount)}</td>
        <td class="num">
          <button type="button" class="icon-btn" aria-expanded={on} aria-label={t('statement.why_line', { n: l.line ?? 0 })} onClick={toggle}>
            <Icon name={on ? 'ChevronDown' : 'ChevronRight'} size={14} />
          </button>
        </td>
      </tr>
      {on && (
        <tr class="ledger-why">
          <td colSpan={6}>
            <div class="why-panel">
              <section>
                <h2><Icon name="ScrollText" size={14} /> {t('statement.rule')}</h2>
                {pickReasons(why, 'rule').map((b, i) => <p key={i}>{reasonText(b)}</p>)}
                <p class="note">{s.agreement ? <a class="link" href={`/agreements/${s.agreement}`}>{t('money.by_version', { n: s.agreement_version ?? 1 })}</a> : t('money.by_version', { n: s.agreement_version ?? 1 })}</p>
              </section>
              <section>
                <h2><Icon name="List" size={14} /> {t('statement.facts')}</h2>
                <ul>
                  {pickReasons(why, 'fact').map((b, i) => (
                    <li key={i}>
                      <Dot state="proven" silent />
                      <span>
                        {reasonText(b)}
                        
                      </span>
                    </li>
                  ))}
                </ul>
              </section>
              <section>
                <h2><Icon name="Equal" size={14} /> {t('statement.arithmetic')}</h2>
                <Arithmetic l={l} all={all} why={pickReasons(why, 'sum')} />
              </section>
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

/** Reasons sorted into rule, facts and arithmetic by their code; what says nothing of itself is a fact. */
function pickReasons(why: Because[], want: 'rule' | 'fact' | 'sum'): Because[] {
  const kind = (b: Because): 'rule' | 'fact' | 'sum' => (/^settle_(base|cap|floor|tier|person|split)/.test(b.code) ? 'rule' : /^settle_rate|extra_unit|round|remainder|cent|sum|arith|amount|share|computed/.test(b.code) ? 'sum' : FACT.test(b.code) ? 'fact' : RULE.test(b.code) ? 'rule' : 'fact');
  return why.filter((b) => kind(b) === want);
}

function Arithmetic({ l, all, why }: { l: Posting; all: Posting[]; why: Because[] }) {
  const parts = inside(l) ? [] : all.filter((x) => inside(x) && x.party === l.party);
  return (
    <>
      <dl class="sum">
        {l.base && l.rate && (
          <div>
            <dt>{`${amount(l.base)} × ${l.rate.replace('/', ' / ')}`}</dt>
            <dd>{exact(l.base, l.rate)}</dd>
          </div>
        )}
        <div>
          <dt>{t('statement.to_cent')}</dt>
          <dd>{amount(l.amount)}</dd>
        </div>
      </dl>
      {parts.length > 0 && (
        <dl class="sum sum-parts">
          {parts.map((x) => (
            <div key={x.id ?? x.line}>
              <dt>{nameOf(x.person, t('statement.team'))}{x.rate ? `, ${rate(x.rate)}` : ''}</dt>
              <dd>{amount(x.amount)}</dd>
            </div>
          ))}
        </dl>
      )}
      {why.map((b, i) => <p key={i} class="note">{reasonText(b)}</p>)}
    </>
  );
}

/** base times rate with up to six decimals, computed in integers; '…' when the fraction goes on. */
function exact(base: Money, r: string): string {
  const [p, q] = r.split('/').map((x) => BigInt(x));
  const [w = '0', f = ''] = base.amount.replace('-', '').split('.');
  const units = BigInt(w + f.padEnd(2, '0')) * p! * 10000n;
  const den = q ?? 1n;
  const v = units / den;
  const scale = 4 + Math.max(2, f.length);
  const text = v.toString().padStart(scale + 1, '0');
  const out = `${text.slice(0, -scale)}.${text.slice(-scale)}`.replace(/0+$/, '').replace(/\.$/, '');
  return `${base.amount.startsWith('-') ? '−' : ''}${decimal(out)}${units % den === 0n ? '' : '…'}`;
}

function Side({ s, mirror, lines, mine, waits, mayApprove, approve }: { s: Statement; mirror?: Statement; lines: Posting[]; mine: boolean; waits: boolean; mayApprove: boolean; approve: () => Promise<boolean> }) {
  const steps: { name: string; done: boolean; now?: boolean; when?: string }[] = [
    { name: t('statement.prepared'), done: true, when: date(s.created_at) },
    { name: t('statement.approved'), done: Boolean(s.approved_at), now: waits, when: s.approved_at ? date(s.approved_at) : mayApprove ? t('statement.waits_you') : t('statement.waits_other') },
    { name: t('statement.locked'), done: Boolean(s.locked_at), when: s.locked_at ? date(s.locked_at) : '' },
    { name: t('statement.paid'), done: s.state === 'paid', when: s.paid_on ? date(s.paid_on) : '' },
  ];
  return (
    <>
      <section class="pay">
        <p class="company">
          <CompanyBadge id={s.payer} size="s" /> {nameOf(s.payer)} <Icon name="ArrowRight" size={14} /> <CompanyBadge id={s.payee} size="s" /> {nameOf(s.payee)}
        </p>
        <p class="big-figure">{money(s.total, true)}</p>
        {waits && (
          <>
            <Button kind="primary" size="l" icon="Check" wide disabled={!mayApprove} why={mine ? t('statement.not_own') : !mayManage() ? t('statement.manager_only') : t('statement.other_side')} onClick={approve}>{t('statement.approve')}</Button>
            {mayManage() && s.state === 'draft' && !isOurs(s.company) && <Button size="l" wide onClick={() => openDialog(<DisputeDialog s={s} lines={lines} />)}>{t('statement.dispute')}</Button>}
            <p class="note">{t('statement.prepared_by', { who: nameOf(s.prepared_by), date: date(s.created_at) })}</p>
          </>
        )}
        {s.approved_by && <p class="note">{t('statement.approved_by', { who: nameOf(s.approved_by), when: dateTime(s.approved_at) })}</p>}
        {s.state === 'locked' && mayManage() && isOurs(s.payer) && <Button size="l" wide onClick={() => openDialog(<PayDialog s={s} />)}>{t('statement.pay')}</Button>}
        {s.payment_reference && <p class="note">{t('statement.reference', { ref: s.payment_reference })}</p>}
        {s.reverses && <p class="note"><a class="link" href={`/money/${s.reverses}`}>{t('statement.reverses')}</a></p>}
        {mirror && <p class="note"><a class="link" href={`/money/${mirror.id}`}>{t('statement.reversed_by', { number: mirror.number ?? '' })}</a></p>}
        {s.dispute && <p class="note is-neg">{s.dispute}</p>}
        {s.reason && <p class="note">{s.reason}</p>}
      </section>
      {s.document_hash && <Verify s={s} />}
      <section>
        <H2>{t('statement.stands')}</H2>
        <ul class="stands">
          {steps.map((x) => (
            <li key={x.name} class={x.done ? 'is-done' : x.now ? 'is-now' : ''}>
              <Icon name={x.done ? 'Check' : x.now ? 'CircleDot' : 'Circle'} size={14} /> {x.name} <span class="push note">{x.when}</span>
            </li>
          ))}
        </ul>
      </section>
      <p class="note postings-note">
        <Icon name="Scale" size={14} /> {t('statement.postings', { n: num(lines.length) })}
      </p>
    </>
  );
}

/** Reads the document both companies hold and computes its hash here, in the browser. */
function Verify({ s }: { s: Statement }) {
  const [checked, setChecked] = useState<{ ok: boolean; bytes: number } | null>(null);
  const run = async (): Promise<void> => {
    await attempt(async () => {
      const bytes = await (await fetch(`${BASE}/statements/${s.id}/document`, { credentials: 'same-origin' })).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      const hex = [...digest].map((b) => b.toString(16).padStart(2, '0')).join('');
      setChecked({ ok: hex === (s.document_hash ?? '').replace(/^sha256[:-]/, ''), bytes: bytes.byteLength });
    });
  };
  return (
    <section class="verify">
      {checked?.ok === false ? (
        <p class="is-neg">{t('statement.differs')}</p>
      ) : (
        <div class="verified">
          <Seal />
          <div>
            <strong>{checked ? t('statement.verified') : t('statement.sealed')}</strong>
            <p class="t2">{checked ? t('statement.same_bytes', { n: num(checked.bytes) }) : t('statement.sealed_text')}</p>
          </div>
        </div>
      )}
      <p class="verify-hash">
        <code class="hash" title={s.document_hash}>sha256 {shortHash(s.document_hash)}</code>
        <button type="button" class="link push" onClick={() => void run()}>{t('statement.recompute')}</button>
      </p>
    </section>
  );
}

function DisputeDialog({ s, lines }: { s: Statement; lines: Posting[] }) {
  const form = useForm({ line: String(lines[0]?.line ?? 1), reason: '' });
  const submit = form.submit(async (v, key) => {
    form.need(v.reason.trim() !== '', 'reason');
    await act(`/statements/${s.id}/dispute`, { reason: t('statement.dispute_line', { n: v.line, reason: v.reason }) }, { key });
    closeDialog();
    await refresh();
  });
  return (
    <Dialog title={t('statement.dispute')} onSubmit={submit} note={t('statement.dispute_note')} actions={<FormActions verb={t('statement.dispute')} busy={form.busy} />}>
      <FormErrors form={form} />
      <Select label={t('statement.line')} value={form.values.line} options={lines.map((l) => ({ value: String(l.line), label: `${l.line}: ${nameOf(l.person) || nameOf(l.party)}, ${amount(l.amount)}` }))} onChange={(v) => form.set('line', v)} error={form.error('line')} />
      <Area label={t('deal.reason')} rows={2} value={form.values.reason} onChange={(v) => form.set('reason', v)} error={form.error('reason')} />
    </Dialog>
  );
}

/** Taking back what nobody approved, or mirroring what stands: both say why, for ever. */
function ReasonDialog({ s, verb }: { s: Statement; verb: 'reverse' | 'withdraw' }) {
  const form = useForm({ reason: '' });
  const submit = form.submit(async (v, key) => {
    form.need(v.reason.trim() !== '', 'reason');
    const after = await act<Statement>(`/statements/${s.id}/${verb}`, { reason: v.reason }, { key });
    closeDialog();
    await refresh();
    if (after.id !== s.id) go(`/money/${after.id}`);
  });
  const says = verb === 'reverse'
    ? ([t('statement.reverse'), t('statement.reverse_title', { number: s.number ?? '' }), t('statement.reverse_note', { sum: money(s.total, true) })] as const)
    : ([t('statement.withdraw'), t('statement.withdraw_title', { number: s.number ?? '' }), t('statement.withdraw_note', { sum: money(s.total, true) })] as const);
  return (
    <Dialog title={says[1]} onSubmit={submit} note={says[2]} actions={<FormActions verb={says[0]} busy={form.busy} />}>
      <FormErrors form={form} />
      <Area label={t('deal.reason')} rows={2} value={form.values.reason} onChange={(v) => form.set('reason', v)} error={form.error('reason')} focus />
    </Dialog>
  );
}

function PayDialog({ s }: { s: Statement }) {
  const form = useForm({ reference: '', paid_on: new Date().toISOString().slice(0, 10) });
  const submit = form.submit(async (v, key) => {
    form.need(v.reference.trim() !== '', 'reference');
    await act(`/statements/${s.id}/pay`, { reference: v.reference, paid_on: v.paid_on }, { key });
    closeDialog();
    await refresh();
  });
  return (
    <Dialog title={t('statement.pay')} subtitle={money(s.total, true)} onSubmit={submit} actions={<FormActions verb={t('statement.pay')} busy={form.busy} />}>
      <FormErrors form={form} />
      <Text label={t('statement.pay_reference')} value={form.values.reference} onChange={(v) => form.set('reference', v)} error={form.error('reference')} focus />
      <Text type="date" label={t('statement.paid_on')} value={form.values.paid_on} onChange={(v) => form.set('paid_on', v)} error={form.error('paid_on')} />
    </Dialog>
  );
}
