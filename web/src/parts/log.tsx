// SPDX-License-Identifier: Apache-2.0
// What is written on a deal: evidence, activity, task or promise, comment; won, lost, claimed.
import { act, post } from '../api';
import { refresh, useData } from '../data';
import { addDays, t } from '../i18n';
import { word } from '../meta';
import { nameOf } from '../names';
import { isOurs, mayManage, me, ours, session } from '../session';
import type { Deal, Id, Money, Rec, StageAnswer, Task } from '../types';
import { Banner } from './states';
import { closeDialog, Dialog, FormActions, openForm } from './dialog';
import { Area, Check, FormErrors, MoneyInput, Select, Text, useForm, type Option } from './form';
import { allCompanies } from './picker';
import { RecordDialog, userOptions, useUsers, words, type Spec } from './create';
import { STAGES } from './marks';
import { toast } from './toast';

const today = (): string => addDays(0);

interface EvidenceValues {
  marker: string;
  basis: string;
  status: string;
  source: string;
  on: string;
  note: string;
  room: boolean;
}

/** The markers of the deal, by stage, those still missing first. */
function markerOptions(stage: StageAnswer | undefined): Option[] {
  const rows = stage?.result.stages ?? [];
  const all = rows.flatMap((r) => r.markers.map((m) => ({ ...m, stage: r.stage })));
  if (all.length === 0) return words('marker');
  const label = (m: (typeof all)[number]): string => `${word('buyer_stage', m.stage)}: ${word('marker', m.marker)}${m.state === 'proven' ? ` (${t('evidence.proven')})` : ''}`;
  return all.map((m) => ({ value: m.marker, label: label(m) }));
}

function EvidenceDialog({ deal, marker, stage: wanted }: { deal: Id; marker?: string; stage?: string }) {
  const stage = useData<StageAnswer>(`/deals/${deal}/stage`);
  const first = marker ?? (wanted ? stage.data?.result.stages.find((r) => r.stage === wanted)?.markers.find((m) => m.state !== 'proven')?.marker : stage.data?.result.missing?.[0]);
  const form = useForm<EvidenceValues>({ marker: marker ?? '', basis: 'told', status: 'confirmed', source: '', on: today(), note: '', room: true });
  const v = form.values;
  const chosen = v.marker || first || '';
  const bases = words('evidence_basis');
  const statuses = words('evidence_status');
  const submit = form.submit(async (x, key) => {
    await post(
      `/deals/${deal}/evidence`,
      { marker: chosen, basis: x.basis, status: x.status, source: x.source || null, seen_on: x.on || null, note: x.note || null, audience: x.room ? 'room' : 'company' },
      { key },
    );
    closeDialog();
    toast(t('log.evidence_done'));
    await refresh();
  });
  return (
    <Dialog title={t('log.evidence')} subtitle={wanted ? t('log.what_shows', { stage: word('buyer_stage', wanted) }) : t('log.evidence_sub')} onSubmit={submit} actions={<FormActions verb={t('log.evidence')} busy={form.busy} />}>
      <FormErrors form={form} />
      <div class="form-grid">
        <Select label={t('log.marker')} value={chosen} options={markerOptions(stage.data)} onChange={(x) => form.set('marker', x)} error={form.error('marker')} required />
        <Text label={t('log.source')} value={v.source} onChange={(x) => form.set('source', x)} error={form.error('source')} hint={t('log.source_hint')} focus class="half" />
        <Text label={t('log.on')} type="date" value={v.on} onChange={(x) => form.set('on', x)} error={form.error('seen_on')} class="half" />
        <Select class="half" label={t('log.basis')} value={v.basis} options={bases.length ? bases : ['seen', 'told', 'inferred'].map((b) => ({ value: b, label: word('evidence_basis', b) }))} onChange={(x) => form.set('basis', x)} error={form.error('basis')} />
        <Select class="half" label={t('log.status')} value={v.status} options={statuses.length ? statuses : ['assumed', 'confirmed', 'contradicted'].map((b) => ({ value: b, label: word('evidence_status', b) }))} onChange={(x) => form.set('status', x)} error={form.error('status')} hint={t('log.status_hint')} />
        <Area label={t('log.note')} value={v.note} rows={2} onChange={(x) => form.set('note', x)} error={form.error('note')} optional />
      </div>
      <Check label={t('log.room')} note={t('log.room_note')} value={v.room} onChange={(x) => form.set('room', x)} />
    </Dialog>
  );
}
export const logEvidence = (deal: Id, marker?: string): void => openForm(<EvidenceDialog deal={deal} marker={marker} />);

/** The question a card asks when it is dragged on: what shows it? Without an answer it may only be claimed. */
function MoveDialog({ deal, stage, name, onCancel }: { deal: Id; stage: string; name: string; onCancel?: () => void }) {
  const form = useForm({ why: '' });
  const submit = form.submit(async (x, key) => {
    form.need(x.why.trim() !== '', 'why');
    await act(`/deals/${deal}/claim`, { stage, why: x.why }, { key });
    closeDialog();
    toast(t('deal.claimed_done', { stage: word('buyer_stage', stage) }));
    await refresh();
  });
  return (
    <Dialog
      title={t('move.title')}
      subtitle={`${name} → ${word('buyer_stage', stage)}`}
      onSubmit={submit}
      onClose={onCancel}
      note={t('move.note')}
      actions={<FormActions verb={t('move.claim')} busy={form.busy} />}
    >
      <FormErrors form={form} />
      <p>{t('move.text')}</p>
      <p>
        <button
          type="button"
          class="btn btn-default btn-size-m"
          onClick={() => openForm(<EvidenceDialog deal={deal} stage={STAGES[Math.max(0, STAGES.indexOf(stage) - 1)]} />)}
        >
          {t('log.evidence')}
        </button>
      </p>
      <Area label={t('move.why')} value={form.values.why} rows={2} onChange={(x) => form.set('why', x)} error={form.error('why')} focus />
    </Dialog>
  );
}
export const moveDeal = (deal: Id, stage: string, name: string, onCancel?: () => void): void => openForm(<MoveDialog deal={deal} stage={stage} name={name} onCancel={onCancel} />);

const audience = (): Spec => ({ name: 'audience', label: t('log.who_sees'), kind: 'select', required: true, options: [{ value: 'room', label: t('log.room') }, { value: 'company', label: t('log.company_only') }] });

const activityKinds = (): Option[] => {
  const list = words('activity_kind');
  return list.length ? list : ['call', 'meeting', 'email', 'demo', 'quote', 'note'].map((k) => ({ value: k, label: word('activity_kind', k) }));
};
const localNow = (): string => {
  const d = new Date();
  return new Date(d.getTime() - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};

const activitySpecs = (): Spec[] => [
  { name: 'summary', label: t('log.summary'), kind: 'area', required: true },
  { name: 'kind', label: t('log.kind'), kind: 'select', options: activityKinds(), required: true, half: true },
  { name: 'at', label: t('log.at'), kind: 'datetime', half: true },
  { name: 'person', label: t('log.person'), half: true },
  { name: 'minutes', label: t('log.minutes'), kind: 'number', half: true },
];
export const logActivity = (deal: Id): void =>
  openForm(
    <RecordDialog
      title={t('log.activity')}
      verb={t('log.activity')}
      postTo={`/deals/${deal}/activities`}
      toastText={t('log.activity_done')}
      preset={{ kind: activityKinds()[0]?.value, audience: 'room', at: localNow() }}
      specs={[...activitySpecs(), audience()]}
    />,
  );
/** When it happened stays: what was logged is corrected, not moved. */
export const editActivity = (base: Rec): void =>
  openForm(<RecordDialog title={t('log.activity')} verb={t('common.save')} patchAt={`/activities/${base.id}`} base={base} specs={activitySpecs().filter((s) => s.name !== 'at')} />);
export const editComment = (base: Rec): void =>
  openForm(<RecordDialog title={t('log.comment')} verb={t('common.save')} patchAt={`/comments/${base.id}`} base={base} specs={[{ name: 'text', label: t('log.comment'), kind: 'area', required: true }]} />);

const taskSpecs = (users: Option[]): Spec[] => [
  { name: 'title', label: t('log.what'), required: true },
  { name: 'kind', label: t('log.kind'), kind: 'select', required: true, half: true, options: words('task_kind') },
  { name: 'due_on', label: t('log.due'), kind: 'date', half: true },
  { name: 'owner_company', label: t('log.owner_company'), kind: 'select', options: allCompanies(), required: true, half: true },
  { name: 'owner', label: t('log.owner'), kind: 'select', options: users, half: true, hint: t('log.owner_hint') },
];

function TaskDialog({ deal, kind, title, base }: { deal: Id; kind?: string; title?: string; base?: Task }) {
  const users = userOptions(useUsers());
  // Whom the other company named keeps the name in the list.
  const people = base?.owner && !users.some((u) => u.value === base.owner) ? [...users, { value: base.owner, label: nameOf(base.owner) }] : users;
  if (base) return <RecordDialog title={t('log.task')} verb={t('common.save')} patchAt={`/tasks/${base.id}`} base={base} specs={taskSpecs(people)} />;
  return (
    <RecordDialog
      title={t('log.task')}
      verb={t('log.task')}
      postTo={`/deals/${deal}/tasks`}
      toastText={t('log.task_done')}
      preset={{ kind: kind ?? 'task', owner_company: ours(), owner: me(), audience: 'room', title: title ?? '' }}
      specs={[...taskSpecs(people), audience()]}
    />
  );
}
export const newTask = (deal: Id, kind?: string, title?: string): void => openForm(<TaskDialog deal={deal} kind={kind} title={title} />);
export const editTask = (deal: Id, base: Task): void => openForm(<TaskDialog deal={deal} base={base} />);

function ContributionDialog({ deal }: { deal: Id }) {
  const users = useUsers();
  const roles = words('contribution_role');
  return (
    <RecordDialog
      title={t('log.contribution')}
      verb={t('log.contribution')}
      postTo={`/deals/${deal}/contributions`}
      preset={{ person: me(), role: 'influenced' }}
      fixed={{ party: ours() }}
      specs={[
        { name: 'role', label: t('log.role'), kind: 'select', required: true, half: true, options: roles.length ? roles : ['sourced', 'influenced', 'delivered', 'closed'].map((k) => ({ value: k, label: word('contribution_role', k) })) },
        { name: 'person', label: t('log.by'), kind: 'select', options: userOptions(users), half: true },
        { name: 'note', label: t('log.note'), kind: 'area' },
      ]}
    />
  );
}
export const newContribution = (deal: Id): void => openForm(<ContributionDialog deal={deal} />);

function WinDialog({ deal }: { deal: Deal }) {
  const form = useForm<{ amount: Money | null; closed_on: string }>({ amount: deal.amount ?? null, closed_on: today() });
  const submit = form.submit(async (x, key) => {
    form.need(x.amount !== null, 'amount');
    await act(`/deals/${deal.id}/win`, { amount: x.amount, closed_on: x.closed_on }, { key });
    closeDialog();
    toast(t('deal.won_done'));
    await refresh();
  });
  return (
    <Dialog title={t('deal.win')} subtitle={deal.name} onSubmit={submit} note={t('deal.win_note')} actions={<FormActions verb={t('deal.win')} busy={form.busy} icon="Check" />}>
      <FormErrors form={form} />
      <div class="form-grid">
        <MoneyInput label={t('deal.won_amount')} value={form.values.amount} currency={session.value?.company.currency} onChange={(v) => form.set('amount', v)} error={form.error('amount')} focus />
        <Text label={t('deal.closed_on')} type="date" value={form.values.closed_on} onChange={(v) => form.set('closed_on', v)} error={form.error('closed_on')} class="half" />
      </div>
    </Dialog>
  );
}
export const winDeal = (deal: Deal): void => openForm(<WinDialog deal={deal} />);

function LoseDialog({ deal }: { deal: Deal }) {
  const form = useForm({ outcome: 'lost_rival', reason: '' });
  const outcomes = words('deal_outcome').filter((o) => !['open', 'won', 'won_part'].includes(o.value));
  const submit = form.submit(async (x, key) => {
    form.need(x.reason.trim() !== '', 'reason');
    await act(`/deals/${deal.id}/lose`, { outcome: x.outcome, reason: x.reason }, { key });
    closeDialog();
    toast(t('deal.lost_done'), mayManage() ? async () => {
      await act(`/deals/${deal.id}/reopen`, { reason: t('common.undo') });
      await refresh();
    } : undefined);
    await refresh();
  });
  return (
    <Dialog title={t('deal.lose')} subtitle={deal.name} onSubmit={submit} actions={<FormActions verb={t('deal.lose')} busy={form.busy} />}>
      <FormErrors form={form} />
      <Banner tone="plain">{t('deal.lose_note')}</Banner>
      <Select label={t('deal.outcome')} value={form.values.outcome} options={outcomes.length ? outcomes : ['lost_rival', 'no_decision', 'withdrew'].map((o) => ({ value: o, label: word('deal_outcome', o) }))} onChange={(v) => form.set('outcome', v)} error={form.error('outcome')} />
      <Area label={t('deal.reason')} value={form.values.reason} rows={2} onChange={(v) => form.set('reason', v)} error={form.error('reason')} />
    </Dialog>
  );
}
export const loseDeal = (deal: Deal): void => openForm(<LoseDialog deal={deal} />);

/** Text box at the end of an activity log. */
export function CommentBox({ deal }: { deal: Id }) {
  const form = useForm({ text: '', room: true });
  const submit = form.submit(async (v, key) => {
    await post(`/deals/${deal}/comments`, { text: v.text, audience: v.room ? 'room' : 'company' }, { key });
    form.set('text', '');
    await refresh();
  });
  return (
    <form class="comment-box" onSubmit={submit} noValidate>
      <Area label={t('log.comment')} hideLabel placeholder={t('log.comment_ph')} rows={2} value={form.values.text} onChange={(v) => form.set('text', v)} error={form.error('text') ?? form.rest()[0]} />
      <div class="comment-foot">
        <Check label={t('log.room')} value={form.values.room} onChange={(v) => form.set('room', v)} />
        <button class="btn btn-default btn-size-m push" type="submit" disabled={!form.values.text.trim()} aria-busy={form.busy}>
          {t('log.comment')}
        </button>
      </div>
    </form>
  );
}

export const mine = (r: Rec): boolean => isOurs(r.company);
