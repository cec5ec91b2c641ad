// SPDX-License-Identifier: Apache-2.0
// What to do now, what is too early and when it becomes right; beside it the evidence that would move the stage and who can see this.
import { useData } from '../data';
import { date, t } from '../i18n';
import { word } from '../meta';
import { WhoSees } from '../parts/access';
import { Button, H2 } from '../parts/controls';
import { reasonText } from '../reasons';
import { Icon, type IconName } from '../parts/icon';
import { logEvidence, newTask } from '../parts/log';
import { Dot, rowOf } from '../parts/marks';
import { Columns } from '../parts/shell';
import { Empty, Load } from '../parts/states';
import { mayWrite } from '../session';
import type { Advice, Deal, Guidance, Marker, StageAnswer } from '../types';

const title = (a: Advice): string => a.text || word('seller_action', a.action);

function Judged({ list, icon, verdict, tone }: { list: Advice[] | undefined; icon: IconName; verdict: string; tone: 'warn' | 'neg' }) {
  return (
    <>
      {list?.map((a) => (
        <li key={a.action} class="judged">
          <Icon name={icon} class={`is-${tone}`} />
          <div>
            <strong>{word('seller_action', a.action)}</strong>
            <small class={`is-${tone}`}>{verdict}</small>
          </div>
          <div>
            <p>{a.why ?? a.text}</p>
            {a.when && (
              <small class="t2">
                <Icon name="ArrowRight" size={12} /> {t('guidance.right_once', { sign: a.when })}
              </small>
            )}
          </div>
        </li>
      ))}
    </>
  );
}

export function DealGuidance({ deal, stage }: { deal: Deal; stage: StageAnswer | undefined }) {
  const r = useData<Guidance>(`/deals/${deal.id}/guidance`);
  const may = mayWrite();
  const held = (g: Guidance): boolean => Boolean(g.result.early?.length || g.result.harmful?.length || g.result.late?.length);
  return (
    <Columns
      class="columns-deal"
      main={
        <Load of={r}>
          {(g) => (
            <>
              <section aria-label={t('guidance.right')}>
                <H2 icon="CircleCheck" tone="pos" note={g.because?.[0] && reasonText(g.because[0])}>{t('guidance.right')}</H2>
                {!g.result.right?.length && <Empty title={t('guidance.none')}>{t('guidance.none_text')}</Empty>}
                <ol class="advice">
                  {g.result.right?.map((a, i) => (
                    <li key={a.action}>
                      <div>
                        <h3>{title(a)}</h3>
                        {a.why && <p class="t2">{a.why}</p>}
                        {a.when && <small class="t3">{a.when}</small>}
                      </div>
                      {may && (
                        <span class="push buttons">
                          {i === 0 ? (
                            <>
                              <Button class="phone-wide" kind="primary" size="s" onClick={() => logEvidence(deal.id, stage?.result.missing?.[0])}>{t('guidance.log_answer')}</Button>
                            </>
                          ) : (
                            <Button size="s" onClick={() => newTask(deal.id, 'task', title(a))}>{t('guidance.plan')}</Button>
                          )}
                        </span>
                      )}
                    </li>
                  ))}
                </ol>
              </section>
              {held(g) && (
                <section aria-label={t('guidance.too_early')}>
                  <H2 icon="Hand" tone="warn" note={t('guidance.too_early_note')}>{t('guidance.too_early')}</H2>
                  <ul class="judged-list">
                    <Judged list={g.result.harmful} icon="OctagonX" verdict={t('guidance.harmful')} tone="neg" />
                    <Judged list={g.result.early} icon="Hourglass" verdict={t('guidance.early')} tone="warn" />
                    <Judged list={g.result.late} icon="ClockAlert" verdict={t('guidance.late')} tone="warn" />
                  </ul>
                </section>
              )}
              {g.because && g.because.length > 1 && (
                <section>
                  <H2 icon="Info" note={t('guidance.because_note')}>{t('guidance.because')}</H2>
                  <ul class="reasons">
                    {g.because.map((b, i) => (
                      <li key={i}>{reasonText(b)}</li>
                    ))}
                  </ul>
                </section>
              )}
            </>
          )}
        </Load>
      }
      side={
        <>
          {stage && <Missing deal={deal} stage={stage} />}
          <WhoSees root={`deals/${deal.id}`} entity="deal" owner={deal.company} href={`/deals/${deal.id}/access`} />
        </>
      }
    />
  );
}

function Missing({ deal, stage }: { deal: Deal; stage: StageAnswer }) {
  const all = stage.result.stages.flatMap((s) => s.markers);
  const names = stage.result.missing ?? rowOf(stage.result.stages, stage.result.proven ?? '')?.markers.filter((m) => m.state !== 'proven').map((m) => m.marker) ?? [];
  const list: Marker[] = names.map((n) => all.find((m) => m.marker === n) ?? { marker: n, state: 'open' });
  const blind = stage.result.blind_spots ?? [];
  return (
    <section>
      <H2 note={t('stage.missing_note')}>{t('stage.missing')}</H2>
      {list.length === 0 && <p class="note none">{t('stage.nothing_missing')}</p>}
      <ul class="rows">
        {list.map((m) => (
          <li key={m.marker} class="row row-2 missing">
            <Dot state={m.state} />
            <span class="row-text">
              <span>{word('marker', m.marker)}</span>
              <small>{note(m)}</small>
            </span>
            {mayWrite() && <Button size="s" icon="Paperclip" onClick={() => logEvidence(deal.id, m.marker)}>{t('stage.attach')}</Button>}
          </li>
        ))}
      </ul>
      {blind.length > 0 && (
        <>
          <h3 class="label">{t('stage.blind')}</h3>
          <p class="note">{blind.map((b) => word('marker', b)).join(', ')}</p>
        </>
      )}
    </section>
  );
}

export function note(m: Marker): string {
  const parts = [m.basis && word('evidence_basis', m.basis), m.source, m.on && date(m.on)].filter(Boolean).join(', ');
  if (m.state === 'claimed') return parts ? t('stage.claimed_by', { how: parts }) : t('stage.claimed_only');
  if (m.state === 'open') return t('stage.nobody_said');
  if (m.state === 'faded') return t('stage.faded', { how: parts });
  if (m.state === 'contradicted') return t('stage.contradicted', { how: parts });
  return parts;
}
