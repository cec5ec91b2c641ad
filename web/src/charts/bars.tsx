// SPDX-License-Identifier: Apache-2.0
// Bars from zero, three or four grid lines, radius 2, labelled directly; the table behind it is one key away (T).
import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { Button } from '../parts/controls';

export interface Bar { label: string; value: number; shown: string; tick?: string; soft?: boolean }

function niceMax(max: number): { top: number; step: number } {
  if (max <= 0) return { top: 4, step: 1 };
  const raw = max / 3;
  const mag = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * mag).find((s) => s >= raw) ?? mag * 10;
  return { top: Math.ceil(max / step) * step, step };
}

export function Bars({ bars, title, unit, axis, height = 168 }: { bars: Bar[]; title: string; unit: string; axis: (v: number) => string; height?: number }) {
  const [table, setTable] = useState(false);
  useKeys({ KeyT: () => setTable(!table) });
  const w = 560;
  const left = 44;
  const bottom = 22;
  const head = 18;
  const { top, step } = niceMax(Math.max(...bars.map((b) => b.value), 0));
  const y = (v: number): number => head + (height - head - bottom) * (1 - v / top);
  const slot = (w - left - 4) / Math.max(1, bars.length);
  const bw = Math.max(4, Math.min(28, slot * 0.62));
  const best = bars.reduce((a, b, i) => (b.value > (bars[a]?.value ?? -1) ? i : a), 0);
  const grid: number[] = [];
  for (let v = 0; v <= top + step / 2; v += step) grid.push(v);
  const every = Math.ceil(bars.length / 8);
  if (table)
    return (
      <div class="chart-table">
        <table>
          <caption class="sr">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{t('chart.period')}</th>
              <th scope="col" class="num">{unit}</th>
            </tr>
          </thead>
          <tbody>
            {bars.map((b) => (
              <tr key={b.label}>
                <th scope="row">{b.label}</th>
                <td class="num">{b.shown}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <Button size="s" kbd="T" onClick={() => setTable(false)}>{t('chart.picture')}</Button>
      </div>
    );
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${w} ${height}`} role="img" aria-label={`${title}: ${bars.map((b) => `${b.label} ${b.shown}`).join('; ')}`}>
        {grid.map((v) => (
          <g key={v}>
            <line x1={left} x2={w} y1={y(v)} y2={y(v)} class={v === 0 ? 'axis' : 'grid'} />
            <text x={left - 8} y={y(v) + 4} text-anchor="end">{axis(v)}</text>
          </g>
        ))}
        {bars.map((b, i) => {
          const x = left + 4 + slot * i + (slot - bw) / 2;
          const h = Math.max(b.value > 0 ? 1.5 : 0, y(0) - y(b.value));
          return (
            <g key={b.label}>
              <title>{`${b.label}: ${b.shown}`}</title>
              <rect x={left + slot * i} y={head} width={slot} height={height - head - bottom} fill="transparent" />
              {b.value > 0 && <rect x={x} y={y(0) - h} width={bw} height={h} rx="2" fill={b.soft ? 'url(#hatch-bar)' : 'var(--viz-1)'} stroke={b.soft ? 'var(--viz-1)' : undefined} />}
              {i === best && b.value > 0 && (
                <text x={x + bw / 2} y={y(0) - h - 6} text-anchor="middle" class="strong">
                  {b.tick ?? b.shown}
                </text>
              )}
              {i % every === 0 && (
                <text x={x + bw / 2} y={height - 5} text-anchor="middle">
                  {b.label}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <figcaption>
        <button type="button" class="link chart-to-table" onClick={() => setTable(true)}>
          {t('chart.table')}
        </button>
      </figcaption>
    </figure>
  );
}

/** Two parts of one whole, 'given' against 'received'. */
export function Balance({ left, right, leftLabel, rightLabel, note }: { left: number; right: number; leftLabel: string; rightLabel: string; note: string }) {
  const total = left + right || 1;
  return (
    <div class="balance">
      <div class="balance-head">
        <span>
          {leftLabel} <strong>{left}</strong>
        </span>
        <span>{note}</span>
        <span>
          {rightLabel} <strong>{right}</strong>
        </span>
      </div>
      <div class="balance-bar" role="img" aria-label={`${leftLabel} ${left}, ${rightLabel} ${right}`}>
        <span class="b-ours" style={{ width: `${(left / total) * 100}%` }} />
        <span class="b-theirs" style={{ width: `${(right / total) * 100}%` }} />
      </div>
    </div>
  );
}
