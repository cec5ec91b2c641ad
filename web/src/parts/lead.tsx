// SPDX-License-Identifier: Apache-2.0
// One lead: what it says, why it came here, and the steps its receiver or sender may take now.
import { act } from '../api';
import { refresh, useData } from '../data';
import { ago, date, dateTime, listOf, rate, t } from '../i18n';
import { useKeys } from '../keys';
import { word } from '../meta';
import { nameOf } from '../names';
import { back, go } from '../router';
import { isOurs, mayWrite } from '../session';
import type { Agreement, Because, Id, Lead, Page, Rec, Version } from '../types';
import { clockOf, needOf } from '../pages/leads';
import { AuditTrail } from './audit';
import { Button, Facts, H2, IconButton } from './controls';
import { ConsentGone, Consents, useConsents } from './consent';
import { Dialog, openDialog } from './dialog';
import { declineLead, duplicateLead, withdrawConsent, withdrawLead } from './lead-dialogs';
import { valueRange } from './handover';
import { reasonText } from '../reasons';
import { Icon } from './icon';
import { Clock, CompanyBadge, LeadState, leadWaiting, Person } from './marks';
import { Banner, Load } from './states';
import { attempt, sayProblem, toast } from './toast';
import { get } from '../api';

/** The agreement version under which the lead was routed; its hash is what both sides accepted. */
async function termsOf(l: Lead): Promise<{ agreement: Id; version: number; hash: string }> {
  if (l.agreement && l.agreement_version && l.agreement_hash) return { agreement: l.agreement, version: l.agreement_version, hash: l.agreement_hash };
  let id = l.agreement;
  if (!id) id = (await get<Page<Agreement>>('/agreements?filter[state]=active&limit=50')).items.find((a) => a.other === l.sender || a.company === l.sender)?.id;
  if (!id) throw new Error(t('handover.no_partner'));
  const list = (await get<{ items: Version[] }>(`/agreements/${id}/versions`)).items;
  const v = list.find((x) => x.version === l.agreement_version) ?? list[list.length - 1];
  if (!v) throw new Error(t('handover.no_partner'));
  return { agreement: id, version: v.version, hash: v.hash };
}

export async function acceptLead(l: Lead): Promise<void> {
  try {
    const r = await act<Omit<Lead, 'deal'> & { deal?: Id | Rec | null; account_name?: string }>(`/leads/${l.id}/accept`, await termsOf(l));
    await refresh();
    const got = r.deal as Id | Rec | null | undefined;
    const deal = typeof got === 'object' && got ? got.id : got;
    toast(t('lead.accepted_done', { name: (r.account_name as string | undefined) ?? needOf(l) }));
    go(deal ? `/deals/${deal}` : `/leads/${l.id}`);
  } catch (e) {
    sayProblem(e);
  }
}

/** Only the sender reads it: the reasons weigh all partners. */
function WhyDialog({ l }: { l: Lead }) {
  const r = useData<{ because: Because[] }>(`/leads/${l.id}/why`);
  return (
    <Dialog title={t('lead.why')} subtitle={[nameOf(l.receiver), needOf(l)].filter(Boolean).join(', ')}>
      <Load of={r} rows={2}>
        {(d) => (
          <ul class="reasons">
            {d.because.map((b, i) => (
              <li key={i}>
                <Icon name="Check" size={14} class="is-pos" /> {reasonText(b)}
              </li>
            ))}
          </ul>
        )}
      </Load>
    </Dialog>
  );
}

export function LeadActions({ l }: { l: Lead }) {
  return (
    <>
      <Button size="s" kind="primary" kbd="A" onClick={() => acceptLead(l)}>{t('lead.accept')}</Button>
      <Button size="s" onClick={() => declineLead(l)}>{t('lead.decline')}</Button>
    </>
  );
}

type Step = 'reach' | 'qualify' | 'quote';
const NEXT: Record<string, { verb: Step; label: () => string }> = {
  accepted: { verb: 'reach', label: () => t('lead.reach') },
  reached: { verb: 'qualify', label: () => t('lead.qualify') },
  qualified: { verb: 'quote', label: () => t('lead.quote') },
};

export function LeadDetail({ id }: { id: Id }) {
  const r = useData<Lead>(`/leads/${id}`);
  useKeys({ Escape: () => go('/leads') });
  return (
    <section class="lead-detail" aria-label={t('lead.lead')}>
      <Load of={r} rows={3}>
        {(l) => <Detail l={l} />}
      </Load>
    </section>
  );
}

function Detail({ l }: { l: Lead }) {
  const sent = isOurs(l.sender ?? l.company);
  const received = isOurs(l.receiver);
  const clock = clockOf(l);
  const next = NEXT[l.state];
  const sealed = received && leadWaiting(l.state);
  const tried = (Array.isArray(l.tried) ? l.tried : String(l.tried ?? '').split(/[\s,]+/)).filter((c) => c.startsWith('company_'));
  const onward = useData<Lead>(l.next ? `/leads/${l.next}` : null);
  const nextFirm = nameOf(onward.data?.receiver);
  const consents = useConsents(l.id);
  const standing = consents.filter((c) => !c.withdrawn_at);
  const step = (verb: Step): Promise<unknown> =>
    attempt(async () => {
      await act(`/leads/${l.id}/${verb}`);
      await refresh();
    }, t('common.saved'));
  return (
    <div class="pad">
      <div class="record-title">
        <h1>{needOf(l)}</h1>
        <LeadState state={l.state} />
        {clock && <Clock minutes={clock.minutes} share={clock.share}  />}
        <span class="push buttons">
          {sealed && mayWrite() && <LeadActions l={l} />}
          {received && next && mayWrite() && <Button onClick={() => step(next.verb)}>{next.label()}</Button>}
          {received && l.state === 'accepted' && mayWrite() && <Button kind="ghost" onClick={() => duplicateLead(l)}>{t('lead.duplicate')}</Button>}
          {mayWrite() && standing.length > 0 && (sent || l.accepted_at) && <Button kind="ghost" onClick={() => withdrawConsent(l, standing)}>{t('consent.withdraw')}</Button>}
          {sent && <Button kind="ghost" onClick={() => openDialog(<WhyDialog l={l} />)}>{t('lead.why')}</Button>}
          {sent && leadWaiting(l.state) && mayWrite() && <Button onClick={() => withdrawLead(l)}>{t('lead.withdraw')}</Button>}
          {l.next && <Button icon="ArrowRight" href={`/leads/${l.next}`}>{t('lead.follow')}</Button>}
          {l.deal && <Button icon="SquareKanban" href={`/deals/${l.deal}`}>{t('lead.open_deal')}</Button>}
          <IconButton icon="X" label={t('common.close')} onClick={() => (history.length > 1 ? back() : go('/leads'))} />
        </span>
      </div>
      {l.state === 'declined' && (
        <Banner tone="plain" icon="Ban">
          {t('lead.was_declined', { who: nameOf(l.receiver), reason: word('decline_reason', l.reason) })} {nextFirm && t('lead.went_on', { who: nextFirm })} {l.comment}
        </Banner>
      )}
      {l.state === 'expired' && (
        <Banner tone="warn" icon="TimerOff">
          {t('lead.was_expired', { who: nameOf(l.receiver) })} {nextFirm && t('lead.went_on', { who: nextFirm })}
        </Banner>
      )}
      {(l.state === 'withdrawn' || l.state === 'duplicate') && (
        <Banner tone="plain" icon={l.state === 'withdrawn' ? 'Undo2' : 'Copy'}>
          {l.state === 'withdrawn' ? t('lead.was_withdrawn', { who: nameOf(l.sender ?? l.company) }) : t('lead.was_duplicate', { who: nameOf(l.receiver) })} {l.state === 'withdrawn' && word('decline_reason', l.reason)} {l.comment}
        </Banner>
      )}
      <ConsentGone list={consents} receiver={l.receiver} />
      <div class="lead-facts">
        <Facts
          rows={[
            [t('lead.from'), <span class="company"><CompanyBadge id={l.sender ?? l.company} size="s" /> {nameOf(l.sender ?? l.company)}</span>],
            [t('lead.to'), <span class="company"><CompanyBadge id={l.receiver} size="s" /> {nameOf(l.receiver)}</span>],
            [t('f.need'), l.need],
            [t('f.industry'), word('industry', l.industry)],
            [t('f.region'), l.region],
            [t('f.size'), l.size ? String(l.size) : ''],
            [t('f.value'), valueRange(l.value_low, l.value_high)],
            [t('handover.warmed'), l.warmth],
            [t('handover.interest'), l.interest],
            [t('handover.script'), l.script],
          ]}
        />
        <Facts
          rows={[
            [t('lead.customer'), sealed ? <SealedBar /> : (l.account_name ?? nameOf(l.account))],
            [t('lead.contact'), sealed ? <SealedBar /> : l.contact_name],
            [t('f.phone'), !sealed && l.contact_phone && <a href={`tel:${l.contact_phone}`}>{l.contact_phone}</a>],
            [t('f.email'), !sealed && l.contact_email && <a href={`mailto:${l.contact_email}`}>{l.contact_email}</a>],
            [t('f.address'), sealed ? <SealedBar /> : l.account_address],
            [t('handover.credited'), l.credited && <Person id={l.credited} />],
            [t('lead.sent_at'), dateTime(l.sent_at ?? l.created_at)],
            [t('lead.deadline'), leadWaiting(l.state) && l.deadline_at && dateTime(l.deadline_at)],
            [t('lead.accepted_at'), l.accepted_at && `${date(l.accepted_at)} (${ago(l.accepted_at)})`],
            [t('lead.protected'), l.protected_until && date(l.protected_until, 'long')],
            [t('lead.reward'), l.reward_rate && rate(l.reward_rate)],
            [t('lead.terms'), l.agreement && <a class="link" href={`/agreements/${l.agreement}`}>{t('lead.version', { n: l.agreement_version ?? 1 })}</a>],
            [t('lead.tried'), tried.length > 0 && listOf(tried.map((c) => nameOf(c)))],
          ]}
        />
      </div>
      <Consents list={consents} />
      <details class="lead-audit">
        <summary>
          <H2 icon="History">{t('audit.title')}</H2>
        </summary>
        <AuditTrail record={l.id} />
      </details>
    </div>
  );
}

const SealedBar = () => (
  <span class="sealed">
    <Icon name="Lock" size={14} />
    <span class="blank" />
    <span class="sr">{t('lead.sealed')}</span>
  </span>
);
