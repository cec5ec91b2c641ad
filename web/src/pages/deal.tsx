// SPDX-License-Identifier: Apache-2.0
// One deal, led by the buyer's process: where the buyer is and what proves it, then Guidance, Evidence, Plan, Activity, Money, Access.
import { act, remove } from '../api';
import { refresh, useData, useList } from '../data';
import { date, money, t } from '../i18n';
import { useKeys } from '../keys';
import { word } from '../meta';
import { nameOf } from '../names';
import { Access, liveMembers, previewAs, useMembers } from '../parts/access';
import { Button, Line, Tabs, Tag } from '../parts/controls';
import { editDeal, openHandover } from '../parts/create';
import { ConsentGone, useConsents } from '../parts/consent';
import { askWhy, confirm } from '../parts/dialog';
import { logActivity, logEvidence, loseDeal, moveDeal, newTask, winDeal } from '../parts/log';
import { Badges, CompanyName, MiniTrack, Person, STAGES, Track } from '../parts/marks';
import { useActions } from '../parts/palette';
import { Page } from '../parts/shell';
import { Banner, Load } from '../parts/states';
import { attempt, toast } from '../parts/toast';
import { go } from '../router';
import { isOurs, mayManage, mayWrite, ours } from '../session';
import type { Deal, Evidence, StageAnswer, Task } from '../types';
import { DealActivity } from './deal-activity';
import { DealEvidence } from './deal-evidence';
import { DealGuidance } from './deal-guidance';
import { DealMoney } from './deal-money';
import { DealPlan } from './deal-plan';

const TABS = ['guidance', 'evidence', 'plan', 'activity', 'money', 'access'];

/** A claim nobody proved: the card goes back to where the buyer is proven to be. */
const takeBack = (d: Deal): Promise<boolean> => {
  const { claimed_stage: stage, claim_reason: why } = d;
  return attempt(async () => {
    await act(`/deals/${d.id}/claim`, { stage: null });
    await refresh();
  }, t('deal.unclaimed'), async () => {
    await act(`/deals/${d.id}/claim`, { stage, why });
    await refresh();
  });
};

export function DealPage({ id, tab = 'guidance' }: { id: string; tab?: string }) {
  const r = useData<Deal>(`/deals/${id}`);
  const stage = useData<StageAnswer>(`/deals/${id}/stage`);
  const evidence = useList<Evidence>(`/deals/${id}/evidence`);
  const tasks = useList<Task>(`/deals/${id}/tasks`);
  const members = useMembers(`deals/${id}`);
  const d = r.data;
  const consents = useConsents(d?.lead);
  const own = isOurs(d?.company);
  const open = !d?.outcome || d.outcome === 'open';
  const href = (x: string): string => `/deals/${id}${x === 'guidance' ? '' : `/${x}`}`;
  const at = TABS.indexOf(tab);
  const seenBy = liveMembers(members);
  const account = d?.account ?? '';
  const customer = nameOf(account) || d?.customer || '';
  useKeys({
    KeyL: () => (mayWrite() ? logEvidence(id) : false),
    KeyE: () => (d && own && mayWrite() ? editDeal(d) : false),
    KeyV: () => (own && seenBy[0] ? previewAs(`/deals/${id}`, 'deal', seenBy[0]) : false),
    KeyH: () => (own && account ? openHandover(account) : false),
    BracketLeft: () => (at > 0 ? go(href(TABS[at - 1]!)) : false),
    BracketRight: () => (at < TABS.length - 1 ? go(href(TABS[at + 1]!)) : false),
  });
  useActions(d?.name ?? '', 'SquareKanban', !mayWrite() ? [] : [
    { label: t('log.evidence'), icon: 'Plus', kbd: 'L', run: () => logEvidence(id) },
    { label: t('log.activity'), icon: 'MessageSquare', run: () => logActivity(id) },
    { label: t('log.task'), icon: 'ListChecks', run: () => newTask(id) },
    ...(own && account ? [{ label: t('handover.title'), icon: 'ArrowLeftRight' as const, kbd: 'H', run: () => openHandover(account) }] : []),
    ...(own ? seenBy.map((c) => ({ label: t('access.preview', { company: nameOf(c) }), icon: 'Eye' as const, kbd: 'V', run: () => previewAs(`/deals/${id}`, 'deal', c) })) : []),
    ...(own && open && d ? [{ label: t('deal.win'), icon: 'Check' as const, run: () => winDeal(d) }, { label: t('deal.lose'), icon: 'X' as const, run: () => loseDeal(d) }] : []),
  ]);
  const proven = stage.data?.result.proven ?? d?.stage;
  const claimed = stage.data?.result.claimed ?? d?.claimed_stage;
  const full = tab === 'guidance';
  const withWho = seenBy.filter((c) => c !== d?.company);
  return (
    <Page
      title={d?.name ?? t('nav.deals')}
      crumbs={[{ label: t('nav.deals'), href: '/deals' }, ...(customer ? [{ label: customer, href: own && account ? `/accounts/${account}` : undefined }] : [])]}
      seenBy={seenBy}
      pin={d && { label: `${d.name}${customer ? `, ${customer}` : ''}`, icon: 'SquareKanban' }}
      more={
        d && mayWrite()
          ? [
              ...(own ? [{ label: t('deal.edit'), icon: 'Pencil' as const, kbd: 'E', onClick: () => editDeal(d) }] : []),
              { label: t('log.activity'), icon: 'MessageSquare', onClick: () => logActivity(id) },
              { label: t('log.task'), icon: 'ListChecks', onClick: () => newTask(id) },
              ...(own && open
                ? [
                    { label: t('deal.claim'), icon: 'Flag' as const, onClick: () => moveDeal(id, STAGES[Math.min(3, STAGES.indexOf(proven ?? '') + 1)]!, d.name) },
                    ...(d.claimed_stage ? [{ label: t('deal.unclaim'), icon: 'Undo2' as const, onClick: () => void takeBack(d) }] : []),
                    { label: t('deal.win'), icon: 'CircleCheck' as const, onClick: () => winDeal(d) },
                    { label: t('deal.lose'), icon: 'CircleX' as const, onClick: () => loseDeal(d) },
                  ]
                : []),
              ...(own && !open && mayManage()
                ? [{ label: t('deal.reopen'), icon: 'Undo2' as const, onClick: () => askWhy({ title: t('deal.reopen_title', { name: d.name }), text: t('deal.reopen_text'), verb: t('deal.reopen'), run: async (reason, key) => { await act(`/deals/${id}/reopen`, { reason }, { key }); toast(t('deal.reopened')); await refresh(); } }) }]
                : []),
              ...(own && open && !d.lead && mayManage()
                ? [{ label: t('common.delete'), icon: 'Trash2' as const, danger: true, onClick: () => confirm({ title: t('account.delete', { name: d.name }), text: t('deal.delete_text'), verb: t('common.delete'), run: async () => { await remove(`/deals/${id}`); go('/deals'); } }) }]
                : []),
            ]
          : []
      }
    >
      <Load of={r}>
        {(deal) => (
          <>
            <header class={`record-head ${full ? '' : 'is-condensed'}`}>
              <div class="record-title">
                <h1>{deal.name}</h1>
                {!full && (
                  <span class="condensed-facts">
                    <span class="t2">{customer}</span>
                    <span class="t2">{money(deal.amount)}</span>
                    <MiniTrack rows={stage.data?.result.stages} proven={proven} wide />
                    <span class="t2 wide-only">{word('buyer_stage', proven)}</span>
                  </span>
                )}
                {!open && <Tag tone={deal.outcome?.startsWith('won') ? 'pos' : 'plain'} icon={deal.outcome?.startsWith('won') ? 'CircleCheck' : 'CircleX'}>{word('deal_outcome', deal.outcome)}{deal.closed_on ? `, ${date(deal.closed_on)}` : ''}</Tag>}
                <span class="push buttons">
                  {own && full && account && mayWrite() && <Button class="wide-only" icon="ArrowLeftRight" onClick={() => openHandover(account)}>{t('handover.button')}</Button>}
                  {mayWrite() && <Button icon="Plus" kbd="L" onClick={() => logEvidence(id)}>{t('log.evidence')}</Button>}
                  {own && open && mayWrite() && <Button class="wide-only" icon="Check" onClick={() => winDeal(deal)}>{t('deal.win_short')}</Button>}
                </span>
              </div>
              {full && (
                <>
                  <Line
                    items={[
                      customer && (own && account ? <a class="strong" href={`/accounts/${account}`}>{customer}</a> : <span class="strong">{customer}</span>),
                      (deal.won_amount ?? deal.amount) && <strong>{money(deal.won_amount ?? deal.amount)}</strong>,
                      deal.expected_on && t('deal.expected', { date: date(deal.expected_on, 'long') }),
                      !own ? <span class="company">{t('deal.led_by')} <CompanyName id={deal.lead_company ?? deal.company} /></span> : withWho.length > 0 && <span class="company">{t('deal.we_lead', { company: nameOf(ours()) })} <Badges ids={withWho} /></span>,
                      deal.owner && <Person id={deal.owner} />,
                      deal.lead && <a class="link" href={`/leads/${deal.lead}`}>{t('deal.from_lead')}</a>,
                    ]}
                  />
                  {stage.data && <Track rows={stage.data.result.stages} proven={proven} claimed={claimed} />}
                </>
              )}
              <Tabs
                at={tab}
                tabs={[
                  { id: 'guidance', label: t('tab.guidance'), href: href('guidance') },
                  { id: 'evidence', label: t('tab.evidence'), count: evidence.data?.length, href: href('evidence') },
                  { id: 'plan', label: t('tab.plan'), count: tasks.data?.filter((x) => !['done', 'kept', 'waived', 'cancelled'].includes(x.state ?? '')).length, href: href('plan') },
                  { id: 'activity', label: t('tab.activity'), href: href('activity') },
                  { id: 'money', label: t('tab.money'), href: href('money') },
                  { id: 'access', label: t('tab.access'), href: href('access') },
                ]}
              />
            </header>
            {consents.some((c) => c.withdrawn_at) && <div class="pad pad-tight"><ConsentGone list={consents} receiver={deal.company} /></div>}
            {deal.outcome?.startsWith('won') && tab !== 'money' && (
              <div class="pad pad-tight">
                <Banner tone="ink" icon="CircleCheck" action={<Button size="s" href={href('money')}>{t('deal.see_money')}</Button>}>
                  {t('deal.won_banner', { sum: money(deal.won_amount ?? deal.amount, true) })}
                </Banner>
              </div>
            )}
            {tab === 'guidance' && <DealGuidance deal={deal} stage={stage.data} />}
            {tab === 'evidence' && <DealEvidence deal={deal} stage={stage.data} list={evidence} />}
            {tab === 'plan' && <DealPlan deal={deal} list={tasks} />}
            {tab === 'activity' && <DealActivity deal={deal} />}
            {tab === 'money' && <DealMoney deal={deal} />}
            {tab === 'access' && <Access root={`deals/${id}`} entity="deal" owner={deal.company} />}
          </>
        )}
      </Load>
    </Page>
  );
}
