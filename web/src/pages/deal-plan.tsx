// SPDX-License-Identifier: Apache-2.0
// The shared plan: tasks, promises and requests for help, each owned by one company; done with a click, undone with Z.
import { patch, remove } from '../api';
import { refresh, type Loaded } from '../data';
import { date, daysUntil, t, tn } from '../i18n';
import { useKeys } from '../keys';
import { word } from '../meta';
import { Button, H2, IconButton, Menu, Tag } from '../parts/controls';
import { editTask, newTask } from '../parts/log';
import { CompanyBadge, Person } from '../parts/marks';
import { Empty, Load } from '../parts/states';
import { attempt } from '../parts/toast';
import { isOurs, mayWrite } from '../session';
import type { Deal, Task } from '../types';

export const taskOpen = (x: Task): boolean => !x.state || ['open', 'todo', 'planned', 'given', 'accepted'].includes(x.state);

export function DealPlan({ deal, list }: { deal: Deal; list: Loaded<Task[]> }) {
  useKeys({ KeyC: () => newTask(deal.id) });
  const set = (x: Task, state: string): void =>
    void attempt(async () => {
      await patch(`/tasks/${x.id}`, x, { state });
      await refresh();
    }, state === 'done' || state === 'kept' ? t('today.done') : t('common.saved'), async () => {
      await patch(`/tasks/${x.id}`, undefined, { state: x.state ?? 'open' });
      await refresh();
    });
  const row = (x: Task) => {
    const left = x.due_on ? daysUntil(x.due_on) : null;
    const open = taskOpen(x);
    const may = mayWrite() && (isOurs(x.owner_company) || isOurs(x.company));
    return (
      <li class={`row row-2 task ${open ? '' : 'is-done'}`} key={x.id}>
        <input type="checkbox" checked={!open} disabled={!may} aria-label={t('plan.done', { what: x.title ?? '' })} onChange={() => set(x, open ? 'done' : 'open')} />
        <span class="row-text">
          <span>{x.title}</span>
          <small>
            {x.kind && x.kind !== 'task' && <Tag tone={x.kind === 'help' ? 'warn' : 'ink'}>{word('task_kind', x.kind)}</Tag>} {!open && word('task_state', x.state)}
          </small>
        </span>
        <span class="push row-end">
          {x.audience === 'company' && <Tag icon="Lock">{t('log.company_only')}</Tag>}
          <CompanyBadge id={x.owner_company ?? x.company} size="s" />
          {x.owner && <Person id={x.owner} />}
          {left !== null && <span class={`nowrap when ${open && left < 0 ? 'is-neg' : open && left === 0 ? 'is-warn' : 't3'}`}>{open && left < 0 ? tn('today.days_late', -left) : left === 0 ? t('time.today') : date(x.due_on)}</span>}
          {isOurs(x.company) && mayWrite() && (
            <Menu
              label={t('common.more')}
              trigger={(o) => <IconButton icon="Ellipsis" label={t('common.more')} onClick={o} size={14} />}
              items={[
                { label: t('common.edit'), icon: 'Pencil', onClick: () => editTask(deal.id, x) },
                { label: t('common.delete'), icon: 'Trash2', danger: true, onClick: () => void attempt(async () => { await remove(`/tasks/${x.id}`); await refresh(); }, t('common.deleted')) },
              ]}
            />
          )}
        </span>
      </li>
    );
  };
  return (
    <div class="pad narrow">
      <H2 note={t('plan.note')} right={mayWrite() && <Button size="s" icon="Plus" kbd="C" onClick={() => newTask(deal.id)}>{t('log.task')}</Button>}>{t('plan.title')}</H2>
      <Load of={list}>
        {(items) => {
          const open = items.filter(taskOpen).sort((a, b) => String(a.due_on ?? '9').localeCompare(String(b.due_on ?? '9')));
          const done = items.filter((x) => !taskOpen(x));
          if (items.length === 0)
            return (
              <Empty icon="ListChecks" title={t('plan.none')} action={mayWrite() && <Button kind="primary" onClick={() => newTask(deal.id)}>{t('log.task')}</Button>}>
                {t('plan.none_text')}
              </Empty>
            );
          return (
            <>
              <ul class="rows">{open.map(row)}</ul>
              {done.length > 0 && (
                <details class="done-list">
                  <summary>{tn('plan.done_count', done.length)}</summary>
                  <ul class="rows">{done.map(row)}</ul>
                </details>
              )}
            </>
          );
        }}
      </Load>
    </div>
  );
}
