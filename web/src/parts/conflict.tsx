// SPDX-License-Identifier: Apache-2.0
// Two people changed the same field: nothing is lost, the reader chooses.
import type { Conflict } from '../api';
import { refresh } from '../data';
import { money, t } from '../i18n';
import { nameOf } from '../names';
import type { Money } from '../types';
import { Button } from './controls';
import { closeDialog, Dialog, openDialog } from './dialog';
import { Banner } from './states';

const shown = (v: unknown): string => {
  if (v === null || v === undefined || v === '') return t('common.nothing');
  if (typeof v === 'object' && 'amount' in v) return money(v as Money);
  return nameOf(String(v)) || String(v);
};

function ConflictDialog({ of, mine }: { of: Conflict; mine: () => Promise<unknown> }) {
  const end = async (): Promise<void> => {
    closeDialog();
    await refresh();
  };
  return (
    <Dialog title={t('conflict.title')} width="s">
      <Banner
        tone="warn"
        action={
          <>
            <Button size="s" onClick={async () => { await mine(); await end(); }}>{t('conflict.mine')}</Button>
            <Button size="s" onClick={end}>{t('conflict.theirs')}</Button>
          </>
        }
      >
        {t('conflict.text', { theirs: shown(of.theirs), mine: shown(of.mine) })}
      </Banner>
    </Dialog>
  );
}
export const openConflict = (of: Conflict, mine: () => Promise<unknown>): void => openDialog(<ConflictDialog of={of} mine={mine} />);
