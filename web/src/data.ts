// SPDX-License-Identifier: Apache-2.0
// What is on the screen. A Resource is one GET, shared by everybody who shows it: kept while it reloads, so that nothing flashes.
// `refresh` reloads what is shown; live.ts calls it when the server says that something changed.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get, Problem } from './api';
import type { Page, Rec } from './types';

export class Resource<T> {
  readonly data: Signal<T | undefined> = signal(undefined);
  readonly error: Signal<Problem | undefined> = signal(undefined);
  users = 0;
  used = Date.now();
  private running: Promise<void> | null = null;
  private again = false;
  constructor(readonly path: string) {}

  load(): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.run().finally(() => {
      this.running = null;
      if (this.again) {
        this.again = false;
        void this.load();
      }
    });
    return this.running;
  }

  protected async fetch(): Promise<T> {
    return get<T>(this.path);
  }

  private async run(): Promise<void> {
    try {
      const value = await this.fetch();
      if (JSON.stringify(value) !== JSON.stringify(this.data.peek())) this.data.value = value;
      this.error.value = undefined;
    } catch (e) {
      const p = e instanceof Problem ? e : new Problem(0, { detail: String(e) });
      if (p.status === 0 && this.data.peek() !== undefined) return;
      if (p.status === 404 || p.status === 403) this.data.value = undefined;
      this.error.value = p;
    }
  }
}

/** A list read page by page; reloading reads again as many rows as are shown. */
export class ListResource<T extends Rec> extends Resource<Page<T>> {
  static readonly SIZE = 100;
  private url(cursor?: string | null): string {
    const u = `${this.path}${this.path.includes('?') ? '&' : '?'}limit=${ListResource.SIZE}`;
    return cursor ? `${u}&cursor=${encodeURIComponent(cursor)}` : u;
  }
  protected override async fetch(): Promise<Page<T>> {
    const want = this.data.peek()?.items.length ?? 0;
    let page = await get<Page<T>>(this.url());
    const items = [...page.items];
    while (page.next && items.length < want) {
      page = await get<Page<T>>(this.url(page.next));
      items.push(...page.items);
    }
    return { items, next: page.next };
  }
  private busy = false;
  async more(): Promise<void> {
    const now = this.data.peek();
    if (!now?.next || this.busy) return;
    this.busy = true;
    try {
      const page = await get<Page<T>>(this.url(now.next));
      this.data.value = { items: [...now.items, ...page.items], next: page.next };
    } finally {
      this.busy = false;
    }
  }
}

const cache = new Map<string, Resource<unknown>>();

function resource<R extends Resource<unknown>>(path: string, make: new (path: string) => R): R {
  const key = make.name + path;
  let r = cache.get(key) as R | undefined;
  if (!r) {
    r = new make(path);
    cache.set(key, r);
    // One that was just asked for has no user yet: only what nobody has looked at for a while goes.
    const old = Date.now() - 60000;
    if (cache.size > 150) for (const [k, x] of cache) if (x.users === 0 && x.used < old) cache.delete(k);
  }
  r.used = Date.now();
  return r;
}

function useResource<R extends Resource<unknown>>(path: string | null | undefined, make: new (path: string) => R): R | null {
  const r = useMemo(() => (path ? resource(path, make) : null), [path]);
  useEffect(() => {
    if (!r) return undefined;
    r.users++;
    void r.load();
    return () => {
      r.users--;
      r.used = Date.now();
    };
  }, [r]);
  return r;
}

export interface Loaded<T> { data: T | undefined; error: Problem | undefined; reload: () => Promise<void> }

export function useData<T>(path: string | null | undefined): Loaded<T> {
  const r = useResource(path, Resource) as Resource<T> | null;
  return { data: r?.data.value, error: r?.error.value, reload: () => r?.load() ?? Promise.resolve() };
}

export function useList<T extends Rec>(path: string | null | undefined): Loaded<T[]> & { more: () => Promise<void>; end: boolean } {
  const r = useResource(path, ListResource) as unknown as ListResource<T> | null;
  const page = r?.data.value;
  return {
    data: page?.items,
    error: r?.error.value,
    reload: () => r?.load() ?? Promise.resolve(),
    more: () => r?.more() ?? Promise.resolve(),
    end: !page?.next,
  };
}

/** Reloads everything on the screen that may have changed. What is not on the screen is read again when it comes back. */
export async function refresh(only?: (path: string) => boolean): Promise<void> {
  await Promise.all([...cache.values()].filter((r) => r.users > 0 && (!only || only(r.path))).map((r) => r.load()));
}

export const forgetData = (): void => cache.clear();

/** True once a wait has lasted 300 ms: a skeleton before that is only a flash. */
export function useSlow(waiting: boolean): boolean {
  const [slow, set] = useState(false);
  useEffect(() => {
    if (!waiting) {
      set(false);
      return undefined;
    }
    const timer = setTimeout(() => set(true), 300);
    return () => clearTimeout(timer);
  }, [waiting]);
  return waiting && slow;
}
