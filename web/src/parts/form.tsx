// SPDX-License-Identifier: Apache-2.0
// Forms: values, the server's problems beside the field their pointer names, one Idempotency-Key per attempt that reached the server.
import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { newKey, Problem } from '../api';
import { t } from '../i18n';
import type { Money } from '../types';
import { Icon } from './icon';

export interface Form<T> {
  values: T;
  set: <K extends keyof T>(k: K, v: T[K]) => void;
  setAll: (v: Partial<T>) => void;
  error: (pointer: string) => string | undefined;
  /** Stops a submit whose field is empty before it is sent. */
  need: (there: boolean, pointer: string) => void;
  rest: () => string[];
  busy: boolean;
  submit: (fn: (values: T, key: string) => Promise<unknown>) => (e?: Event) => Promise<boolean>;
}

const norm = (p: string): string => p.replace(/^[#/]+/, '').replace(/\//g, '.');

export function useForm<T extends object>(initial: T): Form<T> {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<{ pointer: string; message: string }[]>([]);
  const [busy, setBusy] = useState(false);
  const key = useRef(newKey());
  const asked = useRef(new Set<string>());
  asked.current = new Set();
  const put = (v: Partial<T>): void => {
    setValues((old) => ({ ...old, ...v }));
    setErrors((old) => old.filter((e) => !Object.keys(v).some((k) => e.pointer === k || e.pointer.startsWith(`${k}.`))));
  };
  return {
    values,
    busy,
    set: (k, v) => put({ [k]: v } as unknown as Partial<T>),
    setAll: put,
    error: (pointer) => {
      asked.current.add(pointer);
      return errors.find((e) => e.pointer === pointer || e.pointer.startsWith(`${pointer}.`))?.message;
    },
    need: (there, pointer) => {
      if (!there) throw new Problem(422, { detail: t('form.required'), errors: [{ pointer: `/${pointer}`, message: t('form.required') }] });
    },
    rest: () => errors.filter((e) => ![...asked.current].some((a) => e.pointer === a || e.pointer.startsWith(`${a}.`))).map((e) => e.message),
    submit: (fn) => async (e) => {
      e?.preventDefault();
      if (busy) return false;
      setBusy(true);
      setErrors([]);
      try {
        await fn(values, key.current);
        key.current = newKey();
        return true;
      } catch (err) {
        key.current = newKey();
        const p = err instanceof Problem ? err : null;
        const list = (p?.errors ?? []).map((x) => ({ pointer: norm(x.pointer ?? ''), message: x.message }));
        setErrors(list.length ? list : [{ pointer: '', message: p?.message ?? String(err instanceof Error ? err.message : err) }]);
        requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

/** Problems that belong to no field shown. */
export function FormErrors({ form }: { form: Form<never> | { rest: () => string[] } }) {
  const rest = form.rest();
  if (!rest.length) return null;
  return (
    <div class="form-errors" role="alert">
      {rest.map((m) => (
        <p key={m}>
          <Icon name="CircleAlert" size={14} /> {m}
        </p>
      ))}
    </div>
  );
}

export interface FieldProps { label: string; hint?: ComponentChildren; error?: string; optional?: boolean; class?: string; hideLabel?: boolean }

export function Field({ label, hint, error, optional, class: cls, hideLabel, children }: FieldProps & { children: (ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ComponentChildren }) {
  const id = useId();
  const note = `${id}-n`;
  return (
    <div class={`field ${error ? 'has-error' : ''} ${cls ?? ''}`}>
      <label for={id} class={hideLabel ? 'sr' : ''}>
        {label}
        {optional && <span class="optional"> {t('common.optional')}</span>}
      </label>
      {children({ id, 'aria-describedby': error || hint ? note : undefined, 'aria-invalid': error ? true : undefined })}
      {error ? (
        <p class="field-error" id={note}>
          <Icon name="CircleAlert" size={14} /> {error}
        </p>
      ) : (
        hint && (
          <p class="field-hint" id={note}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}

type TextProps = FieldProps & {
  value: string | null | undefined;
  onChange: (v: string) => void;
  type?: 'text' | 'email' | 'password' | 'date' | 'number' | 'tel' | 'url' | 'time' | 'datetime-local';
  placeholder?: string;
  auto?: string;
  focus?: boolean;
  required?: boolean;
  min?: number | string;
  max?: number | string;
  maxLength?: number;
  list?: string[];
  disabled?: boolean;
};

export function Text(p: TextProps) {
  const listId = useId();
  return (
    <Field {...p}>
      {(ids) => (
        <>
          <input
            {...ids}
            class="input"
            type={p.type ?? 'text'}
            value={p.value ?? ''}
            placeholder={p.placeholder}
            autocomplete={p.auto ?? 'off'}
            autofocus={p.focus}
            required={p.required}
            min={p.min}
            max={p.max}
            maxLength={p.maxLength}
            disabled={p.disabled}
            list={p.list ? listId : undefined}
            onInput={(e) => p.onChange(e.currentTarget.value)}
          />
          {p.list && (
            <datalist id={listId}>
              {p.list.map((x) => (
                <option key={x} value={x} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  );
}

export function Area(p: FieldProps & { value: string | null | undefined; onChange: (v: string) => void; rows?: number; placeholder?: string; focus?: boolean; required?: boolean }) {
  return (
    <Field {...p}>
      {(ids) => (
        <textarea {...ids} class="input" rows={p.rows ?? 3} placeholder={p.placeholder} autofocus={p.focus} required={p.required} value={p.value ?? ''} onInput={(e) => p.onChange(e.currentTarget.value)} />
      )}
    </Field>
  );
}

export interface Option { value: string; label: string }
export function Select(p: FieldProps & { value: string | null | undefined; options: Option[]; onChange: (v: string) => void; empty?: string; required?: boolean; disabled?: boolean }) {
  return (
    <Field {...p}>
      {(ids) => (
        <select {...ids} class="input" value={p.value ?? ''} required={p.required} disabled={p.disabled} onChange={(e) => p.onChange(e.currentTarget.value)}>
          {(p.empty !== undefined || !p.value) && <option value="">{p.empty ?? ''}</option>}
          {p.options.map((o) => (
            <option key={o.value} value={o.value} selected={o.value === p.value}>
              {o.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Check(p: { label: ComponentChildren; note?: ComponentChildren; value: boolean; onChange: (v: boolean) => void; error?: string; disabled?: boolean }) {
  const id = useId();
  return (
    <div class={`check ${p.error ? 'has-error' : ''}`}>
      <input id={id} type="checkbox" checked={p.value} disabled={p.disabled} aria-invalid={p.error ? true : undefined} onChange={(e) => p.onChange(e.currentTarget.checked)} />
      <label for={id}>
        <span>{p.label}</span>
        {p.note && <small>{p.note}</small>}
        {p.error && <small class="field-error">{p.error}</small>}
      </label>
    </div>
  );
}

export const CURRENCIES = ['EUR', 'USD', 'CNY', 'RUB', 'CHF', 'GBP', 'SEK', 'PLN', 'JPY'];

/** '1 234,50' or '1,234.50' or '1234.5' as the exact decimal string of the API; what it cannot read is passed on for the server to refuse. */
export function readAmount(text: string): string {
  let s = text.replace(/[\s\u00a0\u202f'’]/g, '').replace(/[€$¥₽£]/g, '');
  if (s.includes(',') && s.includes('.')) s = s.lastIndexOf(',') > s.lastIndexOf('.') ? s.replace(/\./g, '').replace(',', '.') : s.replace(/,/g, '');
  else if (/^\d{1,3}(,\d{3})+$/.test(s)) s = s.replace(/,/g, '');
  else s = s.replace(',', '.');
  return s;
}

export function MoneyInput(p: FieldProps & { value: Money | null | undefined; currency?: string; onChange: (v: Money | null) => void; focus?: boolean; required?: boolean }) {
  const [text, setText] = useState(p.value?.amount ?? '');
  const [cur, setCur] = useState(p.value?.currency ?? p.currency ?? 'EUR');
  const tell = (s: string, c: string): void => p.onChange(s.trim() === '' ? null : { amount: readAmount(s), currency: c });
  return (
    <Field {...p}>
      {(ids) => (
        <div class="money-input">
          <input
            {...ids}
            class="input num"
            inputMode="decimal"
            autocomplete="off"
            autofocus={p.focus}
            required={p.required}
            value={text}
            onInput={(e) => {
              setText(e.currentTarget.value);
              tell(e.currentTarget.value, cur);
            }}
          />
          <select
            class="input"
            aria-label={t('common.currency')}
            value={cur}
            onChange={(e) => {
              setCur(e.currentTarget.value);
              tell(text, e.currentTarget.value);
            }}
          >
            {[...new Set([cur, ...CURRENCIES])].map((c) => (
              <option key={c}>{c}</option>
            ))}
          </select>
        </div>
      )}
    </Field>
  );
}

/** '7', '7.5%' or '1/3' as an exact fraction; the inverse of `rateText`. */
export function readRate(text: string): string {
  const s = text.replace(/[\s%]/g, '').replace(',', '.');
  if (/^\d+\/\d+$/.test(s)) return s;
  const m = /^(\d+)(?:\.(\d+))?$/.exec(s);
  if (!m) return s;
  const frac = m[2] ?? '';
  return `${BigInt(m[1]! + frac)}/${10n ** BigInt(2 + frac.length)}`;
}

export function rateText(r: string | null | undefined): string {
  if (!r) return '';
  const m = /^(\d+)\/(10+)$/.exec(r);
  if (!m) return r;
  const digits = m[2]!.length - 1 - 2;
  if (digits < 0) return String(Number(m[1]) * 10 ** -digits);
  const s = m[1]!.padStart(digits + 1, '0');
  return digits ? `${s.slice(0, -digits)}.${s.slice(-digits)}`.replace(/\.?0+$/, '') : s;
}
