// SPDX-License-Identifier: Apache-2.0
// Money: the statements with every partner, what waits for a second person, what was earned.
import { useList } from '../data';
import { addMoney, money, t } from '../i18n';
import { word } from '../meta';
import { H2, Segmented } from '../parts/controls';
import { Button } from '../parts/controls';
import { Page } from '../parts/shell';
import { Empty, Load } from '../parts/states';
import { query, setQuery } from '../router';
import { isOurs } from '../session';
import type { Statement } from '../types';
import { StatementRows } from './partner';

const ORDER = ['draft', 'disputed', 'approved', 'locked', 'paid', 'withdrawn'];

export function MoneyPage() {
  const list = useList<Statement>('/statements?sort=-updated_at');
  const side = query.value.get('side') ?? 'all';
  const rows = (list.data ?? []).filter((s) => side === 'all' || (side === 'in' ? isOurs(s.payee) : isOurs(s.payer)));
  const states = [...new Set(rows.map((s) => s.state))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const totals = (of: (s: Statement) => boolean): string => {
    const some = (list.data ?? []).filter((s) => s.state !== 'withdrawn' && of(s));
    const cur = [...new Set(some.map((s) => s.total?.currency).filter((c): c is string => Boolean(c)))];
    return cur.map((c) => money(addMoney(some.map((s) => s.total), c), true)).join(' + ') || '–';
  };
  return (
    <Page title={t('nav.money')} heading actions={<Button kind="ghost" icon="Download" href="/api/v1/export/statements.csv" download>{t('common.csv')}</Button>}>
      <Load of={list}>
        {(all) =>
          all.length === 0 ? (
            <div class="pad">
              <Empty icon="Scale" title={t('money.none')} action={<Button href="/deals">{t('today.open_deals')}</Button>}>
                {t('money.none_text')}
              </Empty>
            </div>
          ) : (
            <>
              <div class="leads-head">
                <Segmented
                  label={t('money.side')}
                  value={side}
                  options={[
                    { id: 'all', label: t('money.all') },
                    { id: 'in', label: t('money.we_earn') },
                    { id: 'out', label: t('money.we_pay') },
                  ]}
                  onChange={(v) => setQuery({ side: v === 'all' ? null : v })}
                />
                <dl class="figures push">
                  <div>
                    <dt>{t('money.we_earn')}</dt>
                    <dd>{totals((s) => isOurs(s.payee))}</dd>
                  </div>
                  <div>
                    <dt>{t('money.we_pay')}</dt>
                    <dd>{totals((s) => isOurs(s.payer))}</dd>
                  </div>
                </dl>
              </div>
              <div class="pad">
                {states.map((s) => (
                  <section key={s}>
                    <H2 note={rows.filter((x) => x.state === s).length}>{word('statement_state', s)}</H2>
                    <StatementRows list={rows.filter((x) => x.state === s)} />
                  </section>
                ))}
              </div>
            </>
          )
        }
      </Load>
    </Page>
  );
}
