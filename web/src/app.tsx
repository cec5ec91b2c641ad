// SPDX-License-Identifier: Apache-2.0
// Which page a path shows. Pages used at once are in the first load; agreements, money, settings and import come when asked for.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from './i18n';
import { useKeys } from './keys';
import { AccountPage } from './pages/account';
import { AccountsPage } from './pages/accounts';
import { DealPage } from './pages/deal';
import { DealsPage } from './pages/deals';
import { InvitePage, LoginPage } from './pages/login';
import { LeadsPage } from './pages/leads';
import { PeoplePage } from './pages/people';
import { TodayPage } from './pages/today';
import { Page, Shell } from './parts/shell';
import { Button } from './parts/controls';
import { Empty } from './parts/states';
import { match, path } from './router';
import { ready, session } from './session';

type Props = Record<string, string>;
type Route = { at: string; page?: ComponentType<Props>; load?: () => Promise<ComponentType<Props>> };
const any = (c: unknown): ComponentType<Props> => c as ComponentType<Props>;

const routes: Route[] = [
  { at: '/', page: any(TodayPage) },
  { at: '/deals', page: any(DealsPage) },
  { at: '/deals/:id/:tab?', page: any(DealPage) },
  { at: '/accounts', page: any(AccountsPage) },
  { at: '/accounts/:id/:tab?', page: any(AccountPage) },
  { at: '/people/:id?', page: any(PeoplePage) },
  { at: '/leads/:id?', page: any(LeadsPage) },
  { at: '/partners', load: async () => any((await import('./pages/partners')).PartnersPage) },
  { at: '/partners/:id/:tab?', load: async () => any((await import('./pages/partner')).PartnerPage) },
  { at: '/agreements/new', load: async () => any((await import('./pages/agreement-edit')).AgreementNew) },
  { at: '/agreements/:id/:view?', load: async () => any((await import('./pages/agreement')).AgreementPage) },
  { at: '/money', load: async () => any((await import('./pages/money')).MoneyPage) },
  { at: '/money/:id', load: async () => any((await import('./pages/statement')).StatementPage) },
  { at: '/settings/:section?', load: async () => any((await import('./pages/settings')).SettingsPage) },
  { at: '/import/:id?', load: async () => any((await import('./pages/import')).ImportPage) },
];
const loaded = new Map<string, ComponentType<Props>>();

function Missing() {
  return (
    <Page title={t('error.no_page')} heading>
      <div class="pad">
        <Empty icon="CircleHelp" title={t('error.no_page')} action={<Button href="/">{t('error.to_today')}</Button>}>
          {t('error.no_page_text')}
        </Empty>
      </div>
    </Page>
  );
}

function Outlet() {
  const at = path.value;
  const [, again] = useState(0);
  let found: Route | undefined;
  let params: Props = {};
  for (const r of routes) {
    const m = match(r.at, at);
    if (m) {
      found = r;
      params = m;
      break;
    }
  }
  const page = found?.page ?? (found && loaded.get(found.at));
  useEffect(() => {
    if (!found?.load || loaded.has(found.at)) return;
    const name = found.at;
    void found.load().then((c) => {
      loaded.set(name, c);
      again((n) => n + 1);
    });
  }, [found?.at]);
  useEffect(() => {
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [at]);
  if (!found) return <Missing />;
  if (!page) return null;
  const P = page;
  return <P key={found.at + (params.id ?? '')} {...params} />;
}

export function App() {
  useKeys({});
  if (!ready.value) return null;
  const at = path.value;
  if (at.startsWith('/invite')) return <InvitePage />;
  if (!session.value) return <LoginPage />;
  return (
    <Shell key={session.value.user.id + session.value.user.lang}>
      <Outlet />
    </Shell>
  );
}
