// SPDX-License-Identifier: Apache-2.0
// An agreement's terms as numbered clauses in the reader's words, and the difference of two clauses word by word.
import { lang, money, rate, t, tn, workingTime } from '../i18n';
import { word } from '../meta';
import type { Money } from '../types';

export type Terms = Record<string, unknown>;
export interface Clause { n: number; title: string; terms: string[]; text: string }

const text = (v: unknown): string => (v === null || v === undefined ? '' : String(v).trim());
const list = (v: unknown): string[] => text(v).split(/[\n,;]+/).map((x) => x.trim()).filter(Boolean);
const sentence = (s: string): string => (!s ? '' : /[.!?。！？]$/.test(s) ? s : `${s}${lang.value === 'zh' ? '。' : '.'}`);
const join = (parts: (string | false | undefined)[]): string => parts.filter(Boolean).map((p) => sentence(p as string)).join(lang.value === 'zh' ? '' : ' ');

export function clauses(x: Terms): Clause[] {
  const cap = x.reward_cap as Money | null | undefined;
  const minutes = Number(x.response_minutes ?? 0);
  const needs = list(x.scope_needs);
  const industries = list(x.scope_industries);
  const regions = list(x.scope_regions);
  const all: Omit<Clause, 'n'>[] = [
    { title: t('clause.purpose'), terms: ['purpose'], text: join([text(x.purpose)]) },
    { title: t('clause.labour'), terms: ['labour', 'contact_owner'], text: join([text(x.labour), text(x.contact_owner) && t('clause.leads_customer', { company: text(x.contact_owner) })]) },
    {
      title: t('clause.scope'), terms: ['scope_needs', 'scope_industries', 'scope_regions'],
      text: join([
        needs.length > 0 && t('clause.needs', { list: needs.join(', ') }),
        industries.length > 0 && t('clause.industries', { list: industries.map((i) => word('industry', i)).join(', ') }),
        regions.length > 0 && t('clause.regions', { list: regions.join(', ') }),
      ]),
    },
    {
      title: t('clause.answer'), terms: ['response_minutes', 'silence'],
      text: join([
        minutes > 0 && t('clause.response', { time: workingTime(minutes) }),
        x.silence === 'next_partner' ? t('clause.silence_next') : x.silence === 'approve' ? t('clause.silence_approve') : x.silence === 'refuse' ? t('clause.silence_refuse') : '',
      ]),
    },
    {
      title: t('clause.reward'), terms: ['reward_rate', 'reward_base', 'reward_trigger', 'reward_cap'],
      text: join([
        x.reward_rate
          ? `${t('clause.reward_text', { rate: rate(text(x.reward_rate)), base: word('reward_base', text(x.reward_base) || 'revenue').toLowerCase(), trigger: word('reward_trigger', text(x.reward_trigger) || 'won').toLowerCase() })}${cap ? t('clause.cap', { sum: money(cap) }) : ''}`
          : '',
      ]),
    },
    { title: t('clause.protection'), terms: ['protection_days'], text: join([x.protection_days ? tn('clause.protection_text', Number(x.protection_days)) : '']) },
    { title: t('clause.problems'), terms: ['problems'], text: join([text(x.problems)]) },
    { title: t('clause.term'), terms: ['term'], text: join([text(x.term)]) },
    { title: t('clause.people'), terms: ['people', 'anti_bribery'], text: join([text(x.people), text(x.anti_bribery)]) },
  ];
  return all.map((c, i) => ({ ...c, n: i + 1 }));
}

export interface Piece { text: string; kind: 'same' | 'out' | 'in' }

/** Word by word (Chinese: sign by sign), by the longest common subsequence; neighbours of one kind are joined. */
export function diffWords(before: string, after: string): { before: Piece[]; after: Piece[] } {
  const cut = (s: string): string[] => s.match(/\p{Script=Han}|[\p{L}\p{N}€$¥₽%'’-]+(?:[.,]\p{N}+)*%?|\s+|[^\s]/gu) ?? [];
  const a = cut(before);
  const b = cut(after);
  const lcs: number[][] = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) lcs[i]![j] = a[i] === b[j] ? lcs[i + 1]![j + 1]! + 1 : Math.max(lcs[i + 1]![j]!, lcs[i]![j + 1]!);
  const left: Piece[] = [];
  const right: Piece[] = [];
  const put = (to: Piece[], s: string, kind: Piece['kind']): void => {
    const last = to[to.length - 1];
    if (last && last.kind === kind) last.text += s;
    else to.push({ text: s, kind });
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      put(left, a[i]!, 'same');
      put(right, b[j]!, 'same');
      i++;
      j++;
    } else if (i < a.length && (j >= b.length || lcs[i + 1]![j]! >= lcs[i]![j + 1]!)) put(left, a[i++]!, 'out');
    else put(right, b[j++]!, 'in');
  }
  const bridge = (p: Piece[], kind: 'out' | 'in'): Piece[] => {
    // A blank between two changed words belongs to the change.
    const out: Piece[] = [];
    for (let k = 0; k < p.length; k++) {
      const cur = p[k]!;
      if (cur.kind === 'same' && /^\s+$/.test(cur.text) && p[k - 1]?.kind === kind && p[k + 1]?.kind === kind) put(out, cur.text, kind);
      else if (cur.kind !== 'same' && /^\s/.test(cur.text) && cur.text.trim()) {
        // The blank before a change stays outside of its mark.
        put(out, cur.text.match(/^\s+/)![0], 'same');
        put(out, cur.text.trimStart(), cur.kind);
      } else put(out, cur.text, cur.kind);
    }
    return out;
  };
  return { before: bridge(left, 'out'), after: bridge(right, 'in') };
}

