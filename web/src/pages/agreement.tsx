// SPDX-License-Identifier: Apache-2.0
// One agreement: read a version, compare two clause by clause, accept exactly the bytes both see (hash), counter, suspend, end.
import { useEffect, useState } from 'preact/hooks';
import { act } from '../api';
import { refresh, useData } from '../data';
import { date, dateTime, money, rate, t } from '../i18n';
import { useKeys } from '../keys';
import { word } from '../meta';
import { nameOf } from '../names';
import { AuditTrail } from '../parts/audit';
import { clauses, diffWords, type Clause, type Piece, type Terms } from '../parts/clauses';
import { Button, H2, IconButton, Segmented, Tag } from '../parts/controls';
import { askWhy, closeDialog, Dialog, FormActions, openDialog } from '../parts/dialog';
import { useUsers } from '../parts/create';
import { FormErrors, useForm } from '../parts/form';
import { Icon } from '../parts/icon';
import { CompanyBadge, shortHash } from '../parts/marks';
import { Page } from '../parts/shell';
import { Banner, Load } from '../parts/states';
import { attempt, toast } from '../parts/toast';
import { go, query, setQuery } from '../router';
import { isOurs, mayManage, ours } from '../session';
import type { Agreement, Diff, Id, Split, Version } from '../types';
import { partnerOf } from './partners';

const termsOf = (v: Version | undefined): Terms => (v?.document?.terms ?? {}) as Terms;
const splitsOf = (v: Version | undefined): Split[] => v?.document?.splits ?? [];

export function AgreementPage({ id, view }: { id: string; view?: string }) {
  const r = useData<Agreement>(`/agreements/${id}`);
  const vs = useData<{ items: Version[] }>(`/agreements/${id}/versions`);
  useUsers();
  const a = r.data;
  const list = [...(vs.data?.items ?? [])].sort((x, y) => x.version - y.version);
  const last = list[list.length - 1];
  const currentN = a?.current_version ?? last?.version ?? 1;
  const to = list.find((v) => v.version === Number(query.value.get('to'))) ?? last;
  const from = list.find((v) => v.version === Number(query.value.get('from'))) ?? [...list].reverse().find((v) => to && v.version < to.version);
  const partner = a ? partnerOf(a) : '';
  const mayAct = mayManage();
  const acceptedByUs = last?.acceptances?.some((x) => isOurs(x.company)) ?? false;
  // A change proposed while the agreement is in force waits like a first proposal; only that cannot be rejected, it is left or countered.
  const pending = Boolean(last && a && (a.state === 'proposed' || (['active', 'suspended'].includes(a.state) && last.version > (a.active_version ?? 0))));
  const mode = view === 'compare' && from ? 'compare' : view === 'record' ? 'record' : view === 'read' || !from ? 'read' : pending && !view ? 'compare' : view === undefined ? 'read' : 'read';
  const waitsForUs = pending && !acceptedByUs;
  const accept = async (): Promise<void> => {
    if (!last) return;
    openDialog(<AcceptDialog id={id} version={last} partner={partner} />);
  };
  useKeys({ KeyA: () => (waitsForUs && mayAct ? void accept() : false), KeyE: () => (mayAct ? go(`/agreements/new?of=${id}`) : false) });
  return (
    <Page
      title={a?.title || t('partner.agreement')}
      crumbs={[{ label: t('nav.partners'), href: '/partners' }, ...(partner ? [{ label: nameOf(partner), href: `/partners/${partner}` }] : [])]}
      fill
      pin={a && { label: a.title || t('agreement.with', { company: nameOf(partner) }), icon: 'FileText' }}
      actions={
        <>
          <Button kind="ghost" icon="Printer" class="wide-only" onClick={() => print()}>{t('common.print')}</Button>
          {mayAct && a && !['ended', 'rejected'].includes(a.state) && (
            <Button icon="Pencil" kbd="E" href={`/agreements/new?of=${id}`}>{a.state === 'draft' ? t('common.edit') : a.state === 'proposed' ? t('agreement.counter') : t('agreement.propose_change')}</Button>
          )}
        </>
      }
      more={
        mayAct && a
          ? [
              ...(a.state === 'suspended' && (!a.suspended_by || isOurs(a.suspended_by)) ? [{ label: t('agreement.resume'), icon: 'Check' as const, onClick: () => void attempt(async () => { await act(`/agreements/${id}/resume`); await refresh(); }, t('common.saved')) }] : []),
              ...(a.state === 'active' ? [{ label: t('agreement.suspend'), icon: 'Pause' as const, onClick: () => askVerb(id, 'suspend', partner) }] : []),
              ...(['active', 'suspended', 'draft'].includes(a.state) ? [{ label: t('agreement.end'), icon: 'Ban' as const, danger: true, onClick: () => askVerb(id, 'end', partner) }] : []),
              { label: t('agreement.download'), icon: 'Download' as const, href: `/api/v1/agreements/${id}/versions/${currentN}/document`, download: true },
            ]
          : []
      }
    >
      <Load of={r}>
        {(ag) => (
          <div class="agreement">
            <header class="record-head">
              <div class="record-title">
                <h1>{ag.title || t('agreement.with', { company: nameOf(partner) })}</h1>
                <Tag icon="FileText">{t('agreement.version', { n: to?.version ?? currentN })}</Tag>
                <span class="push">
                  <Segmented
                    label={t('agreement.view')}
                    value={mode}
                    options={[
                      { id: 'read', label: t('agreement.read') },
                      ...(from && to ? [{ id: 'compare' as const, label: t('agreement.compare', { a: from.version, b: to.version }), icon: 'GitCompareArrows' as const }] : []),
                      { id: 'record', label: t('audit.title') },
                    ]}
                    onChange={(v) => go(`/agreements/${id}/${v}`)}
                  />
                </span>
              </div>
              <Life a={ag} list={list} />
            </header>
            {waitsForUs && last && (
              <div class="pad pad-tight">
                <Banner
                  tone="ink"
                  icon="FileText"
                  action={
                    mayAct && (
                      <>
                        <Button size="s" kind="primary" kbd="A" onClick={accept}>{t('agreement.accept')}</Button>
                        <Button size="s" href={`/agreements/new?of=${id}`}>{t('agreement.counter')}</Button>
                        {ag.state === 'proposed' && <Button size="s" kind="ghost" onClick={() => askWhy({ title: t('agreement.reject_title'), verb: t('agreement.reject'), run: async (reason, key) => { await act(`/agreements/${id}/reject`, { reason }, { key }); await refresh(); } })}>{t('agreement.reject')}</Button>}
                      </>
                    )
                  }
                >
                  {t('agreement.waits_you', { company: nameOf(last.by_company), n: last.version })}
                </Banner>
              </div>
            )}
            {(ag.state === 'suspended' || ag.state === 'ended' || ag.state === 'rejected') && (
              <div class="pad pad-tight">
                <Banner tone="plain" icon="Pause">
                  {ag.state === 'suspended' && ag.suspended_by ? t('agreement.suspended_by', { company: nameOf(ag.suspended_by) }) : word('agreement_state', ag.state)} {ag.end_reason && <q>{ag.end_reason}</q>}
                </Banner>
              </div>
            )}
            {ag.state === 'draft' && mayAct && (
              <div class="pad pad-tight">
                <Banner tone="plain" action={<Button size="s" kind="primary" onClick={() => attempt(async () => { await act(`/agreements/${id}/propose`); await refresh(); }, t('agreement.sent', { company: nameOf(partner) }))}>{t('agreement.propose_to', { company: nameOf(partner) })}</Button>}>
                  {t('agreement.draft_note')}
                </Banner>
              </div>
            )}
            {pending && !waitsForUs && (
              <div class="pad pad-tight">
                <Banner tone="plain" icon="Hourglass">{t('agreement.waits_them', { company: nameOf(partner) })}</Banner>
              </div>
            )}
            {mode === 'record' ? (
              <div class="scroll-main agreement-record"><AuditTrail record={id} /></div>
            ) : (
              <Body mode={mode} id={id} from={from} to={to} list={list} />
            )}
          </div>
        )}
      </Load>
    </Page>
  );
}

function Life({ a, list }: { a: Agreement; list: Version[] }) {
  const first = list[0];
  const last = list[list.length - 1];
  const both = (last?.acceptances?.length ?? 0) >= 2;
  const steps: { text: string; state: 'past' | 'now' | 'next' }[] = [
    { text: t('life.draft', { date: date(a.created_at) }), state: a.state === 'draft' ? 'now' : 'past' },
    { text: first?.at && a.state !== 'draft' ? t('life.proposed', { date: date(last?.at ?? first.at) }) : t('life.to_propose'), state: a.state === 'draft' ? 'next' : a.state === 'proposed' ? 'now' : 'past' },
    { text: both ? t('life.accepted', { date: date(last?.acceptances?.map((x) => x.at ?? '').sort().pop()) }) : t('life.to_accept'), state: both ? 'past' : 'next' },
    a.state === 'suspended' || a.state === 'ended' || a.state === 'rejected'
      ? { text: word('agreement_state', a.state), state: 'now' }
      : { text: a.active_from && a.state === 'active' ? t('life.active', { date: date(a.active_from) }) : word('agreement_state', 'active'), state: a.state === 'active' ? 'now' : 'next' },
  ];
  return (
    <ol class="life">
      {steps.map((s, i) => (
        <li key={i} class={`is-${s.state}`}>
          <Icon name={s.state === 'past' ? 'Check' : s.state === 'now' ? 'CircleDot' : 'Circle'} size={14} /> {s.text}
        </li>
      ))}
    </ol>
  );
}

const Pieces = ({ of }: { of: Piece[] }) => (
  <>
    {of.map((p, i) => (p.kind === 'out' ? <del key={i}>{p.text}</del> : p.kind === 'in' ? <ins key={i}>{p.text}</ins> : <span key={i}>{p.text}</span>))}
  </>
);

function Body({ mode, id, from, to, list }: { mode: 'read' | 'compare'; id: Id; from?: Version; to?: Version; list: Version[] }) {
  const diff = useData<Diff>(mode === 'compare' && from && to ? `/agreements/${id}/diff?from=${from.version}&to=${to.version}` : null);
  const [open, setOpen] = useState<Set<number>>(new Set());
  useEffect(() => setOpen(new Set()), [from?.version, to?.version]);
  const now = clauses(termsOf(to));
  const before = clauses(termsOf(from));
  const asked = (c: Clause): Id | undefined => diff.data?.terms.find((x) => c.terms.includes(x.term) && (x.changed ?? true) && x.asked_by)?.asked_by ?? to?.by_company;
  const changed = (c: Clause): boolean => c.text !== before[c.n - 1]?.text;
  const count = (c: Clause): number => c.terms.filter((k) => JSON.stringify(termsOf(from)[k] ?? null) !== JSON.stringify(termsOf(to)[k] ?? null)).length;
  const jump = (n: number): void => document.getElementById(`clause-${n}`)?.scrollIntoView({ block: 'start', behavior: 'auto' });
  const versionPick = (name: 'from' | 'to', v: Version | undefined) => (
    <select class="version-pick" aria-label={t(name === 'from' ? 'agreement.older' : 'agreement.newer')} value={String(v?.version ?? '')} onChange={(e) => setQuery({ [name]: e.currentTarget.value })}>
      {list.map((x) => (
        <option key={x.version} value={x.version} selected={x.version === v?.version}>{t('agreement.version', { n: x.version })}</option>
      ))}
    </select>
  );
  // Runs of unchanged clauses fold into one line.
  const rows: (Clause | Clause[])[] = [];
  for (const c of now) {
    if (changed(c) || open.has(c.n)) rows.push(c);
    else if (Array.isArray(rows[rows.length - 1])) (rows[rows.length - 1] as Clause[]).push(c);
    else rows.push([c]);
  }
  return (
    <div class="agreement-body">
      <nav class="clause-nav" aria-label={t('agreement.clauses')}>
        <ol>
          {now.map((c) => (
            <li key={c.n}>
              <button type="button" onClick={() => jump(c.n)}>
                <span class="t3">{c.n}</span> {c.title} {mode === 'compare' && count(c) > 0 && <span class="count-ink">{count(c)}</span>}
              </button>
            </li>
          ))}
        </ol>
      </nav>
      <div class="clauses scroll-main" tabIndex={0} role="region" aria-label={t('agreement.text')}>
        {mode === 'compare' && from && to ? (
          <>
            <div class="clause-head">
              <div>{versionPick('from', from)} <span class="t3">{t('agreement.by_on', { company: nameOf(from.by_company), date: date(from.at) })}</span></div>
              <div>{versionPick('to', to)} <span class="t3">{t('agreement.by_on', { company: nameOf(to.by_company), date: date(to.at) })}</span></div>
            </div>
            {rows.map((x) => {
              if (Array.isArray(x))
                return (
                  <button key={`f${x[0]!.n}`} id={`clause-${x[0]!.n}`} type="button" class="clause-fold" onClick={() => setOpen(new Set([...open, ...x.map((c) => c.n)]))}>
                    <Icon name="ChevronRight" size={14} /> {x.map((c) => `${c.n} ${c.title}`).join(', ')}, {t('agreement.unchanged')}
                  </button>
                );
              const d = diffWords(before[x.n - 1]?.text ?? '', x.text);
              return (
                <div class="clause-pair" key={x.n} id={`clause-${x.n}`}>
                  <div>
                    <h2><span>{x.n}</span> {x.title}</h2>
                    <p class="t2"><Pieces of={d.before} /></p>
                  </div>
                  <div>
                    <h2>
                      <span>{x.n}</span> {x.title}
                      {changed(x) && <small class="push asked">{t('agreement.asked_by')} <CompanyBadge id={asked(x)} size="s" /></small>}
                    </h2>
                    <p><Pieces of={d.after} /></p>
                  </div>
                </div>
              );
            })}
          </>
        ) : (
          <article class="clause-read">
            {list.length > 1 && <p>{versionPick('to', to)} <span class="t3">{t('agreement.by_on', { company: nameOf(to?.by_company), date: date(to?.at) })}</span></p>}
            {now.map((c) => (
              <section key={c.n} id={`clause-${c.n}`}>
                <h2><span class="t3">{c.n}</span> {c.title}</h2>
                <p>{c.text || <span class="t3">{t('agreement.says_nothing')}</span>}</p>
              </section>
            ))}
          </article>
        )}
      </div>
      <aside class="agreement-side" aria-label={t('agreement.signatures')}>
        <Signatures id={id} v={to} />
        <Splits v={to} />
      </aside>
    </div>
  );
}

function Signatures({ id, v }: { id: Id; v?: Version }) {
  if (!v) return null;
  const acc = v.acceptances ?? [];
  const same = acc.length >= 2 && acc.every((x) => !x.hash || x.hash === v.hash);
  const row = (x: { company: Id; user?: Id; at?: string; hash?: string }) => (
    <div class="signature" key={x.company}>
      <CompanyBadge id={x.company} size="m" />
      <div>
        <p>{x.user ? <><strong>{nameOf(x.user)}</strong> <span class="t2">{t('agreement.for', { company: nameOf(x.company) })}</span></> : <strong>{nameOf(x.company)}</strong>}</p>
        <small>{dateTime(x.at)}</small>
        <code class="hash">{shortHash(x.hash ?? v.hash)}</code>
      </div>
    </div>
  );
  return (
    <section>
      <H2 note={t('agreement.version', { n: v.version }).toLowerCase()}>{t('agreement.signatures')}</H2>
      {acc.length === 0 ? (
        <p class="note none">{t('agreement.no_signature')}</p>
      ) : (
        <div class="signatures">
          {acc.slice(0, 1).map(row)}
          <div class={`same-bytes ${same ? '' : 'is-open'}`}>
            <Icon name={same ? 'Equal' : 'Hourglass'} size={14} /> {same ? t('agreement.same_bytes') : t('agreement.one_signed')}
            <IconButton class="push" icon="Copy" label={t('agreement.copy_hash')} size={14} onClick={() => void navigator.clipboard?.writeText(v.hash).then(() => toast(t('common.copied')))} />
          </div>
          {acc.slice(1).map(row)}
        </div>
      )}
      <p class="note sig-foot">
        <Icon name="ShieldCheck" size={14} /> <code class="hash" title={v.hash}>{shortHash(v.hash)}</code>
        <a class="link push" href={`/api/v1/audit/proof?record=${id}&op=accept`} download={`proof-${id}.json`}>{t('audit.proof_short')}</a>
      </p>
    </section>
  );
}

function Splits({ v }: { v?: Version }) {
  const all = splitsOf(v);
  const terms = termsOf(v);
  const companies = [...new Set(all.map((s) => s.party))].sort((a) => (isOurs(a) ? -1 : 1));
  if (all.length === 0) return null;
  const part = (s: string): number => {
    const [a, b] = s.split('/').map(Number);
    return b ? a! / b : a!;
  };
  return (
    <section>
      <H2 note={t('agreement.inside')}>{t('agreement.who_gets', { rate: rate(String(terms.reward_rate ?? '')) })}</H2>
      {companies.map((c) => (
        <div key={c} class="split">
          <p class="company"><CompanyBadge id={c} size="s" /> {nameOf(c)}</p>
          <div class={`split-bar ${isOurs(c) ? 'is-ours' : ''}`} aria-hidden="true">
            {all.filter((s) => s.party === c).map((s, i) => <span key={i} class={`split-${i % 3}`} style={{ flexGrow: part(s.share) }} />)}
          </div>
          <ul>
            {all.filter((s) => s.party === c).map((s, i) => (
              <li key={i}>
                <span class={`sw split-${i % 3} ${isOurs(c) ? 'is-ours' : ''}`} /> {s.label || (s.role ? word('contribution_role', s.role) : '')} {s.person && <span class="t2">{nameOf(s.person)}</span>}
                <strong class="push">{rate(s.share)}</strong>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <p class="note adds-up"><Icon name="Check" size={14} class="is-pos" /> {t('agreement.adds_up')}</p>
    </section>
  );
}

function AcceptDialog({ id, version, partner }: { id: Id; version: Version; partner: Id }) {
  const form = useForm({});
  const submit = form.submit(async (_v, key) => {
    await act(`/agreements/${id}/accept`, { version: version.version, hash: version.hash }, { key });
    closeDialog();
    toast(t('agreement.accepted_done'));
    await refresh();
  });
  const terms = termsOf(version);
  return (
    <Dialog title={t('agreement.accept_title', { n: version.version })} subtitle={nameOf(partner)} onSubmit={submit} note={t('agreement.accept_note')} actions={<FormActions verb={t('agreement.accept')} busy={form.busy} icon="Check" />}>
      <FormErrors form={form} />
      <p>{t('agreement.accept_text', { company: nameOf(ours()) })}</p>
      <ul class="terms">
        {terms.reward_rate ? <li><Icon name="Scale" /> <span>{clauses(terms)[4]?.text}</span></li> : null}
        <li><Icon name="Timer" /> <span>{clauses(terms)[3]?.text}</span></li>
        {terms.reward_cap ? <li><Icon name="Shield" /> <span>{money(terms.reward_cap as { amount: string; currency: string })}</span></li> : null}
      </ul>
      <p><code class="hash">sha256 {version.hash}</code></p>
    </Dialog>
  );
}

function askVerb(id: Id, verb: 'suspend' | 'end', partner: Id): void {
  askWhy({
    title: verb === 'end' ? t('agreement.end_title', { company: nameOf(partner) }) : t('agreement.suspend_title', { company: nameOf(partner) }),
    text: verb === 'end' ? t('agreement.end_text') : t('agreement.suspend_text'),
    verb: verb === 'end' ? t('agreement.end') : t('agreement.suspend'),
    run: async (reason, key) => {
      await act(`/agreements/${id}/${verb}`, { reason }, { key });
      await refresh();
    },
  });
}

