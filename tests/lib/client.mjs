// SPDX-License-Identifier: Apache-2.0
// A person or a program at the API: keeps its own cookies and CSRF token (or a bearer token) and sends what a browser would.
import http from 'node:http';
import { randomUUID } from 'node:crypto';

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export class Actor {
  constructor(server, base = '/api/v1') {
    this.server = server;
    this.base = base;
    this.cookies = new Map();
    this.csrf = null;
    this.bearer = null;
    this.etags = new Map();
  }

  // headers with the value "none" are left out; body: string, Buffer or undefined.
  // Resolves to { status, headers, text, json } where json is undefined when the answer is not JSON.
  request(method, path, { headers = {}, body } = {}) {
    const at = this.server.turn?.() ?? this.server.url;
    const url = new URL(path.startsWith('^') ? path.slice(1) : this.base + path, at);
    const send = { Accept: 'application/json' };
    if (body !== undefined) send['Content-Type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    if (this.bearer) send.Authorization = `Bearer ${this.bearer}`;
    else {
      if (this.cookies.size) send.Cookie = [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ');
      if (UNSAFE.has(method)) {
        send.Origin = at;
        send['Sec-Fetch-Site'] = 'same-origin';
        if (this.csrf) send['X-CSRF-Token'] = this.csrf;
      }
    }
    if (method === 'POST') send['Idempotency-Key'] = randomUUID();
    for (const [name, value] of Object.entries(headers)) {
      for (const known of Object.keys(send)) if (known.toLowerCase() === name.toLowerCase()) delete send[known];
      if (value !== 'none') send[name] = value;
    }
    if (body !== undefined) send['Content-Length'] = Buffer.byteLength(body);
    else if (UNSAFE.has(method) && method !== 'DELETE') send['Content-Length'] = 0;
    return new Promise((done, fail) => {
      const req = http.request(url, { method, headers: send, timeout: 60_000 }, (res) => {
        const parts = [];
        res.on('data', (part) => parts.push(part));
        res.on('error', fail);
        res.on('end', () => done(this.#finish(path, res, Buffer.concat(parts))));
      });
      req.on('timeout', () => req.destroy(new Error('no answer within 60 s')));
      req.on('error', fail);
      req.end(body);
    });
  }

  #finish(path, res, bytes) {
    for (const line of res.headers['set-cookie'] ?? []) {
      const [pair, ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const name = pair.slice(0, at).trim();
      const gone = attributes.some((a) => /^\s*max-age=0\s*$/i.test(a)) || pair.slice(at + 1) === '';
      if (gone) this.cookies.delete(name);
      else this.cookies.set(name, pair.slice(at + 1).trim());
    }
    const type = res.headers['content-type'] ?? '';
    const text = bytes.toString('utf8');
    let json;
    if (/[/+]json\b/.test(type) && text !== '') {
      try {
        json = JSON.parse(text);
      } catch (e) {
        throw new Error(`the answer calls itself ${type} and is not JSON: ${e.message}\n${text.slice(0, 500)}`);
      }
    }
    if (typeof json?.csrf === 'string') this.csrf = json.csrf;
    if (res.headers.etag) this.etags.set(path.split('?')[0], res.headers.etag);
    return { status: res.statusCode, headers: res.headers, type: type.split(';')[0], text, bytes, json };
  }

  async login(login, password) {
    const r = await this.request('POST', '/session', { body: JSON.stringify({ login, password }) });
    if (r.status !== 200) throw new Error(`login of ${login}: ${r.status} ${r.text}`);
    return r;
  }

  // The ETag of the record a path speaks of: the last one seen, otherwise asked for. /deals/ID/win speaks of /deals/ID.
  async etag(path) {
    const record = path.split('?')[0].split('/').slice(0, 3).join('/');
    const r = await this.request('GET', record);
    return r.headers.etag ?? '"none"';
  }

  // Opens server-sent events: { status, events, next(test, ms), close() }. Each event is { id, event, data }.
  stream(path, { lastEventId } = {}) {
    const headers = { Accept: 'text/event-stream' };
    if (this.bearer) headers.Authorization = `Bearer ${this.bearer}`;
    else headers.Cookie = [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ');
    if (lastEventId !== undefined) headers['Last-Event-ID'] = String(lastEventId);
    return new Promise((done, fail) => {
      const req = http.get(new URL(this.base + path, this.server.turn?.() ?? this.server.url), { headers }, (res) => {
        const events = [];
        const waiting = new Set();
        let rest = '';
        let read = 0;
        res.setEncoding('utf8');
        res.on('error', () => {});
        res.on('data', (chunk) => {
          rest += chunk;
          const blocks = rest.split('\n\n');
          rest = blocks.pop();
          for (const block of blocks) {
            const event = {};
            for (const line of block.split('\n')) {
              const m = /^(id|event|data): ?(.*)$/.exec(line);
              if (m) event[m[1]] = m[2];
            }
            if (event.data === undefined) continue;
            try { event.data = JSON.parse(event.data); } catch { /* text stays text */ }
            events.push(event);
          }
          for (const look of waiting) look();
        });
        // The first unread event that passes the test; what came before it counts as read.
        const next = (test, ms) => new Promise((found) => {
          const finish = (event) => { clearTimeout(timer); waiting.delete(look); found(event); };
          const look = () => {
            for (let i = read; i < events.length; i++) {
              if (test(events[i])) { read = i + 1; return finish(events[i]); }
            }
          };
          const timer = setTimeout(() => finish(null), ms);
          waiting.add(look);
          look();
        });
        const ended = new Promise((end) => res.on('close', () => end(true)));
        done({ status: res.statusCode, type: (res.headers['content-type'] ?? '').split(';')[0], events, next, ended,
          close: () => req.destroy() });
      });
      req.on('error', fail);
    });
  }
}
