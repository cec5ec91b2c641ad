// SPDX-License-Identifier: Apache-2.0
// An agreement's terms as numbered clauses in the reader's words, and the difference of two clauses word by word.
import { date, lang, listOf, money, rate, t, tn, workingTime } from '../i18n';
import { word } from '../meta';
import { nameOf } from '../names';
import type { Money } from '../types';

export type Terms = Record<string, unknown>;
export interface Clause { n: number; title: string; terms: string[]; text: string }

const text = (v: unknown): string => (v === null || v === undefined ? '' : Array.isArray(v) ? listOf(v.map((x) => word('need', String(x)))) : String(v));
const list = (v: unknown): string => (Array.isArray(v) ? v.map(String) : String(v ?? '').split(',')).map((x) => x.trim()).filter(Boolean).join(', ');
const sentence = (s: string): string => (!s ? '' : /[.!?。！？]$/.test(s) ? s : `${s}${lang.value === 'zh' ? '。' : '.'}`);
const join = (parts: (string | false | undefined)[]): string => parts.filter(Boolean).map((p) => sentence(p as string)).join(lang.value === 'zh' ? '' : ' ');

function rewardTo(v: unknown): string {
  const s = String(v ?? 'sender');
  if (s === 'sender') return t('clause.giver');
  if (s === 'receiver') return t('clause.taker');
  return nameOf(s, s);
}

export function clauses(x: Terms): Clause[] {
  const cap = x.cap as Money | null | undefined;
  const minutes = Number(x.response_minutes ?? 0);
  const needs = Array.isArray(x.needs) ? x.needs : String(x.needs ?? '').split(',').map((s) => s.trim()).filter(Boolean);
  const all: Omit<Clause, 'n'>[] = [
    { title: t('clause.purpose'), terms: ['purpose'], text: join([text(x.purpose)]) },
    { title: t('clause.labour'), terms: ['labour'], text: join([text(x.labour)]) },
    {
      title: t('clause.scope'), terms: ['scope_products', 'scope_industries', 'scope_regions', 'needs', 'leads_customer'],
      text: join([
        needs.length > 0 && t('clause.needs', { list: needs.map((n) => word('need', n)).join(', ') }),
        list(x.scope_products) && t('clause.products', { list: list(x.scope_products) }),
        list(x.scope_industries) && t('clause.industries', { list: list(x.scope_industries) }),
        list(x.scope_regions) && t('clause.regions', { list: list(x.scope_regions) }),
        x.leads_customer ? t('clause.leads_customer', { company: nameOf(String(x.leads_customer), String(x.leads_customer)) }) : '',
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
      title: t('clause.reward'), terms: ['reward_rate', 'reward_base', 'reward_trigger', 'reward_to', 'cap'],
      text: join([
        x.reward_rate
          ? `${t('clause.reward_text', { who: rewardTo(x.reward_to), rate: rate(String(x.reward_rate)), base: word('reward_base', String(x.reward_base ?? 'revenue')).toLowerCase(), trigger: word('reward_trigger', String(x.reward_trigger ?? 'won')).toLowerCase() })}${cap ? t('clause.cap', { sum: money(cap) }) : ''}`
          : '',
      ]),
    },
    { title: t('clause.protection'), terms: ['protection_days'], text: join([x.protection_days ? tn('clause.protection_text', Number(x.protection_days)) : '']) },
    { title: t('clause.problems'), terms: ['problems'], text: join([text(x.problems)]) },
    {
      title: t('clause.term'), terms: ['term_until', 'notice_days'],
      text: join([x.term_until ? t('clause.until', { date: date(String(x.term_until), 'long') }) : t('clause.open_end'), x.notice_days ? tn('clause.notice', Number(x.notice_days)) : '']),
    },
    {
      title: t('clause.people'), terms: ['manager_ours', 'manager_theirs', 'contact_rhythm_days', 'anti_bribery'],
      text: join([
        [x.manager_ours, x.manager_theirs].filter(Boolean).length > 0 && t('clause.managers', { names: listOf([x.manager_ours, x.manager_theirs].filter(Boolean).map((m) => nameOf(String(m), String(m)))) }),
        x.contact_rhythm_days ? tn('clause.rhythm', Number(x.contact_rhythm_days)) : '',
        text(x.anti_bribery),
      ]),
    },
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
      else put(out, cur.text, cur.kind);
    }
    return out;
  };
  return { before: bridge(left, 'out'), after: bridge(right, 'in') };
}

