// SPDX-License-Identifier: Apache-2.0
// What the tamper-evident record says about one record: who did what when, at which leaf; a proof to keep and check offline.
import { useData } from '../data';
import { dateTime, hasKey, num, t } from '../i18n';
import { word } from '../meta';
import { nameOf } from '../names';
import type { Id } from '../types';
import { Icon } from './icon';
import { PersonDot } from './marks';
import { Empty, Load } from './states';
import { H2 } from './controls';

interface Leaf { at?: string; by?: Id | null; by_company?: Id; entity?: string; id?: Id; op?: string }
interface Entry { seq: number; leaf: Leaf }

const opWord = (op: string | undefined): string => {
  const key = `op.${op ?? ''}`;
  return hasKey(key) ? t(key) : word('op', op);
};

export function AuditTrail({ record, title }: { record: Id; title?: string }) {
  const r = useData<{ items: Entry[] }>(`/audit/entries?record=${record}`);
  return (
    <div class="pad narrow">
      <H2 note={t('audit.note')}>{title ?? t('audit.title')}</H2>
      <Load of={r}>
        {(d) =>
          d.items.length === 0 ? (
            <Empty icon="History" title={t('audit.none')} />
          ) : (
            <ul class="rows">
              {d.items.map(({ seq, leaf: e }) => (
                <li class="row" key={seq}>
                  {e.by ? <PersonDot id={e.by} /> : <Icon name="Settings" />}
                  <span class="truncate">
                    <strong>{nameOf(e.by, t('audit.system'))}</strong> <span class="t2">{word('entity', e.entity)}: {opWord(e.op)}</span>
                  </span>
                  <span class="push row-end note nowrap">
                    <span>{dateTime(e.at)}</span>
                    <span class="wide-only">{t('audit.leaf', { n: num(seq) })}</span>
                    <a href={`/api/v1/audit/proof?seq=${seq}`} download={`proof-${seq}.json`} title={t('audit.proof')} aria-label={t('audit.proof')}>
                      <Icon name="ShieldCheck" />
                    </a>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Load>
    </div>
  );
}
