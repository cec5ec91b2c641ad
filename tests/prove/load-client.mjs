// SPDX-License-Identifier: Apache-2.0
// Many kept connections from one process: raw sockets with the little HTTP they need, cheap enough to leave the server the machine.
import net from 'node:net';
import { readFileSync } from 'node:fs';

// One kept connection, one request at a time: ask(text) resolves to { status, head, body (Buffer), ms }; status 0: the connection was lost.
export class Connection {
  constructor(port) {
    this.port = port;
    this.waiting = null;
    this.chunks = [];
    this.got = 0;
  }

  open() {
    return new Promise((done) => {
      this.socket = net.connect(this.port, '127.0.0.1');
      this.socket.setNoDelay(true);
      this.socket.on('connect', () => done(this));
      this.socket.on('data', (piece) => this.#take(piece));
      this.socket.on('error', () => {});
      this.socket.on('close', () => { this.closed = true; this.#answer(0, '', Buffer.alloc(0)); done(this); });
    });
  }

  async ask(text) {
    if (!this.socket || this.closed) {
      this.closed = false;
      this.chunks = [];
      this.got = 0;
      await this.open();
    }
    if (this.closed) return { status: 0, head: '', body: Buffer.alloc(0), ms: 0 };
    return new Promise((done) => {
      this.waiting = { done, began: performance.now(), need: 0, head: null };
      this.socket.write(text);
    });
  }

  #take(piece) {
    this.chunks.push(piece);
    this.got += piece.length;
    const w = this.waiting;
    if (!w || this.got < w.need) return;
    const all = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    this.chunks = [all];
    if (w.head === null) {
      const end = all.indexOf('\r\n\r\n');
      if (end < 0) return;
      w.head = all.toString('latin1', 0, end);
      w.from = end + 4;
      w.need = w.from + Number(/\r\ncontent-length: (\d+)/i.exec(w.head)?.[1] ?? 0);
    }
    if (all.length < w.need) return;
    this.chunks = all.length > w.need ? [all.subarray(w.need)] : [];
    this.got = all.length - w.need;
    this.#answer(Number(w.head.slice(9, 12)), w.head, all.subarray(w.from, w.need));
  }

  #answer(status, head, body) {
    const w = this.waiting;
    this.waiting = null;
    if (w) w.done({ status, head, body, ms: performance.now() - w.began });
  }

  close() { this.socket?.destroy(); }
}

export const request = (method, path, token, { body, headers = '' } = {}) =>
  `${method} /api/v1${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${token ? `Authorization: Bearer ${token}\r\n` : ''}${headers}` +
  `${body === undefined ? (method === 'GET' ? '' : 'Content-Length: 0\r\n') : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`}\r\n${body ?? ''}`;

// What a client may be answered under load: success, or, said plainly and with the time to come back, "busy" and "too often".
export function verdict(answer) {
  if (answer.status >= 200 && answer.status < 300) return 'ok';
  const later = /\r\nretry-after: \d/i.test(answer.head);
  return (answer.status === 503 || answer.status === 429) && later ? 'later' : 'error';
}

export function quantile(list, q) {
  const sorted = Float64Array.from(list).sort();
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] : NaN;
}

// Anonymous memory of a process, bytes.
export const anonymous = (pid) => 1024 * Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

// Slope of y over x by least squares.
export function slope(points) {
  const n = points.length;
  const [mx, my] = [points.reduce((s, p) => s + p[0], 0) / n, points.reduce((s, p) => s + p[1], 0) / n];
  const above = points.reduce((s, [x, y]) => s + (x - mx) * (y - my), 0);
  const below = points.reduce((s, [x]) => s + (x - mx) ** 2, 0);
  return below > 0 ? above / below : 0;
}
