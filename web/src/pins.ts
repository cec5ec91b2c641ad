// SPDX-License-Identifier: Apache-2.0
// Pinned records and saved views of this device, per user. The device keeps where a pin leads, never what the record is called: a name is
// asked for anew, so that nothing of a record stays behind after signing out, and a record that is gone or closed takes its pin along.
import { signal } from '@preact/signals';
import { get, Problem } from './api';
import type { IconName } from './parts/icon';
import { me } from './session';
import type { Rec } from './types';

export interface Pin { href: string; icon: IconName }
export interface View { name: string; query: string }

function stored<T>(name: string, loaded: (list: T[]) => void = () => undefined) {
  const of = signal<{ user: string; list: T[] }>({ user: '', list: [] });
  const key = (): string => `entente.${name}.${me()}`;
  const list = (): T[] => {
    if (of.value.user !== me()) {
      let read: T[] = [];
      try {
        read = JSON.parse(localStorage.getItem(key()) ?? '[]') as T[];
      } catch {
        // A damaged entry counts as none.
      }
      of.value = { user: me(), list: read };
      loaded(read);
    }
    return of.value.list;
  };
  const save = (next: T[]): void => {
    localStorage.setItem(key(), JSON.stringify(next));
    of.value = { user: me(), list: next };
  };
  const reset = (): void => void (of.value = { user: '', list: [] });
  return { list, save, reset };
}

const labels = signal(new Map<string, string>());
const label = (href: string, text: string): void => void (labels.value = new Map(labels.value).set(href, text));
const PATHS: Record<string, string> = { people: 'contacts', partners: 'companies' };

async function ask(href: string): Promise<void> {
  const [, page = '', id = ''] = href.split('/');
  try {
    const r = await get<Rec>(`/${PATHS[page] ?? page}/${id}`);
    label(href, String(r.name ?? r.title ?? r.number ?? ''));
  } catch (e) {
    if (e instanceof Problem && e.status === 404) pinStore.save(pins().filter((p) => p.href !== href));
  }
}

const bare = ({ href, icon }: Pin): Pin => ({ href, icon });
const pinStore = stored<Pin>('pins', (list) => {
  if (list.some((p) => 'label' in p)) pinStore.save(list.map(bare)); // as kept by former versions
  list.forEach((p) => void ask(p.href));
});
export const pins = (): Pin[] => pinStore.list();
export const pinned = (href: string): boolean => pins().some((p) => p.href === href);
export const pinLabel = (href: string): string => labels.value.get(href) ?? '';
export function forgetPins(): void {
  labels.value = new Map();
  pinStore.reset();
}
export function togglePin(p: Pin, text: string): void {
  label(p.href, text);
  pinStore.save(pinned(p.href) ? pins().filter((x) => x.href !== p.href) : [...pins(), bare(p)].slice(-8));
}

const viewStores = new Map<string, ReturnType<typeof stored<View>>>();
const viewStore = (page: string) => {
  let s = viewStores.get(page);
  if (!s) viewStores.set(page, (s = stored<View>(`views.${page}`)));
  return s;
};
export const views = (page: string): View[] => viewStore(page).list();
export const saveView = (page: string, v: View): void => viewStore(page).save([...views(page).filter((x) => x.name !== v.name), v]);
export const dropView = (page: string, name: string): void => viewStore(page).save(views(page).filter((x) => x.name !== name));
