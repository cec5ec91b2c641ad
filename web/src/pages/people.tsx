// SPDX-License-Identifier: Apache-2.0
// People at the accounts one may see; one person on a page of its own.
import { act, remove } from '../api';
import { useData, useList } from '../data';
import { ago, t, tn } from '../i18n';
import { useKeys } from '../keys';
import { nameOf } from '../names';
import { Button, Facts, H2, Line } from '../parts/controls';
import { editContact, newContact, openHandover } from '../parts/create';
import { confirm } from '../parts/dialog';
import { Find, listPath, ViewTabs } from '../parts/listbar';
import { Icon } from '../parts/icon';
import { PersonDot } from '../parts/marks';
import { Page } from '../parts/shell';
import { Empty, Load } from '../parts/states';
import { Table, type Column } from '../parts/table';
import { toast } from '../parts/toast';
import { pinned, togglePin } from '../pins';
import { go, query } from '../router';
import { isOurs, mayManage, mayWrite } from '../session';
import type { Account, Contact, SearchHit } from '../types';
import { AuditTrail } from '../parts/audit';

const accountOf = (c: Contact): string => c.account ?? c.root ?? (c.root_id as string | undefined) ?? '';

export function PeoplePage({ id }: { id?: string }) {
  return id ? <PersonPage id={id} /> : <List />;
}

function List() {
  const q = query.value.get('q');
  const direct = useList<Contact>(listPath('/contacts', [], 'name'));
  // Names of the accounts people belong to.
  useList<Account>('/accounts?sort=name');
  const failed = direct.error && [400, 404, 405].includes(direct.error.status);
  const found = useData<{ items: SearchHit[] }>(failed && q ? `/search?q=${encodeURIComponent(q)}&limit=50` : null);
  useKeys({ KeyC: () => newContact() });
  const cols: Column<Contact>[] = [
    {
      id: 'name', label: t('f.name'), width: 'minmax(180px, 1.5fr)', fixed: true,
      cell: (c) => (
        <>
          <PersonDot id={c.id} name={c.name} /> <a class="strong" href={`/people/${c.id}`}>{c.name}</a>
        </>
      ),
    },
    { id: 'title', label: t('f.title'), width: 'minmax(120px, 1.2fr)', cell: (c) => c.title },
    { id: 'account', label: t('f.account'), width: 'minmax(140px, 1.4fr)', cell: (c) => (nameOf(accountOf(c)) ? <a href={`/accounts/${accountOf(c)}`}>{nameOf(accountOf(c))}</a> : '') },
    { id: 'phone', label: t('f.phone'), width: 'minmax(120px, 1fr)', cell: (c) => c.phone && <a href={`tel:${c.phone}`}>{c.phone}</a> },
    { id: 'email', label: t('f.email'), width: 'minmax(140px, 1.2fr)', cell: (c) => c.email && <a href={`mailto:${c.email}`}>{c.email}</a> },
    { id: 'chat', label: t('f.chat'), width: '120px', off: true, cell: (c) => c.chat },
    { id: 'updated', label: t('f.changed'), width: '110px', num: true, cell: (c) => <span class="t3">{ago(c.updated_at)}</span> },
  ];
  const none = (
    <div class="pad">
      <Empty icon="Users" title={q ? t('list.nothing', { q }) : t('people.none')} action={mayWrite() && <Button kind="primary" onClick={() => newContact()}>{t('create.contact')}</Button>}>
        {t('people.none_text')}
      </Empty>
    </div>
  );
  return (
    <Page title={t('nav.people')} heading fill actions={mayWrite() && <Button kind="primary" icon="Plus" kbd="C" onClick={() => newContact()}>{t('create.contact')}</Button>}>
      <ViewTabs page="people" all={t('people.all')} />
      <div class="bar">
        <Find label={t('people.find')} />
        {direct.data && <span class="push note">{tn('people.count', direct.data.length)}</span>}
      </div>
      {failed ? (
        <div class="pad narrow">
          {q ? (
            <Load of={found}>
              {(d) => {
                const people = d.items.filter((h) => h.entity === 'contact');
                return people.length === 0 ? (
                  none
                ) : (
                  <ul class="rows">
                    {people.map((h) => (
                      <li key={h.id}>
                        <a class="row row-2" href={`/people/${h.id}`}>
                          <PersonDot id={h.id} name={h.title} size="m" />
                          <span class="row-text">
                            <span>{h.title}</span>
                            <small>{h.subtitle}</small>
                          </span>
                        </a>
                      </li>
                    ))}
                  </ul>
                );
              }}
            </Load>
          ) : (
            <Empty icon="Search" title={t('people.find')}>{t('people.find_text')}</Empty>
          )}
        </div>
      ) : (
        <Load of={direct} rows={12}>
          {(rows) => (rows.length === 0 ? none : <Table name="people" label={t('nav.people')} columns={cols} rows={rows} href={(c) => `/people/${c.id}`} more={direct.more} end={direct.end} />)}
        </Load>
      )}
    </Page>
  );
}

// The page goes with the person, and so does what this device kept of it.
const erase = (c: Contact): void =>
  confirm({
    title: t('contact.erase_title', { name: c.name }),
    text: t('contact.erase_text'),
    verb: t('contact.erase_verb'),
    run: async () => {
      await act(`/contacts/${c.id}/erase`, { confirm: true });
      const href = `/people/${c.id}`;
      if (pinned(href)) togglePin({ href, icon: 'Users' }, '');
      toast(t('contact.erased'));
      go('/people');
    },
  });

function PersonPage({ id }: { id: string }) {
  const r = useData<Contact>(`/contacts/${id}`);
  const c = r.data;
  const account = c ? accountOf(c) : '';
  const firm = useData<Account>(account ? `/accounts/${account}` : null).data?.name ?? nameOf(account);
  useKeys({ KeyE: () => (c && isOurs(c.company) ? editContact(c) : false), KeyH: () => (account && isOurs(c?.company) ? openHandover(account) : false) });
  return (
    <Page title={c?.name ?? t('nav.people')} crumbs={[{ label: t('nav.people'), href: '/people' }, ...(firm ? [{ label: firm, href: `/accounts/${account}` }] : [])]} pin={c && { label: c.name, icon: 'Users' }}
      more={
        c && isOurs(c.company) && mayWrite()
          ? [
              { label: t('contact.edit'), icon: 'Pencil', kbd: 'E', onClick: () => editContact(c) },
              {
                label: t('common.delete'), icon: 'Trash2', danger: true,
                onClick: () => confirm({ title: t('account.delete', { name: c.name }), text: t('contact.delete_text'), verb: t('common.delete'), run: async () => { await remove(`/contacts/${id}`); go(account ? `/accounts/${account}/people` : '/people'); } }),
              },
              ...(mayManage() ? [{ label: t('contact.erase'), icon: 'CircleX' as const, danger: true, onClick: () => erase(c) }] : []),
            ]
          : []
      }
    >
      <Load of={r}>
        {(p) => (
          <>
            <header class="record-head">
              <div class="record-title">
                <PersonDot id={p.id} name={p.name} size="l" />
                <h1>{p.name}</h1>
                {isOurs(p.company) && mayWrite() && (
                  <span class="push buttons">
                    <Button icon="ArrowLeftRight" kbd="H" onClick={() => openHandover(account)}>{t('handover.button')}</Button>
                    <Button icon="Pencil" kbd="E" onClick={() => editContact(p)}>{t('common.edit')}</Button>
                  </span>
                )}
              </div>
              <Line items={[p.title, firm && <a href={`/accounts/${account}`}>{firm}</a>]} />
            </header>
            <div class="pad narrow">
              <H2>{t('people.reach')}</H2>
              <Facts
                rows={[
                  [t('f.phone'), p.phone && <a href={`tel:${p.phone}`}><Icon name="Phone" size={14} /> {p.phone}</a>],
                  [t('f.email'), p.email && <a href={`mailto:${p.email}`}>{p.email}</a>],
                  [t('f.chat'), p.chat],
                  [t('f.notes'), p.notes],
                  [t('f.changed'), ago(p.updated_at)],
                ]}
              />
            </div>
            <AuditTrail record={id} />
          </>
        )}
      </Load>
    </Page>
  );
}

