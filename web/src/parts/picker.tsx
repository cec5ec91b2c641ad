// SPDX-License-Identifier: Apache-2.0
// Choose a record by typing a part of its name: account, person, company. A combobox after the ARIA pattern.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { get } from '../api';
import { t } from '../i18n';
import { nameOf } from '../names';
import { companies, isOurs } from '../session';
import type { Account, Contact, Id, Page } from '../types';
import { Field, type FieldProps, type Option } from './form';

export interface Choice { id: Id; label: string; note?: string }
interface PickerProps extends FieldProps {
  value: Id | null | undefined;
  shown?: string;
  load: (q: string) => Promise<Choice[]>;
  onChange: (id: Id, choice?: Choice) => void;
  placeholder?: string;
  focus?: boolean;
  /** What to look for before anything is typed. */
  start?: string;
}

export function Picker(p: PickerProps) {
  const [text, setText] = useState<string | null>(null);
  const [choices, setChoices] = useState<Choice[]>([]);
  const [at, setAt] = useState(0);
  const [open, setOpen] = useState(false);
  const list = useId();
  const seq = useRef(0);
  const look = (q: string): void => {
    const n = ++seq.current;
    setTimeout(() => {
      if (n !== seq.current) return;
      p.load(q)
        .then(async (c) => (c.length === 0 && q === p.start ? p.load('') : c))
        .then((c) => {
          if (n !== seq.current) return;
          setChoices(c);
          setAt(0);
        })
        .catch(() => setChoices([]));
    }, q ? 80 : 0);
  };
  // What is typed stays while it clears the former choice.
  useEffect(() => {
    if (p.value) setText(null);
  }, [p.value]);
  const choose = (c: Choice | undefined): void => {
    if (!c) return;
    setOpen(false);
    setText(c.label);
    p.onChange(c.id, c);
  };
  const keys = (e: KeyboardEvent): void => {
    if (e.code === 'ArrowDown') setAt(Math.min(at + 1, choices.length - 1));
    else if (e.code === 'ArrowUp') setAt(Math.max(0, at - 1));
    else if (e.code === 'Enter' && open && choices[at]) choose(choices[at]);
    else if (e.code === 'Escape' && open) setOpen(false);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <Field {...p}>
      {(ids) => (
        <div class="picker">
          <input
            {...ids}
            class="input"
            role="combobox"
            aria-expanded={open}
            aria-controls={list}
            aria-autocomplete="list"
            autocomplete="off"
            autofocus={p.focus}
            placeholder={p.placeholder}
            value={text ?? p.shown ?? nameOf(p.value)}
            onFocus={() => {
              setOpen(true);
              look(p.start ?? '');
            }}
            onBlur={() => setTimeout(() => setOpen(false), 150)}
            onInput={(e) => {
              setText(e.currentTarget.value);
              setOpen(true);
              look(e.currentTarget.value);
              if (p.value) p.onChange('');
            }}
            onKeyDown={keys}
          />
          <ul id={list} role="listbox" aria-label={p.label} class="picker-list" hidden={!open || choices.length === 0}>
            {choices.map((c, i) => (
              <li key={c.id} role="option" aria-selected={i === at} onMouseDown={(e) => { e.preventDefault(); choose(c); }}>
                <span class="truncate">{c.label}</span> {c.note && <small>{c.note}</small>}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Field>
  );
}

const asChoice = (a: Account): Choice => ({ id: a.id, label: a.name, note: [a.city, a.country].filter(Boolean).join(', ') });
export const findAccounts = async (q: string, own = true): Promise<Choice[]> =>
  (await get<Page<Account>>(`/accounts?limit=12${q ? `&q=${encodeURIComponent(q)}` : '&sort=name'}`)).items.filter((a) => !own || isOurs(a.company)).map(asChoice);

/** Accounts of one's own; `shared`: also what others share with us. */
export function AccountPicker(p: Omit<PickerProps, 'load'> & { shared?: boolean }) {
  return <Picker {...p} load={(q) => findAccounts(q, !p.shared)} placeholder={p.placeholder ?? t('pick.account')} />;
}

export const contactsOf = async (account: Id): Promise<Contact[]> => (await get<Page<Contact>>(`/accounts/${account}/contacts?limit=100`)).items;

/** Other companies of the hub as options. */
export const otherCompanies = (): Option[] => companies.value.filter((c) => !isOurs(c.id)).map((c) => ({ value: c.id, label: c.name }));
export const allCompanies = (): Option[] => companies.value.map((c) => ({ value: c.id, label: c.name }));
