// SPDX-License-Identifier: Apache-2.0
// One partner: what we agreed, leads both ways, deals together, promises, money.
import { Balance } from '../charts/bars';
import { useData, useList } from '../data';
import { addMoney, date, money, t, tn } from '../i18n';
import { useKeys } from '../keys';
import { word } from '../meta';
import { nameOf } from '../names';
import { Button, H2, Line, Tabs, Tag } from '../parts/controls';
import { openHandover } from '../parts/create';
import { valueRange } from '../parts/handover';
import { Icon } from '../parts/icon';
import { Clock, CompanyBadge, LeadState } from '../parts/marks';
import { Columns, Page } from '../parts/shell';
import { Empty, Load } from '../parts/states';
import { isOurs, mayManage, mayWrite, session } from '../session';
import type { Agreement, Deal, Lead, Page as ListPage, Partner, Statement } from '../types';
import { DealRows } from './account';
import { clockOf, needOf } from './leads';
import { partnerOf, stateTone } from './partners';

export function PartnerPage({ id, tab = 'overview' }: { id: string; tab?: string }) {
  const list = useData<ListPage<Partner>>('/partners');
  const r = { ...list, data: list.data && (list.data.items.find((p) => p.id === id) ?? { id }) };
  const agreements = useList<Agreement>('/agreements?sort=-updated_at');
  const leads = useList<Lead>('/leads?sort=-created_at');
  const deals = useList<Deal>('/deals?sort=-updated_at');
  const statements = useList<Statement>('/statements?sort=-updated_at');
  useKeys({ KeyH: () => openHandover() });
  const mine = (agreements.data ?? []).filter((a) => partnerOf(a) === id);
  const between = (leads.data ?? []).filter((l) => l.receiver === id || (l.sender ?? l.company) === id);
  const given = between.filter((l) => l.receiver === id);
  const received = between.filter((l) => (l.sender ?? l.company) === id);
  const dealIds = new Set(between.map((l) => l.deal).filter(Boolean));
  const together = (deals.data ?? []).filter((d) => d.company === id || dealIds.has(d.id));
  const money_ = (statements.data ?? []).filter((s) => s.payer === id || s.payee === id);
  const earned = (ours_: boolean): string => {
    const some = money_.filter((s) => (ours_ ? isOurs(s.payee) : isOurs(s.payer)) && s.total);
    return [...new Set(some.map((s) => s.total!.currency))].map((c) => money(addMoney(some.map((s) => s.total), c), true)).join(' + ');
  };
  const active = mine.find((a) => a.state === 'active') ?? mine[0];
  const name = nameOf(id, t('nav.partners'));
  const href = (x: string): string => `/partners/${id}${x === 'overview' ? '' : `/${x}`}`;
  const leadRows = (list: Lead[]) => (
    <ul class="rows">
      {list.map((l) => {
        const c = clockOf(l);
        return (
          <li key={l.id}>
            <a class="row" href={`/leads/${l.id}`}>
              <Icon name={l.receiver === id ? 'ArrowUpRight' : 'ArrowDownLeft'} />
              <span class="truncate">
                {needOf(l)} <span class="t2">{l.account_name}</span>
              </span>
              <span class="push row-end">
                {c ? <Clock minutes={c.minutes} share={c.share} /> : <LeadState state={l.state} />}
                <span class="money-col">{valueRange(l.value_low, l.value_high)}</span>
              </span>
            </a>
          </li>
        );
      })}
    </ul>
  );
  const agreementRows = (
    <ul class="rows">
      {mine.map((a) => (
        <li key={a.id}>
          <a class="row row-2" href={`/agreements/${a.id}`}>
            <Icon name="FileText" />
            <span class="row-text">
              <span>{a.title ?? t('agreement.with', { company: name })}</span>
              <small>{a.active_from ? t('agreement.since', { date: date(a.active_from, 'long') }) : date(a.updated_at)}</small>
            </span>
            <span class="push row-end">
              <Tag tone={stateTone(a.state)}>{word('agreement_state', a.state)}</Tag>
              {a.current_version && <span class="t2">{t('agreement.version', { n: a.current_version })}</span>}
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
  const propose = mayManage() && <Button kind="primary" href={`/agreements/new?with=${id}`}>{t('partners.propose')}</Button>;
  return (
    <Page
      title={name}
      crumbs={[{ label: t('nav.partners'), href: '/partners' }]}
      pin={{ label: name, icon: 'Handshake' }}
      actions={active && mayWrite() ? <Button kind="primary" icon="ArrowLeftRight" kbd="H" onClick={() => openHandover()}>{t('handover.button')}</Button> : !active && propose}
    >
      <Load of={r}>
        {(p) => (
          <>
            <header class="record-head">
              <div class="record-title">
                <CompanyBadge id={id} size="xl" />
                <div>
                  <h1>{name}</h1>
                  <Line items={[active ? <a class="link" href={`/agreements/${active.id}`}>{t('partner.agreement_n', { n: active.current_version ?? 1, state: word('agreement_state', active.state).toLowerCase() })}</a> : t('partner.no_agreement'), between[0] && t('partner.last_lead', { date: date(between[0].created_at) })]} />
                </div>
                <dl class="figures push">
                  <div>
                    <dt>{t('partner.won_together')}</dt>
                    <dd>{p.won ?? together.filter((d) => d.outcome?.startsWith('won')).length}</dd>
                  </div>
                  {earned(true) && (
                    <div>
                      <dt>{t('money.we_earn')}</dt>
                      <dd>{earned(true)}</dd>
                    </div>
                  )}
                  {earned(false) && (
                    <div>
                      <dt>{t('money.we_pay')}</dt>
                      <dd>{earned(false)}</dd>
                    </div>
                  )}
                </dl>
              </div>
              <Tabs
                at={tab}
                tabs={[
                  { id: 'overview', label: t('tab.overview'), href: href('overview') },
                  { id: 'agreement', label: t('partner.agreement'), count: mine.length, href: href('agreement') },
                  { id: 'leads', label: t('nav.leads'), count: between.length, href: href('leads') },
                  { id: 'deals', label: t('nav.deals'), count: together.length, href: href('deals') },
                  { id: 'money', label: t('nav.money'), count: money_.length, href: href('money') },
                ]}
              />
            </header>
            {tab === 'overview' && (
              <Columns
                class="columns-account"
                main={
                  <>
                    <section>
                      <H2>{t('partner.agreement')}</H2>
                      {mine.length ? agreementRows : <Empty icon="FileText" title={t('partner.no_agreement')} action={propose}>{t('partner.no_agreement_text')}</Empty>}
                    </section>
                    <section>
                      <H2 note={together.length ? tn('account.open_deals', together.filter((d) => (d.outcome ?? 'open') === 'open').length) : undefined}>{t('partner.deals')}</H2>
                      {together.length ? <DealRows list={together.slice(0, 8)} /> : <p class="note none">{t('partner.no_deals')}</p>}
                    </section>
                  </>
                }
                side={
                  <>
                    <section>
                      <H2>{t('partner.balance')}</H2>
                      <Balance left={p.given ?? given.length} right={p.received ?? received.length} leftLabel={t('leads.given')} rightLabel={t('leads.received')} note="" />
                    </section>
                    <section>
                      <H2>{t('partner.latest')}</H2>
                      {between.length ? leadRows(between.slice(0, 6)) : <p class="note none">{t('partner.no_leads')}</p>}
                    </section>
                  </>
                }
              />
            )}
            <div class="pad narrow" hidden={tab === 'overview'}>
              {tab === 'agreement' && (mine.length ? agreementRows : <Empty icon="FileText" title={t('partner.no_agreement')} action={propose}>{t('partner.no_agreement_text')}</Empty>)}
              {tab === 'leads' && (between.length ? leadRows(between) : <Empty icon="ArrowLeftRight" title={t('partner.no_leads')}>{t('leads.none_text')}</Empty>)}
              {tab === 'deals' && (together.length ? <DealRows list={together} /> : <Empty icon="SquareKanban" title={t('partner.no_deals')} />)}
              {tab === 'money' && (money_.length ? <StatementRows list={money_} /> : <Empty icon="Scale" title={t('money.none')}>{t('money.none_text')}</Empty>)}
            </div>
          </>
        )}
      </Load>
    </Page>
  );
}

export function StatementRows({ list }: { list: Statement[] }) {
  return (
    <ul class="rows">
      {list.map((s) => (
        <li key={s.id}>
          <a class="row row-2" href={`/money/${s.id}`}>
            <CompanyBadge id={isOurs(s.payer) ? s.payee : s.payer} />
            <span class="row-text">
              <span>{s.number ?? t('money.statement')} {s.deal_name ?? nameOf(s.deal)}</span>
              <small>
                {t('money.pays', { payer: nameOf(s.payer), payee: nameOf(s.payee) })} · {date(s.created_at)}
              </small>
            </span>
            <span class="push row-end">
              <Tag tone={s.state === 'paid' ? 'pos' : s.state === 'disputed' ? 'neg' : s.state === 'locked' || s.state === 'approved' ? 'ink' : 'warn'}>{word('statement_state', s.state)}</Tag>
              <strong class={`money-col ${s.payer === session.value?.company.id ? '' : 'is-pos'}`}>{money(s.total, true)}</strong>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
