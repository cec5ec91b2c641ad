// SPDX-License-Identifier: Apache-2.0
// The one door to the server. ETags are remembered per path and sent back as If-Match; every user action carries one Idempotency-Key
// which survives retries, so a click on a bad line happens once. A problem+json becomes a Problem with its field errors.
// Without a connection a change waits (counted in `waiting`) and is sent again with the same key.
import { signal } from '@preact/signals';
import type { Names, Rec } from './types';
import { learn } from './names';

export const BASE = '/api/v1';

export interface FieldError { pointer: string; code?: string; message: string }

export class Problem extends Error {
  status: number;
  code: string;
  errors: FieldError[];
  current?: Rec;
  constructor(status: number, body: Partial<{ title: string; detail: string; code: string; errors: FieldError[]; current: Rec }>) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? '';
    this.errors = body.errors ?? [];
    this.current = body.current;
  }
}

export const online = signal(true);
export const offlineSince = signal<Date | null>(null);
export const waiting = signal(0);
let csrf = '';
let onUnauthorized: () => void = () => {};
const etags = new Map<string, string>();
let wake: (() => void)[] = [];

export const setCsrf = (token: string): void => void (csrf = token);
export const onLoggedOut = (fn: () => void): void => void (onUnauthorized = fn);
export const forget = (): void => etags.clear();
export const newKey = (): string => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;

function offline(is: boolean): void {
  if (is === !online.value) return;
  online.value = !is;
  offlineSince.value = is ? new Date() : null;
  if (!is) retryNow();
}

export function retryNow(): void {
  const all = wake;
  wake = [];
  for (const fn of all) fn();
}
addEventListener('online', retryNow);

/** Names come beside records; a record's own title is a name too. */
function learnFrom(rec: Rec & { items?: unknown }): void {
  const found: Names = { ...rec.names };
  for (const r of [rec, ...(Array.isArray(rec.items) ? (rec.items as Rec[]) : [])]) {
    const title = r?.name ?? r?.title ?? r?.number;
    if (typeof r?.id === 'string' && typeof title === 'string') found[r.id] = { name: title, company: r.company, short: r.short as string | undefined };
  }
  learn(found);
}

const plain = (path: string): string => path.split('?')[0] ?? path;

export interface Options {
  body?: unknown;
  raw?: BodyInit;
  type?: string;
  key?: string;
  ifMatch?: boolean | string;
  signal?: AbortSignal;
  quiet401?: boolean;
}

async function attempt(method: string, path: string, o: Options, key: string | undefined): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': document.documentElement.lang.slice(0, 2) || 'en' };
  if (o.body !== undefined) headers['Content-Type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  if (o.raw !== undefined) headers['Content-Type'] = o.type ?? 'text/csv';
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  if (key) headers['Idempotency-Key'] = key;
  if (o.ifMatch) {
    const tag = typeof o.ifMatch === 'string' ? o.ifMatch : etags.get(recordPath(path));
    if (tag) headers['If-Match'] = tag;
  }
  return fetch(BASE + path, {
    method,
    headers,
    credentials: 'same-origin',
    signal: o.signal,
    body: o.raw ?? (o.body === undefined ? undefined : JSON.stringify(o.body)),
  });
}

// A verb below a record (/leads/lead_1/accept) is guarded by the ETag of the record.
const recordPath = (path: string): string => {
  const m = /^(\/[a-z_]+\/[a-z]+_[0-9a-z]+)/.exec(plain(path));
  return m?.[1] ?? plain(path);
};

export async function request<T>(method: string, path: string, o: Options = {}): Promise<T> {
  const key = method === 'POST' ? (o.key ?? newKey()) : undefined;
  let counted = false;
  for (;;) {
    let res: Response;
    try {
      res = await attempt(method, path, o, key);
    } catch (e) {
      if (o.signal?.aborted) throw e;
      offline(true);
      if (method === 'GET') throw new Problem(0, { code: 'offline' });
      if (!counted) waiting.value++;
      counted = true;
      await new Promise<void>((resolve) => {
        wake.push(resolve);
        setTimeout(resolve, 5000);
      });
      continue;
    }
    if (counted) waiting.value--;
    offline(false);
    return finish<T>(method, path, o, res);
  }
}

async function finish<T>(method: string, path: string, o: Options, res: Response): Promise<T> {
  const json = /json/.test(res.headers.get('content-type') ?? '');
  const body: unknown = res.status === 204 ? undefined : json ? await res.json().catch(() => undefined) : await res.text();
  const tag = res.headers.get('etag');
  if (res.ok) {
    const rec = body as (Rec & { names?: Names }) | undefined;
    if (rec && typeof rec === 'object') learnFrom(rec);
    if (tag && (method === 'GET' || method === 'PATCH' || method === 'POST')) etags.set(recordPath(path), tag);
    return body as T;
  }
  const p = new Problem(res.status, (typeof body === 'object' && body) || { title: String(body ?? '') });
  if (res.status === 412) etags.delete(recordPath(path));
  if (res.status === 401 && !o.quiet401) onUnauthorized();
  throw p;
}

export const get = <T>(path: string, o?: Options): Promise<T> => request<T>('GET', path, o);
export const post = <T = Rec>(path: string, body: unknown = {}, o: Options = {}): Promise<T> => request<T>('POST', path, { ...o, body });
export const put = <T = Rec>(path: string, body: unknown, o: Options = {}): Promise<T> => request<T>('PUT', path, { ...o, body });

/** A verb on a record: reads the record first when its ETag is not known, sends If-Match. */
export async function act<T = Rec>(path: string, body: unknown = {}, o: Options = {}): Promise<T> {
  const rec = recordPath(path);
  if (!etags.has(rec)) await get(rec);
  return post<T>(path, body, { ...o, ifMatch: true });
}

export async function remove(path: string): Promise<void> {
  if (!etags.has(path)) await get(path);
  await request('DELETE', path, { ifMatch: true });
  etags.delete(path);
}

/** What another person wrote into the field we were changing. */
export class Conflict extends Error {
  constructor(public field: string, public mine: unknown, public theirs: unknown, public current: Rec) {
    super('conflict');
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** Merge by field: when somebody changed the record meanwhile, our change still goes in unless it is the very same field. */
export async function patch<T extends Rec>(path: string, base: Rec | undefined, changes: Record<string, unknown>, force = false): Promise<T> {
  let current: Rec | undefined;
  if (!etags.has(path)) current = await get<Rec>(path);
  for (let tries = 0; ; tries++) {
    if (current && base && !force)
      for (const [k, mine] of Object.entries(changes))
        if (k in current && !same(current[k], base[k]) && !same(current[k], mine)) throw new Conflict(k, mine, current[k], current);
    try {
      return await request<T>('PATCH', path, { body: changes, ifMatch: true });
    } catch (e) {
      if (!(e instanceof Problem) || (e.status !== 412 && e.status !== 428) || tries > 2) throw e;
      current = await get<Rec>(path);
    }
  }
}
