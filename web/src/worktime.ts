// SPDX-License-Identifier: Apache-2.0
// Working minutes between now and a deadline, in the calendar of the company whose clock runs: '1-5 09:00-17:00; 6 10:00-14:00' and
// exceptions '2026-10-01 closed; 2026-10-10 09:00-17:00', in its own UTC offset. Without a calendar the time is elapsed time.
import { companies } from './session';
import type { Id } from './types';

type Span = [number, number];
const clock = (s: string): number => {
  const [h, m] = s.split(':').map(Number);
  return (h ?? 0) * 60 + (m ?? 0);
};
const spansOf = (text: string): Span[] => [...text.matchAll(/(\d\d?:\d\d)-(\d\d?:\d\d)/g)].map((m) => [clock(m[1]!), clock(m[2]!)]);

function parseWeek(text: string): Map<number, Span[]> {
  const week = new Map<number, Span[]>();
  for (const part of text.split(/[;\n]+/)) {
    const m = /^\s*([1-7])(?:-([1-7]))?\s+(.*)$/.exec(part);
    if (!m) continue;
    for (let d = Number(m[1]); d <= Number(m[2] ?? m[1]); d++) week.set(d, [...(week.get(d) ?? []), ...spansOf(m[3]!)]);
  }
  return week;
}

function parseExceptions(text: string): Map<string, Span[]> {
  const out = new Map<string, Span[]>();
  for (const part of text.split(/[;\n]+/)) {
    const m = /(\d{4}-\d\d-\d\d)(.*)$/.exec(part);
    if (m) out.set(m[1]!, spansOf(m[2]!));
  }
  return out;
}

export function workingMinutes(company: Id | undefined, from: Date, to: Date): number {
  const elapsed = (to.getTime() - from.getTime()) / 60000;
  const c = companies.value.find((x) => x.id === company);
  const week = typeof c?.work_week === 'string' ? parseWeek(c.work_week) : new Map<number, Span[]>();
  if (elapsed <= 0 || week.size === 0) return elapsed;
  const special = parseExceptions(String(c?.work_exceptions ?? ''));
  const shift = Number(c?.utc_offset_minutes ?? 0) * 60000;
  const start = from.getTime() + shift;
  const end = to.getTime() + shift;
  const day = 86400000;
  let sum = 0;
  for (let t = Math.floor(start / day) * day, n = 0; t < end && n < 400; t += day, n++) {
    const date = new Date(t);
    const spans = special.get(date.toISOString().slice(0, 10)) ?? week.get(date.getUTCDay() || 7) ?? [];
    for (const [a, b] of spans) sum += Math.max(0, Math.min(end, t + b * 60000) - Math.max(start, t + a * 60000));
  }
  return Math.round(sum / 60000);
}
