// SPDX-License-Identifier: Apache-2.0
// Today: what to do, in the order that changes most, with the reason; clocks and promises at the side. J K move, D done, S later, N not useful.
import { useEffect, useState } from 'preact/hooks';
import { get, patch } from '../api';
import { refresh, useData } from '../data';
import { date, daysUntil, duration, money, t, tn } from '../i18n';
import { useKeys } from '../keys';
import { nameOf } from '../names';
import { Button, H2, Kbd, Tag } from '../parts/controls';
import { newAccount, openCreate } from '../parts/create';
import { logEvidence } from '../parts/log';
import { Icon, type IconName } from '../parts/icon';
import { Clock, CompanyBadge, CompanyName, PersonDot } from '../parts/marks';
import { recordHref } from '../parts/palette';
import { StageMini } from '../parts/stage';
import { Columns, Page } from '../parts/shell';
import { Empty, Load } from '../parts/states';
import { attempt, toast } from '../parts/toast';
import { go } from '../router';
import { isOurs, mayWrite, session } from '../session';
import type { Money, Task, Today, TodayAction } from '../types';

const ICONS: Record<string, IconName> = {
  answer_lead: 'ArrowLeftRight', accept_lead: 'ArrowLeftRight', lead: 'ArrowLeftRight', call: 'Phone', ask: 'Phone', evidence: 'ListChecks', promise: 'Reply',
  task: 'ListChecks', help: 'Reply', hold: 'Hand', early: 'Hand', review: 'CalendarCheck', next_step: 'CalendarCheck', contact: 'UserPlus', approve: 'UserCheck', statement: 'Scale',
  agreement: 'Handshake', quiet: 'Hourglass', deal: 'SquareKanban',
};
const iconOf = (kind: string): IconName => ICONS[kind] ?? Object.entries(ICONS).find(([k]) => kind.includes(k))?.[1] ?? 'CircleDot';
const capital = (s: string): string => s.charAt(0).toLocaleUpperCase() + s.slice(1);
const deferKey = 'entente.later';

/** What was put off until tomorrow on this device: key -> date. */
function deferred(): Record<string, string> {
  try {
    const all = JSON.parse(localStorage.getItem(deferKey) ?? '{}') as Record<string, string>;
    const today = new Date().toISOString().slice(0, 10);
    return Object.fromEntries(Object.entries(all).filter(([, until]) => until > today));
  } catch {
    return {};
  }
}
/** A task is done on its deal. */
const placeOf = (a: TodayAction): string => (a.record?.startsWith('task_') && a.deal ? `/deals/${a.deal}/plan` : recordHref(a.record));
const keyOf = (a: TodayAction): string => `${a.kind}:${a.record ?? a.title}`;
const asMoney = (v: Money | string | undefined): string => (typeof v === 'string' ? v : money(v));

export function TodayPage() {
  const r = useData<Today>('/today');
  const [cursor, setCursor] = useState(0);
  const [later, setLater] = useState(deferred);
  useEffect(() => {
    const timer = setInterval(() => void r.reload(), 60000);
    return () => clearInterval(timer);
  }, []);
  const actions = (r.data?.actions ?? []).filter((a) => !later[keyOf(a)]);
  const here = actions[Math.min(cursor, actions.length - 1)];
  const open = (a: TodayAction | undefined): void => void (a?.record && go(placeOf(a)));
  const putOff = (a: TodayAction, days: number, text: string): void => {
    const before = deferred();
    const next = { ...before, [keyOf(a)]: new Date(Date.now() + days * 86400000).toISOString().slice(0, 10) };
    localStorage.setItem(deferKey, JSON.stringify(next));
    setLater(next);
    toast(text, () => {
      localStorage.setItem(deferKey, JSON.stringify(before));
      setLater(before);
    });
  };
  const done = async (a: TodayAction): Promise<void> => {
    const id = a.record ?? '';
    if (id.startsWith('task_') && mayWrite()) {
      const task = await get<Task>(`/tasks/${id}`);
      await attempt(() => patch(`/tasks/${id}`, task, { state: 'done' }), t('today.done'), async () => {
        await patch(`/tasks/${id}`, undefined, { state: task.state });
        await refresh();
      });
      await refresh();
    } else putOff(a, 1, t('today.done'));
  };
  const primary = (a: TodayAction): { label: string; run: () => unknown } => {
    const id = a.record ?? '';
    if (id.startsWith('lead_')) return { label: t('today.open_lead'), run: () => open(a) };
    if (id.startsWith('statement_')) return { label: t('today.look'), run: () => open(a) };
    if (mayWrite() && id.startsWith('deal_') && !/next|task|promise/.test(a.kind)) return { label: t('log.evidence'), run: () => logEvidence(id) };
    return { label: t('today.open'), run: () => open(a) };
  };
  useKeys({
    KeyJ: () => setCursor(Math.min(actions.length - 1, cursor + 1)),
    KeyK: () => setCursor(Math.max(0, cursor - 1)),
    Enter: () => (here ? open(here) : false),
    KeyD: () => (here ? void done(here) : false),
    KeyS: () => (here ? putOff(here, 1, t('today.later_done')) : false),
    KeyN: () => (here ? putOff(here, 30, t('today.not_useful_done')) : false),
    KeyL: () => (here?.record?.startsWith('deal_') ? logEvidence(here.record) : false),
  });
  const minutes = actions.reduce((s, a) => s + (a.minutes ?? 0), 0);
  const side = r.data && <Side data={r.data} />;
  return (
    <Page title={t('nav.today')} actions={mayWrite() && <Button icon="Plus" kbd="C" onClick={openCreate}>{t('common.new')}</Button>}>
      <Columns
        class="columns-today"
        side={side}
        main={
          <div class="today">
            <header class="page-head">
              <div>
                <h1>{capital(date(new Date(), 'weekday'))}</h1>
                {r.data && actions.length > 0 && (
                  <p class="lead">
                    {tn('today.actions', actions.length)}
                    {minutes > 0 && `, ${t('today.about', { time: duration(minutes) })}`}
                  </p>
                )}
              </div>
              <a class="phone-only push" href="/settings/me" aria-label={session.value?.user.name}>
                <PersonDot id={session.value?.user.id} name={session.value?.user.name} size="l" />
              </a>
            </header>
            <Load of={r}>
              {(d) => (
                <>
                  {actions.length > 0 ? (
                    <section aria-label={t('today.next')}>
                      <H2 note={t('today.order')}>{t('today.next')}</H2>
                      <ol class="actions">
                        {actions.map((a, i) => (
                          <Row key={keyOf(a)} a={a} clock={d.clocks.find((c) => c.lead === a.record)} on={a === here} focus={() => setCursor(i)} open={() => open(a)} primary={primary(a)} later={() => putOff(a, 1, t('today.later_done'))} />
                        ))}
                      </ol>
                    </section>
                  ) : (
                    <NothingToDo data={d} />
                  )}
                  {d.quiet.length > 0 && (
                    <section aria-label={t('today.quiet')}>
                      <H2 note={t('today.quiet_note')}>{t('today.quiet')}</H2>
                      <ul class="rows">
                        {d.quiet.map((q) => (
                          <li key={q.deal}>
                            <a class="row row-quiet" href={`/deals/${q.deal}`}>
                              <Icon name="Hourglass" />
                              <strong>{q.account ? nameOf(q.account) : (q.name ?? nameOf(q.deal))}</strong>
                              {q.account && <span class="t2">{q.name ?? nameOf(q.deal)}</span>}
                              <StageMini deal={q.deal} />
                              <span class="push note">{tn('today.days', q.days)}</span>
                            </a>
                          </li>
                        ))}
                      </ul>
                    </section>
                  )}
                </>
              )}
            </Load>
            <p class="keys-foot" aria-hidden="true">
              <span><Kbd k="J" /><Kbd k="K" /> {t('keys.move_short')}</span>
              <span><Kbd k="↵" /> {t('keys.open_short')}</span>
              <span><Kbd k="D" /> {t('keys.done_short')}</span>
              <span><Kbd k="S" /> {t('keys.later_short')}</span>
              <span><Kbd k="N" /> {t('keys.not_useful_short')}</span>
              <span><Kbd k="?" /> {t('keys.all')}</span>
            </p>
          </div>
        }
      />
    </Page>
  );
}

function Row({ a, clock, on, focus, open, primary, later }: { a: TodayAction; clock?: Today['clocks'][number]; on: boolean; focus: () => void; open: () => void; primary: { label: string; run: () => unknown }; later: () => void }) {
  const early = /early|hold/.test(a.kind);
  const account = a.account ? nameOf(a.account) : '';
  const deal = a.deal ?? (a.record?.startsWith('deal_') ? a.record : null);
  const record = nameOf(deal ?? a.record);
  const left = a.due ? daysUntil(a.due) : null;
  const click = (e: MouseEvent): void => {
    if ((e.target as HTMLElement).closest('button, a')) return;
    if (on) open();
    else focus();
  };
  return (
    <li class={`action ${on ? 'is-on' : ''}`} onClick={click}>
      <span class={`tile ${early ? 'tile-warn' : on ? 'tile-ink' : ''}`}>
        <Icon name={iconOf(a.kind)} />
      </span>
      <div class="action-text">
        <p class="action-title">
          <a href={placeOf(a)} onFocus={focus}>
            {a.title}
          </a>{' '}
          {early && <Tag tone="warn">{t('guidance.too_early')}</Tag>}
        </p>
        {a.why && <p class="t2">{a.why}</p>}
        <p class="action-meta">
          {account && <strong>{account}</strong>}
          {record && record !== account && record !== a.title && <span class="meta-deal">{record}</span>}
          {deal && <StageMini deal={deal} />}
          {a.amount && <span class="nowrap">{money(a.amount)}</span>}
          {a.company && !isOurs(a.company) && <CompanyName id={a.company} />}
        </p>
      </div>
      <div class="action-end">
        {a.minutes ? <span class="note nowrap">{duration(a.minutes)}</span> : null}
        {clock && <Clock minutes={clock.clock ?? 0} share={clock.share_left} />}
        {left !== null && (
          <span class={`note nowrap ${left < 0 ? 'is-neg' : left === 0 ? 'is-warn' : ''}`}>{left < 0 ? tn('today.days_late', -left) : left === 0 ? t('time.today') : date(a.due)}</span>
        )}
        {on && (
          <span class="action-buttons">
            <Button size="s" kind="ghost" onClick={later}>
              {t('keys.later')}
            </Button>
            <Button size="s" kind="primary" onClick={() => void primary.run()}>
              {primary.label}
            </Button>
          </span>
        )}
      </div>
    </li>
  );
}

function NothingToDo({ data }: { data: Today }) {
  const clock = data.clocks[0];
  const empty = data.clocks.length === 0 && data.quiet.length === 0 && data.promises.length === 0;
  return empty ? (
    <Empty
      icon="Sun"
      title={t('today.start')}
      action={
        mayWrite() && (
          <span class="buttons">
            <Button kind="primary" icon="Upload" href="/import">{t('nav.import')}</Button>
            <Button onClick={() => newAccount()}>{t('create.account')}</Button>
          </span>
        )
      }
    >
      {t('today.start_text')}
    </Empty>
  ) : (
    <Empty title={t('today.nothing')} action={<Button href="/deals">{t('today.open_deals')}</Button>}>
      {clock ? t('today.next_clock', { what: clock.title, who: nameOf(clock.company) }) : t('today.nothing_text')}
    </Empty>
  );
}

function Side({ data }: { data: Today }) {
  return (
    <>
      {data.question && (
        <section class="question" aria-label={t('today.question')}>
          <p class="question-kind">
            <Icon name="CircleHelp" /> {t('today.question')}
          </p>
          <h2>{data.question.text}</h2>
          {data.question.why && <p class="t2">{data.question.why}</p>}
          {data.question.record && (
            <Button size="s" href={recordHref(data.question.record)}>
              {nameOf(data.question.record, t('today.open'))}
            </Button>
          )}
        </section>
      )}
      <section>
        <H2 note={data.clocks.length || undefined} right={<span class="note">{t('today.clocks_note')}</span>}>{t('today.clocks')}</H2>
        {data.clocks.length === 0 && <p class="note none">{t('today.no_clocks')}</p>}
        <ul class="rows">
          {data.clocks.map((c) => {
            const minutes = c.clock ?? (c.deadline_at ? (new Date(c.deadline_at).getTime() - Date.now()) / 60000 : 0);
            return (
              <li key={c.lead}>
                <a class="row row-2" href={`/leads/${c.lead}`}>
                  <CompanyBadge id={c.company} />
                  <span class="row-text">
                    <span class="truncate">{c.title}</span>
                    <small>{[t('lead.lead'), asMoney(c.value)].filter(Boolean).join(', ')}</small>
                  </span>
                  <Clock minutes={minutes} share={c.share_left} />
                </a>
              </li>
            );
          })}
        </ul>
      </section>
      <section>
        <H2 note={data.promises.length || undefined} right={<span class="note">{t('today.promises_note')}</span>}>{t('today.promises')}</H2>
        {data.promises.length === 0 && <p class="note none">{t('today.no_promises')}</p>}
        <ul class="rows">
          {data.promises.map((p) => {
            const due = p.due_on ?? p.due ?? '';
            const left = due ? daysUntil(due) : 0;
            const company = p.owner_company ?? p.company;
            return (
              <li key={p.id ?? p.task ?? p.title}>
                <a class="row row-2" href={p.deal ? `/deals/${p.deal}/plan` : recordHref(p.record)}>
                  <CompanyBadge id={company} />
                  <span class="row-text">
                    <span class="truncate">{p.title}</span>
                    <small>{isOurs(company) ? t('today.you_owe') : t('today.they_owe')}</small>
                  </span>
                  <span class={`nowrap when ${left < 0 ? 'is-neg' : left === 0 ? 'is-warn' : ''}`}>{!due ? '' : left < 0 ? tn('today.days_late', -left) : left === 0 ? t('time.today') : date(due)}</span>
                </a>
              </li>
            );
          })}
        </ul>
      </section>
    </>
  );
}

