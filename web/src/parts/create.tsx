// SPDX-License-Identifier: Apache-2.0
// Small record forms in one dialog: fields are named, the rest (errors by pointer, busy, idempotency) is the same everywhere.
import { useState } from 'preact/hooks';
import { patch, post } from '../api';
import { refresh, useData } from '../data';
import { t } from '../i18n';
import { vocab } from '../meta';
import { learn } from '../names';
import { go, path } from '../router';
import { mayManage, me, session } from '../session';
import type { Id, Money, Page, Rec, User } from '../types';
import { closeDialog, Dialog, FormActions, openForm } from './dialog';
import { Area, FormErrors, MoneyInput, Select, Text, useForm, type Option } from './form';
import { HandoverDialog } from './handover';
import { AccountPicker } from './picker';
import { toast } from './toast';

export interface Spec {
  name: string;
  label: string;
  kind?: 'text' | 'area' | 'money' | 'date' | 'number' | 'select' | 'account' | 'email' | 'tel' | 'datetime';
  options?: Option[];
  required?: boolean;
  half?: boolean;
  hint?: string;
  empty?: string;
}
type Values = Record<string, unknown>;

export const words = (name: string): Option[] => vocab(name).map((w) => ({ value: w.name, label: w.label }));

export function useUsers(): User[] {
  const r = useData<Page<User>>('/users?limit=200');
  return r.data?.items ?? [];
}
export const userOptions = (users: User[]): Option[] => users.filter((u) => u.active !== false).map((u) => ({ value: u.id, label: u.name }));

export function Fields({ specs, form }: { specs: Spec[]; form: ReturnType<typeof useForm<Values>> }) {
  return (
    <div class="form-grid">
      {specs.map((s, i) => {
        const common = { key: s.name, label: s.label, hint: s.hint, error: form.error(s.name), optional: !s.required, class: s.half ? 'half' : '' };
        const value = form.values[s.name];
        const set = (v: unknown): void => form.set(s.name, v);
        switch (s.kind) {
          case 'area':
            return <Area {...common} value={value as string} onChange={set} focus={i === 0} />;
          case 'money':
            return <MoneyInput {...common} value={value as Money} currency={session.value?.company.currency} onChange={set} />;
          case 'select':
            return <Select {...common} value={value as string} options={s.options ?? []} onChange={set} empty={s.required ? undefined : (s.empty ?? t('common.none'))} />;
          case 'account':
            return <AccountPicker {...common} shared value={value as string} onChange={set} focus={i === 0} />;
          default:
            return (
              <Text {...common} value={value === null || value === undefined ? '' : String(value)} type={s.kind === 'datetime' ? 'datetime-local' : (s.kind ?? 'text')} onChange={set} focus={i === 0} required={s.required} />
            );
        }
      })}
    </div>
  );
}

/** What the form holds, as the API wants it: empty is null (or left out at creation), numbers are numbers. */
function toBody(specs: Spec[], values: Values, base?: Rec): Values {
  const body: Values = {};
  for (const s of specs) {
    let v = values[s.name];
    if (v === '' || v === undefined) v = null;
    if (v !== null && s.kind === 'number') v = Number(v);
    if (v !== null && s.kind === 'datetime') v = new Date(String(v)).toISOString();
    if (base ? JSON.stringify(base[s.name] ?? null) !== JSON.stringify(v) : v !== null) body[s.name] = v;
  }
  return body;
}

interface RecordProps {
  title: string;
  subtitle?: string;
  specs: Spec[];
  verb: string;
  postTo?: string;
  patchAt?: string;
  base?: Rec;
  preset?: Values;
  fixed?: Values;
  done?: (rec: Rec) => void;
  note?: string;
  toastText?: string;
}

export function RecordDialog(p: RecordProps) {
  const form = useForm<Values>({ ...Object.fromEntries(p.specs.map((s) => [s.name, p.base?.[s.name] ?? null])), ...p.preset });
  const submit = form.submit(async (values, key) => {
    for (const s of p.specs) if (s.required) form.need(![null, undefined, ''].includes(values[s.name] as string), s.name);
    const body = toBody(p.specs, values, p.base);
    const rec = p.patchAt ? await patch(p.patchAt, p.base, body) : await post(p.postTo!, { ...p.fixed, ...body }, { key });
    closeDialog();
    if (p.patchAt && p.base) {
      const before = Object.fromEntries(Object.keys(body).map((k) => [k, p.base![k] ?? null]));
      toast(t('common.saved'), async () => {
        await patch(p.patchAt!, undefined, before);
        await refresh();
      });
    } else toast(p.toastText ?? t('common.created'));
    await refresh();
    p.done?.(rec);
  });
  return (
    <Dialog title={p.title} subtitle={p.subtitle} onSubmit={submit} note={p.note} actions={<FormActions verb={p.verb} busy={form.busy} />}>
      <FormErrors form={form} />
      <Fields specs={p.specs} form={form} />
    </Dialog>
  );
}

function WithUsers({ make }: { make: (users: Option[]) => RecordProps }) {
  const users = useUsers();
  const [first] = useState(Date.now());
  void first;
  return <RecordDialog {...make(userOptions(users))} />;
}

const accountSpecs = (users: Option[]): Spec[] => [
  { name: 'name', label: t('f.name'), required: true },
  { name: 'full_name', label: t('f.full_name') },
  { name: 'industry', label: t('f.industry'), kind: 'select', options: words('industry'), half: true },
  { name: 'domain', label: t('f.domain'), half: true },
  { name: 'city', label: t('f.city'), half: true },
  { name: 'country', label: t('f.country'), half: true, hint: t('f.country_hint') },
  { name: 'phone', label: t('f.phone'), kind: 'tel', half: true },
  { name: 'tax_number', label: t('f.tax_number'), half: true },
  { name: 'owner', label: t('f.owner'), kind: 'select', options: users, half: true },
  { name: 'budget_closes', label: t('f.budget_closes'), kind: 'date', half: true },
];

export const newAccount = (name = ''): void =>
  openForm(
    <WithUsers
      make={(users) => ({ title: t('create.account'), specs: accountSpecs(users), verb: t('create.account'), postTo: '/accounts', preset: { name, owner: me() }, done: (r) => go(`/accounts/${r.id}`) })}
    />,
  );

export const editAccount = (base: Rec): void =>
  openForm(
    <WithUsers
      make={(users) => ({
        title: t('account.edit'),
        specs: [
          ...accountSpecs(users),
          { name: 'region', label: t('f.region'), half: true },
          { name: 'postal_code', label: t('f.postal_code'), half: true },
          { name: 'address', label: t('f.address') },
          { name: 'size', label: t('f.size'), kind: 'number', half: true },
          { name: 'register_number', label: t('f.register_number'), half: true },
          { name: 'notes', label: t('f.notes'), kind: 'area' },
        ],
        verb: t('common.save'),
        patchAt: `/accounts/${base.id}`,
        base,
      })}
    />,
  );

const dealSpecs = (users: Option[]): Spec[] => [
  { name: 'account', label: t('f.account'), kind: 'account', required: true },
  { name: 'name', label: t('deal.name'), required: true, hint: t('deal.name_hint') },
  { name: 'amount', label: t('f.value'), kind: 'money' },
  { name: 'need', label: t('f.need'), half: true },
  { name: 'owner', label: t('f.owner'), kind: 'select', options: users, half: true },
  { name: 'next_step', label: t('f.next_step'), half: true },
  { name: 'next_step_on', label: t('f.next_step_on'), kind: 'date', half: true },
  { name: 'expected_on', label: t('f.expected_on'), kind: 'date', half: true },
];

export const newDeal = (account?: Id, label?: string): void => {
  if (account && label) learn({ [account]: { name: label } });
  openForm(
    <WithUsers
      make={(users) => ({
        title: t('create.deal'),
        specs: dealSpecs(users),
        verb: t('create.deal'),
        postTo: '/deals',
        preset: { account: account ?? null, owner: me() },
        done: (r) => go(`/deals/${r.id}`),
      })}
    />,
  );
};

export const editDeal = (base: Rec): void =>
  openForm(
    <WithUsers
      make={(users) => ({
        title: t('deal.edit'),
        specs: [...dealSpecs(users).filter((s) => s.name !== 'account'), { name: 'notes', label: t('f.notes'), kind: 'area' }],
        verb: t('common.save'),
        patchAt: `/deals/${base.id}`,
        base,
      })}
    />,
  );

const contactSpecs = (): Spec[] => [
  { name: 'name', label: t('f.name'), required: true },
  { name: 'title', label: t('f.title') },
  { name: 'email', label: t('f.email'), kind: 'email', half: true },
  { name: 'phone', label: t('f.phone'), kind: 'tel', half: true },
  { name: 'chat', label: t('f.chat'), half: true, hint: t('f.chat_hint') },
  { name: 'notes', label: t('f.notes'), kind: 'area' },
];

function NewContact({ account }: { account?: Id }) {
  const [chosen, choose] = useState(account ?? '');
  if (!chosen)
    return (
      <Dialog title={t('create.contact')} width="s">
        <AccountPicker label={t('f.account')} value="" onChange={(id) => id && choose(id)} focus />
      </Dialog>
    );
  return <RecordDialog key={chosen} title={t('create.contact')} specs={contactSpecs()} verb={t('create.contact')} postTo={`/accounts/${chosen}/contacts`} />;
}
export const newContact = (account?: Id): void => openForm(<NewContact account={account} />);
export const editContact = (base: Rec): void => openForm(<RecordDialog title={t('contact.edit')} specs={contactSpecs()} verb={t('common.save')} patchAt={`/contacts/${base.id}`} base={base} />);

export const openHandover = (account?: Id): void => openForm(<HandoverDialog account={account} />);

/** C: creates what this page is about. */
export function openCreate(): void {
  const at = path.value;
  const id = /^\/accounts\/([^/]+)/.exec(at)?.[1];
  if (id) newDeal(id);
  else if (at.startsWith('/accounts')) newAccount();
  else if (at.startsWith('/people')) newContact();
  else if (at.startsWith('/leads')) openHandover();
  else if (at.startsWith('/partners')) mayManage() && go('/agreements/new');
  else newDeal();
}
