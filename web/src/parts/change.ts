// SPDX-License-Identifier: Apache-2.0
// One changed field of one record: saved, undoable, and when somebody else changed the same field meanwhile, both values are shown.
import { Conflict, patch } from '../api';
import { refresh } from '../data';
import { t } from '../i18n';
import type { Rec } from '../types';
import { openConflict } from './conflict';
import { sayProblem, toast } from './toast';

export async function saveChange(path: string, base: Rec, changes: Record<string, unknown>): Promise<boolean> {
  try {
    await patch(path, base, changes);
    const before = Object.fromEntries(Object.keys(changes).map((k) => [k, base[k] ?? null]));
    toast(t('common.saved'), async () => {
      await patch(path, undefined, before);
      await refresh();
    });
    await refresh();
    return true;
  } catch (e) {
    if (e instanceof Conflict) openConflict(e, () => patch(path, undefined, changes, true));
    else sayProblem(e);
    return false;
  }
}
