// SPDX-License-Identifier: Apache-2.0
// Hand over a warm lead in two steps: the need; then the proposed partner with reasons, how the customer was warmed, the consent as a
// record, and beside it exactly what the partner will see before accepting.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { post } from '../api';
import { refresh, useData } from '../data';
import { addDays, date, dateTime, listOf, money, rate, t, workingTime } from '../i18n';
import { modKey } from '../keys';
import { word } from '../meta';
import { nameOf } from '../names';
import { reasonText } from '../reasons';
import { go } from '../router';
import { me, session } from '../session';
import type { Account, Contact, Handover, Id, Lead, Money, Page, Proposal } from '../types';
import { Button, Kbd, Tag } from './controls';
import { closeDialog, Dialog } from './dialog';
import { Area, Check, FormErrors, MoneyInput, Select, Text, useForm } from './form';
import { Icon } from './icon';
import { CompanyBadge, Person } from './marks';
import { AccountPicker } from './picker';
import { Banner, Load } from './states';
import { toast } from './toast';

/** The router's score is in thousandths. */
const fit = (score: number): number => Math.round(score > 100 ? score / 10 : score);



const CHANNELS = ['phone', 'meeting', 'email', 'chat'] as const;
const channelWord = (c: string): string =>
  c === 'phone' ? t('channel.phone') : c === 'meeting' ? t('channel.meeting') : c === 'email' ? t('channel.email') : c === 'chat' ? t('channel.chat') : word('consent_channel', c);

export function HandoverDialog({ account: given }: { account?: Id }) {
  const [account, setAccount] = useState(given ?? '');
  const [need, setNeed] = useState('');
  if (!account)
    return (
      <Dialog title={t('handover.title')} subtitle={t('handover.which')} width="s">
        <AccountPicker label={t('f.account')} value="" onChange={(id) => id && setAccount(id)} focus />
      </Dialog>
    );
  return need ? <Send account={account} need={need} back={() => setNeed('')} /> : <ChooseNeed account={account} choose={setNeed} />;
}

function Steps({ at }: { at: 1 | 2 }) {
  return (
    <ol class="steps" aria-label={t('handover.step', { n: at })}>
      <li class={at > 1 ? 'is-past' : 'is-now'}>
        <span>{at > 1 ? <Icon name="Check" size={12} /> : 1}</span> {t('handover.need')}
      </li>
      <li class={at === 2 ? 'is-now' : ''}>
        <span>2</span> {t('handover.partner_send')}
      </li>
    </ol>
  );
}

function ChooseNeed({ account, choose }: { account: Id; choose: (need: string) => void }) {
  const acc = useData<Account>(`/accounts/${account}`);
  const r = useData<Handover>(`/accounts/${account}/handover`);
  const listed = r.data?.needs ?? [];
  const [other, setOther] = useState('');
  return (
    <Dialog width="m" title={t('handover.title')} subtitle={acc.data?.name} head={<Steps at={1} />} onSubmit={() => other.trim() && choose(other.trim())} note={t('handover.need_note')}>
      <h3 class="label">{t('handover.what_need')}</h3>
      <Load of={{ ...r, data: r.data ?? (r.error ? ({ proposals: [] } as Handover) : undefined) }} rows={3}>
        {() => (
          <>
            <ul class="choices">
              {listed.map((n, i) => (
                <li key={n}>
                  <button type="button" onClick={() => choose(n)}>
                    <Kbd k={String(i + 1)} /> <span>{n}</span> <Icon name="ChevronRight" />
                  </button>
                </li>
              ))}
            </ul>
            {listed.length === 0 && <p class="note">{t('handover.no_needs')}</p>}
            {listed.length === 0 && (
              <div class="row-form">
                <Text label={t('handover.need_words')} value={other} onChange={setOther} focus />
                <Button kind="primary" size="l" type="submit" disabled={!other.trim()} why={t('form.required')}>
                  {t('common.next')}
                </Button>
              </div>
            )}
          </>
        )}
      </Load>
    </Dialog>
  );
}

interface Values {
  need_text: string;
  receiver: Id;
  value_low: Money | null;
  value_high: Money | null;
  warmth: string;
  script: string;
  interest: string;
  contact: Id;
  may_contact: boolean;
  may_share: boolean;
  given_by: string;
  given_at: string;
  channel: string;
  words: string;
}

const localNow = (): string => {
  const d = new Date();
  return new Date(d.getTime() - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};

function Send({ account, need, back }: { account: Id; need: string; back: () => void }) {
  const acc = useData<Account>(`/accounts/${account}`);
  const contacts = useData<Page<Contact>>(`/accounts/${account}/contacts?limit=100`);
  const r = useData<Handover>(`/accounts/${account}/handover?need=${encodeURIComponent(need)}`);
  const [consentOpen, setConsentOpen] = useState(false);
  const label = need;
  const form = useForm<Values>({
    need_text: '', receiver: '', value_low: null, value_high: null, warmth: '', script: '', interest: '', contact: '', may_contact: false, may_share: false,
    given_by: '', given_at: localNow(), channel: 'phone', words: '',
  });
  const v = form.values;
  const first = contacts.data?.items[0];
  useEffect(() => {
    if (first && !v.contact) form.setAll({ contact: first.id, given_by: first.name });
  }, [first?.id]);
  const proposals = r.data?.proposals ?? [];
  const chosen: Proposal | undefined = useMemo(() => proposals.find((p) => p.company === v.receiver) ?? proposals[0], [r.data, v.receiver]);
  const partner = nameOf(chosen?.company, t('handover.partner'));
  const rest = proposals.filter((p) => p !== chosen);
  const contact = contacts.data?.items.find((c) => c.id === v.contact);
  const submit = form.submit(async (x, key) => {
    form.need(x.may_contact && x.may_share, 'consent');
    const lead = await post<Lead>(
      '/leads',
      {
        account,
        contact: x.contact || undefined,
        need,
        need_text: x.need_text || label,
        receiver: chosen?.company,
        value_low: x.value_low ?? undefined,
        value_high: x.value_high ?? x.value_low ?? undefined,
        warmth: x.warmth || undefined,
        script: x.script || undefined,
        interest: x.interest || undefined,
        consent: {
          given_by: x.given_by || contact?.name,
          given_at: new Date(x.given_at).toISOString(),
          channel: x.channel,
          words: x.words || x.warmth || undefined,
          lang: contact?.lang ?? session.value?.user.lang ?? 'en',
          purpose: need,
          data: 'name, contact',
          recipient: chosen?.company,
          basis: 'consent',
        },
      },
      { key },
    );
    closeDialog();
    toast(t('handover.sent', { partner }), undefined);
    await refresh();
    go(`/leads?lead=${lead.id}`);
  });
  const consentError = form.error('consent');
  return (
    <Dialog
      width="l"
      title={t('handover.title')}
      subtitle={acc.data?.name}
      head={<Steps at={2} />}
      onSubmit={submit}
      note={t('handover.take_back')}
      actions={
        <>
          <Button kind="ghost" size="l" onClick={closeDialog}>
            {t('common.cancel')}
          </Button>
          <Button kind="primary" size="l" type="submit" busy={form.busy} disabled={!chosen} why={t('handover.no_partner')}>
            {t('handover.send_to', { partner })} <Kbd k={modKey} /> <Kbd k="↵" />
          </Button>
        </>
      }
      side={<Preview values={v} chosen={chosen} account={acc.data} need={label} />}
    >
      <FormErrors form={form} />
      <div class="label-row">
        <span class="label">{t('f.need')}</span>
        <button type="button" class="link push" onClick={back}>
          {t('common.change')}
        </button>
      </div>
      <p class="strong-line">
        <Icon name="Wrench" /> {label}
      </p>
      <div class="form-grid">
        <Text label={t('handover.need_text')} value={v.need_text} onChange={(x) => form.set('need_text', x)} error={form.error('need_text')} placeholder={t('handover.need_text_ph')} focus />
        <MoneyInput class="half" label={t('handover.value_low')} value={v.value_low} currency={session.value?.company.currency} onChange={(x) => form.set('value_low', x)} error={form.error('value_low')} />
        <MoneyInput class="half" label={t('handover.value_high')} value={v.value_high} currency={session.value?.company.currency} onChange={(x) => form.set('value_high', x)} error={form.error('value_high')} />
      </div>
      <h3 class="label">{t('handover.proposed')}</h3>
      <Load of={r} rows={1}>
        {() =>
          chosen ? (
            <>
              <ProposalCard p={chosen} />
              {rest.length > 0 && (
                <p class="note next-by-rule">
                  {t('handover.next_by_rule')}{' '}
                  {rest.map((p) => (
                    <button type="button" class="link" key={p.company} onClick={() => form.set('receiver', p.company)}>
                      {nameOf(p.company)}
                      {p.score !== undefined && `, ${fit(p.score)}`}
                    </button>
                  ))}
                </p>
              )}
              <WhyNot of={r.data} />
            </>
          ) : (
            <>
              <Banner tone="warn" action={<Button size="s" onClick={() => { closeDialog(); go('/agreements/new'); }}>{t('create.agreement')}</Button>}>
                {t('handover.no_partner')}
              </Banner>
              <WhyNot of={r.data} />
            </>
          )
        }
      </Load>
      {form.error('receiver') && <p class="field-error">{form.error('receiver')}</p>}
      <Area label={t('handover.warmed')} value={v.warmth} rows={2} onChange={(x) => form.set('warmth', x)} error={form.error('warmth')} />
      <div class="form-grid">
        <Text class="half" label={t('handover.script')} value={v.script} onChange={(x) => form.set('script', x)} error={form.error('script')} optional />
        <Text class="half" label={t('handover.interest')} value={v.interest} onChange={(x) => form.set('interest', x)} error={form.error('interest')} optional />
      </div>
      <fieldset class="plain">
        <legend class="label">{t('handover.consent')}</legend>
        <Check
          label={t('handover.may_contact')}
          note={
            <>
              {v.given_by || t('handover.who_said')}, {channelWord(v.channel).toLowerCase()}, {dateTime(new Date(v.given_at || Date.now()).toISOString())}{' '}
              <button type="button" class="link" onClick={() => setConsentOpen(!consentOpen)} aria-expanded={consentOpen}>
                {t('common.change')}
              </button>
            </>
          }
          value={v.may_contact}
          onChange={(x) => form.setAll({ may_contact: x, may_share: x })}
          error={consentError}
        />
        <Check label={t('handover.may_share', { partner })} value={v.may_share} onChange={(x) => form.setAll(x ? { may_share: true, may_contact: true } : { may_share: false })} />
        {(consentOpen || form.error('consent.given_by') || form.error('contact')) && (
          <div class="form-grid consent-more">
            <Select
              class="half"
              label={t('handover.contact')}
              value={v.contact}
              empty={t('common.none')}
              options={(contacts.data?.items ?? []).map((c) => ({ value: c.id, label: c.name }))}
              onChange={(x) => form.setAll({ contact: x, given_by: contacts.data?.items.find((c) => c.id === x)?.name ?? v.given_by })}
              error={form.error('contact')}
            />
            <Text class="half" label={t('handover.given_by')} value={v.given_by} onChange={(x) => form.set('given_by', x)} error={form.error('consent.given_by')} />
            <Text class="half" type="datetime-local" label={t('handover.given_at')} value={v.given_at} onChange={(x) => form.set('given_at', x)} error={form.error('consent.given_at')} />
            <Select class="half" label={t('handover.channel')} value={v.channel} options={CHANNELS.map((c) => ({ value: c, label: channelWord(c) }))} onChange={(x) => form.set('channel', x)} error={form.error('consent.channel')} />
            <Text label={t('handover.words')} value={v.words} onChange={(x) => form.set('words', x)} error={form.error('consent.words')} hint={t('handover.words_hint')} />
          </div>
        )}
      </fieldset>
      <div>
        <h3 class="label">{t('handover.credited')}</h3>
        <p class="credited">
          <Person id={me()} name={session.value?.user.name} /> <span class="note">{t('handover.warmed_by')}</span>
        </p>
      </div>
    </Dialog>
  );
}

function ProposalCard({ p }: { p: Proposal }) {
  return (
    <div class="proposal">
      <div class="proposal-head">
        <CompanyBadge id={p.company} size="l" />
        <div>
          <strong>{nameOf(p.company)}</strong>
          {p.terms?.response_minutes ? <p class="note">{t('handover.answers_in', { time: workingTime(p.terms.response_minutes) })}</p> : null}
        </div>
        {p.score !== undefined && (
          <span class="push proposal-score">
            <b>{fit(p.score)}</b>
            <small>{t('handover.fit')}</small>
          </span>
        )}
      </div>
      <ul class="proposal-why">
        {p.because?.map((b, i) => (
          <li key={i}>
            <Icon name="Check" size={14} class="is-pos" /> {reasonText(b)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function WhyNot({ of }: { of: Handover | undefined }) {
  if (!of?.why_not?.length) return null;
  return (
    <details class="why-not">
      <summary>{t('handover.why_not', { names: listOf(of.why_not.map((w) => nameOf(w.company))) })}</summary>
      <ul>
        {of.why_not.map((w) => (
          <li key={w.company}>
            <CompanyBadge id={w.company} size="s" /> {nameOf(w.company)}: {w.because?.map(reasonText).join('; ')}
          </li>
        ))}
      </ul>
    </details>
  );
}

export const valueRange = (low: Money | null | undefined, high: Money | null | undefined): string => {
  if (low && high && low.amount !== high.amount) return t('value.range', { low: money(low), high: money(high) });
  return money(low ?? high);
};

function Sealed({ widths }: { widths: number[] }) {
  return (
    <span class="sealed">
      <Icon name="Lock" size={14} />
      {widths.map((w) => (
        <span key={w} class="blank" style={{ width: `${w}px` }} />
      ))}
      <span class="sr">{t('lead.sealed')}</span>
    </span>
  );
}

function Preview({ values, chosen, account, need }: { values: Values; chosen?: Proposal; account?: Account; need: string }) {
  const partner = nameOf(chosen?.company, t('handover.partner'));
  const terms = chosen?.terms;
  const rows: [string, string][] = [
    [t('f.need'), values.need_text || need],
    [t('f.industry'), word('industry', account?.industry)],
    [t('f.region'), account?.region ?? account?.country ?? ''],
    [t('f.value'), valueRange(values.value_low, values.value_high)],
    [t('handover.warmth'), values.interest || values.warmth],
  ];
  return (
    <>
      <h3 class="preview-title">
        <Icon name="Eye" /> {t('handover.sees_now', { partner })}
      </h3>
      <div class="teaser">
        <p class="teaser-from">
          <CompanyBadge id={session.value?.company.id} size="s" ink={false} /> {t('handover.hands_over', { company: session.value?.company.name ?? '' })}
        </p>
        <dl>
          {rows
            .filter(([, x]) => x)
            .map(([k, x]) => (
              <div key={k}>
                <dt>{k}</dt>
                <dd>{x}</dd>
              </div>
            ))}
          <div>
            <dt>{t('lead.customer')}</dt>
            <dd>
              <Sealed widths={[104]} />
            </dd>
          </div>
          <div>
            <dt>{t('lead.contact')}</dt>
            <dd>
              <Sealed widths={[62, 48]} />
            </dd>
          </div>
          <div>
            <dt>{t('f.address')}</dt>
            <dd>
              <Sealed widths={[128]} />
            </dd>
          </div>
        </dl>
      </div>
      <p class="note">{t('handover.opens', { partner })}</p>
      {terms && (
        <ul class="terms">
          {terms.reward_rate && (
            <li>
              <Icon name="Scale" /> <span>{t('handover.you_earn', { rate: rate(terms.reward_rate) })}</span>
            </li>
          )}
          {terms.protection_days ? (
            <li>
              <Icon name="Shield" /> <span>{t('handover.yours_until', { date: date(addDays(terms.protection_days), 'long'), version: chosen?.version ?? 1 })}</span>
            </li>
          ) : null}
          {terms.response_minutes ? (
            <li>
              <Icon name="Timer" /> <span>{t('handover.to_answer', { time: workingTime(terms.response_minutes) })}</span>
            </li>
          ) : null}
        </ul>
      )}
      {!values.may_share && <Tag tone="warn">{t('handover.no_consent')}</Tag>}
    </>
  );
}
