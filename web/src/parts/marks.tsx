// SPDX-License-Identifier: Apache-2.0
// The signs of the product, each colour + shape + word: evidence dots, the buyer's stage track, clocks, lead arrows, company and person
// badges, the seal. One meaning each, the same everywhere.
import type { ComponentChildren } from 'preact';
import { duration, t } from '../i18n';
import { word } from '../meta';
import { hue, initials, nameOf, nameRec, personInitials } from '../names';
import { isOurs } from '../session';
import type { Id, Marker, MarkerState, StageRow } from '../types';
import { Icon } from './icon';

/** Patterns used by every drawing, once in the page. */
export function Defs() {
  return (
    <svg width="0" height="0" class="defs" aria-hidden="true">
      <defs>
        <pattern id="hatch-dot" width="3" height="3" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="1.4" height="3" fill="var(--accent)" />
        </pattern>
        <pattern id="hatch-bar" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="6" height="6" fill="var(--accent-soft)" />
          <rect width="2" height="6" fill="var(--viz-1)" />
        </pattern>
      </defs>
    </svg>
  );
}

const STATE_WORD = {
  proven: () => t('evidence.proven'),
  claimed: () => t('evidence.claimed'),
  open: () => t('evidence.open'),
  faded: () => t('evidence.faded'),
  contradicted: () => t('evidence.contradicted'),
};

export function Dot({ state, label, silent }: { state: MarkerState; label?: string; silent?: boolean }) {
  const text = label ?? STATE_WORD[state]();
  return (
    <svg class={`dot dot-${state}`} width="10" height="10" viewBox="0 0 10 10" role={silent ? undefined : 'img'} aria-label={silent ? undefined : text} aria-hidden={silent ? 'true' : undefined}>
      {!silent && <title>{text}</title>}
      {state === 'proven' && <circle cx="5" cy="5" r="5" fill="var(--accent)" />}
      {state === 'claimed' && <circle cx="5" cy="5" r="4.4" fill="url(#hatch-dot)" stroke="var(--accent)" stroke-width="1.2" />}
      {state === 'open' && <circle cx="5" cy="5" r="4.3" fill="none" stroke="var(--line-3)" stroke-width="1.25" />}
      {state === 'faded' && <circle cx="5" cy="5" r="4.3" fill="none" stroke="var(--line-3)" stroke-width="1.25" stroke-dasharray="1.8 1.6" />}
      {state === 'contradicted' && (
        <g fill="none" stroke="var(--neg-mark)" stroke-width="1.2">
          <circle cx="5" cy="5" r="4.3" />
          <path d="M3.3 3.3l3.4 3.4M6.7 3.3L3.3 6.7" />
        </g>
      )}
    </svg>
  );
}

const RANK: MarkerState[] = ['proven', 'claimed', 'contradicted', 'faded', 'open'];

export function Dots({ markers }: { markers: Marker[] }) {
  const sorted = [...markers].sort((a, b) => RANK.indexOf(a.state) - RANK.indexOf(b.state));
  return (
    <span class="dots">
      {sorted.map((m) => (
        <Dot key={m.marker} state={m.state} label={`${word('marker', m.marker)}: ${STATE_WORD[m.state]()}`} />
      ))}
    </span>
  );
}

export const STAGES = ['confirm_need', 'evaluate_options', 'resolve_concerns', 'implement'];

/** A stage that is only claimed is hatched by at least one sign's width. */
function Segment({ row, claim }: { row: StageRow | undefined; claim?: boolean }) {
  const total = row?.total || 1;
  const proven = ((row?.proven ?? 0) / total) * 100;
  const claimed = (Math.max(row?.claimed ?? 0, claim && !row?.proven ? 1 : 0) / total) * 100;
  return (
    <span class="seg">
      {proven > 0 && <span class="seg-proven" style={{ width: `${proven}%` }} />}
      {claimed > 0 && <span class="seg-claimed" style={{ width: `${claimed}%` }} />}
    </span>
  );
}

export const rowOf = (rows: StageRow[] | undefined, stage: string): StageRow | undefined => rows?.find((r) => r.stage === stage);

/** The track of the deal header: four segments, dots, figures, where the buyer is. */
export function Track({ rows, proven, claimed }: { rows: StageRow[]; proven?: string; claimed?: string | null }) {
  return (
    <div class="track">
      {STAGES.map((s) => {
        const row = rowOf(rows, s);
        const here = s === proven;
        const isClaimed = claimed === s && claimed !== proven;
        return (
          <div key={s} class={`track-part ${here ? 'is-here' : ''} ${isClaimed ? 'is-claimed' : ''}`}>
            <Segment row={row} claim={isClaimed} />
            <div class="track-name">
              <span>{word('buyer_stage', s)}</span> {row && <Dots markers={row.markers} />}
            </div>
            <div class="track-note">
              {here && (
                <span class="ink nowrap">
                  <Icon name="MapPin" size={12} /> {t('stage.here')}
                </span>
              )}
              {isClaimed && <span class="ink">{t('stage.claimed_not_proven')}</span>}
              {row && <span>{stageFigures(row)}</span>}
            </div>
          </div>
        );
      })}
    </div>
  );
}

export const stageFigures = (row: StageRow): string =>
  row.claimed > 0 ? t('stage.figures_claimed', { proven: row.proven, total: row.total, claimed: row.claimed }) : t('stage.figures', { proven: row.proven, total: row.total });

export function MiniTrack({ rows, proven, wide }: { rows: StageRow[] | undefined; proven?: string; wide?: boolean }) {
  const at = STAGES.indexOf(proven ?? '');
  const label = proven ? t('stage.track_label', { stage: word('buyer_stage', proven) }) : t('stage.track');
  return (
    <span class={`mini ${wide ? 'mini-wide' : ''}`} role="img" aria-label={label} title={label}>
      {STAGES.map((s, i) => (
        <Segment key={s} row={rowOf(rows, s) ?? (i < at ? { stage: s, proven: 1, claimed: 0, total: 1, markers: [] } : undefined)} />
      ))}
    </span>
  );
}

/** A ring that empties clockwise with the words beside it. share 1 = all left; below 0 minutes it is over. */
export function Clock({ minutes, share, then }: { minutes: number; share?: number; then?: string }) {
  const over = minutes <= 0;
  const part = Math.max(0, Math.min(1, share ?? 1));
  const low = !over && (part < 0.25 || minutes < 60);
  const r = 5.25;
  const len = 2 * Math.PI * r;
  return (
    <span class={`clock ${over ? 'is-over' : low ? 'is-low' : ''}`}>
      <span class="clock-words">
        {over ? t('clock.over', { time: duration(minutes) }) : then ? t('clock.then', { time: duration(minutes), next: then }) : duration(minutes)}
      </span>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
        {over ? (
          <g>
            <circle cx="7" cy="7" r="6.5" fill="var(--neg)" />
            <path d="M7 3.6v4.2M7 9.7v.6" stroke="var(--surface)" stroke-width="1.6" stroke-linecap="round" />
          </g>
        ) : (
          <g fill="none" stroke-width="2.5">
            <circle cx="7" cy="7" r={r} stroke="var(--line-2)" />
            <circle cx="7" cy="7" r={r} stroke="currentColor" stroke-dasharray={`${len * part} ${len}`} transform="rotate(-90 7 7) scale(1 -1) translate(0 -14)" />
          </g>
        )}
      </svg>
    </span>
  );
}

const ORDER = ['received', 'accepted', 'reached', 'qualified', 'quoted'];
const CLOSED: Record<string, 'CircleCheck' | 'CircleX' | 'Ban' | 'TimerOff' | 'Copy' | 'Undo2'> = {
  won: 'CircleCheck', lost: 'CircleX', declined: 'Ban', expired: 'TimerOff', duplicate: 'Copy', withdrawn: 'Undo2',
};

export const leadClosed = (state: string): boolean => state in CLOSED;
export const leadWaiting = (state: string): boolean => state === 'pending' || state === 'received';

export function LeadState({ state, more }: { state: string; more?: ComponentChildren }) {
  const icon = CLOSED[state];
  if (icon)
    return (
      <span class={`lead-state lead-${state}`}>
        <Icon name={icon} size={14} /> {word('lead_state', state)}
        {more}
      </span>
    );
  const at = Math.max(0, ORDER.indexOf(state));
  return (
    <span class="lead-state">
      <svg class="arrows" width="66" height="8" viewBox="0 0 66 8" aria-hidden="true">
        {ORDER.map((s, i) => (
          <path key={s} d={`M${i * 13.4} .8h8.6l3.4 3.2l-3.4 3.2h-8.6l2.6-3.2z`} fill={i < at ? 'var(--text-2)' : i === at ? 'var(--viz-1)' : 'var(--viz-3)'} />
        ))}
      </svg>
      {word('lead_state', state)}
      {more}
    </span>
  );
}

export function CompanyBadge({ id, size = 'm', ink }: { id: Id | undefined | null; size?: 's' | 'm' | 'l' | 'xl'; ink?: boolean }) {
  if (!id) return null;
  const rec = nameRec(id);
  const name = rec?.name ?? '';
  const own = ink ?? isOurs(id);
  return (
    <span class={`badge badge-${size} ${own ? 'badge-ours' : `hue-${hue(id)}`}`} title={name} role="img" aria-label={name || t('company.unknown')}>
      <span aria-hidden="true">{initials(name || '?')}</span>
    </span>
  );
}

export function CompanyName({ id, size = 's' }: { id: Id | undefined | null; size?: 's' | 'm' }) {
  if (!id) return null;
  return (
    <span class="company">
      <CompanyBadge id={id} size={size} /> <span class="truncate">{nameOf(id)}</span>
    </span>
  );
}

export function Badges({ ids }: { ids: Id[] }) {
  return (
    <span class="badges">
      {ids.map((id) => (
        <CompanyBadge key={id} id={id} size="s" />
      ))}
    </span>
  );
}

export function PersonDot({ id, name, size = 's' }: { id?: Id | null; name?: string; size?: 's' | 'm' | 'l' }) {
  const text = name ?? nameOf(id);
  if (!text) return null;
  return (
    <span class={`person person-${size} hue-${hue(id ?? text)}`} title={text} role="img" aria-label={text}>
      <span aria-hidden="true">{personInitials(text)}</span>
    </span>
  );
}

export function Person({ id, name }: { id?: Id | null; name?: string }) {
  const text = name ?? nameOf(id);
  if (!text) return null;
  return (
    <span class="company">
      <span class={`person person-s hue-${hue(id ?? text)}`} aria-hidden="true">
        <span>{personInitials(text)}</span>
      </span>{' '}
      <span class="truncate">{text}</span>
    </span>
  );
}

/** Scalloped seal: only beside what was checked. */
export function Seal({ size = 46 }: { size?: number }) {
  const n = 20;
  const pts: string[] = [];
  for (let i = 0; i < n * 2; i++) {
    const a = (i / (n * 2)) * 2 * Math.PI;
    const r = i % 2 ? 20.5 : 22.8;
    pts.push(`${(24 + r * Math.cos(a)).toFixed(2)},${(24 + r * Math.sin(a)).toFixed(2)}`);
  }
  return (
    <svg class="seal" width={size} height={size} viewBox="0 0 48 48" fill="none" stroke="var(--accent)" aria-hidden="true">
      <polygon points={pts.join(' ')} fill="var(--accent-soft)" stroke-width="1.6" stroke-linejoin="round" />
      <circle cx="24" cy="24" r="16" stroke-width="1" stroke-dasharray="1.5 1.8" />
      <path d="M17 24.5l4.8 4.8L31 19.5" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

export const shortHash = (hash: string | undefined): string =>
  hash && hash.length > 24 ? `${hash.slice(0, 4)} ${hash.slice(4, 8)} ${hash.slice(8, 12)} … ${hash.slice(-4)}` : (hash ?? '');
