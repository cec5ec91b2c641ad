// SPDX-License-Identifier: Apache-2.0
// What the customer allowed, to whom, in which words, and whether he took it back. The receiver reads it once the lead is open.
import { useData } from '../data';
import { date, dateTime, t } from '../i18n';
import { word } from '../meta';
import { nameOf } from '../names';
import type { Consent, Id, Page } from '../types';
import { H2, Tag } from './controls';
import { Icon } from './icon';
import { CompanyName } from './marks';
import { Banner } from './states';

export const useConsents = (lead: Id | null | undefined): Consent[] => useData<Page<Consent>>(lead ? `/leads/${lead}/consents` : null).data?.items ?? [];

/** A warning where one would otherwise call the customer. */
export function ConsentGone({ list, receiver }: { list: Consent[]; receiver?: Id | null }) {
  const gone = list.find((c) => c.withdrawn_at && (!receiver || c.recipient === receiver));
  if (!gone) return null;
  return (
    <Banner tone="warn" icon="Ban">
      {t('consent.gone', { who: gone.given_by ?? '', when: dateTime(gone.withdrawn_at) })} {gone.withdrawn_words && <q>{gone.withdrawn_words}</q>}
    </Banner>
  );
}

export function Consents({ list }: { list: Consent[] }) {
  if (list.length === 0) return null;
  return (
    <section class="consents">
      <H2 icon="MessageSquareQuote">{t('consent.consent')}</H2>
      <ul class="rows">
        {list.map((c) => (
          <li class="row row-2" key={c.id}>
            <Icon name={c.withdrawn_at ? 'Ban' : 'Check'} class={c.withdrawn_at ? 'is-warn' : 'is-pos'} />
            <span class="row-text">
              <span>
                {c.given_by}, {word('consent_channel', c.channel).toLowerCase()}, {date(c.given_at)} {c.words && <q class={c.withdrawn_at ? 'struck' : 't2'}>{c.words}</q>}
              </span>
              <small>
                {c.withdrawn_at ? <>{t('consent.withdrawn_on', { when: dateTime(c.withdrawn_at) })} {c.withdrawn_words && <q>{c.withdrawn_words}</q>}</> : [c.purpose, c.data].filter(Boolean).join('; ')}
              </small>
            </span>
            <span class="push row-end">
              {c.withdrawn_at && <Tag tone="warn">{t('consent.withdrawn')}</Tag>}
              {nameOf(c.recipient) && <CompanyName id={c.recipient} />}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
