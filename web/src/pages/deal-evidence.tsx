// SPDX-License-Identifier: Apache-2.0
// The markers of each stage with what shows them, and every piece of evidence behind.
import { patch, remove } from '../api';
import { refresh, type Loaded } from '../data';
import { date, t } from '../i18n';
import { word } from '../meta';
import { nameOf } from '../names';
import { Button, H2, Menu, IconButton, Tag } from '../parts/controls';
import { confirm } from '../parts/dialog';
import { Icon, type IconName } from '../parts/icon';
import { logEvidence } from '../parts/log';
import { CompanyBadge, Dot, STAGES, stageFigures } from '../parts/marks';
import { Empty, Load } from '../parts/states';
import { attempt } from '../parts/toast';
import { isOurs, mayWrite } from '../session';
import type { Deal, Evidence, MarkerState, StageAnswer } from '../types';
import { note } from './deal-guidance';

const BASIS: Record<string, IconName> = { seen: 'Eye', told: 'Ear', inferred: 'Lightbulb' };
const stateOf = (e: Evidence): MarkerState => (e.status === 'contradicted' ? 'contradicted' : e.status === 'confirmed' ? 'proven' : 'claimed');

export function DealEvidence({ deal, stage, list }: { deal: Deal; stage: StageAnswer | undefined; list: Loaded<Evidence[]> }) {
  const may = mayWrite();
  const settle = (e: Evidence, status: string): void =>
    void attempt(async () => {
      await patch(`/evidence/${e.id}`, e, { status });
      await refresh();
    }, t('common.saved'), async () => {
      await patch(`/evidence/${e.id}`, undefined, { status: e.status ?? null });
      await refresh();
    });
  return (
    <div class="pad evidence">
      <section class="marker-grid">
        {STAGES.map((s) => {
          const row = stage?.result.stages.find((r) => r.stage === s);
          return (
            <div key={s}>
              <h2>
                {word('buyer_stage', s)} <small class="t3">{row && stageFigures(row)}</small>
              </h2>
              <ul>
                {row?.markers.map((m) => (
                  <li key={m.marker}>
                    <Dot state={m.state} />
                    <span>
                      {word('marker', m.marker)}
                      {m.state !== 'open' && <small>{note(m)}</small>}
                    </span>
                    {may && m.state !== 'proven' && (
                      <button type="button" class="icon-btn" title={t('log.evidence')} aria-label={`${t('log.evidence')}: ${word('marker', m.marker)}`} onClick={() => logEvidence(deal.id, m.marker)}>
                        <Icon name="Plus" size={14} />
                      </button>
                    )}
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
      </section>
      <section class="narrow">
        <H2 note={t('evidence.log_note')} right={may && <Button size="s" icon="Plus" kbd="L" onClick={() => logEvidence(deal.id)}>{t('log.evidence')}</Button>}>{t('evidence.log')}</H2>
        <Load of={list}>
          {(items) =>
            items.length === 0 ? (
              <Empty icon="Paperclip" title={t('evidence.none')} action={may && <Button kind="primary" onClick={() => logEvidence(deal.id)}>{t('log.evidence')}</Button>}>
                {t('evidence.none_text')}
              </Empty>
            ) : (
              <ul class="rows claims">
                {[...items].reverse().map((e) => (
                  <li class="row row-2" key={e.id}>
                    <Dot state={stateOf(e)} />
                    <span class="row-text">
                      <span class={e.status === 'contradicted' ? 'struck' : ''}>
                        <strong>{word('marker', e.marker)}</strong> {e.note && <span class="t2">{e.note}</span>}
                      </span>
                      <small>
                        <Icon name={BASIS[e.basis ?? ''] ?? 'Info'} size={12} /> {word('evidence_basis', e.basis)}
                        {e.source && `, ${e.source}`}
                        {e.seen_on && `, ${date(e.seen_on)}`}
                        {e.created_by && ` · ${nameOf(e.created_by)}`}
                      </small>
                    </span>
                    <span class="push row-end">
                      {!isOurs(e.company) && <CompanyBadge id={e.company} size="s" />}
                      {e.audience === 'company' && <Tag icon="Lock">{t('log.company_only')}</Tag>}
                      <span class={e.status === 'contradicted' ? 'is-neg' : 't2'}>{word('evidence_status', e.status)}</span>
                      {may && isOurs(e.company) && (
                        <Menu
                          label={t('common.more')}
                          trigger={(open) => <IconButton icon="Ellipsis" label={t('common.more')} onClick={open} size={14} />}
                          items={[
                            ...(e.status !== 'confirmed' ? [{ label: t('evidence.confirm'), icon: 'Check' as const, onClick: () => settle(e, 'confirmed') }] : []),
                            ...(e.status !== 'contradicted' ? [{ label: t('evidence.contradict'), icon: 'CircleX' as const, onClick: () => settle(e, 'contradicted') }] : []),
                            { label: t('common.delete'), icon: 'Trash2' as const, danger: true, onClick: () => confirm({ title: t('evidence.delete'), text: t('evidence.delete_text'), verb: t('common.delete'), run: async () => { await remove(`/evidence/${e.id}`); await refresh(); } }) },
                          ]}
                        />
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </Load>
      </section>
    </div>
  );
}
