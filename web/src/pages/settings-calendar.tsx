// SPDX-License-Identifier: Apache-2.0
// The company's working time: every clock of a partner runs in it. Holidays close a day, make-up days open one.
import { useEffect, useState } from 'preact/hooks';
import { put } from '../api';
import { refresh, useData } from '../data';
import { date, t } from '../i18n';
import { Button, H2, IconButton } from '../parts/controls';
import { Check, FormErrors, Select, Text, useForm } from '../parts/form';
import { Load } from '../parts/states';
import { toast } from '../parts/toast';
import { mayManage, ours } from '../session';

interface Day { day: number; from: string; to: string }
interface Exception { on: string; from?: string; to?: string; closed?: boolean }
interface Cal { utc_offset_minutes: number; week: Day[]; exceptions: Exception[] }

const dayName = (n: number): string => new Intl.DateTimeFormat(document.documentElement.lang, { weekday: 'long' }).format(new Date(2024, 0, n));
const offsets = Array.from({ length: 27 }, (_, i) => (i - 12) * 60).concat([330, 345, 570]).sort((a, b) => a - b);
const offsetText = (m: number): string => `UTC${m < 0 ? '−' : '+'}${Math.floor(Math.abs(m) / 60)}${m % 60 ? `:${String(Math.abs(m) % 60).padStart(2, '0')}` : ''}`;

export function Calendar() {
  const r = useData<Cal>(`/companies/${ours()}/calendar`);
  return (
    <>
      <H2 note={t('calendar.note')}>{t('settings.calendar')}</H2>
      <Load of={r}>{(c) => <Editor cal={c} />}</Load>
    </>
  );
}

function Editor({ cal }: { cal: Cal }) {
  const form = useForm<Cal>({ utc_offset_minutes: cal.utc_offset_minutes ?? 0, week: cal.week ?? [], exceptions: cal.exceptions ?? [] });
  const v = form.values;
  const may = mayManage();
  const [add, setAdd] = useState({ on: '', open: false });
  useEffect(() => form.setAll({ utc_offset_minutes: cal.utc_offset_minutes, week: cal.week ?? [], exceptions: cal.exceptions ?? [] }), [JSON.stringify(cal)]);
  const setDay = (n: number, change: Partial<Day> | null): void => {
    const old = v.week.find((d) => d.day === n);
    const rest = v.week.filter((d) => d.day !== n);
    form.set('week', change === null ? rest : [...rest, { day: n, from: '09:00', to: '17:30', ...old, ...change }].sort((a, b) => a.day - b.day));
  };
  const submit = form.submit(async (x) => {
    await put(`/companies/${ours()}/calendar`, x);
    toast(t('common.saved'));
    await refresh();
  });
  return (
    <form onSubmit={submit} noValidate class="calendar">
      <FormErrors form={form} />
      <Select class="half" label={t('calendar.zone')} disabled={!may} value={String(v.utc_offset_minutes)} options={offsets.map((m) => ({ value: String(m), label: offsetText(m) }))} onChange={(x) => form.set('utc_offset_minutes', Number(x))} error={form.error('utc_offset_minutes')} />
      <div class="week">
        {[1, 2, 3, 4, 5, 6, 7].map((n) => {
          const d = v.week.find((x) => x.day === n);
          return (
            <div class="week-day" key={n}>
              <Check label={dayName(n)} value={Boolean(d)} disabled={!may} onChange={(on) => setDay(n, on ? {} : null)} />
              {d ? (
                <>
                  <Text hideLabel label={`${dayName(n)}: ${t('calendar.from')}`} type="time" value={d.from} disabled={!may} onChange={(x) => setDay(n, { from: x })} />
                  <Text hideLabel label={`${dayName(n)}: ${t('calendar.to')}`} type="time" value={d.to} disabled={!may} onChange={(x) => setDay(n, { to: x })} />
                </>
              ) : (
                <span class="t3">{t('calendar.closed')}</span>
              )}
            </div>
          );
        })}
      </div>
      <H2 note={t('calendar.exceptions_note')}>{t('calendar.exceptions')}</H2>
      <ul class="rows">
        {v.exceptions.map((e) => (
          <li class="row" key={e.on}>
            <strong>{date(e.on, 'long')}</strong>
            <span class="t2">{e.closed ? t('calendar.closed') : `${e.from} – ${e.to}`}</span>
            {may && <IconButton class="push" icon="Trash2" label={t('common.delete')} onClick={() => form.set('exceptions', v.exceptions.filter((x) => x.on !== e.on))} />}
          </li>
        ))}
        {v.exceptions.length === 0 && <li class="note none">{t('calendar.no_exceptions')}</li>}
      </ul>
      {may && (
        <>
          <div class="row-form">
            <Text label={t('calendar.day')} type="date" value={add.on} onChange={(x) => setAdd({ ...add, on: x })} />
            <Check label={t('calendar.worked')} value={add.open} onChange={(x) => setAdd({ ...add, open: x })} />
            <Button
              disabled={!add.on}
              why={t('form.required')}
              onClick={() => {
                form.set('exceptions', [...v.exceptions.filter((x) => x.on !== add.on), add.open ? { on: add.on, from: '09:00', to: '17:30' } : { on: add.on, closed: true }].sort((a, b) => a.on.localeCompare(b.on)));
                setAdd({ on: '', open: false });
              }}
            >
              {t('calendar.add')}
            </Button>
          </div>
          <div class="form-foot">
            <Button kind="primary" size="l" type="submit" busy={form.busy} class="push">{t('common.save')}</Button>
          </div>
        </>
      )}
    </form>
  );
}
