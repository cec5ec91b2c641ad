// SPDX-License-Identifier: Apache-2.0
// What the tamper-evident record says about one record: who did what when, at which leaf; a proof to keep and check offline.
import { useData } from '../data';
import { dateTime, num, t } from '../i18n';
import { word } from '../meta';
import { nameOf } from '../names';
import type { Id } from '../types';
import { Icon } from './icon';
import { PersonDot } from './marks';
import { Empty, Load } from './states';
import { H2 } from './controls';

interface Entry { seq: number; at?: string; by?: Id; entity?: string; record?: Id; op?: string; commitment?: string }

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
              {[...d.items].reverse().map((e) => (
                <li class="row" key={e.seq}>
                  {e.by ? <PersonDot id={e.by} /> : <Icon name="Settings" />}
                  <span class="truncate">
                    <strong>{nameOf(e.by, t('audit.system'))}</strong> <span class="t2">{word('audit_op', e.op)}</span> <span class="t3">{word('entity', e.entity)}</span>
                  </span>
                  <span class="push row-end note nowrap">
                    <span>{dateTime(e.at)}</span>
                    <span class="wide-only">{t('audit.leaf', { n: num(e.seq) })}</span>
                    <a href={`/api/v1/audit/proof?seq=${e.seq}`} download={`proof-${e.seq}.json`} title={t('audit.proof')} aria-label={t('audit.proof')}>
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
