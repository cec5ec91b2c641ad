// SPDX-License-Identifier: Apache-2.0
// Pinned records and saved views of this device, per user.
import { signal } from '@preact/signals';
import type { IconName } from './parts/icon';
import { me } from './session';

export interface Pin { href: string; label: string; icon: IconName }
export interface View { name: string; query: string }

function stored<T>(name: string) {
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
    }
    return of.value.list;
  };
  const save = (next: T[]): void => {
    localStorage.setItem(key(), JSON.stringify(next));
    of.value = { user: me(), list: next };
  };
  return { list, save };
}

const pinStore = stored<Pin>('pins');
export const pins = (): Pin[] => pinStore.list();
export const pinned = (href: string): boolean => pins().some((p) => p.href === href);
export const togglePin = (p: Pin): void => pinStore.save(pinned(p.href) ? pins().filter((x) => x.href !== p.href) : [...pins(), p].slice(-8));

const viewStores = new Map<string, ReturnType<typeof stored<View>>>();
const viewStore = (page: string) => {
  let s = viewStores.get(page);
  if (!s) viewStores.set(page, (s = stored<View>(`views.${page}`)));
  return s;
};
export const views = (page: string): View[] => viewStore(page).list();
export const saveView = (page: string, v: View): void => viewStore(page).save([...views(page).filter((x) => x.name !== v.name), v]);
export const dropView = (page: string, name: string): void => viewStore(page).save(views(page).filter((x) => x.name !== name));
