// SPDX-License-Identifier: Apache-2.0
// One account: plan on one printable page, orders over time, people, deals, what happened, who can see it.
import { Bars } from '../charts/bars';
import { useData, useList } from '../data';
import { ago, amount, date, listOf, money, moneyShort, num, rate, t, tn } from '../i18n';
import { useKeys } from '../keys';
import { nameOf } from '../names';
import { Access, liveMembers, useMembers, WhoSees } from '../parts/access';
import { AuditTrail } from '../parts/audit';
import { Button, Facts, H2, Line, Tabs, Tag } from '../parts/controls';
import { editAccount, editContact, newContact, newDeal, openHandover } from '../parts/create';
import { confirm } from '../parts/dialog';
import { CompanyName, Person, PersonDot } from '../parts/marks';
import { StageMini } from '../parts/stage';
import { useActions } from '../parts/palette';
import { Columns, Page } from '../parts/shell';
import { Empty, Load } from '../parts/states';
import { Table, type Column } from '../parts/table';
import { remove } from '../api';
import { go } from '../router';
import { isOurs, mayManage, mayWrite } from '../session';
import type { Account, Contact, Deal, Money, Order } from '../types';
import { word } from '../meta';

interface Quarters { currency: string | null; quarters: { quarter: string; total: Money; orders?: number }[]; last_four_quarters?: Money | null; last_12_months?: Money | null }
const TABS = ['plan', 'orders', 'people', 'deals', 'activity', 'access'] as const;

export function AccountPage({ id, tab = 'plan' }: { id: string; tab?: string }) {
  const r = useData<Account>(`/accounts/${id}`);
  const quarters = useData<Quarters>(`/accounts/${id}/orders-by-quarter`);
  const contacts = useList<Contact>(`/accounts/${id}/contacts`);
  const deals = useList<Deal>(`/deals?filter[account]=${id}&sort=-updated_at`);
  const members = useMembers(`accounts/${id}`);
  const a = r.data;
  const own = isOurs(a?.company);
  const href = (x: string): string => `/accounts/${id}${x === 'plan' ? '' : `/${x}`}`;
  const at = (TABS as readonly string[]).indexOf(tab);
  useKeys({
    KeyH: () => (own ? openHandover(id) : false),
    KeyE: () => (a && own && mayWrite() ? editAccount(a) : false),
    KeyC: () => newDeal(id, a?.name),
    BracketLeft: () => (at > 0 ? go(href(TABS[at - 1]!)) : false),
    BracketRight: () => (at < TABS.length - 1 ? go(href(TABS[at + 1]!)) : false),
  });
  useActions(a?.name ?? '', 'Building2', mayWrite() ? [
    ...(own ? [{ label: t('handover.title'), icon: 'ArrowLeftRight' as const, kbd: 'H', run: () => openHandover(id) }] : []),
    { label: t('create.deal'), icon: 'Plus', kbd: 'C', run: () => newDeal(id, a?.name) },
    ...(own ? [{ label: t('create.contact'), icon: 'UserPlus' as const, run: () => newContact(id) }] : []),
  ] : []);
  const total = quarters.data?.last_12_months ?? quarters.data?.last_four_quarters;
  const seenBy = liveMembers(members);
  return (
    <Page
      title={a?.name ?? t('nav.accounts')}
      crumbs={[{ label: t('nav.accounts'), href: '/accounts' }]}
      seenBy={seenBy}
      pin={a && { label: a.name, icon: 'Building2' }}
      actions={<Button kind="ghost" icon="Printer" class="wide-only" onClick={() => print()}>{t('common.print')}</Button>}
      more={
        a && own && mayWrite()
          ? [
              { label: t('account.edit'), icon: 'Pencil', kbd: 'E', onClick: () => editAccount(a) },
              { label: t('create.contact'), icon: 'UserPlus', onClick: () => newContact(id) },
              ...(mayManage() ? [{
                label: t('common.delete'), icon: 'Trash2' as const, danger: true,
                onClick: () => confirm({ title: t('account.delete', { name: a.name }), text: t('accounts.delete_text'), verb: t('common.delete'), run: async () => { await remove(`/accounts/${id}`); go('/accounts'); } }),
              }] : []),
            ]
          : []
      }
    >
      <Load of={r}>
        {(acc) => (
          <>
            <header class="record-head">
              <div class="record-title">
                <h1>{acc.name}</h1>
                {!own && <CompanyName id={acc.company} />}
                <span class="push buttons">
                  {own && mayWrite() && <Button icon="ArrowLeftRight" kbd="H" onClick={() => openHandover(id)}>{t('handover.button')}</Button>}
                  {mayWrite() && <Button kind="primary" icon="Plus" kbd="C" onClick={() => newDeal(id, acc.name)}>{t('create.deal')}</Button>}
                </span>
              </div>
              <Line
                items={[
                  [acc.industry && word('industry', acc.industry), acc.size ? tn('account.employees', Number(acc.size)) : '', [acc.city, acc.country].filter(Boolean).join(', ')].filter(Boolean).join(', '),
                  total && Number(total.amount) > 0 && t('account.orders_12', { sum: money(total) }),
                  acc.budget_closes && t('account.budget', { date: date(acc.budget_closes, 'long') }),
                  acc.owner && <Person id={acc.owner} />,
                  seenBy.length > 0 && t('account.with', { names: listOf(seenBy.map((c) => nameOf(c))) }),
                ]}
              />
              <Tabs
                at={tab}
                tabs={[
                  { id: 'plan', label: t('tab.plan'), href: href('plan') },
                  { id: 'orders', label: t('tab.orders'), href: href('orders') },
                  { id: 'people', label: t('tab.people'), count: contacts.data?.length, href: href('people') },
                  { id: 'deals', label: t('tab.deals'), count: deals.data?.length, href: href('deals') },
                  { id: 'activity', label: t('tab.activity'), href: href('activity') },
                  { id: 'access', label: t('tab.access'), href: href('access') },
                ]}
              />
            </header>
            {tab === 'plan' && <Plan a={acc} quarters={quarters.data} contacts={contacts.data} deals={deals.data} />}
            {tab === 'orders' && <Orders id={id} quarters={quarters.data} />}
            {tab === 'people' && <People id={id} list={contacts.data} own={own && mayWrite()} />}
            {tab === 'deals' && <Deals list={deals.data} account={acc} />}
            {tab === 'activity' && <AuditTrail record={id} />}
            {tab === 'access' && <Access root={`accounts/${id}`} entity="account" owner={acc.company} />}
          </>
        )}
      </Load>
    </Page>
  );
}

const quarterLabel = (q: string): string => {
  const [year, n] = q.split('-');
  return `${n ?? ''} ${String(year ?? '').slice(2)}`.trim();
};

function Chart({ q }: { q: Quarters }) {
  return (
    <Bars
      title={t('account.by_quarter')}
      unit={q.currency ?? ''}
      axis={(v) => (v === 0 ? '0' : moneyShort({ amount: String(v), currency: q.currency ?? 'EUR' }))}
      bars={q.quarters.slice(-12).map((x) => ({
        label: quarterLabel(x.quarter),
        value: Number(x.total.amount),
        shown: money(x.total),
        tick: moneyShort(x.total),
      }))}
    />
  );
}

function Plan({ a, quarters, contacts, deals }: { a: Account; quarters?: Quarters; contacts?: Contact[]; deals?: Deal[] }) {
  const open = (deals ?? []).filter((d) => (d.outcome ?? 'open') === 'open');
  const reach = [a.phone, a.domain].filter(Boolean);
  return (
    <Columns
      class="columns-account"
      main={
        <>
          <section>
            <H2 note={open.length ? tn('account.open_deals', open.length) : undefined} right={mayWrite() && <Button size="s" icon="Plus" onClick={() => newDeal(a.id, a.name)}>{t('create.deal')}</Button>}>{t('account.in_work')}</H2>
            {open.length === 0 ? <p class="note none">{t('account.no_deals')}</p> : <DealRows list={open} />}
          </section>
          <section>
            <H2 note={contacts ? tn('account.people_count', contacts.length) : undefined} right={isOurs(a.company) && mayWrite() && <Button size="s" icon="UserPlus" onClick={() => newContact(a.id)}>{t('create.contact')}</Button>}>{t('tab.people')}</H2>
            {contacts?.length === 0 && <p class="note none">{t('account.no_people')}</p>}
            <ul class="rows">
              {contacts?.slice(0, 6).map((c) => (
                <ContactRow key={c.id} c={c} />
              ))}
            </ul>
          </section>
          <section>
            <H2>{t('account.facts')}</H2>
            <Facts
              rows={[
                [t('f.full_name'), a.full_name],
                [t('f.address'), [a.address, [a.postal_code, a.city].filter(Boolean).join(' '), a.region, a.country].filter(Boolean).join(', ')],
                [t('account.reach'), reach.join(', ')],
                [t('f.tax_number'), a.tax_number],
                [t('f.register_number'), a.register_number],
                [t('f.external_id'), a.external_id as string],
                [t('f.notes'), a.notes],
                [t('f.changed'), ago(a.updated_at)],
              ]}
            />
          </section>
        </>
      }
      side={
        <>
          <section>
            <H2 note={quarters?.currency}>{t('account.by_quarter')}</H2>
            {quarters && quarters.quarters.some((q) => Number(q.total.amount) > 0) ? (
              <Chart q={quarters} />
            ) : (
              <Empty title={t('account.no_orders')} action={mayWrite() && <Button href="/import">{t('nav.import')}</Button>}>
                {t('account.no_orders_text')}
              </Empty>
            )}
          </section>
          <WhoSees root={`accounts/${a.id}`} entity="account" owner={a.company} href={`/accounts/${a.id}/access`} />
        </>
      }
    />
  );
}

export function DealRows({ list }: { list: Deal[] }) {
  return (
    <ul class="rows">
      {list.map((d) => (
        <li key={d.id}>
          <a class="row" href={`/deals/${d.id}`}>
            <strong class="truncate">{d.name}</strong>
            {!isOurs(d.company) && <CompanyName id={d.company} />}
            <span class="push row-end">
              {d.outcome && d.outcome !== 'open' ? <Tag tone={d.outcome.startsWith('won') ? 'pos' : 'plain'}>{word('deal_outcome', d.outcome)}</Tag> : <StageMini deal={d.id} proven={d.stage} />}
              <span class="money-col">{money(d.won_amount ?? d.amount)}</span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function ContactRow({ c, edit }: { c: Contact; edit?: boolean }) {
  return (
    <li class="row row-2">
      <PersonDot id={c.id} name={c.name} size="m" />
      <span class="row-text">
        <a href={`/people/${c.id}`}>{c.name}</a>
        {c.title && <small>{c.title}</small>}
      </span>
      <span class="push row-end contact-ways">
        {c.phone && <a href={`tel:${c.phone}`}>{c.phone}</a>}
        {c.email && <a href={`mailto:${c.email}`}>{c.email}</a>}
        {edit && <Button size="s" onClick={() => editContact(c)}>{t('common.edit')}</Button>}
      </span>
    </li>
  );
}

function Orders({ id, quarters }: { id: string; quarters?: Quarters }) {
  const list = useList<Order>(`/accounts/${id}/orders`);
  const cols: Column<Order>[] = [
    { id: 'no', label: t('order.no'), width: '90px', cell: (o) => o.order_no },
    { id: 'on', label: t('order.on'), width: '110px', cell: (o) => date(o.ordered_on, 'full') },
    { id: 'product', label: t('order.product'), width: 'minmax(160px, 2fr)', fixed: true, cell: (o) => o.product_name ?? nameOf(o.product) },
    { id: 'qty', label: t('order.quantity'), width: '80px', num: true, cell: (o) => (o.quantity === undefined ? '' : num(Number(o.quantity), 3)) },
    { id: 'price', label: t('order.price'), width: '100px', num: true, cell: (o) => amount(o.unit_price) },
    { id: 'discount', label: t('order.discount'), width: '90px', num: true, cell: (o) => (o.discount && o.discount !== '0/1' && o.discount !== '0' ? rate(o.discount) : '') },
    { id: 'total', label: t('order.total'), width: '120px', num: true, cell: (o) => <strong>{money(o.total, true)}</strong> },
  ];
  return (
    <Load of={list}>
      {(rows) =>
        rows.length === 0 ? (
          <div class="pad">
            <Empty icon="Package" title={t('account.no_orders')} action={mayWrite() && <Button href="/import">{t('nav.import')}</Button>}>{t('account.no_orders_text')}</Empty>
          </div>
        ) : (
          <div class="orders">
            {quarters && (
              <section class="pad orders-chart">
                <H2 note={quarters.currency}>{t('account.by_quarter')}</H2>
                <Chart q={quarters} />
              </section>
            )}
            <div class="orders-table">
              <Table name="orders" label={t('tab.orders')} columns={cols} rows={[...rows].sort((x, y) => String(y.ordered_on).localeCompare(String(x.ordered_on)))} more={list.more} end={list.end} />
            </div>
          </div>
        )
      }
    </Load>
  );
}

function People({ id, list, own }: { id: string; list?: Contact[]; own: boolean }) {
  return (
    <div class="pad narrow">
      <H2 right={own && <Button size="s" icon="UserPlus" onClick={() => newContact(id)}>{t('create.contact')}</Button>}>{t('tab.people')}</H2>
      {list?.length === 0 && (
        <Empty icon="Users" title={t('account.no_people')} action={own && <Button kind="primary" onClick={() => newContact(id)}>{t('create.contact')}</Button>}>
          {t('people.none_text')}
        </Empty>
      )}
      <ul class="rows">
        {list?.map((c) => (
          <ContactRow key={c.id} c={c} edit={own} />
        ))}
      </ul>
    </div>
  );
}

function Deals({ list, account }: { list?: Deal[]; account: Account }) {
  return (
    <div class="pad narrow">
      <H2 right={mayWrite() && <Button size="s" icon="Plus" onClick={() => newDeal(account.id, account.name)}>{t('create.deal')}</Button>}>{t('tab.deals')}</H2>
      {list?.length === 0 ? (
        <Empty icon="SquareKanban" title={t('account.no_deals')} action={mayWrite() && <Button kind="primary" onClick={() => newDeal(account.id, account.name)}>{t('create.deal')}</Button>}>
          {t('deals.none_text')}
        </Empty>
      ) : (
        list && <DealRows list={list} />
      )}
    </div>
  );
}
