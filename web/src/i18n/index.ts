// SPDX-License-Identifier: Apache-2.0
// Words and formats in the reader's language. Keys are typed from English; English is in the bundle, the others are loaded when chosen.
// A plural is 'one|other' (Russian 'one|few|many', Chinese a single form).
import { signal } from '@preact/signals';
import en from './en';
import type { Money } from '../types';

export type Lang = 'en' | 'zh' | 'ru';
export type Key = keyof typeof en;
export type Dict = Record<Key, string>;
type Args = Record<string, string | number>;

export const LANGS: { code: Lang; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'zh', name: '简体中文' },
  { code: 'ru', name: 'Русский' },
];

export const lang = signal<Lang>('en');
let dict: Dict = en;
let rules = new Intl.PluralRules('en');

export function guessLang(): Lang {
  const saved = localStorage.getItem('entente.lang');
  const all = saved ? [saved] : navigator.languages;
  for (const l of all) for (const x of LANGS) if (l.toLowerCase().startsWith(x.code)) return x.code;
  return 'en';
}

export async function setLang(l: Lang): Promise<void> {
  dict = l === 'zh' ? (await import('./zh')).default : l === 'ru' ? (await import('./ru')).default : en;
  rules = new Intl.PluralRules(l);
  localStorage.setItem('entente.lang', l);
  document.documentElement.lang = l === 'zh' ? 'zh-Hans' : l;
  formats.clear();
  lang.value = l;
}

const fill = (text: string, args?: Args): string =>
  args ? text.replace(/\{([a-z_]+)\}/g, (all, k: string) => (k in args ? String(args[k]) : all)) : text;

export function t(key: Key, args?: Args): string {
  void lang.value;
  return fill(dict[key], args);
}

/** The form of the plural that fits n; {n} is the number as this language writes it. */
export function tn(key: Key, n: number, args?: Args): string {
  void lang.value;
  const forms = dict[key].split('|');
  const form = rules.select(n);
  const at = forms.length === 1 ? 0 : forms.length === 2 ? (form === 'one' ? 0 : 1) : form === 'one' ? 0 : form === 'few' ? 1 : 2;
  return fill(forms[at] ?? forms[0]!, { n: num(n), ...args });
}

export const hasKey = (key: string): key is Key => key in en;

const formats = new Map<string, unknown>();
function cached<T>(key: string, make: () => T): T {
  void lang.value;
  let f = formats.get(key) as T | undefined;
  if (f === undefined) formats.set(key, (f = make()));
  return f;
}
const locale = (): string => (lang.value === 'zh' ? 'zh-CN' : lang.value === 'ru' ? 'ru-RU' : 'en-GB');

export const num = (n: number, digits = 0): string =>
  cached(`n${digits}`, () => new Intl.NumberFormat(locale(), { maximumFractionDigits: digits })).format(n);

// Decimal strings go into Intl unparsed, so the cents of very large sums survive.
const asNumeric = (s: string): number => s as unknown as number;

/** '€1,420,000'; whole sums without decimals unless exact. */
export function money(m: Money | null | undefined, exact = false): string {
  if (!m) return '';
  const style: Intl.NumberFormatOptions & { trailingZeroDisplay?: string } = { style: 'currency', currency: m.currency, currencyDisplay: 'narrowSymbol' };
  if (!exact) style.trailingZeroDisplay = 'stripIfInteger';
  return cached(`m${m.currency}${exact}`, () => new Intl.NumberFormat(locale(), style)).format(asNumeric(m.amount));
}

/** A plain decimal string with the reader's separators, nothing rounded away. */
export const decimal = (s: string): string => cached('dec', () => new Intl.NumberFormat(locale(), { maximumFractionDigits: 8 })).format(asNumeric(s)).replace('-', '−');

/** Short: '€1.42m', '142 万', '1,42 млн ₽'. */
export function moneyShort(m: Money | null | undefined): string {
  if (!m) return '';
  const f = cached(`s${m.currency}`, () => new Intl.NumberFormat(locale(), { style: 'currency', currency: m.currency, currencyDisplay: 'narrowSymbol', notation: 'compact', maximumSignificantDigits: 3 }));
  const text = f.format(asNumeric(m.amount));
  return lang.value === 'en' ? text.replace(/K\b/, 'k').replace(/M\b/, 'm').replace(/B\b/, 'bn') : text;
}

/** An amount without its sign, for ledgers: '38,417.35', with a true minus. */
export function amount(m: Money | null | undefined): string {
  if (!m) return '';
  const digits = cached(`d${m.currency}`, () => new Intl.NumberFormat(locale(), { style: 'currency', currency: m.currency }).resolvedOptions().maximumFractionDigits ?? 2);
  const f = cached(`a${digits}`, () => new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  return f.format(asNumeric(m.amount)).replace('-', '−');
}

export const isNegative = (m: Money | null | undefined): boolean => Boolean(m?.amount.startsWith('-'));

/** Exact sum of amounts of one currency, in integer arithmetic. */
export function addMoney(list: (Money | null | undefined)[], currency: string): Money {
  let total = 0n;
  for (const m of list) if (m && m.currency === currency) total += scaled(m.amount);
  const neg = total < 0n;
  const s = (neg ? -total : total).toString().padStart(5, '0');
  return { amount: `${neg ? '-' : ''}${s.slice(0, -4)}.${s.slice(-4)}`.replace(/0{1,2}$/, ''), currency };
}
const scaled = (s: string): bigint => {
  const [whole = '0', frac = ''] = s.replace('-', '').split('.');
  const v = BigInt(whole) * 10000n + BigInt(frac.padEnd(4, '0').slice(0, 4));
  return s.startsWith('-') ? -v : v;
};

/** '7/100' as '7%'; '1/3' stays what it is, for rounding would hide it. */
export function rate(r: string | null | undefined): string {
  if (!r) return '';
  const [a, b] = r.split('/').map(Number);
  const v = b ? a! / b : a!;
  // A third is a third: 33.33 % of a sum would be another sum.
  if (Math.abs(v * 1e4 - Math.round(v * 1e4)) > 1e-7) return r;
  return cached('pct', () => new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 2 })).format(v);
}

const day = (s: string): Date => (/^\d{4}-\d\d-\d\d$/.test(s) ? new Date(`${s}T12:00:00`) : new Date(s));

export function date(s: string | Date | null | undefined, style: 'day' | 'full' | 'long' | 'weekday' = 'day'): string {
  if (!s) return '';
  const d = typeof s === 'string' ? day(s) : s;
  if (Number.isNaN(d.getTime())) return '';
  const thisYear = d.getFullYear() === new Date().getFullYear();
  const o: Intl.DateTimeFormatOptions =
    style === 'weekday' ? { weekday: 'long', day: 'numeric', month: 'long' }
    : style === 'long' || (style === 'day' && !thisYear) ? { day: 'numeric', month: style === 'long' ? 'long' : 'short', year: 'numeric' }
    : style === 'full' ? { day: 'numeric', month: 'short', year: 'numeric' }
    : { day: 'numeric', month: 'short' };
  return cached(`D${style}${thisYear}`, () => new Intl.DateTimeFormat(locale(), o)).format(d);
}

export const time = (s: string | Date): string =>
  cached('T', () => new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit' })).format(typeof s === 'string' ? new Date(s) : s);

export const dateTime = (s: string | null | undefined): string => (s ? `${date(s)}, ${time(s)}` : '');

/** 'today', 'yesterday', '4 days ago', 'in 3 days'. */
export function ago(s: string | null | undefined): string {
  if (!s) return '';
  const d = day(s);
  const days = Math.round((midnight(d) - midnight(new Date())) / 86400000);
  const rel = cached('R', () => new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }));
  if (days === 0 && s.includes('T')) {
    const minutes = Math.round((d.getTime() - Date.now()) / 60000);
    if (Math.abs(minutes) < 1) return t('time.now');
    if (Math.abs(minutes) < 60) return rel.format(minutes, 'minute');
    return rel.format(Math.round(minutes / 60), 'hour');
  }
  if (Math.abs(days) < 45) return rel.format(days, 'day');
  if (Math.abs(days) < 540) return rel.format(Math.round(days / 30.4), 'month');
  return rel.format(Math.round(days / 365), 'year');
}
const midnight = (d: Date): number => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
export const daysUntil = (s: string): number => Math.round((midnight(day(s)) - midnight(new Date())) / 86400000);
export const isToday = (s: string): boolean => midnight(day(s)) === midnight(new Date());

/** Minutes as '6 h 52 min', '48 min', '1 d 4 h' (a day of 8 working hours). */
export function duration(minutes: number): string {
  const m = Math.max(0, Math.round(Math.abs(minutes)));
  if (m < 60) return t('time.min', { n: m });
  const h = Math.floor(m / 60);
  if (h < 10) return m % 60 ? t('time.hmin', { h, m: String(m % 60).padStart(2, '0') }) : t('time.h', { h });
  const d = Math.floor(h / 8);
  return h % 8 ? t('time.dh', { d, h: h % 8 }) : t('time.d', { d });
}

/** '8 working hours', '45 working minutes'. */
export function workingTime(minutes: number): string {
  if (minutes % 60 === 0) return tn('time.workhours', minutes / 60);
  return tn('time.workminutes', minutes);
}

/** 'a, b and c' as the language joins. */
export const listOf = (items: string[]): string => cached('L', () => new Intl.ListFormat(locale(), { type: 'conjunction' })).format(items);
export const compare = (a: string, b: string): number => cached('C', () => new Intl.Collator(locale(), { numeric: true })).compare(a, b);

export const addDays = (n: number): string => new Date(Date.now() + n * 86400000).toISOString().slice(0, 10);
