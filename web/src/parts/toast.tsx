// SPDX-License-Identifier: Apache-2.0
// One toast at a time: what was done, Undo for ten seconds (key Z). Failures of background changes speak here too.
import { signal } from '@preact/signals';
import { Problem } from '../api';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { Kbd } from './controls';
import { Icon } from './icon';

interface ToastState { text: string; undo?: () => unknown; tone?: 'neg'; id: number }
const current = signal<ToastState | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;
let count = 0;

export function toast(text: string, undo?: () => unknown, tone?: 'neg'): void {
  clearTimeout(timer);
  current.value = { text, undo, tone, id: ++count };
  timer = setTimeout(() => (current.value = null), undo || tone ? 10000 : 4000);
}

export const sayProblem = (e: unknown): void =>
  toast(e instanceof Problem ? (e.errors[0]?.message ?? (e.status === 0 ? t('error.offline') : e.message)) : String(e), undefined, 'neg');

/** Runs a change; what fails is said, and the promise still ends. */
export async function attempt(change: () => Promise<unknown>, done?: string, undo?: () => unknown): Promise<boolean> {
  try {
    await change();
    if (done) toast(done, undo);
    return true;
  } catch (e) {
    sayProblem(e);
    return false;
  }
}

export function Toast() {
  const s = current.value;
  const undo = async (): Promise<void> => {
    const u = current.value?.undo;
    current.value = null;
    if (u) await attempt(async () => void (await u()));
  };
  useKeys({ KeyZ: () => (current.value?.undo ? void undo() : false) });
  return (
    <div class="toast-place" role="status" aria-live="polite">
      {s && (
        <div class={`toast ${s.tone ? 'toast-neg' : ''}`} key={s.id}>
          <Icon name={s.tone ? 'CircleAlert' : 'Check'} />
          <span>{s.text}</span>
          {s.undo && (
            <button type="button" onClick={undo}>
              {t('common.undo')} <Kbd k="Z" />
            </button>
          )}
        </div>
      )}
    </div>
  );
}
