// SPDX-License-Identifier: Apache-2.0
// Today, the board and the guidance come ready from the server. Where a hub does not offer them, they are put together from the records
// themselves, so that the page says what is known instead of nothing.
import { useData, useList, type Loaded } from './data';
import { daysUntil, t } from './i18n';
import { word } from './meta';
import { nameOf } from './names';
import { isOurs, mayManage, me } from './session';
import { workingMinutes } from './worktime';
import type { Advice, Agreement, Board, Card, Deal, Guidance, Lead, StageAnswer, Statement, Today, TodayAction } from './types';

const missing = (r: Loaded<unknown>): boolean => r.error?.status === 404;
const open = (d: Deal): boolean => !d.outcome || d.outcome === 'open';

export function useToday(): Loaded<Today> {
  const r = useData<Today>('/today');
  const self = missing(r);
  const leads = useList<Lead>(self ? '/leads?filter[direction]=received&sort=deadline_at' : null);
  const deals = useList<Deal>(self ? '/deals?sort=-updated_at' : null);
  const statements = useList<Statement>(self ? '/statements?sort=-updated_at' : null);
  const agreements = useList<Agreement>(self ? '/agreements?sort=-updated_at' : null);
  if (!self) return r;
  if (!leads.data || !deals.data || !statements.data || !agreements.data) return { ...r, data: undefined, error: undefined };
  const waiting = leads.data.filter((l) => l.state === 'pending' || l.state === 'received');
  const actions: TodayAction[] = [];
  for (const a of agreements.data)
    if (a.state === 'proposed' && mayManage()) actions.push({ kind: 'agreement', title: t('do.agreement', { company: nameOf(isOurs(a.company) ? a.other : a.company) }), why: t('do.agreement_why'), record: a.id, minutes: 10 });
  for (const s of statements.data)
    if (s.state === 'draft' && mayManage() && s.prepared_by !== me()) actions.push({ kind: 'approve', title: t('do.approve', { number: s.number ?? '' }), why: t('do.approve_why'), record: s.id, amount: s.total, minutes: 5 });
  const mine = deals.data.filter((d) => open(d) && isOurs(d.company));
  for (const d of mine.filter((x) => x.next_step && x.next_step_on && daysUntil(x.next_step_on) <= 1).sort((x, y) => String(x.next_step_on).localeCompare(String(y.next_step_on))))
    actions.push({ kind: 'next_step', title: d.next_step!, record: d.id, account: d.account, amount: d.amount ?? undefined, due: d.next_step_on, minutes: 15 });
  const quiet = mine
    .map((d) => ({ deal: d.id, name: d.name, account: d.account, days: -daysUntil(d.updated_at ?? '') }))
    .filter((q) => q.days >= 21);
  return {
    ...r,
    error: undefined,
    data: {
      actions,
      clocks: waiting.map((l) => ({ lead: l.id, title: l.need_text || l.need || '', value: l.value_high ?? l.value_low, company: l.sender ?? l.company, deadline_at: l.deadline_at ?? undefined, clock: left(l), share_left: left(l) / Math.max(1, l.response_minutes ?? 480) })),
      promises: [],
      quiet,
      question: null,
      counts: { today: actions.length, leads: waiting.length },
    },
  };
}

const left = (l: Lead): number => (l.deadline_at ? workingMinutes(l.receiver, new Date(), new Date(l.deadline_at)) : 0);

export function useBoard(): Loaded<Board> {
  const r = useData<Board>('/board');
  const self = missing(r);
  const deals = useList<Deal>(self ? '/deals?sort=-updated_at' : null);
  if (!self) return r;
  const columns = new Map<string, Card[]>();
  for (const d of deals.data ?? []) if (open(d)) columns.set(d.stage ?? 'confirm_need', [...(columns.get(d.stage ?? 'confirm_need') ?? []), d as unknown as Card]);
  return { ...deals, data: deals.data && { columns: [...columns].map(([stage, items]) => ({ stage, items })) } };
}

export function useGuidance(deal: Deal, stage: StageAnswer | undefined): Loaded<Guidance> {
  const r = useData<Guidance>(`/deals/${deal.id}/guidance`);
  if (!missing(r)) return r;
  const right: Advice[] = (stage?.result.missing ?? []).slice(0, 3).map((m) => ({
    action: m,
    text: t('do.show', { marker: word('marker', m) }),
    why: t('do.show_why', { stage: word('buyer_stage', stage?.result.proven) }),
  }));
  return { ...r, error: undefined, data: stage && { result: { right }, because: stage.because } };
}
