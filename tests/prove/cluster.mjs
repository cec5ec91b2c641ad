// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL of a check's own, to be killed and restarted. Its writes survive its processes, not the machine: no fsync.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

const BIN = '/usr/lib/postgresql';
const newest = () => join(BIN, readdirSync(BIN).sort((a, b) => a - b).at(-1), 'bin');

export class Cluster {
  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'entente-pg-'));
    this.bin = newest();
    this.root = userInfo().uid === 0; // initdb and the server refuse to run as root
    if (this.root) execFileSync('chown', ['postgres', this.dir]);
    chmodSync(this.dir, 0o755);
    this.#as('initdb', '-D', `${this.dir}/data`, '-U', 'entente', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync');
    this.start();
  }

  #as(command, ...args) {
    const all = [join(this.bin, command), ...args];
    const [file, rest] = this.root ? ['runuser', ['-u', 'postgres', '--', ...all]] : [all[0], all.slice(1)];
    return execFileSync(file, rest, { cwd: '/', encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  }

  // The remains of a killed one may take a moment to go.
  start(tries = 20) {
    const options = `-c listen_addresses= -c unix_socket_directories=${this.dir} -c max_connections=100 -c fsync=off -c shared_buffers=32MB`;
    try {
      this.#as('pg_ctl', '-D', `${this.dir}/data`, '-w', '-s', '-t', '60', '-l', `${this.dir}/log`, '-o', options, 'start');
    } catch (e) {
      if (tries === 0) throw e;
      execFileSync('sleep', ['0.2']);
      this.start(tries - 1);
    }
  }

  url(name) { return `postgres://entente@/${name}?host=${this.dir}`; }

  sql(text) {
    return execFileSync(join(this.bin, 'psql'), ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', this.url('postgres'), '-c', text], { encoding: 'utf8' });
  }

  // Everything at once, as when the memory runs out: no process says goodbye.
  kill() {
    const main = Number(readFileSync(`${this.dir}/data/postmaster.pid`, 'utf8').split('\n')[0]);
    process.kill(main, 'SIGSTOP'); // no new children while they are counted
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(main)], { encoding: 'utf8' }).split('\n').map(Number).filter(Boolean);
    for (const pid of [...children, main]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (e) {
        if (e.code !== 'ESRCH') throw e;
      }
    }
  }

  // The operator's way to stop at once, without a checkpoint.
  immediate() { this.#as('pg_ctl', '-D', `${this.dir}/data`, '-s', '-m', 'immediate', 'stop'); }

  drop() {
    try {
      this.immediate();
    } catch { /* it was not running */ }
    rmSync(this.dir, { recursive: true, force: true });
  }
}
