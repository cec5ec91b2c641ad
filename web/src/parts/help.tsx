// SPDX-License-Identifier: Apache-2.0
// All keys on one sheet (?).
import { t } from '../i18n';
import { modKey } from '../keys';
import { Kbd } from './controls';
import { Dialog, openDialog } from './dialog';

function Keys() {
  const rows: [string[], string][] = [
    [[modKey, 'K'], t('keys.palette')],
    [['/'], t('keys.search')],
    [['J', 'K'], t('keys.move')],
    [['↵'], t('keys.open')],
    [['X'], t('keys.select')],
    [['C'], t('keys.create')],
    [['E'], t('keys.edit')],
    [['D'], t('keys.done')],
    [['S'], t('keys.later')],
    [['N'], t('keys.not_useful')],
    [['L'], t('keys.log')],
    [['H'], t('keys.handover')],
    [['A'], t('keys.accept')],
    [['V'], t('keys.view_as')],
    [['Z'], t('keys.undo')],
    [['[', ']'], t('keys.tabs')],
    [['T'], t('keys.table')],
    [['1', '…', '9'], t('keys.answer')],
  ];
  const places: [string[], string][] = [
    [['G', 'T'], t('nav.today')],
    [['G', 'D'], t('nav.deals')],
    [['G', 'A'], t('nav.accounts')],
    [['G', 'P'], t('nav.people')],
    [['G', 'N'], t('nav.partners')],
    [['G', 'L'], t('nav.leads')],
    [['G', 'M'], t('nav.money')],
  ];
  const list = (items: [string[], string][]) => (
    <dl class="keys">
      {items.map(([k, label]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {k.map((x) => (
              <Kbd key={x} k={x} />
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
  return (
    <Dialog title={t('keys.title')} subtitle={t('keys.sub')}>
      <div class="keys-grid">
        {list(rows)}
        <div>
          <h3>{t('keys.go')}</h3>
          {list(places)}
        </div>
      </div>
    </Dialog>
  );
}
export const openKeys = (): void => openDialog(<Keys />);
