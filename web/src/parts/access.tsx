// SPDX-License-Identifier: Apache-2.0
// Who can see a shared record: each member with its fields and time, cut off at once, previewed exactly as they get it.
import { useState } from 'preact/hooks';
import { post, request } from '../api';
import { refresh, useData } from '../data';
import { date, dateTime, money, t, tn } from '../i18n';
import { useKeys } from '../keys';
import { fieldLabel, word } from '../meta';
import { nameOf } from '../names';
import { isOurs, mayManage } from '../session';
import type { Grant, Id, Money, Rec } from '../types';
import { Button, H2, Tag } from './controls';
import { closeDialog, confirm, Dialog, FormActions, openDialog } from './dialog';
import { FormErrors, Select, Text, useForm } from './form';
import { Icon } from './icon';
import { CompanyBadge } from './marks';
import { otherCompanies } from './picker';
import { Banner, Empty, Load } from './states';
import { toast } from './toast';

export interface Members { lead_company?: Id; items: Grant[]; fieldsets?: { name: string; fields?: string[] }[] }

export const liveMembers = (items: Grant[] | undefined): Id[] =>
  (items ?? []).filter((g) => !g.revoked_at && g.company && !isOurs(g.company)).map((g) => g.company!);

/** The companies that take part, read only by the lead company; a member sees itself and the lead. */
export function useMembers(root: string): Grant[] | undefined {
  return useData<Members>(`/${root}/members`).data?.items;
}

const what = (g: Grant, entity: string): string =>
  g.fields?.length ? g.fields.slice(0, 8).map((f) => fieldLabel(entity, f) ?? f).join(', ') + (g.fields.length > 8 ? ` ${tn('access.more', g.fields.length - 8)}` : '') : word('fieldset', g.fieldset);

function showValue(v: unknown): string {
  if (v === null || v === '') return t('common.nothing');
  if (typeof v === 'object' && v && 'amount' in v) return money(v as Money);
  if (typeof v === 'string' && /^\d{4}-\d\d-\d\dT/.test(v)) return dateTime(v);
  if (typeof v === 'string') return nameOf(v) || v;
  return Array.isArray(v) ? v.map(showValue).join(', ') : typeof v === 'object' ? JSON.stringify(v) : String(v);
}

const INTERNAL = new Set(['id', 'names', 'created_at', 'updated_at', 'company']);

function PreviewDialog({ path, entity, company }: { path: string; entity: string; company: Id }) {
  const r = useData<Rec>(`${path}?as=${company}`);
  const own = useData<Rec>(path);
  const hidden = own.data && r.data ? Object.keys(own.data).filter((k) => !(k in r.data!) && !INTERNAL.has(k)) : [];
  return (
    <Dialog title={t('access.preview', { company: nameOf(company) })} subtitle={t('access.preview_sub')} width="m">
      {r.error && <Banner tone="plain" icon="Lock">{r.error.status === 404 ? t('access.sees_nothing', { company: nameOf(company) }) : r.error.message}</Banner>}
      {r.data && (
        <dl class="facts">
          {Object.entries(r.data)
            .filter(([k]) => !INTERNAL.has(k))
            .map(([k, v]) => (
              <div key={k}>
                <dt>{fieldLabel(entity, k) ?? word('field', k)}</dt>
                <dd>{showValue(v)}</dd>
              </div>
            ))}
          {hidden.map((k) => (
            <div key={k} class="is-hidden">
              <dt>{fieldLabel(entity, k) ?? word('field', k)}</dt>
              <dd>
                <span class="sealed">
                  <Icon name="Lock" size={14} />
                  <span class="blank" />
                  <span class="sr">{t('access.hidden')}</span>
                </span>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Dialog>
  );
}
export const previewAs = (path: string, entity: string, company: Id): void => openDialog(<PreviewDialog path={path} entity={entity} company={company} />);

function ShareDialog({ root, entity }: { root: string; entity: string }) {
  const sets = useData<Members>(`/${root}/members`).data?.fieldsets ?? [];
  const form = useForm({ company: '', fieldset: 'member', until: '' });
  const chosen = sets.find((s) => s.name === form.values.fieldset);
  const setName = (name: string): string => (name === 'member' ? t('access.set_member') : name === 'plan' ? t('access.set_plan') : name === 'stage_only' ? t('access.set_stage') : name === 'directory' ? t('access.set_directory') : word('fieldset', name));
  const submit = form.submit(async (v, key) => {
    await post(`/${root}/members`, { company: v.company, fieldset: v.fieldset, until: v.until ? `${v.until}T00:00:00Z` : null }, { key });
    closeDialog();
    toast(t('access.shared', { company: nameOf(v.company) }));
    await refresh();
  });
  return (
    <Dialog title={t('access.share')} onSubmit={submit} note={t('access.share_note')} actions={<FormActions verb={t('access.share')} busy={form.busy} disabled={!form.values.company} why={t('form.required')} />}>
      <FormErrors form={form} />
      <Select label={t('f.company')} value={form.values.company} options={otherCompanies()} onChange={(v) => form.set('company', v)} error={form.error('company')} empty={t('common.choose')} />
      {sets.length > 0 && (
        <Select
          label={t('access.what')}
          value={form.values.fieldset}
          options={sets.map((s) => ({ value: s.name, label: setName(s.name) }))}
          onChange={(v) => form.set('fieldset', v)}
          error={form.error('fieldset')}
          hint={chosen?.fields?.map((f) => fieldLabel(entity, f) ?? f).join(', ')}
        />
      )}
      <Text label={t('access.until')} type="date" value={form.values.until} onChange={(v) => form.set('until', v)} error={form.error('until')} optional />
    </Dialog>
  );
}

interface SeenRow { company?: Id; user?: Id; at?: string; fields?: string[] }

export function Access({ root, entity, owner }: { root: string; entity: string; owner: Id | undefined }) {
  const r = useData<Members>(`/${root}/members`);
  const lead = isOurs(owner);
  const seen = useData<{ items: SeenRow[] }>(lead ? `/${root}/seen-by` : null);
  const [busy, setBusy] = useState('');
  const active = (r.data?.items ?? []).filter((g) => !g.revoked_at && g.company !== owner);
  const past = (r.data?.items ?? []).filter((g) => g.revoked_at);
  useKeys({ KeyV: () => (lead && active[0]?.company ? previewAs(`/${root}`, entity, active[0].company) : false) });
  const cut = (g: Grant): void =>
    confirm({
      title: t('access.cut_title', { company: nameOf(g.company) }),
      text: t('access.cut_text', { company: nameOf(g.company) }),
      verb: t('access.cut'),
      run: async () => {
        const id = g.grant ?? g.id;
        setBusy(id);
        try {
          await request('DELETE', `/${root}/members/${g.company}`);
          toast(t('access.cut_done', { company: nameOf(g.company) }));
          await refresh();
        } finally {
          setBusy('');
        }
      },
    });
  return (
    <div class="access pad">
      <H2 right={lead && mayManage() && <Button size="s" icon="Plus" onClick={() => openDialog(<ShareDialog root={root} entity={entity} />)}>{t('access.share')}</Button>}>{t('access.who')}</H2>
      <ul class="rows">
        <li class="row row-3">
          <CompanyBadge id={owner} />
          <span class="row-text">
            <span>
              <strong>{nameOf(owner)}</strong> <span class="t2">{t('access.leads')}</span>
            </span>
            <small>{t('access.everything')}</small>
          </span>
        </li>
        <Load of={{ ...r, error: r.error && r.error.status >= 500 ? r.error : undefined, data: r.data ?? (r.error ? { items: [] } : undefined) }} rows={2}>
          {() => (
            <>
              {active.map((g) => (
                <li class="row row-3" key={g.grant ?? g.id} aria-busy={busy === (g.grant ?? g.id)}>
                  <CompanyBadge id={g.company} />
                  <span class="row-text">
                    <span>
                      <strong>{nameOf(g.company)}</strong>{' '}
                      {!g.accepted_at && 'accepted_at' in g && <Tag tone="warn">{t('access.not_accepted')}</Tag>}
                    </span>
                    <small>
                      {what(g, entity)}
                      {g.until ? `; ${t('access.until_date', { date: date(g.until) })}` : ''}
                    </small>
                  </span>
                  {lead && (
                    <span class="buttons push">
                      <Button size="s" icon="Eye" onClick={() => previewAs(`/${root}`, entity, g.company!)}>{t('access.preview_short')}</Button>
                      {mayManage() && <Button size="s" kind="danger" onClick={() => cut(g)}>{t('access.cut')}</Button>}
                    </span>
                  )}
                </li>
              ))}
              {active.length === 0 && lead && <li class="none note">{t('access.nobody')}</li>}
              {past.map((g) => (
                <li class="row row-3 is-past" key={g.grant ?? g.id}>
                  <CompanyBadge id={g.company} />
                  <span class="row-text">
                    <span>{nameOf(g.company)}</span>
                    <small>{t('access.cut_at', { when: dateTime(g.revoked_at) })}</small>
                  </span>
                </li>
              ))}
            </>
          )}
        </Load>
      </ul>
      {lead && seen.data && (
        <section>
          <H2 note={t('access.seen_note')}>{t('access.seen')}</H2>
          {seen.data.items.length === 0 && <Empty icon="Eye" title={t('access.seen_none')} />}
          <ul class="rows">
            {seen.data.items.map((s, i) => (
              <li class="row" key={i}>
                <CompanyBadge id={s.company} size="s" />
                <span class="truncate">
                  {nameOf(s.user) || nameOf(s.company)} <span class="t3">{s.fields?.map((f) => fieldLabel(entity, f) ?? word('field', f)).join(', ')}</span>
                </span>
                <span class="push note nowrap">{dateTime(s.at)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** Short list for a side panel. */
export function WhoSees({ root, entity, owner, href }: { root: string; entity: string; owner: Id | undefined; href: string }) {
  const members = (useMembers(root) ?? []).filter((g) => !g.revoked_at && g.company !== owner);
  return (
    <section>
      <H2 right={isOurs(owner) && <a class="link" href={href}>{t('common.change')}</a>}>{t('access.who_short')}</H2>
      <ul class="rows">
        <li class="row row-2">
          <CompanyBadge id={owner} />
          <span class="row-text">
            <span>
              {nameOf(owner)} <span class="t2">{t('access.leads')}</span>
            </span>
            <small>{t('access.everything')}</small>
          </span>
        </li>
        {members.map((g) => (
          <li class="row row-2" key={g.grant ?? g.id}>
            <CompanyBadge id={g.company} />
            <span class="row-text">
              <span>{nameOf(g.company)}</span>
              <small>{what(g, entity)}</small>
            </span>
          </li>
        ))}
      </ul>
      {isOurs(owner) && members[0]?.company && (
        <Button size="m" icon="Eye" onClick={() => previewAs(`/${root}`, entity, members[0]!.company!)}>
          {t('access.preview', { company: nameOf(members[0].company) })}
        </Button>
      )}
    </section>
  );
}
