// SPDX-License-Identifier: Apache-2.0
// Server-sent events: when a record one may see changes anywhere, what is on the screen is read again. The browser reconnects by
// itself and resumes from the last event id; bursts (an import) are gathered.
import { signal } from '@preact/signals';
import { BASE } from './api';
import { refresh } from './data';
import { meta } from './meta';

const OPS = ['created', 'updated', 'deleted', 'shared', 'revoked'];
const KNOWN = [
  'account', 'contact', 'order', 'product', 'deal', 'lead', 'agreement', 'statement', 'import', 'activity', 'task', 'comment', 'evidence',
  'contribution', 'consent', 'term', 'split', 'version', 'acceptance', 'posting', 'grant', 'user', 'company', 'invitation', 'calendar', 'token',
];

export const connected = signal(false);
export const lastEvent = signal<{ id: string; entity: string; by?: string; type: string } | null>(null);
let source: EventSource | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let last = 0;

// Static things change rarely and are read again by those who change them.
const moving = (path: string): boolean => !path.startsWith('/meta') && !path.startsWith('/companies?');

function soon(): void {
  if (timer !== undefined) return;
  const wait = Math.max(40, 600 - (Date.now() - last));
  timer = setTimeout(() => {
    timer = undefined;
    last = Date.now();
    void refresh(moving);
  }, wait);
}

function heard(e: MessageEvent<string>): void {
  try {
    const data = JSON.parse(e.data) as { id?: string; entity?: string; by?: string };
    lastEvent.value = { id: data.id ?? '', entity: data.entity ?? '', by: data.by, type: e.type };
  } catch {
    // An event without readable data still says that something changed.
  }
  soon();
}

export function startLive(): void {
  stopLive();
  source = new EventSource(`${BASE}/events`);
  source.onopen = () => {
    if (!connected.value && last) soon();
    connected.value = true;
  };
  source.onerror = () => {
    connected.value = false;
    // A refused stream (restart, expired session) is closed for good by the browser: try again ourselves.
    if (source?.readyState === EventSource.CLOSED) setTimeout(() => source && startLive(), 4000);
  };
  source.onmessage = heard;
  const names = new Set([...KNOWN, ...(meta.value?.entities.map((x) => x.name) ?? [])]);
  for (const name of names) for (const op of OPS) source.addEventListener(`${name}.${op}`, heard as EventListener);
}

export function stopLive(): void {
  source?.close();
  source = null;
  connected.value = false;
}

addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && source) soon();
});
