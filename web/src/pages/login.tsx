// SPDX-License-Identifier: Apache-2.0
// The door: log in, or set a password from an invitation. The same sentence for an unknown user and a wrong password comes from the server.
import type { ComponentChildren } from 'preact';
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { lang, LANGS, setLang, t, type Lang } from '../i18n';
import { Button } from '../parts/controls';
import { FormErrors, Text, useForm } from '../parts/form';
import { Logo } from '../parts/icon';
import { Banner } from '../parts/states';
import { go, path, query, url } from '../router';
import { acceptInvitation, expired, login } from '../session';
import { loadMeta } from '../meta';

const invited = signal(false);

function Door({ title, sub, children }: { title: string; sub: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Entente`;
  }, [title]);
  const choose = (l: Lang): void => void Promise.all([setLang(l), loadMeta(l)]);
  return (
    <main class="door" id="main">
      <div class="door-box">
        <p class="door-brand">
          <Logo size={28} /> Entente
        </p>
        <h1>{title}</h1>
        <p class="note">{sub}</p>
        {children}
      </div>
      <nav class="door-langs" aria-label={t('settings.language')}>
        {LANGS.map((l) => (
          <button key={l.code} type="button" class="link" lang={l.code} aria-current={lang.value === l.code ? 'true' : undefined} onClick={() => choose(l.code)}>
            {l.name}
          </button>
        ))}
      </nav>
    </main>
  );
}

export function LoginPage() {
  const form = useForm({ login: '', password: '' });
  const submit = form.submit(async (v, key) => {
    await login(v.login.trim(), v.password, key);
  });
  return (
    <Door title={t('login.title')} sub={t('login.sub')}>
      {expired.value && <Banner tone="plain">{t('login.expired')}</Banner>}
      {invited.value && <Banner tone="ink" icon="Check">{t('invite.done')}</Banner>}
      <form onSubmit={submit} noValidate>
        <FormErrors form={form} />
        <Text label={t('login.name')} value={form.values.login} onChange={(v) => form.set('login', v)} error={form.error('login')} auto="username" focus />
        <Text label={t('login.password')} type="password" value={form.values.password} onChange={(v) => form.set('password', v)} error={form.error('password')} auto="current-password" />
        <Button kind="primary" size="l" type="submit" busy={form.busy} wide>
          {t('login.go')}
        </Button>
      </form>
    </Door>
  );
}

const tokenOf = (): string => decodeURIComponent(url.value.hash.slice(1)) || query.value.get('token') || path.value.split('/')[2] || '';

export function InvitePage() {
  const form = useForm({ token: tokenOf(), password: '', again: '' });
  const submit = form.submit(async (v, key) => {
    if (v.password !== v.again) throw new Error(t('invite.differ'));
    const inside = await acceptInvitation(v.token, v.password, key);
    if (!inside) invited.value = true;
    go('/', true);
  });
  return (
    <Door title={t('invite.title')} sub={t('invite.sub')}>
      <form onSubmit={submit} noValidate>
        <FormErrors form={form} />
        {!tokenOf() && <Text label={t('invite.token')} value={form.values.token} onChange={(v) => form.set('token', v)} error={form.error('token')} />}
        <Text label={t('login.password')} type="password" hint={t('invite.rule')} value={form.values.password} onChange={(v) => form.set('password', v)} error={form.error('password')} auto="new-password" focus />
        <Text label={t('invite.again')} type="password" value={form.values.again} onChange={(v) => form.set('again', v)} auto="new-password" />
        <Button kind="primary" size="l" type="submit" busy={form.busy} wide>
          {t('invite.go')}
        </Button>
      </form>
    </Door>
  );
}
