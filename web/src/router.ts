// SPDX-License-Identifier: Apache-2.0
// The URL is the state: path and query. Links are plain <a href>; a click inside is taken here, Back works, scroll comes back.
import { computed, signal } from '@preact/signals';

export const url = signal(new URL(location.href));
export const path = computed(() => url.value.pathname);
export const query = computed(() => url.value.searchParams);

const scroller = (): Element | null => document.querySelector('.scroll-main');
const scrolls = new Map<number, number>();
let index = (history.state as { i?: number } | null)?.i ?? 0;

export function go(href: string, replace = false): void {
  const next = new URL(href, location.href);
  if (next.href === location.href) return;
  if (replace) history.replaceState({ i: index }, '', next);
  else {
    scrolls.set(index, scroller()?.scrollTop ?? 0);
    history.pushState({ i: ++index }, '', next);
  }
  const moved = next.pathname !== url.value.pathname;
  url.value = next;
  if (moved && !replace) requestAnimationFrame(() => scroller()?.scrollTo(0, 0));
}

export const back = (): void => history.back();

/** Changes some query parameters, keeps the rest; null takes one away. */
export function setQuery(changes: Record<string, string | null>, replace = true): void {
  const next = new URL(url.value);
  for (const [k, v] of Object.entries(changes)) {
    if (v === null || v === '') next.searchParams.delete(k);
    else next.searchParams.set(k, v);
  }
  go(next.href, replace);
}

addEventListener('popstate', (e) => {
  scrolls.set(index, scroller()?.scrollTop ?? 0);
  index = (e.state as { i?: number } | null)?.i ?? 0;
  url.value = new URL(location.href);
  requestAnimationFrame(() => scroller()?.scrollTo(0, scrolls.get(index) ?? 0));
});

document.addEventListener('click', (e) => {
  if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  const a = (e.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;
  if (!a || a.target || a.hasAttribute('download') || a.origin !== location.origin || a.pathname.startsWith('/api/')) return;
  e.preventDefault();
  go(a.href);
});

/** '/deals/:id/:tab?' against a path: the named parts, or null. */
export function match(pattern: string, at: string): Record<string, string> | null {
  const want = pattern.split('/').filter(Boolean);
  const have = at.split('/').filter(Boolean);
  if (have.length > want.length) return null;
  const out: Record<string, string> = {};
  for (let i = 0; i < want.length; i++) {
    const w = want[i]!;
    const h = have[i];
    if (w.startsWith(':')) {
      const optional = w.endsWith('?');
      if (h === undefined && !optional) return null;
      if (h !== undefined) out[w.replace(/[:?]/g, '')] = decodeURIComponent(h);
    } else if (w !== h) return null;
  }
  return out;
}
