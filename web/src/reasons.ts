// SPDX-License-Identifier: Apache-2.0
// Reasons of the rules. A decision just made comes with its text in the reader's language; a reason stored with a posting comes as
// code and arguments, and is said here with the text the model gives for the code.
import { date, money, rate } from './i18n';
import { meta, word } from './meta';
import type { Because, Money } from './types';

/** Reasons come as a list, or as the list's JSON text where they are stored. */
export function reasonsOf(b: Because[] | string | null | undefined): Because[] {
  if (typeof b !== 'string') return b ?? [];
  try {
    return JSON.parse(b) as Because[];
  } catch {
    return b ? [{ code: 'text', text: b }] : [];
  }
}

/** An argument in the reader's way of writing: '38417.35 EUR' as money, '2026-11-22' as a date, '7/100' as a rate. */
function spoken(arg: unknown): string {
  const s = String(arg ?? '');
  const sum = /^(-?\d+(?:\.\d+)?) ([A-Z]{3})$/.exec(s);
  if (sum) return money({ amount: sum[1]!, currency: sum[2]! } satisfies Money, true);
  if (/^\d{4}-\d{2}-\d{2}$/.test(s)) return date(s);
  return /^\d+\/\d+$/.test(s) ? rate(s) : s;
}

/** {1} is the first argument, {1:reward_base} the label of that word. */
function stored(b: Because): string | undefined {
  const args = (Array.isArray(b.args) ? b.args : []) as unknown[];
  return meta.value?.reasons?.[b.code]?.replace(/\{(\d)(?::(\w+))?\}/g, (_, n: string, vocab?: string) => {
    const arg = args[Number(n) - 1];
    return vocab ? word(vocab, String(arg ?? '')) : spoken(arg);
  });
}

export const reasonText = (b: Because): string => b.text ?? stored(b) ?? word('because', b.code);
