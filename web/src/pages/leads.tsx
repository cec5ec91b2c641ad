// SPDX-License-Identifier: Apache-2.0
// Leads given and received, with their clocks. New rows do not jump under the pointer: a pill says how many wait. A accepts, the row opens.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Balance } from '../charts/bars';

import { useList } from '../data';
import { act } from '../api';
import { ago, date, t, tn } from '../i18n';
import { useKeys } from '../keys';
import { word } from '../meta';
import { nameOf } from '../names';
import { Button, H2 } from '../parts/controls';
import { openHandover } from '../parts/create';
import { valueRange } from '../parts/handover';
import { Icon } from '../parts/icon';
import { acceptLead, LeadActions, LeadDetail } from '../parts/lead';
import { declineLead } from '../parts/lead-dialogs';
import { Clock, CompanyBadge, leadClosed, LeadState, leadWaiting } from '../parts/marks';
import { Page } from '../parts/shell';
import { Empty, Load } from '../parts/states';

import { go, query } from '../router';
import { mayWrite } from '../session';
import type { Lead } from '../types';
import { workingMinutes } from '../worktime';

export const needOf = (l: Lead): string => l.need_text || l.need || t('lead.lead');

/** Minutes left and the share of the answer time left. */
export function clockOf(l: Lead): { minutes: number; share: number } | null {
  if (!leadWaiting(l.state) || !l.deadline_at) return null;
  const now = new Date();
  const end = new Date(l.deadline_at);
  const over = (end.getTime() - now.getTime()) / 60000;
  const minutes = over <= 0 ? over : typeof l.clock === 'number' ? l.clock : workingMinutes(l.receiver, now, end);
  const whole = l.response_minutes ?? workingMinutes(l.receiver, new Date(l.sent_at ?? l.created_at ?? now), end);
  return { minutes, share: minutes / Math.max(1, whole) };
}

export function LeadsPage({ id }: { id?: string }) {
  const given = useList<Lead>('/leads?filter[direction]=given&sort=-created_at');
  const received = useList<Lead>('/leads?filter[direction]=received&sort=-created_at');
  const [cursor, setCursor] = useState<string>('');
  useEffect(() => {
    const timer = setInterval(() => void Promise.all([given.reload(), received.reload()]), 30000);
    return () => clearInterval(timer);
  }, []);
  const wanted = id ?? query.value.get('lead') ?? '';
  const waiting = (received.data ?? []).filter((l) => leadWaiting(l.state)).sort(byClock);
  useReceipt(waiting);
  const all = [...(received.data ?? []), ...(given.data ?? [])];
  const here = all.find((l) => l.id === (cursor || wanted)) ?? waiting[0];
  const order = [...waiting, ...(received.data ?? []).filter((l) => !leadWaiting(l.state)), ...(given.data ?? [])];
  const move = (d: number): void => {
    const i = order.findIndex((l) => l.id === here?.id);
    const next = order[Math.max(0, Math.min(order.length - 1, i + d))];
    if (next) setCursor(next.id);
  };
  useKeys({
    KeyJ: () => move(1),
    KeyK: () => move(-1),
    Enter: () => (here ? go(`/leads/${here.id}`) : false),
    KeyA: () => (mayWrite() && here && leadWaiting(here.state) && received.data?.includes(here) ? acceptLead(here) : false),
    KeyN: () => (mayWrite() && here && leadWaiting(here.state) && received.data?.includes(here) ? declineLead(here) : false),
    KeyH: () => openHandover(),
    KeyC: () => openHandover(),
  });
  const g = given.data?.length ?? 0;
  const r = received.data?.length ?? 0;
  const won = (given.data ?? []).filter((l) => l.state === 'won').length;
  const none = given.data?.length === 0 && received.data?.length === 0;
  return (
    <Page title={t('nav.leads')} heading={!id} actions={mayWrite() && <Button kind="primary" icon="ArrowLeftRight" kbd="H" onClick={() => openHandover()}>{t('handover.button')}</Button>}>
      {id && <LeadDetail id={id} />}
      {none ? (
        <div class="pad">
          <Empty icon="ArrowLeftRight" title={t('leads.none')} action={mayWrite() && <Button kind="primary" icon="ArrowLeftRight" kbd="H" onClick={() => openHandover()}>{t('handover.button')}</Button>}>
            {t('leads.none_text')}
          </Empty>
        </div>
      ) : (
        <>
          {(g > 0 || r > 0) && (
            <div class="leads-head">
              <Balance left={g} right={r} leftLabel={t('leads.given')} rightLabel={t('leads.received')} note={balanceWord(g, r)} />
              <dl class="figures">
                <div>
                  <dt>{t('leads.won_from_given')}</dt>
                  <dd>{t('leads.of', { n: won, all: g })}</dd>
                </div>
                <div>
                  <dt>{t('leads.waiting')}</dt>
                  <dd>{waiting.length}</dd>
                </div>
              </dl>
            </div>
          )}
          <div class="lead-columns">
            <Side title={t('leads.given')} icon="ArrowUpRight" list={given} here={wanted || cursor} mine setCursor={setCursor} />
            <Side title={t('leads.received')} icon="ArrowDownLeft" list={received} here={here?.id ?? ''} setCursor={setCursor} />
          </div>
        </>
      )}
    </Page>
  );
}

/** The sender sees that the lead has been looked at: once it is on this screen. */
function useReceipt(list: Lead[]): void {
  const told = useRef(new Set<string>());
  useEffect(() => {
    if (!mayWrite()) return;
    for (const l of list)
      if (l.state === 'pending' && !told.current.has(l.id)) {
        told.current.add(l.id);
        void act(`/leads/${l.id}/receive`).catch(() => undefined);
      }
  });
}

const balanceWord = (g: number, r: number): string => {
  if (g + r < 4) return t('leads.this_year');
  const ratio = Math.max(g, r) / Math.max(1, Math.min(g, r));
  return ratio <= 1.5 ? t('leads.in_balance') : g > r ? t('leads.more_given') : t('leads.more_received');
};
const byClock = (a: Lead, b: Lead): number => String(a.deadline_at ?? '9').localeCompare(String(b.deadline_at ?? '9'));

interface SideProps { title: string; icon: 'ArrowUpRight' | 'ArrowDownLeft'; list: ReturnType<typeof useList<Lead>>; here: string; mine?: boolean; setCursor: (id: string) => void }

function Side({ title, icon, list, here, mine, setCursor }: SideProps) {
  const [inside, setInside] = useState(false);
  const held = useRef<Lead[] | null>(null);
  const incoming = list.data ?? [];
  // While the pointer is on the list, rows already shown may change but new ones wait behind the pill.
  if (!inside || held.current === null) held.current = list.data ?? null;
  else held.current = held.current.map((old) => incoming.find((l) => l.id === old.id) ?? old).filter((l) => incoming.some((x) => x.id === l.id));
  const shown = held.current ?? [];
  const fresh = incoming.length - shown.length;
  const waiting = shown.filter((l) => leadWaiting(l.state)).sort(byClock);
  const work = shown.filter((l) => !leadWaiting(l.state) && !leadClosed(l.state));
  const closed = shown.filter((l) => leadClosed(l.state));
  const group = (name: string, items: Lead[]) =>
    items.length > 0 && (
      <section>
        <h3 class="group-title">
          {name} <span class="count">{items.length}</span>
        </h3>
        <ul class="rows">
          {items.map((l) => (
            <Row key={l.id} l={l} mine={mine} on={l.id === here} focus={() => setCursor(l.id)} />
          ))}
        </ul>
      </section>
    );
  return (
    <section class="lead-side" aria-label={title} onMouseEnter={() => setInside(true)} onMouseLeave={() => setInside(false)}>
      <H2 icon={icon}>{title}</H2>
      {fresh > 0 && (
        <button type="button" class="pill" onClick={() => { held.current = incoming; setInside(false); }}>
          <Icon name="ArrowUp" size={14} /> {tn('leads.new', fresh)}
        </button>
      )}
      <Load of={list}>
        {(rows) =>
          rows.length === 0 ? (
            <p class="note none">{mine ? t('leads.none_given') : t('leads.none_received')}</p>
          ) : (
            <>
              {group(mine ? t('leads.wait_theirs') : t('leads.wait_yours'), waiting)}
              {group(t('leads.in_work'), work)}
              {group(t('leads.closed'), closed)}
              {!list.end && <Button size="s" onClick={() => list.more()}>{t('common.more_rows')}</Button>}
            </>
          )
        }
      </Load>
    </section>
  );
}

function Row({ l, mine, on, focus }: { l: Lead; mine?: boolean; on: boolean; focus: () => void }) {
  const clock = clockOf(l);
  const other = mine ? l.receiver : (l.sender ?? l.company);
  const sealed = !mine && leadWaiting(l.state);
  const where = mine ? (l.account_name ?? nameOf(l.account)) : (l.account_name ?? '');
  const teaser = [word('industry', l.industry), l.region].filter(Boolean).join(', ');
  const active = on && sealed && mayWrite();
  const click = (e: MouseEvent): void => {
    if ((e.target as HTMLElement).closest('a, button')) return;
    focus();
    if (!sealed) go(`/leads/${l.id}`);
  };
  return (
    <li class={`lead-row ${on ? 'is-on' : ''}`} onClick={click}>
      <CompanyBadge id={other} size="m" />
      <div class="lead-text">
        <a href={`/leads/${l.id}`} onFocus={focus} class="lead-name">
          {needOf(l)}
        </a>
        <p class={`lead-sub ${sealed ? 'is-sealed' : ''}`}>
          {sealed ? (
            <>
              <Icon name="Lock" size={14} /> <span>{[teaser, t('leads.opens')].filter(Boolean).join(', ')}</span>
            </>
          ) : (
            <>
              {where && <span class="truncate">{where}</span>}
              <LeadState state={l.state} more={l.state === 'declined' && l.reason ? `: ${word('decline_reason', l.reason)}` : l.next && l.state === 'expired' ? t('leads.went_on') : undefined} />
            </>
          )}
        </p>
        {active && (
          <p class="lead-buttons">
            <LeadActions l={l} />
          </p>
        )}
      </div>
      <div class="lead-end">
        <strong>{valueRange(l.value_low, l.value_high)}</strong>
        {clock ? (
          <Clock minutes={clock.minutes} share={clock.share} />
        ) : (
          <span class="note">{l.accepted_at ? ago(l.accepted_at) : date(l.updated_at)}</span>
        )}
      </div>
    </li>
  );
}

