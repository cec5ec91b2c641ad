// SPDX-License-Identifier: Apache-2.0
// Virtual table: only the rows in sight exist; more pages are read when the end comes near. Column choice is kept on this device,
// sorting is the caller's (it is in the URL). J K move, Enter opens, X selects, E edits the first editable cell.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { go } from '../router';
import type { Rec } from '../types';
import { IconButton, Menu } from './controls';
import { Icon } from './icon';

export interface Column<T> {
  id: string;
  label: string;
  width: string;
  num?: boolean;
  sort?: string;
  fixed?: boolean;
  off?: boolean;
  cell: (row: T) => ComponentChildren;
  edit?: (row: T, done: () => void) => ComponentChildren;
}

export interface TableProps<T extends Rec> {
  name: string;
  label: string;
  columns: Column<T>[];
  rows: T[];
  href?: (row: T) => string;
  rowHeight?: number;
  sort?: string;
  onSort?: (sort: string) => void;
  more?: () => Promise<void>;
  end?: boolean;
  selected?: Set<string>;
  /** Rows of others are read, not edited in place. */
  mayEdit?: (r: T) => boolean;
  onSelect?: (s: Set<string>) => void;
}

function useHidden(name: string, columns: { id: string; off?: boolean }[]): [Set<string>, (id: string) => void] {
  const key = `entente.columns.${name}`;
  const [hidden, set] = useState<Set<string>>(() => {
    try {
      const saved = JSON.parse(localStorage.getItem(key) ?? 'null') as string[] | null;
      return new Set(saved ?? columns.filter((c) => c.off).map((c) => c.id));
    } catch {
      return new Set();
    }
  });
  const toggle = (id: string): void => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    localStorage.setItem(key, JSON.stringify([...next]));
    set(next);
  };
  return [hidden, toggle];
}

export function Table<T extends Rec>(p: TableProps<T>) {
  const h = p.rowHeight ?? 36;
  const [hidden, toggle] = useHidden(p.name, p.columns);
  const cols = p.columns.filter((c) => c.fixed || !hidden.has(c.id));
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const [cursor, setCursor] = useState(-1);
  // The row as it was when the editing began: what changed meanwhile is a conflict, not the base.
  const [editing, setEditing] = useState<{ row: T; col: string } | null>(null);
  const anchor = useRef(-1);

  const measure = (): void => {
    const el = box.current;
    if (el) setView({ top: el.scrollTop, height: el.clientHeight });
  };
  useLayoutEffect(() => {
    measure();
    const o = new ResizeObserver(measure);
    if (box.current) o.observe(box.current);
    return () => o.disconnect();
  }, []);
  const from = Math.max(0, Math.floor(view.top / h) - 8);
  const to = Math.min(p.rows.length, Math.ceil((view.top + view.height) / h) + 8);
  useEffect(() => {
    if (!p.end && to >= p.rows.length - 20) void p.more?.();
  }, [to, p.rows.length, p.end]);

  const move = (d: number): void => {
    const next = Math.max(0, Math.min(p.rows.length - 1, cursor + d));
    setCursor(next);
    const el = box.current;
    if (!el) return;
    const y = next * h;
    if (y < el.scrollTop) el.scrollTop = y;
    else if (y + h * 2 > el.scrollTop + el.clientHeight) el.scrollTop = y + h * 2 - el.clientHeight;
  };
  const pick = (i: number, range: boolean): void => {
    if (!p.onSelect || !p.rows[i] || p.mayEdit?.(p.rows[i]!) === false) return;
    const next = new Set(p.selected);
    if (range && anchor.current >= 0) {
      const [a, b] = anchor.current < i ? [anchor.current, i] : [i, anchor.current];
      for (let k = a; k <= b; k++) next.add(p.rows[k]!.id);
    } else if (!next.delete(p.rows[i]!.id)) next.add(p.rows[i]!.id);
    anchor.current = i;
    p.onSelect(next);
  };
  const row = p.rows[cursor];
  useKeys({
    KeyJ: () => move(1),
    KeyK: () => move(-1),
    Enter: () => (row && p.href ? go(p.href(row)) : false),
    KeyX: () => (row ? pick(cursor, false) : false),
    'Shift+KeyX': () => (row ? pick(cursor, true) : false),
    KeyE: () => {
      const c = cols.find((x) => x.edit);
      if (!row || !c || p.mayEdit?.(row) === false) return false;
      setEditing({ row, col: c.id });
      return true;
    },
  });
  // Rows never grow past what the columns need at least, so that all rows share one geometry.
  const least = cols.reduce((s, c) => s + Number(/(\d+)px/.exec(c.width)?.[1] ?? 100) + 12, (p.onSelect ? 44 : 0) + 48 + 2 * 24);
  const template = `${p.onSelect ? '32px ' : ''}${cols.map((c) => c.width).join(' ')} 36px`;
  const click = (e: MouseEvent, r: T): void => {
    if (!p.href || (e.target as HTMLElement).closest('a, button, input, select, label, textarea')) return;
    if (getSelection()?.toString()) return;
    go(p.href(r));
  };
  const sorter = (c: Column<T>): void => {
    if (c.sort) p.onSort?.(p.sort === c.sort ? `-${c.sort}` : c.sort);
  };
  const all = p.rows.length > 0 && p.rows.every((r) => p.selected?.has(r.id));
  return (
    <div class="table" ref={box} onScroll={measure} role="table" aria-label={p.label} aria-rowcount={p.end ? p.rows.length + 1 : -1} tabIndex={0}>
      <div class="table-head" role="row" style={{ gridTemplateColumns: template, minWidth: `${least}px` }}>
        {p.onSelect && (
          <span role="columnheader">
            <input type="checkbox" aria-label={t('table.all')} checked={all} onChange={() => p.onSelect?.(all ? new Set() : new Set(p.rows.filter((r) => p.mayEdit?.(r) ?? true).map((r) => r.id)))} />
          </span>
        )}
        {cols.map((c) => {
          const on = p.sort === c.sort || p.sort === `-${c.sort}`;
          return (
            <span key={c.id} role="columnheader" class={c.num ? 'num' : ''} aria-sort={c.sort && on ? (p.sort!.startsWith('-') ? 'descending' : 'ascending') : undefined}>
              {c.sort ? (
                <button type="button" onClick={() => sorter(c)}>
                  {c.label}
                  {on && <Icon name={p.sort!.startsWith('-') ? 'ChevronDown' : 'ArrowUp'} size={12} />}
                </button>
              ) : (
                c.label
              )}
            </span>
          );
        })}
        <span role="columnheader" class="table-cols">
          <Menu
            label={t('table.columns')}
            trigger={(open) => <IconButton icon="SlidersHorizontal" label={t('table.columns')} onClick={open} size={14} />}
          >
            {p.columns.map((c) => (
              <label key={c.id} class="menu-check">
                <input type="checkbox" checked={c.fixed || !hidden.has(c.id)} disabled={c.fixed} onChange={() => toggle(c.id)} /> {c.label}
              </label>
            ))}
          </Menu>
        </span>
      </div>
      <div class="table-body" role="rowgroup" style={{ height: `${p.rows.length * h}px`, minWidth: `${least}px` }}>
        {p.rows.slice(from, to).map((r, k) => {
          const i = from + k;
          const sel = p.selected?.has(r.id);
          return (
            <div
              key={r.id}
              role="row"
              aria-rowindex={i + 2}
              aria-selected={p.onSelect ? Boolean(sel) : undefined}
              class={`table-row ${i === cursor ? 'is-cursor' : ''} ${sel ? 'is-selected' : ''}`}
              style={{ gridTemplateColumns: template, transform: `translateY(${i * h}px)`, height: `${h}px` }}
              onClick={(e) => click(e, r)}
            >
              {p.onSelect && (
                <span role="cell">
                  <input type="checkbox" aria-label={t('table.select')} checked={Boolean(sel)} disabled={p.mayEdit?.(r) === false} onClick={(e) => pick(i, e.shiftKey)} />
                </span>
              )}
              {cols.map((c) => {
                const open = editing?.row.id === r.id && editing.col === c.id;
                return (
                  <span key={c.id} role="cell" class={`${c.num ? 'num' : ''} ${c.edit ? 'can-edit' : ''}`}>
                    {open ? (
                      c.edit!(editing.row, () => setEditing(null))
                    ) : (
                      <>
                        <span class="truncate">{c.cell(r)}</span>
                        {c.edit && (p.mayEdit?.(r) ?? true) && (
                          <button type="button" class="cell-edit" aria-label={`${t('common.edit')}: ${c.label}`} onClick={() => setEditing({ row: r, col: c.id })}>
                            <Icon name="Pencil" size={12} />
                          </button>
                        )}
                      </>
                    )}
                  </span>
                );
              })}
              <span role="cell" aria-hidden="true" />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** One cell being edited: Enter saves, Esc keeps, leaving saves. */
export function CellInput({ value, save, done, options, type }: { value: string; save: (v: string) => Promise<unknown>; done: () => void; options?: { value: string; label: string }[]; type?: string }) {
  const ref = useRef<HTMLInputElement & HTMLSelectElement>(null);
  const over = useRef(false);
  useEffect(() => {
    ref.current?.focus();
    if (ref.current instanceof HTMLInputElement) ref.current.select?.();
  }, []);
  const finish = (keep: boolean): void => {
    if (over.current) return;
    over.current = true;
    const v = ref.current?.value ?? '';
    if (keep && v !== value) void save(v).finally(done);
    else done();
  };
  const keys = (e: KeyboardEvent): void => {
    if (e.key === 'Enter') finish(true);
    if (e.key === 'Escape') finish(false);
    e.stopPropagation();
  };
  return options ? (
    <select ref={ref} class="input cell" value={value} aria-label={t('common.edit')} onKeyDown={keys} onBlur={() => finish(true)} onChange={() => finish(true)}>
      <option value="" />
      {options.map((o) => (
        <option key={o.value} value={o.value} selected={o.value === value}>
          {o.label}
        </option>
      ))}
    </select>
  ) : (
    <input ref={ref} class="input cell" type={type ?? 'text'} defaultValue={value} aria-label={t('common.edit')} onKeyDown={keys} onBlur={() => finish(true)} />
  );
}
