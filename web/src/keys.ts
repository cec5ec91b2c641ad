// SPDX-License-Identifier: Apache-2.0
// Keys by physical position (event.code), so they work on a Russian or Chinese layout; off while typing or in a dialog that did not ask
// for them. The innermost page wins; a handler that returns false lets the key pass on. 'KeyG KeyT' is a sequence, 'Mod+KeyK' a chord.
import { useEffect, useRef } from 'preact/hooks';

type Handler = () => unknown;
export type KeyMap = Record<string, Handler>;
const layers: { map: { current: KeyMap }; dialog: boolean }[] = [];
let prefix = '';
let prefixAt = 0;

const typing = (el: EventTarget | null): boolean =>
  el instanceof HTMLElement && (el.isContentEditable || el instanceof HTMLSelectElement || el instanceof HTMLTextAreaElement || (el instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit', 'range'].includes(el.type)));

function press(e: KeyboardEvent): void {
  if (e.isComposing || e.defaultPrevented) return;
  const mod = e.ctrlKey || e.metaKey;
  const inDialog = Boolean(document.querySelector('dialog[open]'));
  if (!mod && (typing(e.target) || e.altKey)) return;
  if (e.code === 'Enter' && e.target instanceof HTMLElement && e.target.closest('button, a, summary') && !mod) return;
  const chord = `${mod ? 'Mod+' : ''}${e.shiftKey && e.code !== 'Slash' && e.key !== '?' ? 'Shift+' : ''}${e.key === '?' || (e.code === 'Slash' && e.shiftKey) ? 'Question' : e.code}`;
  const seq = prefix && Date.now() - prefixAt < 1200 ? `${prefix} ${chord}` : '';
  prefix = '';
  for (const name of seq ? [seq, chord] : [chord])
    for (let i = layers.length - 1; i >= 0; i--) {
      const layer = layers[i]!;
      if (inDialog && !layer.dialog && !mod) continue;
      const fn = layer.map.current[name];
      if (fn && fn() !== false) {
        e.preventDefault();
        return;
      }
    }
  if (chord === 'KeyG' && !inDialog) {
    prefix = 'KeyG';
    prefixAt = Date.now();
  }
}
document.addEventListener('keydown', press);

export function useKeys(map: KeyMap, dialog = false): void {
  const ref = useRef(map);
  ref.current = map;
  useEffect(() => {
    const layer = { map: ref, dialog };
    layers.push(layer);
    return () => void layers.splice(layers.indexOf(layer), 1);
  }, [dialog]);
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
export const modKey = isMac ? '⌘' : 'Ctrl';
