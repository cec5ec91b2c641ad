// SPDX-License-Identifier: Apache-2.0
// Write an agreement: a new one, a draft, or a counter-proposal (a new version of the same agreement).
import { useEffect, useState } from 'preact/hooks';
import { act, patch, post } from '../api';
import { refresh, useData } from '../data';
import { rate, t } from '../i18n';
import { vocab, word } from '../meta';
import { nameOf } from '../names';
import { clauses, type Terms } from '../parts/clauses';
import { Button, H2, IconButton } from '../parts/controls';
import { userOptions, useUsers, words } from '../parts/create';
import { Area, Check, FormErrors, MoneyInput, rateText, readRate, Select, Text, useForm, type Option } from '../parts/form';
import { otherCompanies } from '../parts/picker';
import { Columns, Page } from '../parts/shell';
import { Load } from '../parts/states';
import { toast } from '../parts/toast';
import { go, query } from '../router';
import { isOurs, ours, session } from '../session';
import type { Agreement, Id, Money, Split, Version } from '../types';
import { partnerOf } from './partners';

interface Values {
  other: Id; title: string; purpose: string; labour: string; scope_products: string; scope_industries: string; scope_regions: string; needs: string[];
  leads_customer: Id; response_hours: string; protection_days: string; silence: string; rate: string; reward_base: string; reward_trigger: string; reward_to: string;
  cap: Money | null; problems: string; contact_rhythm_days: string; term_until: string; notice_days: string; manager_ours: string; manager_theirs: string; anti_bribery: string;
  splits: Split[];
}

const str = (v: unknown): string => (v === null || v === undefined ? '' : Array.isArray(v) ? v.join(', ') : String(v));
const numOrNull = (s: string): number | null => (s.trim() === '' ? null : Number(s));

function initial(x: Terms, splits: Split[], other: Id, title: string): Values {
  const needs = Array.isArray(x.needs) ? x.needs.map(String) : str(x.needs).split(',').map((s) => s.trim()).filter(Boolean);
  return {
    other, title,
    purpose: str(x.purpose), labour: str(x.labour), scope_products: str(x.scope_products), scope_industries: str(x.scope_industries), scope_regions: str(x.scope_regions), needs,
    leads_customer: str(x.leads_customer), response_hours: x.response_minutes ? String(Number(x.response_minutes) / 60) : '8', protection_days: str(x.protection_days) || '180',
    silence: str(x.silence) || 'next_partner', rate: rateText(str(x.reward_rate)) || '', reward_base: str(x.reward_base) || 'revenue', reward_trigger: str(x.reward_trigger) || 'won', reward_to: str(x.reward_to) || 'sender',
    cap: (x.cap as Money | null) ?? null, problems: str(x.problems), contact_rhythm_days: str(x.contact_rhythm_days) || '30', term_until: str(x.term_until), notice_days: str(x.notice_days) || '90',
    manager_ours: str(x.manager_ours), manager_theirs: str(x.manager_theirs), anti_bribery: str(x.anti_bribery),
    splits: splits.map((s) => ({ ...s, share: rateText(s.share) })),
  };
}

/** The terms as the API wants them; what was never filled in is left out. */
function termsOf(v: Values, base: Terms): Terms {
  const all: Terms = {
    purpose: v.purpose, labour: v.labour, scope_products: v.scope_products, scope_industries: v.scope_industries, scope_regions: v.scope_regions, needs: v.needs,
    leads_customer: v.leads_customer, response_minutes: v.response_hours === '' ? null : Math.round(Number(v.response_hours.replace(',', '.')) * 60), protection_days: numOrNull(v.protection_days), silence: v.silence,
    reward_rate: v.rate ? readRate(v.rate) : '', reward_base: v.reward_base, reward_trigger: v.reward_trigger, reward_to: v.reward_to, cap: v.cap, problems: v.problems,
    contact_rhythm_days: numOrNull(v.contact_rhythm_days), term_until: v.term_until, notice_days: numOrNull(v.notice_days), manager_ours: v.manager_ours, manager_theirs: v.manager_theirs, anti_bribery: v.anti_bribery,
  };
  if (Array.isArray(base.needs) === false && typeof base.needs === 'string') all.needs = v.needs.join(', ');
  return Object.fromEntries(Object.entries(all).filter(([k, x]) => !(x === '' || x === null || (Array.isArray(x) && x.length === 0)) || (k in base && base[k] !== null && base[k] !== '')).map(([k, x]) => [k, x === '' ? null : x]));
}

export function AgreementNew() {
  const of = query.value.get('of');
  const a = useData<Agreement>(of ? `/agreements/${of}` : null);
  const vs = useData<{ items: Version[] }>(of ? `/agreements/${of}/versions` : null);
  if (!of) return <Editor base={{}} splits={[]} other={query.value.get('with') ?? ''} title="" />;
  const last = [...(vs.data?.items ?? [])].sort((x, y) => x.version - y.version).pop();
  return (
    <Load of={{ ...a, data: a.data && (last || a.data.state === 'draft') ? a.data : undefined }}>
      {(ag) => <Editor key={last?.version} agreement={ag} base={(last?.document?.terms ?? (ag.terms as Terms) ?? {}) as Terms} splits={last?.document?.splits ?? (ag.splits as Split[]) ?? []} other={partnerOf(ag)} title={ag.title ?? ''} />}
    </Load>
  );
}

function Editor({ agreement, base, splits, other, title }: { agreement?: Agreement; base: Terms; splits: Split[]; other: Id; title: string }) {
  const form = useForm<Values>(initial(base, splits, other, title));
  const v = form.values;
  const users = useUsers();
  const [send, setSend] = useState(true);
  useEffect(() => {
    if (!v.manager_ours && !agreement && session.value) form.set('manager_ours', session.value.user.name);
  }, []);
  const draft = !agreement || agreement.state === 'draft';
  const partner = nameOf(v.other, t('handover.partner'));
  const submit = form.submit(async (x, key) => {
    const terms = termsOf(x, base);
    const lines = x.splits.filter((s) => s.share.trim() !== '').map((s) => ({ company: s.company, role: s.role || undefined, label: s.label || undefined, user: s.user || null, share: readRate(s.share) }));
    let id = agreement?.id ?? '';
    if (!agreement) {
      const rec = await post<Agreement>('/agreements', { other: x.other || undefined, title: x.title || undefined, terms, splits: lines }, { key });
      id = rec.id;
      if (send) await act(`/agreements/${id}/propose`);
    } else if (agreement.state === 'draft') {
      await patch(`/agreements/${id}`, undefined, { ...(x.title ? { title: x.title } : {}), terms, splits: lines });
      if (send) await act(`/agreements/${id}/propose`);
    } else await act(`/agreements/${id}/counter`, { terms, splits: lines }, { key });
    toast(send || !draft ? t('agreement.sent', { company: partner }) : t('common.saved'));
    await refresh();
    go(`/agreements/${id}${agreement && !draft ? '/compare' : ''}`);
  });
  const err = (name: string): string | undefined => form.error(`terms.${name}`) ?? form.error(name);
  const text = (name: keyof Values & string, label: string, opt: Partial<Parameters<typeof Text>[0]> = {}) => (
    <Text label={label} value={v[name] as string} onChange={(x) => form.set(name, x as never)} error={err(name)} {...opt} />
  );
  const pick = (name: keyof Values & string, label: string, options: Option[], cls = 'half') => (
    <Select class={cls} label={label} value={v[name] as string} options={options} onChange={(x) => form.set(name, x as never)} error={err(name)} />
  );
  const vocabOr = (name: string, list: string[]): Option[] => {
    const w = words(name);
    return w.length ? w : list.map((x) => ({ value: x, label: word(name, x) }));
  };
  const preview = clauses(termsOf(v, base));
  return (
    <Page
      title={agreement ? (draft ? t('common.edit') : t('agreement.counter')) : t('create.agreement')}
      crumbs={[{ label: t('nav.partners'), href: '/partners' }, ...(agreement ? [{ label: title || t('partner.agreement'), href: `/agreements/${agreement.id}` }] : [])]}
    >
      <form onSubmit={submit} noValidate>
        <Columns
          class="columns-deal"
          main={
            <div class="agreement-form">
              <header class="page-head">
                <div>
                  <h1>{agreement ? t('agreement.change_title', { company: partner }) : t('agreement.new_title')}</h1>
                  <p class="lead">{t('agreement.new_sub')}</p>
                </div>
              </header>
              <FormErrors form={form} />
              <div class="form-grid">
                {!agreement && <Select class="half" label={t('agreement.partner')} value={v.other} options={otherCompanies()} empty={t('common.choose')} onChange={(x) => form.set('other', x)} error={form.error('other') ?? form.error('parties')} />}
                {draft && text('title', t('agreement.title'), { class: 'half', optional: true, placeholder: t('agreement.with', { company: partner }) })}
              </div>
              <H2>{t('clause.purpose')}</H2>
              <Area label={t('clause.purpose')} hideLabel rows={2} value={v.purpose} onChange={(x) => form.set('purpose', x)} error={err('purpose')} placeholder={t('agreement.purpose_ph')} />
              <H2>{t('clause.labour')}</H2>
              <Area label={t('clause.labour')} hideLabel rows={3} value={v.labour} onChange={(x) => form.set('labour', x)} error={err('labour')} placeholder={t('agreement.labour_ph')} />
              <H2 note={t('agreement.scope_note')}>{t('clause.scope')}</H2>
              {vocab('need').length > 0 && (
                <fieldset class="plain check-grid">
                  <legend class="label">{t('agreement.needs')}</legend>
                  {vocab('need').map((n) => (
                    <Check key={n.name} label={n.label} value={v.needs.includes(n.name)} onChange={(on) => form.set('needs', on ? [...v.needs, n.name] : v.needs.filter((x) => x !== n.name))} />
                  ))}
                  {err('needs') && <p class="field-error">{err('needs')}</p>}
                </fieldset>
              )}
              <div class="form-grid">
                {vocab('need').length === 0 && <Text label={t('agreement.needs')} value={v.needs.join(', ')} onChange={(x) => form.set('needs', x.split(',').map((s) => s.trim()).filter(Boolean))} error={err('needs')} hint={t('agreement.commas')} />}
                {text('scope_products', t('agreement.products'), { hint: t('agreement.commas'), optional: true })}
                {text('scope_industries', t('agreement.industries'), { class: 'half', optional: true })}
                {text('scope_regions', t('agreement.regions'), { class: 'half', optional: true })}
                <Select class="half" label={t('agreement.leads_customer')} value={v.leads_customer} empty={t('common.none')} options={[{ value: ours(), label: nameOf(ours()) }, ...(v.other ? [{ value: v.other, label: partner }] : [])]} onChange={(x) => form.set('leads_customer', x)} error={err('leads_customer')} />
              </div>
              <H2>{t('clause.answer')}</H2>
              <div class="form-grid">
                <Text class="half" type="number" min={0.25} label={t('agreement.response_hours')} value={v.response_hours} onChange={(x) => form.set('response_hours', x)} error={err('response_minutes')} hint={t('agreement.response_hint')} />
                {pick('silence', t('agreement.silence'), vocabOr('silence', ['next_partner', 'approve', 'refuse']))}
              </div>
              <H2>{t('clause.reward')}</H2>
              <div class="form-grid">
                <Text class="half" label={t('agreement.rate')} value={v.rate} onChange={(x) => form.set('rate', x)} error={err('reward_rate')} hint={v.rate ? `= ${readRate(v.rate)}` : t('agreement.rate_hint')} />
                <Select class="half" label={t('agreement.reward_to')} value={v.reward_to} options={[{ value: 'sender', label: t('clause.giver') }, { value: 'receiver', label: t('clause.taker') }]} onChange={(x) => form.set('reward_to', x)} error={err('reward_to')} />
                {pick('reward_base', t('agreement.base'), vocabOr('reward_base', ['revenue']))}
                {pick('reward_trigger', t('agreement.trigger'), vocabOr('reward_trigger', ['won']))}
                <MoneyInput class="half" label={t('agreement.cap')} optional value={v.cap} currency={session.value?.company.currency} onChange={(x) => form.set('cap', x)} error={err('cap')} />
              </div>
              <SplitEditor form={form} users={userOptions(users)} partner={v.other} />
              <H2>{t('clause.protection')}</H2>
              <div class="form-grid">{text('protection_days', t('agreement.protection_days'), { type: 'number', class: 'half' })}</div>
              <H2>{t('clause.problems')}</H2>
              <Area label={t('clause.problems')} hideLabel rows={2} value={v.problems} onChange={(x) => form.set('problems', x)} error={err('problems')} placeholder={t('agreement.problems_ph')} />
              <H2>{t('clause.term')}</H2>
              <div class="form-grid">
                {text('term_until', t('agreement.term_until'), { type: 'date', class: 'half', optional: true })}
                {text('notice_days', t('agreement.notice_days'), { type: 'number', class: 'half' })}
              </div>
              <H2>{t('clause.people')}</H2>
              <div class="form-grid">
                {text('manager_ours', t('agreement.manager_ours'), { class: 'half' })}
                {text('manager_theirs', t('agreement.manager_theirs'), { class: 'half' })}
                {text('contact_rhythm_days', t('agreement.rhythm'), { type: 'number', class: 'half' })}
                <Area label={t('agreement.anti_bribery')} rows={2} optional value={v.anti_bribery} onChange={(x) => form.set('anti_bribery', x)} error={err('anti_bribery')} />
              </div>
              <div class="form-foot">
                {draft && <Check label={t('agreement.send_now', { company: partner })} value={send} onChange={setSend} />}
                <span class="push buttons">
                  <Button kind="ghost" size="l" href={agreement ? `/agreements/${agreement.id}` : '/partners'}>{t('common.cancel')}</Button>
                  <Button kind="primary" size="l" type="submit" busy={form.busy} disabled={!v.other} why={t('agreement.choose_partner')}>
                    {draft && !send ? t('agreement.save_draft') : t('agreement.propose_to', { company: partner })}
                  </Button>
                </span>
              </div>
            </div>
          }
          side={
            <section class="preview">
              <H2 note={t('agreement.as_read')}>{t('agreement.preview')}</H2>
              {preview.filter((c) => c.text).map((c) => (
                <div key={c.n} class="clause-mini">
                  <h3>{c.n} {c.title}</h3>
                  <p class="t2">{c.text}</p>
                </div>
              ))}
            </section>
          }
        />
      </form>
    </Page>
  );
}

function SplitEditor({ form, users, partner }: { form: ReturnType<typeof useForm<Values>>; users: Option[]; partner: Id }) {
  const list = form.values.splits;
  const set = (i: number, change: Partial<Split>): void => form.set('splits', list.map((s, k) => (k === i ? { ...s, ...change } : s)));
  const sides = [ours(), ...(partner ? [partner] : [])];
  const roles = words('contribution_role');
  const sum = (c: Id): string => {
    // Exact sum of fractions, so that three thirds are a hundred percent.
    let a = 0n;
    let b = 1n;
    for (const s of list.filter((x) => x.company === c && x.share.trim())) {
      const m = /^(\d+)\/(\d+)$/.exec(readRate(s.share));
      if (!m) return '?';
      a = a * BigInt(m[2]!) + BigInt(m[1]!) * b;
      b *= BigInt(m[2]!);
    }
    return b !== 0n && a === b ? 'ok' : rate(`${a}/${b}`);
  };
  return (
    <section class="split-editor">
      <h3 class="label">{t('agreement.splits')}</h3>
      <p class="note">{t('agreement.splits_note')}</p>
      {sides.map((c) => {
        const rows = list.map((s, i) => [s, i] as const).filter(([s]) => s.company === c);
        const total = sum(c);
        return (
          <div key={c} class="split-side">
            <p class="split-name">
              <strong>{nameOf(c)}</strong>
              {rows.length > 0 && <span class={total === 'ok' ? 'is-pos' : 'is-neg'}>{total === 'ok' ? t('agreement.adds_up') : t('agreement.adds_to', { n: total })}</span>}
              <Button size="s" icon="Plus" class="push" onClick={() => form.set('splits', [...list, { company: c, role: 'sourced', label: '', user: null, share: '' }])}>{t('agreement.add_share')}</Button>
            </p>
            {rows.map(([s, i]) => (
              <div class="split-row" key={i}>
                <Select hideLabel label={t('log.role')} value={s.role ?? ''} options={roles.length ? roles : ['sourced', 'influenced', 'delivered', 'closed'].map((r) => ({ value: r, label: word('contribution_role', r) }))} onChange={(x) => set(i, { role: x })} error={form.error(`splits.${i}.role`)} />
                {isOurs(c) ? (
                  <Select hideLabel label={t('log.by')} value={s.user ?? ''} empty={t('agreement.any_person')} options={users} onChange={(x) => set(i, { user: x || null })} error={form.error(`splits.${i}.user`)} />
                ) : (
                  <Text hideLabel label={t('agreement.label')} placeholder={t('agreement.label')} value={s.user ? nameOf(s.user) : s.label} onChange={(x) => set(i, { label: x })} disabled={Boolean(s.user)} error={form.error(`splits.${i}.label`)} />
                )}
                <Text hideLabel label={t('agreement.share')} placeholder="%" value={s.share} onChange={(x) => set(i, { share: x })} error={form.error(`splits.${i}.share`)} />
                <IconButton icon="Trash2" label={t('common.delete')} onClick={() => form.set('splits', list.filter((_x, k) => k !== i))} />
              </div>
            ))}
          </div>
        );
      })}
      {form.error('splits') && <p class="field-error">{form.error('splits')}</p>}
    </section>
  );
}
