// SPDX-License-Identifier: Apache-2.0
// Above a list: saved views, words to find, filters. All of it is in the URL.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { dropView, saveView, views } from '../pins';
import { go, path, query, setQuery } from '../router';
import { Button, IconButton, Menu } from './controls';
import { closeDialog, Dialog, FormActions, openDialog } from './dialog';
import { Text, useForm, type Option } from './form';
import { Icon } from './icon';

/** The API path for what the URL asks: q, sort and the named filters. */
export function listPath(base: string, filters: string[], sort: string): string {
  const q = query.value;
  const out = new URLSearchParams();
  if (q.get('q')) out.set('q', q.get('q')!);
  else out.set('sort', q.get('sort') ?? sort);
  for (const f of filters) if (q.get(f)) out.set(`filter[${f}]`, q.get(f)!);
  return `${base}?${out.toString()}`;
}

export function Find({ label }: { label: string }) {
  const q = query.value.get('q') ?? '';
  const [text, set] = useState(q);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => set(q), [q]);
  return (
    <label class="find">
      <Icon name="Search" size={14} />
      <span class="sr">{label}</span>
      <input
        type="search"
        placeholder={label}
        value={text}
        onInput={(e) => {
          const v = e.currentTarget.value;
          set(v);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => setQuery({ q: v.trim() || null }), 150);
        }}
      />
    </label>
  );
}

export interface Filter { id: string; label: string; options: Option[] }

export function FilterBar({ filters }: { filters: Filter[] }) {
  const q = query.value;
  const on = filters.filter((f) => q.get(f.id));
  return (
    <>
      <Menu label={t('list.filter')} trigger={(open) => <Button kind="ghost" icon="Funnel" onClick={open}>{t('list.filter')}</Button>}>
        <div class="filter-menu">
          {filters.map((f) => (
            <label key={f.id}>
              <span>{f.label}</span>
              <select class="input" value={q.get(f.id) ?? ''} onChange={(e) => setQuery({ [f.id]: e.currentTarget.value || null })}>
                <option value="">{t('list.any')}</option>
                {f.options.map((o) => (
                  <option key={o.value} value={o.value} selected={o.value === q.get(f.id)}>
                    {o.label}
                  </option>
                ))}
              </select>
            </label>
          ))}
        </div>
      </Menu>
      {on.map((f) => (
        <span key={f.id} class="chip">
          {f.label}: <strong>{f.options.find((o) => o.value === q.get(f.id))?.label ?? q.get(f.id)}</strong>
          <button type="button" aria-label={t('list.remove', { what: f.label })} onClick={() => setQuery({ [f.id]: null })}>
            <Icon name="X" size={12} />
          </button>
        </span>
      ))}
    </>
  );
}

function SaveView({ page }: { page: string }) {
  const form = useForm({ name: '' });
  const submit = form.submit(async (v) => {
    if (!v.name.trim()) return;
    saveView(page, { name: v.name.trim(), query: query.value.toString() });
    closeDialog();
  });
  return (
    <Dialog title={t('views.save')} width="s" onSubmit={submit} actions={<FormActions verb={t('common.save')} />}>
      <Text label={t('f.name')} value={form.values.name} onChange={(v) => form.set('name', v)} focus />
    </Dialog>
  );
}

/** Saved views as tabs: the filters and the sort order under a name of one's own. */
export function ViewTabs({ page, all, right, presets }: { page: string; all: string; right?: ComponentChildren; presets?: { name: string; query: string; count?: number }[] }) {
  const now = query.value.toString();
  const base = path.value;
  const list = views(page);
  const known = [...(presets ?? []), ...list];
  const at = known.find((v) => v.query === now)?.name ?? (now === '' || (presets && !known.some((v) => v.query === now)) ? '' : null);
  return (
    <div class="views">
      <div class="views-list">
        <a class="view" href={base} aria-current={at === '' ? 'page' : undefined}>{all}</a>
        {presets?.map((v) => (
          <a key={v.name} class="view" href={`${base}?${v.query}`} aria-current={at === v.name ? 'page' : undefined}>
            {v.name} {v.count ? <span class="count">{v.count}</span> : null}
          </a>
        ))}
        {list.map((v) => (
          <span key={v.name} class="view-own">
            <a class="view" href={`${base}?${v.query}`} aria-current={at === v.name ? 'page' : undefined}>{v.name}</a>
            {at === v.name && (
              <button type="button" class="icon-btn" aria-label={t('views.drop')} title={t('views.drop')} onClick={() => { dropView(page, v.name); go(base); }}>
                <Icon name="X" size={12} />
              </button>
            )}
          </span>
        ))}
        <IconButton icon="Plus" label={t('views.save')} onClick={() => openDialog(<SaveView page={page} />)} />
      </div>
      {right && <div class="push views-right">{right}</div>}
    </div>
  );
}
