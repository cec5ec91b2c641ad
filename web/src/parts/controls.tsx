// SPDX-License-Identifier: Apache-2.0
// Buttons, tabs, tags, menus and other small controls on the platform's own elements.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { Icon, type IconName } from './icon';

export interface ButtonProps {
  children?: ComponentChildren;
  kind?: 'primary' | 'default' | 'ghost' | 'danger' | 'link';
  size?: 's' | 'm' | 'l';
  icon?: IconName;
  kbd?: string;
  busy?: boolean;
  disabled?: boolean;
  why?: string;
  type?: 'button' | 'submit';
  onClick?: (e: MouseEvent) => unknown;
  href?: string;
  download?: boolean;
  class?: string;
  label?: string;
  wide?: boolean;
}

/** A button keeps its width while busy; a disabled one says why. A handler that returns a promise makes it busy by itself. */
export function Button(p: ButtonProps) {
  const [running, setRunning] = useState(false);
  const alive = useRef(true);
  useEffect(() => () => void (alive.current = false), []);
  const busy = p.busy || running;
  const cls = `btn btn-${p.kind ?? 'default'} btn-size-${p.size ?? 'm'} ${p.wide ? 'btn-wide' : ''} ${p.class ?? ''}`;
  const inner = (
    <>
      {busy ? <span class="ring" aria-hidden="true" /> : p.icon && <Icon name={p.icon} size={14} />}
      {p.children !== undefined && <span class="btn-text">{p.children}</span>}
      {p.kbd && <Kbd k={p.kbd} />}
    </>
  );
  if (p.href && !p.disabled)
    return (
      <a class={cls} href={p.href} download={p.download} aria-label={p.label} title={p.label}>
        {inner}
      </a>
    );
  const click = (e: MouseEvent): void => {
    if (busy || p.disabled) return;
    const r = p.onClick?.(e);
    if (r instanceof Promise) {
      setRunning(true);
      void r.finally(() => alive.current && setRunning(false)).catch(() => undefined);
    }
  };
  return (
    <button class={cls} type={p.type ?? 'button'} onClick={click} disabled={p.disabled} aria-busy={busy} title={p.disabled ? p.why : p.label} aria-label={p.label}>
      {inner}
    </button>
  );
}

export function Kbd({ k }: { k: string }) {
  return (
    <kbd class="kbd" aria-hidden="true">
      {k}
    </kbd>
  );
}

export function IconButton({ icon, label, onClick, on, class: cls, size = 16 }: { icon: IconName; label: string; onClick?: (e: MouseEvent) => void; on?: boolean; class?: string; size?: number }) {
  return (
    <button type="button" class={`icon-btn ${on ? 'is-on' : ''} ${cls ?? ''}`} aria-label={label} title={label} aria-pressed={on === undefined ? undefined : on} onClick={onClick}>
      <Icon name={icon} size={size} />
    </button>
  );
}

export interface Tab { id: string; label: string; count?: number | null; href: string }

export function Tabs({ tabs, at }: { tabs: Tab[]; at: string }) {
  return (
    <nav class="tabs" aria-label={t('common.sections')}>
      {tabs.map((x) => (
        <a key={x.id} href={x.href} class="tab" aria-current={x.id === at ? 'page' : undefined}>
          {x.label}
          {x.count ? <span class="count">{x.count}</span> : null}
        </a>
      ))}
    </nav>
  );
}

export function Segmented<T extends string>({ value, options, onChange, label }: { value: T; options: { id: T; label: string; icon?: IconName }[]; onChange: (v: T) => void; label: string }) {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {options.map((o) => (
        <button key={o.id} type="button" aria-pressed={o.id === value} onClick={() => onChange(o.id)}>
          {o.icon && <Icon name={o.icon} size={14} />} {o.label}
        </button>
      ))}
    </div>
  );
}

export type Tone = 'plain' | 'ink' | 'pos' | 'warn' | 'neg' | 'hatch';
export function Tag({ tone = 'plain', icon, children }: { tone?: Tone; icon?: IconName; children: ComponentChildren }) {
  return (
    <span class={`tag tag-${tone}`}>
      {icon && <Icon name={icon} size={12} />} {children}
    </span>
  );
}

export interface MenuItem { label: string; icon?: IconName; onClick?: () => void; href?: string; kbd?: string; danger?: boolean; on?: boolean; download?: boolean }

/** A menu on the popover element: the browser closes it, places focus back and keeps one open. */
export function Menu({ trigger, items, label, children, class: cls }: { trigger: (open: (e: MouseEvent) => void, id: string) => ComponentChildren; items?: MenuItem[]; label: string; children?: ComponentChildren; class?: string }) {
  const id = useId().replace(/[^a-zA-Z0-9-]/g, '');
  const ref = useRef<HTMLDivElement>(null);
  const open = (e: MouseEvent): void => {
    const at = (e.currentTarget as HTMLElement).getBoundingClientRect();
    const pop = ref.current;
    if (!pop) return;
    if (pop.matches(':popover-open')) {
      pop.hidePopover();
      return;
    }
    pop.showPopover();
    const box = pop.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.right - box.width < 8 ? at.left : at.left + box.width > innerWidth - 8 ? at.right - box.width : at.left), innerWidth - box.width - 8);
    const below = at.bottom + 4 + box.height < innerHeight;
    pop.style.left = `${left}px`;
    pop.style.top = below ? `${at.bottom + 4}px` : `${Math.max(8, at.top - box.height - 4)}px`;
    pop.querySelector<HTMLElement>('button, a, input')?.focus();
  };
  const keys = (e: KeyboardEvent): void => {
    if (e.code !== 'ArrowDown' && e.code !== 'ArrowUp') return;
    e.preventDefault();
    const all = [...(ref.current?.querySelectorAll<HTMLElement>('button, a') ?? [])];
    const i = all.indexOf(document.activeElement as HTMLElement);
    all[(i + (e.code === 'ArrowDown' ? 1 : all.length - 1)) % all.length]?.focus();
  };
  const close = (): void => ref.current?.hidePopover();
  return (
    <>
      {trigger(open, id)}
      <div ref={ref} id={id} popover="auto" class={`menu ${cls ?? ''}`} role={items ? 'menu' : 'dialog'} aria-label={label} onKeyDown={keys}>
        {items?.map((x) =>
          x.href ? (
            <a key={x.label} role="menuitem" href={x.href} download={x.download} onClick={close}>
              {x.icon && <Icon name={x.icon} />} <span>{x.label}</span> {x.kbd && <Kbd k={x.kbd} />}
            </a>
          ) : (
            <button
              key={x.label}
              type="button"
              role={x.on === undefined ? 'menuitem' : 'menuitemradio'}
              aria-checked={x.on}
              class={x.danger ? 'is-danger' : ''}
              onClick={() => {
                close();
                x.onClick?.();
              }}
            >
              {x.icon && <Icon name={x.icon} />} <span>{x.label}</span> {x.on ? <Icon name="Check" size={14} /> : x.kbd && <Kbd k={x.kbd} />}
            </button>
          ),
        )}
        {children}
      </div>
    </>
  );
}

export function Progress({ done, total, label }: { done: number; total: number; label: string }) {
  const part = total > 0 ? Math.min(100, (done / total) * 100) : 0;
  return (
    <div class="progress" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={total} aria-valuenow={done}>
      <span style={{ width: `${part}%` }} />
    </div>
  );
}

export function H2({ children, note, right, icon, tone, id }: { children: ComponentChildren; note?: ComponentChildren; right?: ComponentChildren; icon?: IconName; tone?: 'pos' | 'warn' | 'neg'; id?: string }) {
  return (
    <div class="h2-row">
      {icon && <Icon name={icon} class={tone ? `is-${tone}` : ''} />}
      <h2 id={id}>{children}</h2>
      {note && <span class="note">{note}</span>}
      {right && <span class="push">{right}</span>}
    </div>
  );
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {rows
        .filter(([, v]) => v !== null && v !== undefined && v !== '' && v !== false)
        .map(([k, v]) => (
          <div key={k}>
            <dt>{k}</dt>
            <dd>{v}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Separated facts in one line: 'a · b · c', empty ones left out. */
export function Line({ items, class: cls }: { items: ComponentChildren[]; class?: string }) {
  return (
    <div class={`meta-line ${cls ?? ''}`}>
      {items.filter((x) => x !== null && x !== undefined && x !== '' && x !== false).map((x, i) => (
        <span key={i} class="meta-item">
          {x}
        </span>
      ))}
    </div>
  );
}

export type AnyProps = JSX.HTMLAttributes<HTMLElement>;
