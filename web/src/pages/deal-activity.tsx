// SPDX-License-Identifier: Apache-2.0
// What happened, newest first: activities and comments of all companies in the room, then the record of changes.
import { remove } from '../api';
import { refresh, useList } from '../data';
import { dateTime, duration, t } from '../i18n';
import { useKeys } from '../keys';
import { word } from '../meta';
import { nameOf } from '../names';
import { AuditTrail } from '../parts/audit';
import { Button, H2, IconButton, Menu, Tag } from '../parts/controls';
import { confirm } from '../parts/dialog';
import { CommentBox, editActivity, editComment, logActivity } from '../parts/log';
import { CompanyBadge, PersonDot } from '../parts/marks';
import { Empty, Load } from '../parts/states';
import { isOurs, mayWrite } from '../session';
import type { Activity, Comment, Deal } from '../types';

type Item = { id: string; at: string; who: string; company?: string; kind: string; text: string; more: string; own: boolean; rec: Activity | Comment };

export function DealActivity({ deal }: { deal: Deal }) {
  const acts = useList<Activity>(`/deals/${deal.id}/activities`);
  const comments = useList<Comment>(`/deals/${deal.id}/comments`);
  useKeys({ KeyC: () => logActivity(deal.id) });
  const items: Item[] = [
    ...(acts.data ?? []).map((a) => ({
      id: a.id, at: a.at ?? a.created_at ?? '', who: a.actor ?? '', company: a.company, kind: word('activity_kind', a.kind), text: a.summary ?? '',
      more: [a.person, a.minutes ? duration(a.minutes) : '', a.result].filter(Boolean).join(', '), own: a.audience === 'company', rec: a,
    })),
    ...(comments.data ?? []).map((c) => ({
      id: c.id, at: c.created_at ?? '', who: c.author ?? c.actor ?? c.created_by ?? '', company: c.company, kind: '', text: c.text ?? '', more: '', own: c.audience === 'company', rec: c,
    })),
  ].sort((a, b) => b.at.localeCompare(a.at));
  return (
    <>
      <div class="pad narrow">
        <H2 right={mayWrite() && <Button size="s" icon="Plus" kbd="C" onClick={() => logActivity(deal.id)}>{t('log.activity')}</Button>}>{t('activity.title')}</H2>
        {mayWrite() && <CommentBox deal={deal.id} />}
        <Load of={acts}>
          {() =>
            items.length === 0 ? (
              <Empty icon="MessageSquare" title={t('activity.none')}>{t('activity.none_text')}</Empty>
            ) : (
              <ol class="timeline">
                {items.map((i) => (
                  <li key={i.id}>
                    <PersonDot id={i.who} size="m" />
                    <div>
                      <p class="timeline-head">
                        <strong>{nameOf(i.who)}</strong> <CompanyBadge id={i.company} size="s" /> {i.kind && <span class="t2">{i.kind}</span>} {i.own && <Tag icon="Lock">{t('log.company_only')}</Tag>}
                        <span class="push note nowrap">{dateTime(i.at)}</span>
                        {isOurs(i.company) && mayWrite() && (
                          <Menu
                            label={t('common.more')}
                            trigger={(open) => <IconButton icon="Ellipsis" label={t('common.more')} onClick={open} size={14} />}
                            items={[
                              { label: t('common.edit'), icon: 'Pencil', onClick: () => (i.kind ? editActivity(i.rec) : editComment(i.rec)) },
                              { label: t('common.delete'), icon: 'Trash2', danger: true, onClick: () => confirm({ title: t('activity.delete'), text: t('activity.delete_text'), verb: t('common.delete'), run: async () => { await remove(`/${i.kind ? 'activities' : 'comments'}/${i.id}`); await refresh(); } }) },
                            ]}
                          />
                        )}
                      </p>
                      <p class="timeline-text">{i.text}</p>
                      {i.more && <p class="note">{i.more}</p>}
                    </div>
                  </li>
                ))}
              </ol>
            )
          }
        </Load>
      </div>
      <AuditTrail record={deal.id} />
    </>
  );
}
