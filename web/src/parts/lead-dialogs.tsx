// SPDX-License-Identifier: Apache-2.0
// Every no to a lead carries a reason: declined or taken back, known before (with an own account as proof), the customer's consent gone.
import { act } from '../api';
import { refresh } from '../data';
import { t } from '../i18n';
import { needOf } from '../pages/leads';
import { nameOf } from '../names';
import type { Consent, Id, Lead } from '../types';
import { words } from './create';
import { closeDialog, Dialog, FormActions, openDialog } from './dialog';
import { Area, FormErrors, Select, useForm, type Form } from './form';
import { AccountPicker } from './picker';
import { toast } from './toast';

/** Which of the reasons a side has: the receiver speaks of himself, the sender of the customer. */
const DECLINE = ['no_capacity', 'outside_product', 'outside_region', 'known_customer', 'conflict', 'other'];
const WITHDRAW = ['no_interest', 'bought_elsewhere', 'consent_withdrawn', 'other'];
const reasons = (list: string[]) => words('decline_reason').filter((r) => list.includes(r.value));

interface Reason { reason: string; comment: string }

function ReasonFields({ form, of }: { form: Form<Reason>; of: string[] }) {
  return (
    <>
      <FormErrors form={form} />
      <Select label={t('lead.reason')} value={form.values.reason} options={reasons(of)} onChange={(v) => form.set('reason', v)} error={form.error('reason')} />
      <Area label={t('lead.comment')} rows={2} value={form.values.comment} onChange={(v) => form.set('comment', v)} error={form.error('comment')} optional={form.values.reason !== 'other'} />
    </>
  );
}

function ReasonDialog({ l, verb }: { l: Lead; verb: 'decline' | 'withdraw' }) {
  const list = verb === 'decline' ? DECLINE : WITHDRAW;
  const form = useForm<Reason>({ reason: list[0]!, comment: '' });
  const submit = form.submit(async (v, key) => {
    form.need(v.reason !== 'other' || v.comment.trim() !== '', 'comment');
    await act(`/leads/${l.id}/${verb}`, { reason: v.reason, comment: v.comment || undefined }, { key });
    closeDialog();
    toast(verb === 'decline' ? t('lead.declined_done') : t('lead.withdrawn_done'));
    await refresh();
  });
  const says = verb === 'decline'
    ? { title: t('lead.decline_title'), note: t('lead.decline_note', { who: nameOf(l.sender ?? l.company) }), verb: t('lead.decline') }
    : { title: t('lead.withdraw_title'), note: t('lead.withdraw_text', { who: nameOf(l.receiver) }), verb: t('lead.withdraw') };
  return (
    <Dialog title={says.title} subtitle={needOf(l)} onSubmit={submit} note={says.note} actions={<FormActions verb={says.verb} busy={form.busy} />}>
      <ReasonFields form={form} of={list} />
    </Dialog>
  );
}
export const declineLead = (l: Lead): void => openDialog(<ReasonDialog l={l} verb="decline" />);
export const withdrawLead = (l: Lead): void => openDialog(<ReasonDialog l={l} verb="withdraw" />);

function DuplicateDialog({ l }: { l: Lead }) {
  const form = useForm({ proof: '', comment: '' });
  const submit = form.submit(async (v, key) => {
    form.need(v.proof !== '', 'proof');
    await act(`/leads/${l.id}/duplicate`, { proof: v.proof, comment: v.comment || undefined }, { key });
    closeDialog();
    toast(t('lead.duplicate_done'));
    await refresh();
  });
  return (
    <Dialog title={t('lead.duplicate')} subtitle={[l.account_name, needOf(l)].filter(Boolean).join(', ')} onSubmit={submit} note={t('lead.decline_note', { who: nameOf(l.sender ?? l.company) })} actions={<FormActions verb={t('lead.duplicate')} busy={form.busy} />}>
      <FormErrors form={form} />
      <p>{t('lead.duplicate_text')}</p>
      <AccountPicker label={t('lead.proof')} value={form.values.proof} onChange={(id) => form.set('proof', id)} error={form.error('proof')} placeholder={t('lead.proof_ph')} start={l.account_name} focus />
      <Area label={t('lead.comment')} rows={2} value={form.values.comment} onChange={(v) => form.set('comment', v)} error={form.error('comment')} optional />
    </Dialog>
  );
}
export const duplicateLead = (l: Lead): void => openDialog(<DuplicateDialog l={l} />);

function ConsentDialog({ l, standing }: { l: Lead; standing: Consent[] }) {
  const named = [...new Set(standing.map((c) => c.recipient).filter((c): c is Id => Boolean(c)))];
  const form = useForm({ words: '', recipient: '' });
  const submit = form.submit(async (v, key) => {
    await act(`/leads/${l.id}/withdraw-consent`, { words: v.words || undefined, recipient: v.recipient || undefined }, { key });
    closeDialog();
    toast(t('consent.done'));
    await refresh();
  });
  return (
    <Dialog title={t('consent.title')} subtitle={[l.account_name, needOf(l)].filter(Boolean).join(', ')} onSubmit={submit} note={t('consent.note')} actions={<FormActions verb={t('consent.record')} busy={form.busy} />}>
      <FormErrors form={form} />
      {named.length > 1 && (
        <Select label={t('consent.for')} value={form.values.recipient} empty={t('consent.for_all')} options={named.map((c) => ({ value: c, label: nameOf(c) }))} onChange={(v) => form.set('recipient', v)} error={form.error('recipient')} />
      )}
      <Area label={t('consent.words')} rows={3} value={form.values.words} onChange={(v) => form.set('words', v)} error={form.error('words')} optional focus />
    </Dialog>
  );
}
export const withdrawConsent = (l: Lead, standing: Consent[]): void => openDialog(<ConsentDialog l={l} standing={standing} />);
