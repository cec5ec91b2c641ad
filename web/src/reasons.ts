// SPDX-License-Identifier: Apache-2.0
// Reasons of the rules. A decision just made comes with its text in the reader's language; a reason stored with a posting comes as
// code and arguments, and is said here.
import { date, decimal, money, rate, t } from './i18n';
import { word } from './meta';
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

/** '38417.35 EUR' as money. */
function sum(s: unknown): string {
  const m = /^(-?[\d.]+) ([A-Z]{3})$/.exec(String(s ?? ''));
  if (!m) return String(s ?? '');
  const value: Money = { amount: m[1]!, currency: m[2]! };
  return money(value, true);
}

function stored(b: Because): string | undefined {
  const a = (Array.isArray(b.args) ? b.args : []) as unknown[];
  switch (b.code) {
    case 'settle_won': return t('reason.won', { sum: sum(a[0]), date: date(String(a[1] ?? '')) });
    case 'settle_base': return t('reason.base', { base: word('reward_base', String(a[0])), sum: sum(a[1]) });
    case 'settle_rate': return t('reason.rate', { base: sum(a[0]), rate: rate(String(a[1])), sum: decimal(String(a[2] ?? '').replace(/ [A-Z]{3}$/, '')) });
    case 'settle_rounded': return t('reason.rounded', { sum: sum(a[1]) });
    case 'settle_split': return t('reason.split', { share: rate(String(a[0])), sum: sum(a[1]) });
    case 'settle_person': return t('reason.person', { share: rate(String(a[0])), sum: sum(a[1]) });
    case 'settle_extra_unit': return t('reason.extra_unit');
    case 'settle_cap': return t('reason.cap', { sum: sum(a[0]) });
    case 'settle_reversal': return t('reason.reversal');
    default: return undefined;
  }
}

export const reasonText = (b: Because): string => b.text ?? stored(b) ?? word('because', b.code);
