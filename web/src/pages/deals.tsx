// SPDX-License-Identifier: Apache-2.0
// Deals as a board by the buyer's stage, or as a table. A card stands where the buyer is proven to be; a claimed one stands where it is
// claimed, hatched, and its money is left out of the proven total.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useData, useList } from '../data';
import { addMoney, ago, date, daysUntil, money, moneyShort, t, tn } from '../i18n';
import { useKeys } from '../keys';
import { word } from '../meta';
import { nameOf } from '../names';
import { Button, IconButton, Menu, Segmented, Tag } from '../parts/controls';
import { newDeal, userOptions, useUsers, words } from '../parts/create';
import { saveChange } from '../parts/change';
import { FilterBar, Find, listPath, ViewTabs } from '../parts/listbar';
import { Icon } from '../parts/icon';
import { moveDeal } from '../parts/log';
import { Badges, CompanyBadge, Dot, Dots, Person, PersonDot, STAGES } from '../parts/marks';
import { Page } from '../parts/shell';
import { StageDots, StageMini } from '../parts/stage';
import { Empty, Load } from '../parts/states';
import { CellInput, Table, type Column } from '../parts/table';
import { go, query, setQuery } from '../router';
import { isOurs, mayWrite, ours } from '../session';
import type { Board, Card, Deal, Marker, Money, StageRow } from '../types';

const FILTERS = ['owner', 'stage', 'outcome'];

export function DealsPage() {
  const q = query.value;
  const view = q.get('view') === 'table' ? 'table' : 'board';
  useKeys({ KeyC: () => newDeal() });
  return (
    <Page
      title={t('nav.deals')}
      heading
      fill
      actions={
        <>
          <Button kind="ghost" icon="Download" href="/api/v1/export/deals.csv" download label={t('common.csv')} />
          {mayWrite() && <Button kind="primary" icon="Plus" kbd="C" onClick={() => newDeal()}>{t('create.deal')}</Button>}
        </>
      }
    >
      <ViewTabs
        page="deals"
        all={t('deals.open')}
        presets={[
          { name: t('deals.shared'), query: 'shared=1' },
          { name: t('deals.closed'), query: 'view=table&outcome=won' },
        ]}
        right={
          <>
            <Segmented
              label={t('deals.view')}
              value={view}
              options={[
                { id: 'board', label: t('deals.board'), icon: 'SquareKanban' },
                { id: 'table', label: t('deals.table'), icon: 'Table2' },
              ]}
              onChange={(v) => setQuery({ view: v === 'table' ? 'table' : null, outcome: null })}
            />
          </>
        }
      />
      {view === 'board' ? <BoardView /> : <TableView />}
    </Page>
  );
}

interface Full { card: Card; rows: StageRow[] | undefined; markers: Marker[]; proven: string; claimed: string | null; at: string }

/** The API may answer a card's stage as a word or as the whole answer of the rule; both say the same. */
function read(card: Card, column: string): Full {
  const s = typeof card.stage === 'object' && card.stage ? card.stage : undefined;
  const rows = card.stages ?? s?.stages;
  const proven = s?.proven ?? (typeof card.stage === 'string' ? card.stage : column);
  const claimed = card.claimed_stage ?? s?.claimed ?? null;
  const ahead = claimed && STAGES.indexOf(claimed) > STAGES.indexOf(proven) ? claimed : null;
  const markers = card.markers ?? rows?.find((r) => r.stage === proven)?.markers ?? s?.markers ?? [];
  return { card, rows, markers, proven, claimed: ahead, at: ahead ?? proven };
}

function sums(list: (Money | null | undefined)[]): Money[] {
  const cur = [...new Set(list.filter((m): m is Money => Boolean(m)).map((m) => m.currency))];
  return cur.map((c) => addMoney(list, c));
}
const sumText = (list: (Money | null | undefined)[]): string => sums(list).map(moneyShort).join(' + ') || '–';

function BoardView() {
  const q = query.value;
  const r = useData<Board>('/board');
  const [drag, setDrag] = useState<Full | null>(null);
  const [over, setOver] = useState('');
  const [cursor, setCursor] = useState<[number, number]>([-1, -1]);
  const words_ = (q.get('q') ?? '').toLowerCase();
  const fits = (f: Full): boolean => {
    if (q.get('shared') && !(f.card.companies?.length || !isOurs(f.card.company))) return false;
    if (q.get('owner') && f.card.owner !== q.get('owner')) return false;
    return !words_ || `${f.card.name} ${nameOf(f.card.account)}`.toLowerCase().includes(words_);
  };
  const all = (r.data?.columns ?? []).flatMap((c) => c.items.map((i) => read(i, c.stage))).filter((f) => !f.card.outcome || f.card.outcome === 'open');
  const shown = all.filter(fits);
  const columns = STAGES.map((s) => ({ stage: s, items: shown.filter((f) => f.at === s) }));
  const at = columns[cursor[0]]?.items[cursor[1]];
  const step = (dc: number, dr: number): void => {
    const c = Math.max(0, Math.min(3, cursor[0] < 0 ? 0 : cursor[0] + dc));
    const n = columns[c]?.items.length ?? 0;
    setCursor([c, Math.max(0, Math.min(n - 1, (cursor[1] < 0 ? -1 : cursor[1]) + dr))]);
  };
  useKeys({
    KeyJ: () => step(0, 1),
    KeyK: () => step(0, -1),
    ArrowRight: () => step(1, 0),
    ArrowLeft: () => step(-1, 0),
    Enter: () => (at ? go(`/deals/${at.card.id}`) : false),
    Escape: () => {
      if (!drag) return false;
      setDrag(null);
      setOver('');
      return true;
    },
  });
  const drop = (stage: string): void => {
    const f = drag;
    setDrag(null);
    setOver('');
    if (f && stage !== f.at) moveDeal(f.card.id, stage, f.card.name);
  };
  return (
    <div class="board-page">
      <div class="board-bar">
        <span class="legend">
          <span class="sw sw-proven" /> {t('deals.proven')} <strong>{sumText(shown.filter((f) => !f.claimed).map((f) => f.card.amount))}</strong>
        </span>
        <span class="legend">
          <span class="sw sw-claimed" /> {t('deals.claimed')} <strong>{sumText(shown.filter((f) => f.claimed).map((f) => f.card.amount))}</strong> <span class="t2 wide-only">{t('deals.left_out')}</span>
        </span>
        <Find label={t('deals.find')} />
        <span class="push legend legend-dots wide-only">
          <span><Dot state="proven" silent /> {t('deals.by_buyer')}</span>
          <span><Dot state="claimed" silent /> {t('deals.by_us')}</span>
          <span><Dot state="open" silent /> {t('evidence.open')}</span>
        </span>
      </div>
      <Load of={r} rows={8}>
        {() =>
          all.length === 0 ? (
            <div class="pad">
              <Empty icon="SquareKanban" title={t('deals.none')} action={mayWrite() && <Button kind="primary" icon="Plus" onClick={() => newDeal()}>{t('create.deal')}</Button>}>
                {t('deals.none_text')}
              </Empty>
            </div>
          ) : (
            <div class="board" onDragEnd={() => { setDrag(null); setOver(''); }}>
              {columns.map((c, ci) => (
                <section key={c.stage} class={`column ${over === c.stage && drag && drag.at !== c.stage ? 'is-over' : ''}`} aria-labelledby={`col-${c.stage}`} onDragOver={(e) => { e.preventDefault(); setOver(c.stage); }} onDrop={(e) => { e.preventDefault(); drop(c.stage); }}>
                  <header>
                    <h2 id={`col-${c.stage}`}>
                      {word('buyer_stage', c.stage)} <span class="count">{c.items.length}</span>
                    </h2>
                    <strong>{c.items.length ? sumText(c.items.map((f) => f.card.amount)) : ''}</strong>
                    <ColumnBar items={c.items} />
                  </header>
                  <div class="cards">
                    {c.items.map((f, ri) => (
                      <BoardCard key={f.card.id} f={f} on={cursor[0] === ci && cursor[1] === ri} dragging={drag?.card.id === f.card.id} start={() => setDrag(f)} />
                    ))}
                  </div>
                </section>
              ))}
            </div>
          )
        }
      </Load>
    </div>
  );
}

function ColumnBar({ items }: { items: Full[] }) {
  const value = (list: Full[]): number => list.reduce((s, f) => s + Number(f.card.amount?.amount ?? 0), 0);
  const claimed = value(items.filter((f) => f.claimed));
  const total = value(items) || 1;
  return (
    <span class="column-bar" aria-hidden="true">
      <span class="seg-proven" style={{ flexGrow: items.length ? (total - claimed) / total : 0 }} />
      {claimed > 0 && <span class="seg-claimed" style={{ flexGrow: claimed / total }} />}
    </span>
  );
}

function BoardCard({ f, on, dragging, start }: { f: Full; on: boolean; dragging: boolean; start: () => void }) {
  const c = f.card;
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    if (on) ref.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [on]);
  const led = c.lead_company ?? c.company;
  const others = (c.companies ?? []).filter((x) => x !== led && x !== ours());
  const next = typeof c.next === 'object' && c.next ? c.next : { text: typeof c.next === 'string' ? c.next : c.next_step, tone: undefined, kind: undefined };
  const due = c.next_step_on ? daysUntil(c.next_step_on) : null;
  const tone = next.tone ?? (due !== null && due < 0 ? 'warn' : '');
  return (
    <article ref={ref} class={`card ${on ? 'is-on' : ''} ${dragging ? 'is-dragging' : ''}`} draggable={mayWrite() && isOurs(c.company)} onDragStart={(e) => { e.dataTransfer?.setData('text/plain', c.id); start(); }} aria-label={`${nameOf(c.account, c.name)}: ${c.name}`}>
      {f.claimed && <p class="card-claim"><span>{t('deals.claimed_proven', { stage: word('buyer_stage', f.proven) })}</span></p>}
      <div class="card-body">
        <div class="card-head">
          {!isOurs(led) && <CompanyBadge id={led} size="s" />}
          <a class="card-name truncate" href={`/deals/${c.id}`}>{nameOf(c.account) || c.customer || c.name}</a>
          <strong class="push">{moneyShort(c.amount)}</strong>
        </div>
        {(nameOf(c.account) || c.customer) && <p class="t2 truncate">{c.name}</p>}
        {next.text && (
          <p class={`card-next ${tone ? `is-${tone}` : ''}`}>
            <Icon name={due !== null && due < 0 ? 'ClockAlert' : 'ArrowRight'} size={14} /> <span class="truncate">{next.text}</span>
          </p>
        )}
        <div class="card-foot">
          {f.markers.length > 0 ? <Dots markers={f.markers} /> : <StageDots deal={c.id} stage={f.proven} />}
          <span class="push">
            {due !== null && <small class={`nowrap ${due < 0 ? 'is-neg' : due === 0 ? 'is-warn' : 't3'}`}>{due < 0 ? tn('today.days_late', -due) : due === 0 ? t('time.today') : date(c.next_step_on)}</small>}
            <Badges ids={others} />
            <PersonDot id={c.owner} />
          </span>
        </div>
      </div>
      {mayWrite() && isOurs(c.company) && (
        <span class="card-menu">
          <Menu
            label={t('deals.move')}
            trigger={(open) => <IconButton icon="Ellipsis" label={`${t('deals.move')}: ${c.name}`} onClick={open} size={14} />}
            items={STAGES.filter((s) => s !== f.at).map((s) => ({ label: t('deals.move_to', { stage: word('buyer_stage', s) }), icon: 'ArrowRight' as const, onClick: () => moveDeal(c.id, s, c.name) }))}
          />
        </span>
      )}
    </article>
  );
}

function TableView() {
  const q = query.value;
  const sort = q.get('sort') ?? '-updated_at';
  const list = useList<Deal>(listPath('/deals', FILTERS, '-updated_at'));
  const users = useUsers();
  const may = mayWrite();
  const cols: Column<Deal>[] = [
    {
      id: 'name', label: t('deal.name'), width: 'minmax(180px, 2fr)', fixed: true, sort: 'name',
      cell: (d) => (
        <>
          {!isOurs(d.company) && <CompanyBadge id={d.company} size="s" />} <a class="strong" href={`/deals/${d.id}`}>{d.name}</a>
        </>
      ),
    },
    { id: 'account', label: t('f.account'), width: 'minmax(140px, 1.4fr)', cell: (d) => nameOf(d.account) || d.customer },
    { id: 'stage', label: t('f.stage'), width: '200px', cell: (d) => <><StageMini deal={d.id} proven={d.stage} /> <span class="t2">{word('buyer_stage', d.stage)}</span></> },
    { id: 'amount', label: t('f.value'), width: '130px', num: true, cell: (d) => <strong>{money(d.amount)}</strong> },
    { id: 'outcome', label: t('deal.outcome'), width: '110px', cell: (d) => (d.outcome && d.outcome !== 'open' ? <Tag tone={d.outcome.startsWith('won') ? 'pos' : 'plain'}>{word('deal_outcome', d.outcome)}</Tag> : '') },
    { id: 'owner', label: t('f.owner'), width: 'minmax(120px, 1fr)', cell: (d) => <Person id={d.owner} /> },
    {
      id: 'next', label: t('f.next_step'), width: 'minmax(140px, 1.3fr)', cell: (d) => d.next_step,
      edit: may ? (d, done) => <CellInput value={d.next_step ?? ''} save={(v) => saveChange(`/deals/${d.id}`, d, { next_step: v || null })} done={done} /> : undefined,
    },
    {
      id: 'next_on', label: t('f.next_step_on'), width: '120px', cell: (d) => date(d.next_step_on),
      edit: may ? (d, done) => <CellInput type="date" value={d.next_step_on ?? ''} save={(v) => saveChange(`/deals/${d.id}`, d, { next_step_on: v || null })} done={done} /> : undefined,
    },
    { id: 'updated', label: t('f.changed'), width: '110px', num: true, sort: 'updated_at', off: true, cell: (d) => <span class="t3">{ago(d.updated_at)}</span> },
  ];
  const outcomes = words('deal_outcome');
  return (
    <>
      <div class="bar">
        <Find label={t('deals.find')} />
        <FilterBar
          filters={[
            { id: 'owner', label: t('f.owner'), options: userOptions(users) },
            { id: 'stage', label: t('f.stage'), options: STAGES.map((s) => ({ value: s, label: word('buyer_stage', s) })) },
            { id: 'outcome', label: t('deal.outcome'), options: outcomes.length ? outcomes : ['open', 'won', 'lost_rival', 'no_decision', 'withdrew'].map((o) => ({ value: o, label: word('deal_outcome', o) })) },
          ]}
        />
        {list.data && <span class="push note">{tn('deals.count', list.data.length)}</span>}
      </div>
      <Load of={list} rows={12}>
        {(rows) =>
          rows.length === 0 ? (
            <div class="pad">
              <Empty icon="SquareKanban" title={q.get('q') ? t('list.nothing', { q: q.get('q') ?? '' }) : t('deals.none')} action={<Button onClick={() => setQuery({ q: null, owner: null, stage: null, outcome: null })}>{t('list.clear')}</Button>}>
                {t('deals.none_text')}
              </Empty>
            </div>
          ) : (
            <Table name="deals" label={t('nav.deals')} columns={cols} rows={rows} mayEdit={(d) => isOurs(d.company)} href={(d) => `/deals/${d.id}`} sort={sort} onSort={(s) => setQuery({ sort: s })} more={list.more} end={list.end} />
          )
        }
      </Load>
    </>
  );
}
