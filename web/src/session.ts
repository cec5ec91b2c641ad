// SPDX-License-Identifier: Apache-2.0
// Who is here: session, language and theme. Language and theme are the user's own record on the server, and this device's while nobody
// is logged in.
import { signal } from '@preact/signals';
import { forget, get, onLoggedOut, patch, Problem, request, setCsrf } from './api';
import { forgetData } from './data';
import { forgetNames, learn } from './names';
import { guessLang, setLang, type Lang } from './i18n';
import { loadMeta } from './meta';
import { forgetPins } from './pins';
import { startLive, stopLive } from './live';
import type { Company, Page, Session } from './types';

export type Theme = 'system' | 'light' | 'dark';
export const session = signal<Session | null>(null);
export const ready = signal(false);
export const expired = signal(false);
export const companies = signal<Company[]>([]);
export const theme = signal<Theme>('system');

const dark = matchMedia('(prefers-color-scheme: dark)');

function paint(): void {
  const t = theme.value;
  document.documentElement.dataset.theme = t === 'system' ? (dark.matches ? 'dark' : 'light') : t;
}
dark.addEventListener('change', paint);

export function setTheme(t: Theme): void {
  theme.value = t;
  localStorage.setItem('entente.theme', t);
  paint();
}

async function enter(s: Session): Promise<void> {
  setCsrf(s.csrf);
  learn({
    [s.user.id]: { name: s.user.name, company: s.company.id },
    [s.company.id]: { name: s.company.name, short: s.company.short },
  });
  const l = (s.user.lang as Lang | undefined) ?? guessLang();
  if (s.user.theme) setTheme(s.user.theme as Theme);
  await Promise.all([setLang(l), loadMeta(l)]);
  session.value = s;
  expired.value = false;
  void get<Page<Company>>('/companies?limit=200')
    .then((p) => {
      companies.value = p.items;
      learn(Object.fromEntries(p.items.map((c) => [c.id, { name: c.name, short: c.short as string | undefined }])));
    })
    .catch(() => undefined);
  startLive();
}

export async function start(): Promise<void> {
  setTheme((localStorage.getItem('entente.theme') as Theme | null) ?? 'system');
  onLoggedOut(() => {
    if (session.value) expired.value = true;
    stopLive();
    session.value = null;
  });
  try {
    await enter(await get<Session>('/session', { quiet401: true }));
  } catch (e) {
    await setLang(guessLang());
    if (!(e instanceof Problem && e.status === 401)) await loadMeta(guessLang());
  }
  ready.value = true;
}

export async function login(name: string, password: string, key: string): Promise<void> {
  await enter(await request<Session>('POST', '/session', { body: { login: name, password }, key, quiet401: true }));
}

/** Sets the password; true when the answer also began a session. */
export async function acceptInvitation(token: string, password: string, key: string): Promise<boolean> {
  await request('POST', '/invitations/accept', { body: { token, password }, key, quiet401: true });
  try {
    await enter(await get<Session>('/session', { quiet401: true }));
    return true;
  } catch {
    return false;
  }
}

export async function logout(everywhere = false): Promise<void> {
  stopLive();
  try {
    if (everywhere) await request('POST', '/session/revoke-all', { body: {}, quiet401: true });
    else await request('DELETE', '/session', { quiet401: true });
  } finally {
    session.value = null;
    expired.value = false;
    forget();
    forgetData();
    forgetNames();
    forgetPins();
    setCsrf('');
  }
}

export async function chooseLang(l: Lang): Promise<void> {
  await Promise.all([setLang(l), loadMeta(l)]);
  if (session.value) {
    session.value = { ...session.value, user: { ...session.value.user, lang: l } };
    forgetData();
    await patch(`/users/${session.value.user.id}`, undefined, { lang: l }).catch(() => undefined);
  }
}

export async function chooseTheme(t: Theme): Promise<void> {
  setTheme(t);
  if (session.value) await patch(`/users/${session.value.user.id}`, undefined, { theme: t }).catch(() => undefined);
}

export const me = (): string => session.value?.user.id ?? '';
export const ours = (): string => session.value?.company.id ?? '';
export const isOurs = (company: string | null | undefined): boolean => Boolean(company) && company === session.value?.company.id;
export const mayManage = (): boolean => ['admin', 'manager'].includes(session.value?.user.role ?? '');
export const isAdmin = (): boolean => session.value?.user.role === 'admin';
export const mayWrite = (): boolean => (session.value?.user.role ?? 'viewer') !== 'viewer';
