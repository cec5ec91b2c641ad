// SPDX-License-Identifier: Apache-2.0
// The frame: rail, top bar, phone bar, what the server connection says. Pages put themselves in with <Page>.
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { offlineSince, online, retryNow, waiting } from '../api';
import { useData } from '../data';
import { t, time, tn, type Key } from '../i18n';
import { useKeys, modKey } from '../keys';
import { connected } from '../live';
import { pinLabel, pinned, pins, togglePin } from '../pins';
import { go, path } from '../router';
import { chooseTheme, logout, session } from '../session';
import type { Id, Today } from '../types';
import { Button, IconButton, Kbd, Menu } from './controls';
import { DialogPlace } from './dialog';
import { openCreate } from './create';
import { Icon, Logo, type IconName } from './icon';
import { openKeys } from './help';
import { Badges, Defs, PersonDot } from './marks';
import { openPalette, PalettePlace } from './palette';
import { Banner } from './states';
import { Toast } from './toast';

interface NavItem { href: string; label: Key; icon: IconName; key: string; count?: 'today' | 'leads' }
export const NAV: NavItem[] = [
  { href: '/', label: 'nav.today', icon: 'Sun', key: 'KeyT', count: 'today' },
  { href: '/deals', label: 'nav.deals', icon: 'SquareKanban', key: 'KeyD' },
  { href: '/accounts', label: 'nav.accounts', icon: 'Building2', key: 'KeyA' },
  { href: '/people', label: 'nav.people', icon: 'Users', key: 'KeyP' },
  { href: '/partners', label: 'nav.partners', icon: 'Handshake', key: 'KeyN' },
  { href: '/leads', label: 'nav.leads', icon: 'ArrowLeftRight', key: 'KeyL', count: 'leads' },
  { href: '/money', label: 'nav.money', icon: 'Scale', key: 'KeyM' },
];

const inSection = (href: string, at: string): boolean =>
  href === '/' ? at === '/' : at === href || at.startsWith(`${href}/`) || (href === '/partners' && at.startsWith('/agreements'));

function Rail({ counts }: { counts: Today['counts'] }) {
  const s = session.value!;
  const at = path.value;
  return (
    <nav class="rail" aria-label={t('nav.main')}>
      <Menu
        label={t('nav.company')}
        trigger={(open) => (
          <button type="button" class="rail-company" onClick={open} title={s.company.name} aria-haspopup="menu">
            <Logo /> <strong class="truncate">{s.company.name}</strong> <Icon name="ChevronsUpDown" size={14} />
          </button>
        )}
        items={[
          { label: t('nav.settings'), icon: 'Settings', href: '/settings' },
          { label: t('nav.import'), icon: 'Upload', href: '/import' },
          { label: t('theme.light'), icon: 'Sun', onClick: () => void chooseTheme('light') },
          { label: t('theme.dark'), icon: 'Moon', onClick: () => void chooseTheme('dark') },
          { label: t('theme.auto'), icon: 'Monitor', onClick: () => void chooseTheme('system') },
          { label: t('nav.logout'), icon: 'LogOut', onClick: () => void logout() },
        ]}
      />
      <button type="button" class="rail-search" onClick={() => openPalette()} aria-label={t('nav.search')}>
        <Icon name="Search" /> <span class="truncate">{t('nav.search')}</span> <Kbd k={modKey === '⌘' ? '⌘K' : 'Ctrl K'} />
      </button>
      <ul class="rail-list">
        {NAV.map((n) => {
          const count = n.count ? counts?.[n.count] : undefined;
          return (
            <li key={n.href}>
              <a href={n.href} class="rail-item" title={t(n.label)} aria-current={inSection(n.href, at) ? 'page' : undefined}>
                <Icon name={n.icon} /> <span class="truncate">{t(n.label)}</span> {count ? <span class="count">{count}</span> : null}
              </a>
            </li>
          );
        })}
      </ul>
      {pins().length > 0 && (
        <div class="rail-pins">
          <p id="pins">{t('nav.pinned')}</p>
          <ul class="rail-list" aria-labelledby="pins">
            {pins().map((p) => (
              <li key={p.href}>
                <a href={p.href} class="rail-item is-pin" title={pinLabel(p.href)}>
                  <Icon name={p.icon} /> <span class="truncate">{pinLabel(p.href)}</span>
                </a>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div class="rail-foot">
        <a href="/settings" class="rail-item" title={t('nav.settings')} aria-current={at.startsWith('/settings') || at.startsWith('/import') ? 'page' : undefined}>
          <Icon name="Settings" /> <span class="truncate">{t('nav.settings')}</span>
        </a>
        <a href="/settings/me" class="rail-item rail-me" title={s.user.name}>
          <PersonDot id={s.user.id} name={s.user.name} /> <span class="truncate">{s.user.name}</span>
          <span class={`presence ${connected.value && online.value ? '' : 'is-off'}`} role="img" aria-label={connected.value ? t('nav.live') : t('nav.not_live')} title={connected.value ? t('nav.live') : t('nav.not_live')} />
        </a>
      </div>
    </nav>
  );
}

function PhoneBar({ counts }: { counts: Today['counts'] }) {
  const at = path.value;
  return (
    <nav class="phonebar" aria-label={t('nav.main')}>
      {['/', '/deals', '/leads', '/partners'].map((href) => NAV.find((n) => n.href === href)!).map((n) => (
        <a key={n.href} href={n.href} aria-current={inSection(n.href, at) ? 'page' : undefined}>
          <span class="phone-icon">
            <Icon name={n.icon} size={22} />
            {n.count && counts?.[n.count] ? <span class="bubble">{counts[n.count]}</span> : null}
          </span>
          {t(n.label)}
        </a>
      ))}
      <button type="button" onClick={() => openPalette()}>
        <Icon name="Search" size={22} /> {t('nav.find')}
      </button>
    </nav>
  );
}

function Connection() {
  if (online.value) return null;
  return (
    <div class="offline">
      <Banner tone="plain" icon="CloudOff" action={<Button size="s" onClick={retryNow}>{t('offline.try')}</Button>}>
        {t('offline.since', { time: time(offlineSince.value ?? new Date()) })} {waiting.value > 0 && tn('offline.waiting', waiting.value)}
      </Banner>
    </div>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const today = useData<Today>('/today');
  const counts = { today: today.data?.counts?.today ?? today.data?.actions.length, leads: today.data?.counts?.leads ?? undefined };
  const jumps: Record<string, () => unknown> = {};
  for (const n of NAV) jumps[`KeyG ${n.key}`] = () => go(n.href);
  useKeys({
    'Mod+KeyK': () => openPalette(),
    Slash: () => openPalette(),
    Question: () => openKeys(),
    KeyC: () => openCreate(),
    ...jumps,
  });
  return (
    <div class="app">
      <Defs />
      <a class="skip" href="#main">
        {t('nav.skip')}
      </a>
      <Rail counts={counts} />
      <div class="stage">
        <Connection />
        {children}
      </div>
      <PhoneBar counts={counts} />
      <DialogPlace />
      <PalettePlace />
      <Toast />
    </div>
  );
}

export interface Crumb { label: string; href?: string }

export function Page(p: {
  title: string;
  crumbs?: Crumb[];
  seenBy?: Id[];
  pin?: { label: string; icon: IconName };
  actions?: ComponentChildren;
  more?: Parameters<typeof Menu>[0]['items'];
  children: ComponentChildren;
  fill?: boolean;
  /** The page has no heading of its own: the last crumb is it. */
  heading?: boolean;
}) {
  useEffect(() => {
    document.title = `${p.title} · Entente`;
  }, [p.title]);
  const at = path.value;
  return (
    <>
      <header class="topbar">
        <nav class="crumbs" aria-label={t('nav.crumbs')} hidden={p.heading}>
          {p.crumbs && p.crumbs.length > 0 && (
            <a class="crumb-back" href={[...p.crumbs].reverse().find((c) => c.href)?.href ?? '/'} aria-label={t('nav.back')}>
              <Icon name="ChevronLeft" size={18} />
            </a>
          )}
          {p.crumbs?.map((c) => (
            <span key={c.label} class="crumb">
              {c.href ? <a href={c.href}>{c.label}</a> : c.label}
              <Icon name="ChevronRight" size={14} />
            </span>
          ))}
          {!p.heading && (
            <span class="crumb is-last" aria-current="page">
              {p.title}
            </span>
          )}
        </nav>
        {p.heading && <h1 class="crumb is-last">{p.title}</h1>}
        <span class="push topbar-actions">
          {p.seenBy && p.seenBy.length > 0 && (
            <span class="seen-by">
              <Icon name="Eye" /> <span class="wide-only">{tn('share.see_parts', p.seenBy.length)}</span> <Badges ids={p.seenBy} />
            </span>
          )}
          {p.actions}
          {p.pin && <IconButton icon="Star" on={pinned(at)} label={pinned(at) ? t('nav.unpin') : t('nav.pin')} onClick={() => togglePin({ href: at, icon: p.pin!.icon }, p.pin!.label)} />}
          {p.more && p.more.length > 0 && <Menu label={t('common.more')} items={p.more} trigger={(open) => <IconButton icon="Ellipsis" label={t('common.more')} onClick={open} />} />}
        </span>
      </header>
      <main id="main" class={`main ${p.fill ? 'main-fill' : 'scroll-main'}`} tabIndex={-1}>
        {p.children}
      </main>
    </>
  );
}

/** Main column and side panel; under each other when narrow. */
export function Columns({ main, side, class: cls }: { main: ComponentChildren; side?: ComponentChildren; class?: string }) {
  return (
    <div class={`columns ${side ? '' : 'columns-one'} ${cls ?? ''}`}>
      <div class="col-main">{main}</div>
      {side && <aside class="col-side">{side}</aside>}
    </div>
  );
}
