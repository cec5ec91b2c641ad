// SPDX-License-Identifier: Apache-2.0
// Names of people, companies, accounts ... that came beside records, so that an id on the page can be shown as a name.
import { signal } from '@preact/signals';
import type { Id, Name, Names } from './types';

const known = new Map<Id, Name>();
const version = signal(0);

export function learn(names: Names): void {
  let news = false;
  for (const [id, n] of Object.entries(names)) {
    const old = known.get(id);
    if (old && old.name === n.name && old.company === (n.company ?? old.company) && old.short === (n.short ?? old.short)) continue;
    known.set(id, { ...old, ...n });
    news = true;
  }
  if (news) version.value++;
}

export const forgetNames = (): void => {
  known.clear();
  version.value++;
};

export const nameRec = (id: Id | null | undefined): Name | undefined => {
  void version.value;
  return id ? known.get(id) : undefined;
};

export const nameOf = (id: Id | null | undefined, fallback = ''): string => nameRec(id)?.name ?? fallback;

/** One or two letters for a badge: 'Brandt Montage' BM, 'Ortolan' Or, '恒信维保' 恒. */
export function initials(name: string): string {
  const clean = name.replace(/^(ООО|АО|ИП|ПАО)\s+/u, '').replace(/[«»"'“”]/gu, '').trim();
  const first = [...clean][0] ?? '?';
  if (/\p{Script=Han}/u.test(first)) return first;
  const words = clean.split(/[\s-]+/u).filter((w) => /^\p{L}/u.test(w));
  if (words.length >= 2) return ([...words[0]!][0]! + [...words[1]!][0]!).toUpperCase();
  return first.toUpperCase() + ([...clean][1] ?? '').toLowerCase();
}

/** Initials of a person: always capitals, first and last word; one character for Chinese names. */
export function personInitials(name: string): string {
  const words = name.replace(/^(Dr|Prof|Ing)\.?\s+/u, '').trim().split(/\s+/u);
  const first = [...(words[0] ?? '?')][0] ?? '?';
  if (/\p{Script=Han}/u.test(first)) return first;
  const last = words.length > 1 ? [...words[words.length - 1]!][0]! : '';
  return (first + last).toUpperCase();
}

/** A stable hue 0..5 from an id. */
export function hue(id: string): number {
  let h = 2166136261;
  for (let i = 0; i < id.length; i++) h = Math.imul(h ^ id.charCodeAt(i), 16777619);
  return ((h ^ (h >>> 15)) >>> 0) % 6;
}
