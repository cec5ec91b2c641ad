// SPDX-License-Identifier: Apache-2.0
// Import in four steps: file, mapping with preview, dry run, run with a bar. Every row is counted, bad rows can be downloaded with their
// reason, and the whole import can be taken back.
import { useEffect, useState } from 'preact/hooks';
import { BASE, patch, post, request, newKey } from '../api';
import { refresh, useData, useList } from '../data';
import { ago, num, t, tn } from '../i18n';
import { fieldLabel, word } from '../meta';
import { Button, H2, Line, Progress, Tag } from '../parts/controls';
import { confirm } from '../parts/dialog';
import { Select } from '../parts/form';
import { Icon } from '../parts/icon';
import { Page } from '../parts/shell';
import { Banner, Empty, Load } from '../parts/states';
import { attempt, sayProblem, toast } from '../parts/toast';
import { go } from '../router';
import { mayManage, mayWrite, me } from '../session';
import type { ImportJob } from '../types';

const KINDS = ['accounts', 'products', 'orders'] as const;
const kindWord = (k: string | undefined): string => (k === 'accounts' ? t('nav.accounts') : k === 'products' ? t('import.products') : k === 'orders' ? t('tab.orders') : (k ?? ''));

export function ImportPage({ id }: { id?: string }) {
  return id ? <Job id={id} /> : <Start />;
}

function Start() {
  const [kind, setKind] = useState<string>('accounts');
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState('');
  const past = useList<ImportJob>('/imports');
  const upload = async (file: File | undefined): Promise<void> => {
    if (!file || busy) return;
    setBusy(file.name);
    try {
      const job = await request<ImportJob>('POST', `/imports?entity=${kind}&filename=${encodeURIComponent(file.name)}`, { raw: file, type: 'text/csv', key: newKey() });
      go(`/import/${job.id}`);
    } catch (e) {
      sayProblem(e);
    } finally {
      setBusy('');
    }
  };
  return (
    <Page title={t('nav.import')} crumbs={[{ label: t('nav.settings'), href: '/settings' }]}>
      <div class="pad narrow">
        <header class="page-head">
          <div>
            <h1>{t('import.title')}</h1>
            <p class="lead">{t('import.sub')}</p>
          </div>
        </header>
        {!mayWrite() && <Banner tone="plain" icon="Lock">{t('error.forbidden')}</Banner>}
        <fieldset class="plain kind-choice">
          <legend class="label">{t('import.what')}</legend>
          {KINDS.map((k) => (
            <label key={k} class={`kind ${kind === k ? 'is-on' : ''}`}>
              <input type="radio" name="kind" value={k} checked={kind === k} onChange={() => setKind(k)} />
              <Icon name={k === 'accounts' ? 'Building2' : k === 'products' ? 'Package' : 'ScrollText'} />
              <span>
                <strong>{kindWord(k)}</strong>
                <small>{k === 'accounts' ? t('import.accounts_note') : k === 'products' ? t('import.products_note') : t('import.orders_note')}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <label
          class={`drop ${over ? 'is-over' : ''}`}
          onDragOver={(e) => { e.preventDefault(); setOver(true); }}
          onDragLeave={() => setOver(false)}
          onDrop={(e) => { e.preventDefault(); setOver(false); if (mayWrite()) void upload(e.dataTransfer?.files[0]); }}
        >
          <Icon name="Upload" size={20} />
          <strong>{busy ? t('import.uploading', { name: busy }) : t('import.drop')}</strong>
          <small>{t('import.rules')}</small>
          <input class="sr" type="file" accept=".csv,text/csv" aria-label={t('import.drop')} disabled={!mayWrite()} onChange={(e) => { void upload(e.currentTarget.files?.[0]); e.currentTarget.value = ''; }} />
        </label>
        {past.data && past.data.length > 0 && (
          <section>
            <H2>{t('import.past')}</H2>
            <ul class="rows">
              {past.data.map((j) => (
                <li key={j.id}>
                  <a class="row row-2" href={`/import/${j.id}`}>
                    <Icon name="FileText" />
                    <span class="row-text">
                      <span>{j.filename ?? kindWord(kindOf(j))}</span>
                      <small>{[kindWord(kindOf(j)), j.read !== undefined ? tn('import.rows', Number(j.read)) : '', ago(j.created_at)].filter(Boolean).join(' · ')}</small>
                    </span>
                    <Tag tone={j.state === 'done' ? 'pos' : j.state === 'failed' ? 'neg' : 'plain'}>{word('import_state', j.state)}</Tag>
                  </a>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Page>
  );
}

const kindOf = (j: ImportJob): string => j.entity ?? (j.target as string | undefined) ?? '';
const running = (s: string): boolean => /running|checking|undoing|queued/.test(s);
const finished = (s: string): boolean => /^(done|finished|completed|imported|undone|failed)$/.test(s);
const checked = (j: ImportJob): boolean => /checked|ready/.test(j.state);

function Job({ id }: { id: string }) {
  const r = useData<ImportJob>(`/imports/${id}`);
  const busy = r.data ? running(r.data.state) : false;
  useEffect(() => {
    if (!busy) return undefined;
    const timer = setInterval(() => void r.reload(), 400);
    return () => clearInterval(timer);
  }, [busy]);
  return (
    <Page title={r.data?.filename ?? t('nav.import')} crumbs={[{ label: t('nav.settings'), href: '/settings' }, { label: t('nav.import'), href: '/import' }]}>
      <div class="pad import">
        <Load of={r}>
          {(j) => (
            <>
              <header class="page-head">
                <div>
                  <h1>{j.filename ?? kindWord(kindOf(j))}</h1>
                  <Line items={[kindWord(kindOf(j)), tn('import.rows', Number(j.rows ?? j.read ?? 0)), <Tag tone={j.state === 'failed' ? 'neg' : finished(j.state) ? 'pos' : 'ink'}>{word('import_state', j.state)}</Tag>]} />
                </div>
              </header>
              {running(j.state) ? <Running j={j} /> : finished(j.state) ? <Result j={j} /> : <Mapping key={j.id} j={j} reload={r.reload} />}
            </>
          )}
        </Load>
      </div>
    </Page>
  );
}

function Running({ j }: { j: ImportJob }) {
  const done = j.progress?.done ?? j.read ?? 0;
  const total = j.progress?.total ?? j.rows ?? 0;
  return (
    <section class="long-work" aria-live="polite">
      <p>
        <strong>{t('import.running', { what: kindWord(kindOf(j)) })}</strong> <span class="t2">{t('import.of', { done: num(done), total: num(total) })}</span>
      </p>
      <Progress done={done} total={total} label={t('import.running', { what: kindWord(kindOf(j)) })} />
      {j.failed ? <p class="note">{tn('import.doubtful', j.failed)}</p> : null}
    </section>
  );
}

function Counts({ j, dry }: { j: ImportJob; dry?: boolean }) {
  const cell = (label: string, n: number | undefined, tone = '') => (
    <div>
      <dt>{label}</dt>
      <dd class={tone}>{num(n ?? 0)}</dd>
    </div>
  );
  return (
    <dl class="counts" aria-label={dry ? t('import.dry') : t('import.result')}>
      {cell(t('import.read'), j.read)}
      {cell(dry ? t('import.would_create') : t('import.created'), j.created, 'is-pos')}
      {cell(dry ? t('import.would_update') : t('import.updated'), j.updated)}
      {cell(t('import.unchanged'), j.unchanged)}
      {cell(t('import.skipped'), j.skipped)}
      {cell(t('import.failed'), j.failed, j.failed ? 'is-neg' : '')}
    </dl>
  );
}

function Errors({ j }: { j: ImportJob }) {
  if (!j.failed && !j.errors_sample?.length) return null;
  return (
    <section>
      <H2 right={<Button size="s" icon="Download" href={`${BASE}/imports/${j.id}/errors.csv`} download>{t('import.download_errors')}</Button>}>{t('import.errors')}</H2>
      <table class="ledger">
        <thead>
          <tr>
            <th scope="col" class="num">{t('import.row')}</th>
            <th scope="col">{t('import.column')}</th>
            <th scope="col">{t('import.reason')}</th>
          </tr>
        </thead>
        <tbody>
          {j.errors_sample?.map((e, i) => (
            <tr key={i}>
              <td class="num">{num(e.row)}</td>
              <td>{e.column}</td>
              <td>{e.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Mapping({ j, reload }: { j: ImportJob; reload: () => Promise<void> }) {
  const [map, setMap] = useState<Record<string, string | null>>(j.mapping ?? {});
  const dirty = JSON.stringify(map) !== JSON.stringify(j.mapping ?? {});
  const entity = kindOf(j).replace(/s$/, '');
  const fields = (j.fields ?? []).map((f) => (typeof f === 'string' ? { name: f, label: undefined } : f));
  const label = (f: { name: string; label?: string }): string => f.label ?? fieldLabel(entity, f.name) ?? fieldLabel('contact', f.name.replace(/^contact_/, '')) ?? word('field', f.name);
  const options = fields.map((f) => ({ value: f.name, label: label(f) }));
  const save = async (): Promise<void> => {
    if (dirty) await patch(`/imports/${j.id}`, undefined, { mapping: map });
  };
  const verb = (what: 'check' | 'run'): Promise<unknown> =>
    attempt(async () => {
      await save();
      await post(`/imports/${j.id}/${what}`, {});
      await reload();
    });
  const header = j.header ?? [];
  const mapped = Object.values(map).filter(Boolean).length;
  return (
    <>
      <section>
        <H2 note={t('import.mapping_note', { n: mapped, all: header.length })}>{t('import.mapping')}</H2>
        <div class="scroll-x">
          <table class="ledger mapping">
            <thead>
              <tr>
                <th scope="col">{t('import.column')}</th>
                <th scope="col">{t('import.field')}</th>
                {(j.preview ?? []).slice(0, 3).map((_, i) => (
                  <th scope="col" key={i}>{t('import.sample', { n: i + 1 })}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {header.map((h, c) => (
                <tr key={h + c} class={map[h] ? '' : 'is-off'}>
                  <th scope="row">{h}</th>
                  <td>
                    <Select hideLabel label={t('import.field_for', { column: h })} value={map[h] ?? ''} empty={t('import.leave_out')} options={options} onChange={(v) => setMap({ ...map, [h]: v || null })} />
                  </td>
                  {(j.preview ?? []).slice(0, 3).map((row, i) => (
                    <td key={i} class="t2"><span class="truncate sample">{row[c]}</span></td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {checked(j) && !dirty && (
        <section>
          <H2 note={t('import.dry_note')}>{t('import.dry')}</H2>
          <Counts j={j} dry />
          <Errors j={j} />
        </section>
      )}
      <div class="form-foot">
        <span class="note">{t('import.nothing_yet')}</span>
        <span class="push buttons">
          <Button kind={checked(j) && !dirty ? 'default' : 'primary'} size="l" icon="ListChecks" disabled={!mayWrite()} why={t('error.forbidden')} onClick={() => verb('check')}>{t('import.check')}</Button>
          <Button kind={checked(j) && !dirty ? 'primary' : 'default'} size="l" icon="Upload" disabled={mapped === 0 || !mayWrite()} why={mayWrite() ? t('import.map_first') : t('error.forbidden')} onClick={() => verb('run')}>{t('import.run')}</Button>
        </span>
      </div>
    </>
  );
}

function Result({ j }: { j: ImportJob }) {
  const undo = (): void =>
    confirm({
      title: t('import.undo_title', { name: j.filename ?? '' }),
      text: t('import.undo_text', { n: num((j.created ?? 0) + (j.updated ?? 0)) }),
      verb: t('import.undo'),
      run: async () => {
        await post(`/imports/${j.id}/undo`, {});
        toast(t('import.undone'));
        await refresh();
      },
    });
  const conflicts = j.conflicts ?? [];
  return (
    <>
      <Counts j={j} />
      <p class="note adds-up">
        <Icon name="Check" size={14} class="is-pos" /> {t('import.adds_up', { read: num(j.read ?? 0) })}
      </p>
      {conflicts.length > 0 && (
        <Banner tone="warn">
          {tn('import.conflicts', conflicts.length)} {conflicts.slice(0, 5).map((c) => c.name ?? c.id).join(', ')}
        </Banner>
      )}
      {j.state === 'undone' && <Empty icon="Undo2" title={t('import.undone')}>{t('import.undone_text')}</Empty>}
      <Errors j={j} />
      <div class="form-foot">
        <span class="push buttons">
          {j.state !== 'undone' && mayWrite() && (mayManage() || j.created_by === me()) && <Button size="l" icon="Undo2" onClick={undo}>{t('import.undo')}</Button>}
          <Button size="l" href="/import">{t('import.another')}</Button>
          <Button size="l" kind="primary" href="/accounts">{t('import.look')}</Button>
        </span>
      </div>
    </>
  );
}
