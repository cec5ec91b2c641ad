// SPDX-License-Identifier: Apache-2.0
// Words of enumerations in the reader's language, from the model itself: one source for client and server.
import { signal } from '@preact/signals';
import { get } from './api';
import type { Meta } from './types';

export const meta = signal<Meta | null>(null);
let words = new Map<string, string>();

export async function loadMeta(lang: string): Promise<void> {
  try {
    const m = await get<Meta>(`/meta?lang=${lang}`, { quiet401: true });
    const next = new Map<string, string>();
    for (const [vocab, list] of Object.entries(m.vocab))
      for (const w of list) {
        next.set(`${vocab}.${w.name}`, w.label);
        if (!next.has(w.name)) next.set(w.name, w.label);
      }
    for (const e of m.entities) {
      next.set(`entity.${e.name}`, e.label);
      for (const f of e.fields) next.set(`field.${f.name}`, next.get(`field.${f.name}`) ?? f.label);
    }
    words = next;
    meta.value = m;
  } catch {
    // Without the dictionary of the model words are shown as they are stored.
  }
}

const human = (name: string): string => {
  const s = name.replace(/_/g, ' ');
  return s.charAt(0).toUpperCase() + s.slice(1);
};

/** The label of a word: of this vocabulary, else of any, else the word itself in readable form. */
export function word(vocab: string, name: string | null | undefined): string {
  void meta.value;
  if (!name) return '';
  return words.get(`${vocab}.${name}`) ?? words.get(name) ?? human(name);
}

export const vocab = (name: string): { name: string; label: string }[] => meta.value?.vocab[name] ?? [];

export const fieldLabel = (entity: string, field: string): string | undefined =>
  meta.value?.entities.find((e) => e.name === entity)?.fields.find((f) => f.name === field)?.label;
