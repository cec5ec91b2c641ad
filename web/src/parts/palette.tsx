// SPDX-License-Identifier: Apache-2.0
// Command palette: find anything, act on what is open, create. '>' only actions, '@' people, '#' deals. Pages offer their actions with
// useActions while they are on the screen.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api';
import { t } from '../i18n';
import { learn } from '../names';
import { word } from '../meta';
import { go } from '../router';
import type { Names, SearchHit } from '../types';
import { Kbd } from './controls';
import { newAccount, newDeal, newContact, openHandover } from './create';
import { Icon, type IconName } from './icon';
import { CompanyBadge, PersonDot } from './marks';
import { NAV } from './shell';
import { isOurs, mayManage, mayWrite } from '../session';

export interface Action { label: string; icon: IconName; kbd?: string; run: () => void }
const isOpen = signal(false);
const offered = signal<{ context: string; icon: IconName; list: Action[] } | null>(null);

export const openPalette = (): void => void (isOpen.value = true);

/** What can be done with the record on the screen. */
export function useActions(context: string, icon: IconName, list: Action[]): void {
  const ref = useRef(list);
  ref.current = list;
  useEffect(() => {
    const mine = { context, icon, list: ref.current };
    offered.value = mine;
    return () => {
      if (offered.peek() === mine) offered.value = null;
    };
  }, [context, list.map((a) => a.label).join()]);
}

interface Row { id: string; group: string; label: string; note?: string; icon: IconName; kbd?: string; hit?: SearchHit; run: () => void }

const ENTITY_ICON: Record<string, IconName> = {
  deal: 'SquareKanban', account: 'Building2', contact: 'Users', lead: 'ArrowLeftRight', agreement: 'Handshake', statement: 'Scale', product: 'Package',
};

export function hitHref(h: { entity: string; id: string; account?: string; root?: string }): string {
  switch (h.entity) {
    case 'deal': return `/deals/${h.id}`;
    case 'account': return `/accounts/${h.id}`;
    case 'contact': return `/people/${h.id}`;
    case 'lead': return `/leads/${h.id}`;
    case 'agreement': return `/agreements/${h.id}`;
    case 'statement': return `/money/${h.id}`;
    case 'company': return `/partners/${h.id}`;
    default: return '/';
  }
}

/** Where a record lives, from the prefix of its id. */
export const recordHref = (id: string | null | undefined): string => (id ? hitHref({ entity: id.split('_')[0] ?? '', id }) : '/');

function Mark({ text, find }: { text: string; find: string }) {
  const i = find ? text.toLowerCase().indexOf(find.toLowerCase()) : -1;
  if (i < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, i)}
      <mark>{text.slice(i, i + find.length)}</mark>
      {text.slice(i + find.length)}
    </>
  );
}

function Palette() {
  const ref = useRef<HTMLDialogElement>(null);
  const listRef = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [hits, setHits] = useState<SearchHit[]>([]);
  const [at, setAt] = useState(0);
  const mode = /^[>@#]/.exec(text)?.[0] ?? '';
  const find = text.slice(mode.length).trim();
  useEffect(() => {
    ref.current?.showModal();
    return () => ref.current?.close();
  }, []);
  useEffect(() => {
    if (mode === '>' || find === '') {
      setHits([]);
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      get<{ items: SearchHit[]; names?: Names }>(`/search?q=${encodeURIComponent(find)}&limit=20`, { signal: stop.signal })
        .then((r) => {
          if (r.names) learn(r.names);
          setHits(r.items.filter((h) => (mode === '@' ? h.entity === 'contact' : mode === '#' ? h.entity === 'deal' : true)));
          setAt(0);
        })
        .catch(() => undefined);
    }, 60);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [find, mode]);

  const close = (): void => void (isOpen.value = false);
  const has = (label: string): boolean => !find || label.toLowerCase().includes(find.toLowerCase());
  const rows: Row[] = [];
  if (mode === '' || mode === '>') {
    const ctx = offered.value;
    for (const a of ctx?.list ?? []) if (has(a.label) || has(ctx!.context)) rows.push({ id: `a${a.label}`, group: t('palette.here'), ...a });
  }
  for (const h of hits)
    rows.push({ id: h.id, group: t('palette.goto'), label: h.title, note: h.subtitle, icon: ENTITY_ICON[h.entity] ?? 'FileText', hit: h, run: () => go(hitHref(h)) });
  if (mode === '' || mode === '>') {
    for (const n of NAV) if (has(t(n.label))) rows.push({ id: n.href, group: t('palette.goto'), label: t(n.label), icon: n.icon, kbd: `G ${n.key.slice(3)}`, run: () => go(n.href) });
    if (mayWrite()) {
      const create: [string, () => void][] = [
        [t('create.deal'), () => newDeal()],
        [t('create.account'), () => newAccount(find && !has(t('create.account')) ? find : '')],
        [t('create.contact'), () => newContact()],
        ...(mayManage() ? [[t('create.agreement'), () => go('/agreements/new')] as [string, () => void]] : []),
        [t('handover.title'), () => openHandover()],
      ];
      for (const [label, run] of create) if (has(label) || (find && label === t('create.account') && hits.length === 0)) rows.push({ id: `c${label}`, group: t('palette.create'), label: has(label) ? label : t('create.account_named', { name: find }), icon: 'Plus', run });
    }
    if (has(t('nav.settings'))) rows.push({ id: 'settings', group: t('palette.goto'), label: t('nav.settings'), icon: 'Settings', run: () => go('/settings') });
    if (mayWrite() && has(t('nav.import'))) rows.push({ id: 'import', group: t('palette.goto'), label: t('nav.import'), icon: 'Upload', run: () => go('/import') });
  }
  const groups = [...new Set(rows.map((r) => r.group))];
  const ordered = groups.flatMap((g) => rows.filter((r) => r.group === g));
  const chosen = Math.min(at, ordered.length - 1);
  useEffect(() => listRef.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }), [chosen]);

  const run = (r: Row | undefined): void => {
    if (!r) return;
    close();
    setTimeout(r.run, 0);
  };
  const keys = (e: KeyboardEvent): void => {
    if (e.code === 'ArrowDown') setAt((chosen + 1) % Math.max(1, ordered.length));
    else if (e.code === 'ArrowUp') setAt((chosen + ordered.length - 1) % Math.max(1, ordered.length));
    else if (e.code === 'Enter' && !e.isComposing) {
      const r = ordered[chosen];
      if ((e.ctrlKey || e.metaKey) && r?.hit) {
        open(hitHref(r.hit), '_blank');
        close();
      } else run(r);
    } else return;
    e.preventDefault();
  };
  return (
    <dialog ref={ref} class="palette" aria-label={t('palette.title')} onCancel={close} onMouseDown={(e) => e.target === ref.current && close()}>
      <div class="palette-box" onKeyDown={keys}>
        <div class="palette-head">
          <Icon name="Search" size={18} />
          <input
            value={text}
            onInput={(e) => setText(e.currentTarget.value)}
            placeholder={t('palette.placeholder')}
            aria-label={t('palette.placeholder')}
            role="combobox"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-activedescendant={ordered[chosen] ? `p-${chosen}` : undefined}
            autofocus
            autocomplete="off"
            spellcheck={false}
          />
          {offered.value && (
            <span class="tag tag-ink">
              <Icon name={offered.value.icon} size={12} /> <span class="truncate">{offered.value.context}</span>
            </span>
          )}
        </div>
        <div class="palette-list" id="palette-list" role="listbox" aria-label={t('palette.title')} ref={listRef}>
          {ordered.length === 0 && <p class="palette-none">{find ? t('palette.none', { q: find }) : t('palette.hint')}</p>}
          {groups.map((g) => (
            <div key={g} role="group" aria-label={g}>
              <p class="palette-group">{g}</p>
              {ordered.map((r, i) =>
                r.group !== g ? null : (
                  <div key={r.id} id={`p-${i}`} role="option" aria-selected={i === chosen} class="palette-row" onClick={() => run(r)} onMouseMove={() => setAt(i)}>
                    {r.hit?.entity === 'contact' ? <PersonDot name={r.label} id={r.id} /> : r.hit?.company && !isOurs(r.hit.company) ? <CompanyBadge id={r.hit.company} size="s" /> : <Icon name={r.icon} />}
                    <span class="palette-label truncate">
                      <Mark text={r.label} find={find} />
                    </span>
                    {r.note && (
                      <span class="palette-note truncate">
                        <Mark text={r.note} find={find} />
                      </span>
                    )}
                    <span class="push">
                      {r.hit && <span class="palette-kind">{word('entity', r.hit.entity)}</span>}
                      {r.kbd && <Kbd k={r.kbd} />}
                    </span>
                  </div>
                ),
              )}
            </div>
          ))}
        </div>
        <div class="palette-foot">
          <span>
            <Kbd k="↑" />
            <Kbd k="↓" /> {t('keys.move_short')}
          </span>
          <span>
            <Kbd k="↵" /> {t('palette.do')}
          </span>
          <span class="push">
            <Kbd k=">" /> {t('palette.actions')}
          </span>
          <span>
            <Kbd k="@" /> {t('palette.people')}
          </span>
          <span>
            <Kbd k="#" /> {t('palette.deals')}
          </span>
        </div>
      </div>
    </dialog>
  );
}

export const PalettePlace = () => (isOpen.value ? <Palette /> : null);
