// SPDX-License-Identifier: Apache-2.0
// What makes a hole in the optimised program worth little: how it was linked and compiled, what its unit takes away, that nobody but root
// reads its memory, that it leaves no core, and that none of its secrets is in its log. A unit is one of these; more of them ask nothing new.
// Planted: each look at the binary is shown a file that lacks the property, the unit file is shown without each of its lines, the reader
// of memory must succeed on a server started with --no-sandbox, and the search must find a secret written into the log.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { spawn } from 'node:child_process';
import { Actor } from '../lib/client.mjs';
import { demo, program, serve } from '../lib/server.mjs';

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 512 << 20 });
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

// ---- the binary

// Each: name, what to look at (text of a tool), true when it is as it must be.
function binary(file) {
  const header = run('readelf', '-hW', file);
  const segments = run('readelf', '-lW', file);
  const dynamic = run('readelf', '-dW', file);
  const symbols = run('readelf', '--dyn-syms', '-W', file);
  const code = run('objdump', '-d', '--no-show-raw-insn', '-j', '.text', file);
  return { header, segments, dynamic, symbols, endbr: (code.match(/\bendbr64\b/g) ?? []).length, x86: /X86-64/.test(header) };
}
const BINARY = [
  ['position independent', (b) => /Type:\s+DYN/.test(b.header) && /FLAGS_1.*PIE/.test(b.dynamic), { header: 'Type: EXEC', dynamic: '' }],
  ['relocations are read-only (RELRO)', (b) => /GNU_RELRO/.test(b.segments), { segments: '' }],
  ['symbols are bound at start (BIND_NOW)', (b) => /BIND_NOW/.test(b.dynamic) && /Flags:.*\bNOW\b/.test(b.dynamic), { dynamic: '' }],
  ['no stack can be run', (b) => /GNU_STACK\s+\S+ \S+ \S+ \S+ \S+ RW /.test(b.segments), { segments: 'GNU_STACK 0x0 0x0 0x0 0x0 0x0 RWE 0x10' }],
  ['no segment is written and run', (b) => !/\bRWE\b/.test(b.segments) && /LOAD.*\bR E\b/.test(b.segments), { segments: 'LOAD 0x0 0x0 0x0 0x0 0x0 RWE 0x1000' }],
  ['no path to libraries of its own', (b) => !/R(UN)?PATH/.test(b.dynamic) && /NEEDED/.test(b.dynamic), { dynamic: '(NEEDED) (RUNPATH) [/tmp]' }],
  ['stack protector', (b) => /__stack_chk_fail/.test(b.symbols), { symbols: '' }],
  ['checked copies (FORTIFY)', (b) => /__memcpy_chk/.test(b.symbols) && /__snprintf_chk/.test(b.symbols), { symbols: '__stack_chk_fail' }],
  // The mark in the file also needs a C library built for it; the landing pads are ours.
  ['indirect calls land where they may (CET)', (b) => !b.x86 || b.endbr > 500, { x86: true, endbr: 3 }],
];

function lookAtBinary(ctx) {
  const b = binary(program);
  for (const [name, holds, without] of BINARY) {
    ctx.ok(holds(b), `the program: ${name}`);
    ctx.ok(!holds({ ...b, ...without }), `this look is blind: ${name}`);
  }
  ctx.figure('landing pads for indirect calls', b.endbr);
}

// ---- the unit file

const UNIT = { NoNewPrivileges: 'yes', ProtectSystem: 'strict', ProtectHome: 'yes', PrivateTmp: 'yes', PrivateDevices: 'yes', PrivateUsers: 'yes',
  ProtectClock: 'yes', ProtectControlGroups: 'yes', ProtectHostname: 'yes', ProtectKernelLogs: 'yes', ProtectKernelModules: 'yes',
  ProtectKernelTunables: 'yes', ProtectProc: 'invisible', ProcSubset: 'pid', RestrictNamespaces: 'yes', RestrictRealtime: 'yes',
  RestrictSUIDSGID: 'yes', LockPersonality: 'yes', MemoryDenyWriteExecute: 'yes', SystemCallArchitectures: 'native', CapabilityBoundingSet: '',
  AmbientCapabilities: '', DynamicUser: 'yes', LimitCORE: '0', UMask: '0077' };
const EXPOSURE = 2.0;

const missing = (text) => Object.entries(UNIT).filter(([key, value]) => !text.split('\n').includes(`${key}=${value}`)).map(([key]) => key);

function lookAtUnit(ctx) {
  const file = join(ctx.root, 'packaging/entente.service');
  const text = readFileSync(file, 'utf8');
  ctx.ok(missing(text).length === 0, `the unit lacks ${missing(text).join(', ')}`);
  for (const [key, value] of Object.entries(UNIT)) ctx.ok(missing(text.replace(`${key}=${value}\n`, '')).includes(key), `the unit without ${key} passes`);
  const exposure = (path) => {
    const r = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', path], { encoding: 'utf8' });
    return r.error ? null : Number(/exposure level for \S+: ([\d.]+)/.exec(r.stdout + r.stderr)?.[1]);
  };
  const measured = exposure(file);
  ctx.figure('exposure by systemd-analyze security', measured ?? 'not measured: no systemd-analyze here');
  if (measured === null) return;
  ctx.ok(measured <= EXPOSURE, `systemd-analyze security: ${measured}, wanted at most ${EXPOSURE}`);
  const bare = join(ctx.dir, 'entente.service');
  writeFileSync(bare, '[Service]\nExecStart=/usr/bin/entente serve\n');
  ctx.ok(exposure(bare) > EXPOSURE, 'a bare unit passes systemd-analyze security');
}

// ---- memory and core

// As root everything runs as another user, or root's rights would answer for the program's.
const asUser = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};

const READER = `const fs=require('fs');const tried={};for(const f of ['mem','maps','environ','auxv']){try{const fd=fs.openSync('/proc/'+process.argv[1]+'/'+f,'r');
if(f==='mem'){const at=parseInt(fs.readFileSync('/proc/'+process.argv[1]+'/maps','utf8').split('-')[0],16);tried[f]=fs.readSync(fd,Buffer.alloc(16),0,16,at)===16}
else tried[f]=fs.readSync(fd,Buffer.alloc(16),0,16,0)>0}catch(e){tried[f]=false}}console.log(JSON.stringify(tried))`;

function readMemory(pid) {
  const r = spawnSync(process.execPath, ['-e', READER, String(pid)], { encoding: 'utf8', cwd: '/', ...asUser });
  return JSON.parse(r.stdout);
}

async function withServer(ctx, args, look) {
  const dir = mkdtempSync(join(tmpdir(), 'entente-hard-'));
  const file = join(dir, 'entente.db');
  const copy = join(dir, 'program'); // build folders need not be open to others
  let child;
  try {
    await demo({ engine: 'sqlite', url: file, dir });
    writeFileSync(copy, readFileSync(program));
    for (const name of ['.', ...readdirSync(dir)]) if (asUser.uid) chownSync(join(dir, name), asUser.uid, asUser.gid);
    chmodSync(copy, 0o755);
    child = spawn(copy, ['serve', '--db', file, '--listen', '127.0.0.1:0', ...args], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], ...asUser });
    let log = '';
    child.stdout.on('data', (d) => { log += d; });
    child.stderr.on('data', (d) => { log += d; });
    for (let i = 0; i < 300 && !/http:\/\//.test(log); i++) await sleep(50);
    await look({ pid: child.pid, dir, log: () => log });
  } finally {
    child?.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
}

async function lookAtMemory(ctx) {
  await withServer(ctx, [], async (s) => {
    const tried = readMemory(s.pid);
    for (const [what, could] of Object.entries(tried)) ctx.ok(!could, `another process of the same user reads /proc/PID/${what}`);
    ctx.ok(/Max core file size\s+0\s+0\s/.test(readFileSync(`/proc/${s.pid}/limits`, 'utf8')), 'core files are not switched off');
    const line = s.log().split('\n').find((l) => l.includes('"event":"sandbox"')) ?? '';
    ctx.ok(/"core_files":"off"/.test(line), `the log does not say that core files are off: ${line}`);
    ctx.ok(/"landlock":"(on|not available: )/.test(line) && /"seccomp":"(on|not available: )/.test(line), `the log does not say what the sandbox is: ${line}`);
    ctx.ok(/"level":"info"/.test(line) === (/"landlock":"on/.test(line) && /"seccomp":"on/.test(line)), `half a sandbox is no warning: ${line}`);
    ctx.figure('sandbox here', line.replace(/.*"core_files"/, '"core_files"').replace('}', ''));
    const before = readdirSync(s.dir);
    process.kill(s.pid, 'SIGABRT');
    await sleep(300);
    ctx.ok(readdirSync(s.dir).every((f) => before.includes(f)), 'a crash left a file');
  });
  const scope = existsSync('/proc/sys/kernel/yama/ptrace_scope') ? Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8')) : 0;
  if (scope !== 0) return ctx.log(`this kernel lets nobody read others' memory (ptrace_scope ${scope}): whether the sandbox does cannot be told here`);
  return withServer(ctx, ['--no-sandbox'], async (s) => {
    const tried = readMemory(s.pid);
    ctx.ok(tried.mem && tried.environ, `the reader of memory is blind: ${JSON.stringify(tried)}`);
  });
}

// ---- the log

const forms = (secret) => {
  const bytes = Buffer.from(secret);
  return [bytes, Buffer.from(bytes.toString('hex')), Buffer.from(bytes.toString('base64').replace(/=+$/, '').slice(0, -1)), Buffer.from(bytes.toString('base64url').slice(0, -1)),
    Buffer.from(encodeURIComponent(bytes.toString('latin1')))];
};
const found = (log, secrets) => Object.entries(secrets).filter(([, s]) => s.length >= 8 && forms(s).some((f) => log.includes(f))).map(([name]) => name);

async function useAll(server, people, secrets) {
  const [admin, other] = people;
  const a = new Actor(server);
  await a.login(admin.login, admin.password);
  secrets.password = admin.password;
  secrets.cookie = [...a.cookies.values()][0];
  secrets.csrf = a.csrf;
  const post = (path, body, more) => a.request('POST', path, { body: JSON.stringify(body), ...more });
  const token = await post('/tokens', { name: 'x' });
  secrets.token = token.json?.token ?? '';
  const invited = await post('/invitations', { email: 'new@northwind.example', name: 'New', role: 'rep' });
  secrets.invitation = invited.json?.link_token ?? '';
  secrets.wrong = 'a wrong password never written';
  await post('/session', { login: other.login, password: secrets.wrong });
  await post('/session', { login: secrets.wrong, password: 'x' });
  secrets.chosen = 'Fresh-and-long-2026-kettle';
  await a.request('POST', `/users/${(await a.request('GET', '/session')).json.user.id}/password`, { body: JSON.stringify({ current: 'not it', new: secrets.chosen }) });
  await post('/invitations/accept', { token: secrets.invitation, password: secrets.chosen });
  secrets.bearer = 'a-bearer-token-that-nobody-gave-0123456789';
  await a.request('GET', '/deals', { headers: { Authorization: `Bearer ${secrets.bearer}`, Cookie: 'none' } });
  for (const [name, headers] of [['X-CSRF-Token', { 'X-CSRF-Token': secrets.csrf }], ['Cookie', { Cookie: `a=${secrets.cookie}` }], ['Idempotency-Key', { 'Idempotency-Key': secrets.token }]])
    await a.request('POST', `/accounts?x=${name}`, { headers, body: '{"name":' });
  await a.request('DELETE', '/session');
}

async function lookAtLog(ctx) {
  const dir = mkdtempSync(join(tmpdir(), 'entente-hard-'));
  const database = { engine: 'sqlite', url: join(dir, 'entente.db'), dir };
  const logFile = join(ctx.dir, 'server.log');
  let server;
  try {
    const people = await demo(database);
    const keyFile = readdirSync(dir).find((f) => f.endsWith('.key'));
    const key = readFileSync(join(dir, keyFile), 'utf8').trim().split('+').slice(4).join('+');
    const secrets = { 'signing key, as in its file': key, 'signing key, bytes': Buffer.from(key, 'base64').subarray(1) };
    server = await serve(database, { logFile });
    await useAll(server, people, secrets);
    for (const [name, s] of Object.entries(secrets)) ctx.ok(s.length >= 8, `no ${name} to look for`);
    const wrong = await server.stop();
    ctx.ok(!wrong, wrong);
    const log = readFileSync(logFile);
    ctx.ok(log.length > 2000 && log.includes('/api/v1/session'), `the log is too short to be one: ${log.length} bytes`);
    ctx.ok(found(log, secrets).length === 0, `the log holds: ${found(log, secrets).join(', ')}`);
    for (const [name, s] of Object.entries(secrets))
      for (const form of forms(s)) ctx.ok(found(Buffer.concat([log, Buffer.from('{"x":"'), form, Buffer.from('"}\n')]), secrets).includes(name), `the search does not find ${name}`);
    ctx.figure('secrets looked for, in five forms each', Object.keys(secrets).length);
  } finally {
    await server?.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

const LOOKS = [lookAtBinary, lookAtUnit, lookAtMemory, lookAtLog];

export default {
  name: 'hardening',
  promise: 'the program is linked and compiled hardened, its unit takes away what it does not need, no other process of its user reads its memory, a crash leaves no core, and its log holds no secret',
  planted: 'each look is shown in every run what it must object to: files without the property, a unit without each line, a server without its sandbox, a secret in the log',
  quick: LOOKS.length,
  program: 'fast',
  weight: 0.1,
  async run(ctx) {
    for (let unit = ctx.from; unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit++) {
      await LOOKS[unit % LOOKS.length](ctx);
      ctx.done();
    }
  },
};
