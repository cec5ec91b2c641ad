// SPDX-License-Identifier: Apache-2.0
// What a page shows when it has nothing, waits, fails or may not: one sentence and one way out.
import type { ComponentChildren } from 'preact';
import { useSlow, type Loaded } from '../data';
import type { Problem } from '../api';
import { t } from '../i18n';
import { Button } from './controls';
import { Icon, type IconName } from './icon';

export function Empty({ icon, title, children, action }: { icon?: IconName; title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      {icon && <Icon name={icon} size={20} />}
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

export function Banner({ tone, icon, children, action }: { tone: 'neg' | 'warn' | 'plain' | 'ink'; icon?: IconName; children: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class={`banner banner-${tone}`} role={tone === 'neg' ? 'alert' : 'status'}>
      <Icon name={icon ?? (tone === 'plain' ? 'Info' : tone === 'ink' ? 'Info' : tone === 'warn' ? 'TriangleAlert' : 'CircleAlert')} />
      <p>{children}</p>
      {action && <span class="banner-actions">{action}</span>}
    </div>
  );
}

export function Failed({ problem, retry }: { problem: Problem; retry?: () => Promise<void> }) {
  if (problem.status === 404)
    return (
      <Empty icon="Lock" title={t('error.gone')} action={<Button href="/">{t('error.to_today')}</Button>}>
        {t('error.gone_text')}
      </Empty>
    );
  if (problem.status === 403)
    return (
      <Banner tone="plain" icon="Lock">
        {problem.message || t('error.forbidden')}
      </Banner>
    );
  return (
    <Banner tone="neg" action={retry && <Button size="s" onClick={retry}>{t('error.again')}</Button>}>
      {problem.status === 0 ? t('error.offline') : problem.message}
    </Banner>
  );
}

export function Skeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} class="sk-row">
          <span class="sk-tile" />
          <span class="sk-lines">
            <span style={{ width: `${32 + ((i * 37) % 26)}%` }} />
            <span style={{ width: `${48 + ((i * 23) % 30)}%` }} />
          </span>
          <span class="sk-end" />
        </div>
      ))}
    </div>
  );
}

/** Shows the old content while new comes; a skeleton only after 300 ms; an error with a way out. */
export function Load<T>({ of, children, rows }: { of: Loaded<T>; children: (data: T) => ComponentChildren; rows?: number }) {
  const slow = useSlow(of.data === undefined && !of.error);
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <Failed problem={of.error} retry={of.reload} />;
  return slow ? (
    <div role="status" aria-label={t('common.loading')}>
      <Skeleton rows={rows} />
    </div>
  ) : null;
}
