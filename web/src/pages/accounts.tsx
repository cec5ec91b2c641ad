// SPDX-License-Identifier: Apache-2.0
// Accounts: one table, filter and sort in the URL, columns chosen, cells edited in place, many at once.
import { useEffect, useState } from 'preact/hooks';
import { patch, remove } from '../api';
import { refresh, useList } from '../data';
import { ago, date, num, t, tn } from '../i18n';
import { useKeys } from '../keys';

import { Button, Menu } from '../parts/controls';
import { newAccount, userOptions, useUsers, words } from '../parts/create';
import { word } from '../meta';
import { confirm } from '../parts/dialog';
import { FilterBar, Find, listPath, ViewTabs } from '../parts/listbar';
import { CompanyBadge, Person } from '../parts/marks';
import { Page } from '../parts/shell';
import { Empty, Load } from '../parts/states';
import { CellInput, Table, type Column } from '../parts/table';
import { attempt } from '../parts/toast';
import { saveChange } from '../parts/change';
import { query, setQuery } from '../router';
import { isOurs, mayManage, mayWrite } from '../session';
import type { Account } from '../types';

const FILTERS = ['country', 'industry', 'owner'];

export function AccountsPage() {
  const q = query.value;
  const sort = q.get('sort') ?? '-updated_at';
  const list = useList<Account>(listPath('/accounts', FILTERS, '-updated_at'));
  const users = useUsers();
  const [picked, setPicked] = useState<Set<string>>(new Set());
  useEffect(() => setPicked(new Set()), [q.toString()]);
  useKeys({ KeyC: () => newAccount() });
  const text = (field: keyof Account & string) => (a: Account, done: () => void) => <CellInput value={String(a[field] ?? '')} save={(v) => saveChange(`/accounts/${a.id}`, a, { [field]: v || null })} done={done} />;
  const may = mayWrite();
  const cols: Column<Account>[] = [
    {
      id: 'name', label: t('f.name'), width: 'minmax(180px, 2fr)', sort: 'name', fixed: true,
      cell: (a) => (
        <>
          {!isOurs(a.company) && <CompanyBadge id={a.company} size="s" />} <a href={`/accounts/${a.id}`} class="strong">{a.name}</a>
        </>
      ),
    },
    { id: 'industry', label: t('f.industry'), width: 'minmax(100px, 1fr)', cell: (a) => word('industry', a.industry), edit: may ? (a, done) => <CellInput value={a.industry ?? ''} options={words('industry')} save={(v) => saveChange(`/accounts/${a.id}`, a, { industry: v || null })} done={done} /> : undefined },
    { id: 'city', label: t('f.city'), width: 'minmax(90px, 1fr)', cell: (a) => a.city, edit: may ? text('city') : undefined },
    { id: 'country', label: t('f.country'), width: 'minmax(80px, .8fr)', cell: (a) => a.country },
    { id: 'phone', label: t('f.phone'), width: 'minmax(110px, 1fr)', cell: (a) => a.phone, edit: may ? text('phone') : undefined },
    {
      id: 'owner', label: t('f.owner'), width: 'minmax(120px, 1fr)', cell: (a) => <Person id={a.owner} />,
      edit: may ? (a, done) => <CellInput value={a.owner ?? ''} options={userOptions(users)} save={(v) => saveChange(`/accounts/${a.id}`, a, { owner: v || null })} done={done} /> : undefined,
    },
    { id: 'domain', label: t('f.domain'), width: 'minmax(110px, 1fr)', off: true, cell: (a) => a.domain, edit: may ? text('domain') : undefined },
    { id: 'tax', label: t('f.tax_number'), width: '120px', off: true, cell: (a) => a.tax_number },
    { id: 'size', label: t('f.size'), width: '90px', num: true, off: true, cell: (a) => (a.size ? num(a.size) : '') },
    { id: 'budget', label: t('f.budget_closes'), width: '120px', off: true, cell: (a) => date(a.budget_closes) },
    { id: 'updated', label: t('f.changed'), width: '110px', num: true, sort: 'updated_at', cell: (a) => <span class="t3">{ago(a.updated_at)}</span> },
  ];
  const chosen = (list.data ?? []).filter((a) => picked.has(a.id));
  const filtered = FILTERS.some((f) => q.get(f)) || Boolean(q.get('q'));
  return (
    <Page
      title={t('nav.accounts')}
      heading
      fill
      actions={
        <>
          {may && <Button kind="ghost" icon="Upload" href="/import">{t('nav.import')}</Button>}
          <Button kind="ghost" icon="Download" href="/api/v1/export/accounts.csv" download>{t('common.csv')}</Button>
          {may && <Button kind="primary" icon="Plus" kbd="C" onClick={() => newAccount()}>{t('create.account')}</Button>}
        </>
      }
    >
      <ViewTabs page="accounts" all={t('accounts.all')} />
      <div class="bar">
        <Find label={t('accounts.find')} />
        <FilterBar
          filters={[
            { id: 'owner', label: t('f.owner'), options: userOptions(users) },
            { id: 'country', label: t('f.country'), options: [...new Set((list.data ?? []).map((a) => a.country).filter((x): x is string => Boolean(x)))].sort().map((c) => ({ value: c, label: c })) },
            { id: 'industry', label: t('f.industry'), options: words('industry') },
          ]}
        />
        {list.data && <span class="push note">{list.end ? tn('accounts.count', list.data.length) : tn('accounts.count_more', list.data.length)}</span>}
      </div>
      {picked.size > 0 && (
        <div class="bulk" role="status">
          <strong>{tn('table.selected', picked.size)}</strong>
          <Menu
            label={t('f.owner')}
            trigger={(open) => <Button size="s" icon="UserCheck" onClick={open}>{t('accounts.set_owner')}</Button>}
            items={userOptions(users).map((u) => ({
              label: u.label,
              onClick: () =>
                void attempt(async () => {
                  for (const a of chosen) await patch(`/accounts/${a.id}`, a, { owner: u.value });
                  await refresh();
                }, tn('table.changed', chosen.length), async () => {
                  for (const a of chosen) await patch(`/accounts/${a.id}`, undefined, { owner: a.owner ?? null });
                  await refresh();
                }),
            }))}
          />
          {mayManage() && <Button
            size="s"
            icon="Trash2"
            onClick={() =>
              confirm({
                title: tn('accounts.delete_title', chosen.length),
                text: t('accounts.delete_text'),
                verb: t('common.delete'),
                run: async () => {
                  for (const a of chosen) await remove(`/accounts/${a.id}`);
                  setPicked(new Set());
                  await refresh();
                },
              })
            }
          >
            {t('common.delete')}
          </Button>}
          <Button size="s" kind="ghost" onClick={() => setPicked(new Set())}>{t('table.none')}</Button>
        </div>
      )}
      <Load of={list} rows={12}>
        {(rows) =>
          rows.length === 0 ? (
            <div class="pad">
              {filtered ? (
                <Empty title={t('list.nothing', { q: q.get('q') ?? '' })} action={<Button onClick={() => setQuery({ q: null, country: null, industry: null, owner: null })}>{t('list.clear')}</Button>}>
                  {t('list.nothing_text')}
                </Empty>
              ) : (
                <Empty icon="Building2" title={t('accounts.none')} action={may && <Button kind="primary" icon="Upload" href="/import">{t('nav.import')}</Button>}>
                  {t('accounts.none_text')}
                </Empty>
              )}
            </div>
          ) : (
            <Table
              name="accounts"
              label={t('nav.accounts')}
              columns={cols}
              rows={rows}
              mayEdit={(a) => isOurs(a.company)}
              href={(a) => `/accounts/${a.id}`}
              sort={sort}
              onSort={(s) => setQuery({ sort: s })}
              more={list.more}
              end={list.end}
              selected={may ? picked : undefined}
              onSelect={may ? setPicked : undefined}
            />
          )
        }
      </Load>
    </Page>
  );
}

