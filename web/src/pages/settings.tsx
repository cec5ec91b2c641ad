// SPDX-License-Identifier: Apache-2.0
// Settings: myself, my company's people, invitations, tokens, the working calendar, the log's signed checkpoint.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get, newKey, patch, post, request } from '../api';
import { refresh, useData } from '../data';
import { ago, date, dateTime, lang, LANGS, t, type Lang } from '../i18n';
import { word } from '../meta';
import { Button, Facts, H2, IconButton, Segmented, Tabs, Tag } from '../parts/controls';
import { words } from '../parts/create';
import { closeDialog, confirm, Dialog, FormActions, openDialog } from '../parts/dialog';
import { Check, FormErrors, Select, Text, useForm } from '../parts/form';
import { PersonDot } from '../parts/marks';
import { Page } from '../parts/shell';
import { Empty, Load } from '../parts/states';
import { attempt, toast } from '../parts/toast';
import { chooseLang, chooseTheme, isAdmin, login, logout, session, theme, type Theme } from '../session';
import type { Page as ListPage, Rec, User } from '../types';
import { Calendar } from './settings-calendar';

export function SettingsPage({ section = 'me' }: { section?: string }) {
  const tab = (id: string, label: string) => ({ id, label, href: `/settings/${id}` });
  return (
    <Page title={t('nav.settings')}>
      <header class="record-head">
        <div class="record-title"><h1>{t('nav.settings')}</h1></div>
        <Tabs
          at={section}
          tabs={[
            tab('me', t('settings.me')),
            tab('users', t('settings.users')),
            ...(isAdmin() ? [tab('invitations', t('settings.invitations'))] : []),
            tab('tokens', t('settings.tokens')),
            tab('calendar', t('settings.calendar')),
            tab('record', t('settings.record')),
          ]}
        />
      </header>
      <div class="pad narrow settings">
        {section === 'me' && <Me />}
        {section === 'users' && <Users />}
        {section === 'invitations' && <Invitations />}
        {section === 'tokens' && <Tokens />}
        {section === 'calendar' && <Calendar />}
        {section === 'record' && <Checkpoint />}
      </div>
    </Page>
  );
}

function Row({ label, note, children }: { label: string; note?: string; children: ComponentChildren }) {
  return (
    <div class="setting">
      <div>
        <strong>{label}</strong>
        {note && <p class="note">{note}</p>}
      </div>
      <div class="push">{children}</div>
    </div>
  );
}

function Me() {
  const s = session.value!;
  return (
    <>
      <section class="me-head">
        <PersonDot id={s.user.id} name={s.user.name} size="l" />
        <div>
          <h2>{s.user.name}</h2>
          <p class="note">{[s.user.email, word('user_role', s.user.role), s.company.name, s.hub?.name].filter(Boolean).join(' · ')}</p>
        </div>
      </section>
      <Row label={t('settings.language')}>
        <Segmented label={t('settings.language')} value={lang.value} options={LANGS.map((l) => ({ id: l.code, label: l.name }))} onChange={(v) => void chooseLang(v as Lang)} />
      </Row>
      <Row label={t('settings.theme')}>
        <Segmented
          label={t('settings.theme')}
          value={theme.value}
          options={[
            { id: 'system', label: t('theme.auto'), icon: 'Monitor' },
            { id: 'light', label: t('theme.light'), icon: 'Sun' },
            { id: 'dark', label: t('theme.dark'), icon: 'Moon' },
          ]}
          onChange={(v) => void chooseTheme(v as Theme)}
        />
      </Row>
      <Row label={t('login.password')} note={t('invite.rule')}>
        <Button icon="KeyRound" onClick={() => openDialog(<PasswordDialog />)}>{t('settings.change_password')}</Button>
      </Row>
      <Row label={t('settings.sessions')} note={t('settings.sessions_note')}>
        <Button onClick={() => confirm({ title: t('settings.revoke_title'), text: t('settings.sessions_note'), verb: t('settings.revoke'), run: () => logout(true) })}>{t('settings.revoke')}</Button>
      </Row>
      <Sessions />
      <Row label={t('nav.logout')}>
        <Button icon="LogOut" onClick={() => logout()}>{t('nav.logout')}</Button>
      </Row>
    </>
  );
}

interface OpenSession extends Rec { last_at?: string; expires_at?: string; current?: boolean }

/** Where I am signed in; ending another one asks for the password, so that who finds one open cannot shut me out of the rest. */
function Sessions() {
  const r = useData<ListPage<OpenSession>>('/sessions');
  const list = r.data?.items ?? [];
  if (list.length < 2) return null;
  return (
    <ul class="rows sessions">
      {list.map((x) => (
        <li key={x.id} class="row row-3">
          <span class="row-text">
            <span>{x.current ? t('settings.this_session') : t('settings.other_session')}</span>
            <small>{t('settings.session_seen', { begun: dateTime(x.created_at), seen: ago(x.last_at) })}</small>
          </span>
          {!x.current && <Button size="s" class="push" onClick={() => openDialog(<EndSession id={x.id} />)}>{t('settings.end_session')}</Button>}
        </li>
      ))}
    </ul>
  );
}

function EndSession({ id }: { id: string }) {
  const form = useForm({ current: '' });
  const submit = form.submit(async (v, key) => {
    await post(`/sessions/${id}/end`, v, { key });
    closeDialog();
    toast(t('settings.session_ended'));
    await refresh();
  });
  return (
    <Dialog title={t('settings.end_session')} width="s" onSubmit={submit} actions={<FormActions verb={t('settings.end_session')} busy={form.busy} />}>
      <FormErrors form={form} />
      <Text label={t('settings.current_password')} type="password" auto="current-password" value={form.values.current} onChange={(v) => form.set('current', v)} error={form.error('current')} focus />
    </Dialog>
  );
}

/** For a colleague who forgot the password: a link that opens once. */
function ResetLink({ user }: { user: User }) {
  const form = useForm({});
  const [link, setLink] = useState('');
  const submit = form.submit(async (_v, key) => {
    const rec = await post<Invitation>(`/users/${user.id}/password-link`, {}, { key });
    setLink(`${location.origin}/invite#${rec.link_token ?? ''}`);
  });
  return (
    <Dialog title={t('settings.reset')} subtitle={user.name} onSubmit={submit} actions={link ? undefined : <FormActions verb={t('settings.reset_make')} busy={form.busy} />}>
      <FormErrors form={form} />
      <p>{link ? t('settings.invite_link') : t('settings.reset_text', { name: user.name })}</p>
      {link && <Once text={link} />}
    </Dialog>
  );
}

function PasswordDialog() {
  const form = useForm({ current: '', password: '' });
  const submit = form.submit(async (v, key) => {
    const { id, email } = session.value!.user;
    await post(`/users/${id}/password`, v, { key });
    closeDialog();
    // The new password ends every session, this one too: go on with a new one.
    if (email) await login(email, v.password, newKey());
    toast(t('settings.password_done'));
  });
  return (
    <Dialog title={t('settings.change_password')} width="s" onSubmit={submit} actions={<FormActions verb={t('common.save')} busy={form.busy} />}>
      <FormErrors form={form} />
      <Text label={t('settings.current_password')} type="password" auto="current-password" value={form.values.current} onChange={(v) => form.set('current', v)} error={form.error('current')} focus />
      <Text label={t('settings.new_password')} type="password" auto="new-password" hint={t('invite.rule')} value={form.values.password} onChange={(v) => form.set('password', v)} error={form.error('password')} />
    </Dialog>
  );
}

const roleOptions = () => (words('user_role').length ? words('user_role') : ['admin', 'manager', 'rep', 'viewer'].map((r) => ({ value: r, label: word('user_role', r) })));

function Users() {
  const r = useData<ListPage<User>>('/users?limit=200');
  const change = (u: User, what: Record<string, unknown>): void =>
    void attempt(async () => {
      await patch(`/users/${u.id}`, u, what);
      await refresh();
    }, t('common.saved'), async () => {
      await patch(`/users/${u.id}`, undefined, Object.fromEntries(Object.keys(what).map((k) => [k, u[k] ?? null])));
      await refresh();
    });
  return (
    <>
      <H2 note={r.data?.items.length} right={isAdmin() && <Button size="s" icon="UserPlus" onClick={() => openDialog(<InviteDialog />)}>{t('settings.invite')}</Button>}>{t('settings.users')}</H2>
      <Load of={r}>
        {(d) => (
          <ul class="rows">
            {d.items.map((u) => (
              <li key={u.id} class={`row row-3 ${u.active === false ? 'is-past' : ''}`}>
                <PersonDot id={u.id} name={u.name} size="m" />
                <span class="row-text">
                  <span>{u.name}</span>
                  <small>{u.email}</small>
                </span>
                <span class="push row-end">
                  {u.active === false && <Tag>{t('settings.inactive')}</Tag>}
                  {isAdmin() && u.id !== session.value?.user.id ? (
                    <>
                      <Select hideLabel label={`${t('settings.role')}: ${u.name}`} value={u.role} options={roleOptions()} onChange={(v) => change(u, { role: v })} />
                      <Button size="s" onClick={() => change(u, { active: u.active === false })}>{u.active === false ? t('settings.activate') : t('settings.deactivate')}</Button>
                      {u.active !== false && <IconButton icon="KeyRound" size={14} label={`${t('settings.reset')}: ${u.name}`} onClick={() => openDialog(<ResetLink user={u} />)} />}
                    </>
                  ) : (
                    <span class="t2">{word('user_role', u.role)}</span>
                  )}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Load>
    </>
  );
}

interface Invitation extends Rec { email?: string; name?: string; role?: string; expires_at?: string; link_token?: string }

function InviteDialog() {
  const form = useForm({ name: '', email: '', role: 'rep' });
  const [link, setLink] = useState('');
  const submit = form.submit(async (v, key) => {
    const rec = await post<Invitation>('/invitations', v, { key });
    setLink(`${location.origin}/invite#${rec.link_token ?? ''}`);
    await refresh();
  });
  if (link)
    return (
      <Dialog title={t('settings.invited')} subtitle={form.values.name} width="m">
        <p>{t('settings.invite_link')}</p>
        <Once text={link} />
      </Dialog>
    );
  return (
    <Dialog title={t('settings.invite')} width="s" onSubmit={submit} actions={<FormActions verb={t('settings.invite')} busy={form.busy} />}>
      <FormErrors form={form} />
      <Text label={t('f.name')} value={form.values.name} onChange={(v) => form.set('name', v)} error={form.error('name')} focus />
      <Text label={t('f.email')} type="email" value={form.values.email} onChange={(v) => form.set('email', v)} error={form.error('email')} />
      <Select label={t('settings.role')} value={form.values.role} options={roleOptions()} onChange={(v) => form.set('role', v)} error={form.error('role')} />
    </Dialog>
  );
}

/** A secret that is shown once. */
function Once({ text }: { text: string }) {
  return (
    <div class="once">
      <code>{text}</code>
      <Button icon="Copy" onClick={() => navigator.clipboard?.writeText(text).then(() => toast(t('common.copied')))}>{t('common.copy')}</Button>
      <p class="note">{t('settings.once')}</p>
    </div>
  );
}

function Invitations() {
  const r = useData<ListPage<Invitation>>('/invitations?limit=200');
  return (
    <>
      <H2 right={<Button size="s" icon="UserPlus" onClick={() => openDialog(<InviteDialog />)}>{t('settings.invite')}</Button>}>{t('settings.invitations')}</H2>
      <Load of={r}>
        {(d) =>
          d.items.length === 0 ? (
            <Empty icon="UserPlus" title={t('settings.no_invitations')} action={<Button kind="primary" onClick={() => openDialog(<InviteDialog />)}>{t('settings.invite')}</Button>}>{t('settings.no_invitations_text')}</Empty>
          ) : (
            <ul class="rows">
              {d.items.map((i) => (
                <li key={i.id} class="row row-3">
                  <PersonDot name={i.name ?? i.email ?? '?'} size="m" />
                  <span class="row-text">
                    <span>{i.name}</span>
                    <small>{i.email}</small>
                  </span>
                  <span class="push row-end">
                    <span class="t2">{word('user_role', i.role)}</span>
                    <span class="note">{ago(i.created_at)}</span>
                    <Button
                      size="s"
                      kind="danger"
                      onClick={() =>
                        confirm({
                          title: t('settings.withdraw_title', { name: i.name ?? i.email ?? '' }), text: t('settings.withdraw_text'), verb: t('settings.withdraw'),
                          run: async () => { await request('DELETE', `/invitations/${i.id}`); await refresh(); },
                        })
                      }
                    >
                      {t('settings.withdraw')}
                    </Button>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Load>
    </>
  );
}

interface Token extends Rec { name?: string; scopes?: string[] | string; expires_at?: string | null; last_used_at?: string | null; token?: string }

function TokenDialog() {
  const form = useForm({ name: '', write: false, expires: '' });
  const [secret, setSecret] = useState('');
  const submit = form.submit(async (v, key) => {
    const rec = await post<Token>('/tokens', { name: v.name, scopes: v.write ? ['read', 'write'] : ['read'], expires_at: v.expires ? `${v.expires}T00:00:00Z` : null }, { key });
    setSecret(rec.token ?? '');
    await refresh();
  });
  if (secret)
    return (
      <Dialog title={t('settings.token_made')} subtitle={form.values.name}>
        <Once text={secret} />
      </Dialog>
    );
  return (
    <Dialog title={t('settings.new_token')} width="s" onSubmit={submit} actions={<FormActions verb={t('settings.new_token')} busy={form.busy} />}>
      <FormErrors form={form} />
      <Text label={t('f.name')} value={form.values.name} onChange={(v) => form.set('name', v)} error={form.error('name')} hint={t('settings.token_hint')} focus />
      <Text label={t('settings.expires')} type="date" value={form.values.expires} onChange={(v) => form.set('expires', v)} error={form.error('expires_at')} optional />
      <Check label={t('settings.may_write')} value={form.values.write} onChange={(v) => form.set('write', v)} />
    </Dialog>
  );
}

function Tokens() {
  const r = useData<ListPage<Token>>('/tokens?limit=200');
  return (
    <>
      <H2 note={t('settings.tokens_note')} right={<Button size="s" icon="Plus" onClick={() => openDialog(<TokenDialog />)}>{t('settings.new_token')}</Button>}>{t('settings.tokens')}</H2>
      <Load of={r}>
        {(d) =>
          d.items.length === 0 ? (
            <Empty icon="KeyRound" title={t('settings.no_tokens')} action={<Button kind="primary" onClick={() => openDialog(<TokenDialog />)}>{t('settings.new_token')}</Button>}>{t('settings.tokens_text')}</Empty>
          ) : (
            <ul class="rows">
              {d.items.map((x) => (
                <li key={x.id} class="row row-3">
                  <span class="row-text">
                    <strong>{x.name}</strong>
                    <small>
                      {Array.isArray(x.scopes) ? x.scopes.join(', ') : x.scopes}
                      {x.expires_at ? ` · ${t('access.until_date', { date: date(x.expires_at, 'full') })}` : ''}
                    </small>
                  </span>
                  <span class="push row-end">
                    <span class="note">{ago(x.last_used_at ?? x.created_at)}</span>
                    <Button
                      size="s"
                      kind="danger"
                      onClick={() =>
                        confirm({
                          title: t('settings.revoke_token', { name: x.name ?? '' }), text: t('settings.revoke_token_text'), verb: t('settings.revoke_it'),
                          run: async () => {
                            await request('DELETE', `/tokens/${x.id}`);
                            await refresh();
                          },
                        })
                      }
                    >
                      {t('settings.revoke_it')}
                    </Button>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Load>
    </>
  );
}

function Checkpoint() {
  const [text, setText] = useState('');
  const [error, setError] = useState('');
  useEffect(() => {
    get<string>('/audit/checkpoint').then(setText).catch((e: Error) => setError(e.message));
  }, []);
  const lines = text.trim().split('\n');
  return (
    <>
      <H2 note={t('settings.record_note')}>{t('settings.record')}</H2>
      <p class="t2">{t('settings.record_text')}</p>
      {error && <p class="is-neg">{error}</p>}
      {text && (
        <>
          <Facts rows={[[t('settings.log_name'), lines[0]], [t('settings.log_size'), lines[1]], [t('settings.log_root'), <code class="hash">{lines[2]}</code>]]} />
          <pre class="checkpoint">{text}</pre>
          <span class="buttons">
            <Button icon="Copy" onClick={() => navigator.clipboard?.writeText(text).then(() => toast(t('common.copied')))}>{t('common.copy')}</Button>
            <Button icon="Download" href="/api/v1/audit/checkpoint" download>{t('settings.download')}</Button>
          </span>
        </>
      )}
    </>
  );
}
