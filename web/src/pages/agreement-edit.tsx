// SPDX-License-Identifier: Apache-2.0
// Write an agreement: a new one, a draft, or a counter-proposal (a new version of the same agreement).
import { useState } from 'preact/hooks';
import { act, patch, post } from '../api';
import { refresh, useData } from '../data';
import { rate, t } from '../i18n';
import { word } from '../meta';
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
  other: Id; title: string; purpose: string; labour: string; contact_owner: string; scope_needs: string; scope_industries: string[]; scope_regions: string;
  response_hours: string; silence: string; rate: string; reward_base: string; reward_trigger: string; reward_cap: Money | null; protection_days: string;
  problems: string; term: string; people: string; anti_bribery: string; splits: Split[];
}

const str = (v: unknown): string => (v === null || v === undefined ? '' : String(v));
const numOrNull = (s: string): number | null => (s.trim() === '' ? null : Number(s));

function initial(x: Terms, splits: Split[], other: Id, title: string): Values {
  return {
    other, title,
    purpose: str(x.purpose), labour: str(x.labour), contact_owner: str(x.contact_owner), scope_needs: str(x.scope_needs), scope_regions: str(x.scope_regions),
    scope_industries: str(x.scope_industries).split(',').map((s) => s.trim()).filter(Boolean),
    response_hours: x.response_minutes ? String(Number(x.response_minutes) / 60) : '8', silence: str(x.silence) || 'next_partner',
    rate: rateText(str(x.reward_rate)), reward_base: str(x.reward_base) || 'revenue', reward_trigger: str(x.reward_trigger) || 'won', reward_cap: (x.reward_cap as Money | null) ?? null,
    protection_days: str(x.protection_days) || '180', problems: str(x.problems), term: str(x.term), people: str(x.people), anti_bribery: str(x.anti_bribery),
    splits: splits.map((s) => ({ ...s, share: rateText(s.share) })),
  };
}

/** The terms as the API wants them; what is empty now and was empty before is left out. */
function termsOf(v: Values, base: Terms): Terms {
  const all: Terms = {
    purpose: v.purpose, labour: v.labour, contact_owner: v.contact_owner, scope_needs: v.scope_needs, scope_industries: v.scope_industries.join(', '), scope_regions: v.scope_regions,
    response_minutes: v.response_hours === '' ? null : Math.round(Number(v.response_hours.replace(',', '.')) * 60), silence: v.silence, reward_rate: v.rate ? readRate(v.rate) : '',
    reward_base: v.reward_base, reward_trigger: v.reward_trigger, reward_cap: v.reward_cap, protection_days: numOrNull(v.protection_days),
    problems: v.problems, term: v.term, people: v.people, anti_bribery: v.anti_bribery,
  };
  const kept = Object.entries(all).filter(([k, x]) => !(x === '' || x === null) || (base[k] !== null && base[k] !== undefined && base[k] !== ''));
  return Object.fromEntries(kept.map(([k, x]) => [k, x === '' ? null : x]));
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
  const draft = !agreement || agreement.state === 'draft';
  const partner = nameOf(v.other, t('handover.partner'));
  const submit = form.submit(async (x, key) => {
    form.need(x.purpose.trim() !== '', 'terms.purpose');
    form.need(x.labour.trim() !== '', 'terms.labour');
    const terms = termsOf(x, base);
    const lines = x.splits.filter((s) => s.share.trim() !== '').map((s) => ({ party: s.party, role: s.role || 'sourced', label: s.label || undefined, person: s.person || null, share: readRate(s.share) }));
    let id = agreement?.id ?? '';
    if (!agreement) {
      const rec = await post<Agreement>('/agreements', { other: x.other, title: x.title || t('agreement.with', { company: partner }), terms, splits: lines }, { key });
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
              <div class="form-grid">{text('contact_owner', t('agreement.leads_customer'), { optional: true })}</div>
              <H2 note={t('agreement.scope_note')}>{t('clause.scope')}</H2>
              <div class="form-grid">
                <Area label={t('agreement.needs')} rows={3} value={v.scope_needs} onChange={(x) => form.set('scope_needs', x)} error={err('scope_needs')} hint={t('agreement.needs_hint')} />
                {text('scope_regions', t('agreement.regions'), { optional: true, hint: t('agreement.commas') })}
              </div>
              <details class="industries">
                <summary>{t('agreement.industries')}: {v.scope_industries.length ? v.scope_industries.map((i) => word('industry', i)).join(', ') : t('agreement.all_industries')}</summary>
                <fieldset class="plain check-grid">
                  <legend class="sr">{t('agreement.industries')}</legend>
                  {words('industry').map((n) => (
                    <Check key={n.value} label={n.label} value={v.scope_industries.includes(n.value)} onChange={(on) => form.set('scope_industries', on ? [...v.scope_industries, n.value] : v.scope_industries.filter((x) => x !== n.value))} />
                  ))}
                </fieldset>
              </details>
              <H2>{t('clause.answer')}</H2>
              <div class="form-grid">
                <Text class="half" type="number" min={0.25} label={t('agreement.response_hours')} value={v.response_hours} onChange={(x) => form.set('response_hours', x)} error={err('response_minutes')} hint={t('agreement.response_hint')} />
                {pick('silence', t('agreement.silence'), vocabOr('silence', ['next_partner', 'approve', 'refuse']))}
              </div>
              <H2>{t('clause.reward')}</H2>
              <div class="form-grid">
                <Text class="half" label={t('agreement.rate')} value={v.rate} onChange={(x) => form.set('rate', x)} error={err('reward_rate')} hint={v.rate ? `= ${readRate(v.rate)}` : t('agreement.rate_hint')} />
                {pick('reward_base', t('agreement.base'), vocabOr('reward_base', ['revenue']))}
                {pick('reward_trigger', t('agreement.trigger'), vocabOr('reward_trigger', ['won']))}
                <MoneyInput class="half" label={t('agreement.cap')} optional value={v.reward_cap} currency={session.value?.company.currency} onChange={(x) => form.set('reward_cap', x)} error={err('reward_cap')} />
              </div>
              <SplitEditor form={form} users={userOptions(users)} partner={v.other} />
              <H2>{t('clause.protection')}</H2>
              <div class="form-grid">{text('protection_days', t('agreement.protection_days'), { type: 'number', class: 'half' })}</div>
              <H2>{t('clause.problems')}</H2>
              <Area label={t('clause.problems')} hideLabel rows={2} value={v.problems} onChange={(x) => form.set('problems', x)} error={err('problems')} placeholder={t('agreement.problems_ph')} />
              <H2>{t('clause.term')}</H2>
              <div class="form-grid">{text('term', t('clause.term'), { hideLabel: true, placeholder: t('agreement.term_ph') })}</div>
              <H2>{t('clause.people')}</H2>
              <div class="form-grid">
                {text('people', t('clause.people'), { hideLabel: true, placeholder: t('agreement.people_ph') })}
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
    for (const s of list.filter((x) => x.party === c && x.share.trim())) {
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
        const rows = list.map((s, i) => [s, i] as const).filter(([s]) => s.party === c);
        const total = sum(c);
        return (
          <div key={c} class="split-side">
            <p class="split-name">
              <strong>{nameOf(c)}</strong>
              {rows.length > 0 && <span class={total === 'ok' ? 'is-pos' : 'is-neg'}>{total === 'ok' ? t('agreement.adds_up') : t('agreement.adds_to', { n: total })}</span>}
              <Button size="s" icon="Plus" class="push" onClick={() => form.set('splits', [...list, { party: c, role: 'sourced', label: '', person: null, share: '' }])}>{t('agreement.add_share')}</Button>
            </p>
            {rows.map(([s, i]) => (
              <div class="split-row" key={i}>
                <Select hideLabel label={t('log.role')} value={s.role ?? ''} options={roles.length ? roles : ['sourced', 'influenced', 'delivered', 'closed'].map((r) => ({ value: r, label: word('contribution_role', r) }))} onChange={(x) => set(i, { role: x })} error={form.error(`splits.${i}.role`)} />
                {isOurs(c) ? (
                  <Select hideLabel label={t('log.by')} value={s.person ?? ''} empty={t('agreement.any_person')} options={users} onChange={(x) => set(i, { person: x || null })} error={form.error(`splits.${i}.person`)} />
                ) : (
                  <Text hideLabel label={t('agreement.label')} placeholder={t('agreement.label')} value={s.person ? nameOf(s.person) : s.label} onChange={(x) => set(i, { label: x })} disabled={Boolean(s.person)} error={form.error(`splits.${i}.label`)} />
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
