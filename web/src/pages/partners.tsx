// SPDX-License-Identifier: Apache-2.0
// Partners: the companies of the hub with what stands between us: agreement, leads both ways, won together, money.
import { useData, useList } from '../data';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { word } from '../meta';
import { nameOf } from '../names';
import { Button, H2, Tag } from '../parts/controls';
import { CompanyBadge } from '../parts/marks';
import { Page } from '../parts/shell';
import { Empty, Load } from '../parts/states';
import { go } from '../router';
import { companies, isOurs, mayManage } from '../session';
import type { Agreement, Id, Page as ListPage, Partner } from '../types';

export const partnerOf = (a: Agreement): Id => (isOurs(a.company) ? (a.other ?? '') : (a.company ?? a.other ?? ''));
export const stateTone = (s: string): 'pos' | 'ink' | 'warn' | 'plain' => (s === 'active' || s === 'accepted' ? 'pos' : s === 'proposed' ? 'warn' : s === 'draft' ? 'plain' : 'plain');

export function PartnersPage() {
  const r = useData<ListPage<Partner>>('/partners');
  const agreements = useList<Agreement>('/agreements?sort=-updated_at');
  useKeys({ KeyC: () => (mayManage() ? go('/agreements/new') : false) });
  const byPartner = (c: Id): Agreement[] => (agreements.data ?? []).filter((a) => partnerOf(a) === c);
  const rest = companies.value.filter((c) => !isOurs(c.id) && !(r.data?.items ?? []).some((p) => p.id === c.id));
  return (
    <Page title={t('nav.partners')} heading actions={mayManage() && <Button kind="primary" icon="Plus" kbd="C" href="/agreements/new">{t('create.agreement')}</Button>}>
      <div class="pad">
        <Load of={r}>
          {(d) =>
            d.items.length === 0 && rest.length === 0 ? (
              <Empty icon="Handshake" title={t('partners.none')}>{t('partners.none_text')}</Empty>
            ) : (
              <>
                {d.items.length > 0 && (
                  <div class="partner-table" role="table" aria-label={t('nav.partners')}>
                    <div role="row" class="partner-head">
                      <span role="columnheader">{t('f.company')}</span>
                      <span role="columnheader">{t('partner.agreement')}</span>
                      <span role="columnheader" class="num">{t('leads.given')}</span>
                      <span role="columnheader" class="num">{t('leads.received')}</span>
                      <span role="columnheader" class="num">{t('partner.won')}</span>
                      <span role="columnheader" class="num">{t('partner.open')}</span>
                    </div>
                    {d.items.map((p) => {
                      const a = byPartner(p.id);
                      return (
                        <div role="row" class="partner-row" key={p.id} onClick={(e) => !(e.target as HTMLElement).closest('a') && go(`/partners/${p.id}`)}>
                          <span role="cell">
                            <CompanyBadge id={p.id} size="m" /> <a class="strong" href={`/partners/${p.id}`}>{nameOf(p.id, p.name)}</a>
                          </span>
                          <span role="cell">
                            {a.length ? (
                              a.slice(0, 2).map((x) => (
                                <a key={x.id} href={`/agreements/${x.id}`}>
                                  <Tag tone={stateTone(x.state)}>
                                    {word('agreement_state', x.state)}{x.current_version ? `, ${t('agreement.v', { n: x.current_version })}` : ''}
                                  </Tag>
                                </a>
                              ))
                            ) : (
                              <span class="t3">{t('partner.no_agreement')}</span>
                            )}
                          </span>
                          <span role="cell" class="num">{p.given ?? 0}</span>
                          <span role="cell" class="num">{p.received ?? 0}</span>
                          <span role="cell" class="num">{p.won ?? 0}</span>
                          <span role="cell" class="num">{p.open ?? 0}</span>
                        </div>
                      );
                    })}
                  </div>
                )}
                {rest.length > 0 && (
                  <section>
                    <H2 note={t('partners.others_note')}>{t('partners.others')}</H2>
                    <ul class="rows">
                      {rest.map((c) => (
                        <li key={c.id} class="row">
                          <CompanyBadge id={c.id} />
                          <a class="strong" href={`/partners/${c.id}`}>{c.name}</a>
                          {mayManage() && <Button class="push" size="s" href={`/agreements/new?with=${c.id}`}>{t('partners.propose')}</Button>}
                        </li>
                      ))}
                    </ul>
                  </section>
                )}
              </>
            )
          }
        </Load>
      </div>
    </Page>
  );
}
