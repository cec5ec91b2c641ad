// SPDX-License-Identifier: Apache-2.0
// Server-sent events: when a record one may see changes anywhere, what is on the screen is read again. The stream is read with fetch,
// because the names of events are the log's own words and EventSource hears only names it knows beforehand. It resumes from the last
// event id; bursts (an import) are gathered.
import { signal } from '@preact/signals';
import { BASE } from './api';
import { refresh } from './data';

export const connected = signal(false);
let stop: AbortController | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let last = 0;
let lastId = '';

// Static things change rarely and are read again by those who change them.
const moving = (path: string): boolean => !path.startsWith('/meta') && !path.startsWith('/companies?');

function soon(): void {
  if (timer !== undefined) return;
  const wait = Math.max(40, 500 - (Date.now() - last));
  timer = setTimeout(() => {
    timer = undefined;
    last = Date.now();
    void refresh(moving);
  }, wait);
}

/** Takes whole lines; an event ends with an empty one. Returns what is left over. */
function read(text: string): string {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  for (const line of lines) {
    if (line.startsWith('id:')) lastId = line.slice(3).trim();
    else if (line.startsWith('data:')) soon();
  }
  return rest;
}

async function listen(signal: AbortSignal): Promise<void> {
  for (let pause = 500; !signal.aborted; ) {
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (lastId) headers['Last-Event-ID'] = lastId;
      const res = await fetch(`${BASE}/events`, { headers, credentials: 'same-origin', signal, cache: 'no-store' });
      if (res.status === 401 || !res.body) return;
      if (res.ok) {
        if (!connected.value && last) soon();
        connected.value = true;
        pause = 500;
        const reader = res.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let rest = ''; ; ) {
          const { value, done } = await reader.read();
          if (done) break;
          rest = read(rest + value);
        }
      }
    } catch {
      // A broken line is taken up again below.
    }
    if (signal.aborted) return;
    connected.value = false;
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 15000);
  }
}

export function startLive(): void {
  stopLive();
  stop = new AbortController();
  void listen(stop.signal);
}

export function stopLive(): void {
  stop?.abort();
  stop = null;
  lastId = '';
  connected.value = false;
}

addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && stop) soon();
});
