// SPDX-License-Identifier: Apache-2.0
// What is stored, seen from outside and compared before and after: fingerprints of every table, by a shell of the database's own.
// The order of the log is left out where another thread assigns it later (PostgreSQL).
import { spawn } from 'node:child_process';

const END = '--end of answer--';
const LATER = new Set(['audit_head', 'audit_node']); // written by the sequencer
const ENTRY = 'body, log, leaf, leaf_hash, entity, record, op, at';

// One shell, kept open: ask(SQL) resolves to what it prints.
class Shell {
  constructor(database) {
    this.sqlite = database.engine === 'sqlite';
    const [command, args] = this.sqlite ? ['sqlite3', ['-readonly', '-batch', database.url]]
      : ['psql', ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', database.url]];
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin.on('error', () => {});
    this.out = '';
    this.child.stdout.setEncoding('utf8');
    this.child.stdout.on('data', (d) => { this.out += d; this.look?.(); });
    this.child.on('close', () => { this.closed = true; this.look?.(); });
  }

  ask(text) {
    this.child.stdin.write(`${text}\n${this.sqlite ? `.print ${END}` : `\\echo ${END}`}\n`);
    return new Promise((done, fail) => {
      this.look = () => {
        const at = this.out.indexOf(END);
        if (at < 0 && this.closed) fail(new Error(`the shell of the database ended: ${text.slice(0, 200)}`));
        if (at < 0) return;
        const answer = this.out.slice(0, at).trim();
        this.out = this.out.slice(at + END.length + 1);
        this.look = null;
        done(answer);
      };
      this.look();
    });
  }

  end() { this.child.stdin.end(); }
}

export class Tables {
  constructor(database) {
    this.sqlite = database.engine === 'sqlite';
    this.before = new Shell(database); // holds a snapshot
    this.now = new Shell(database);
  }

  async #open() {
    if (this.query) return;
    const names = (await this.now.ask(this.sqlite
      ? "select name from sqlite_schema where type = 'table' and name not like 'search_index%' and name not like 'sqlite_%';"
      : "select tablename from pg_tables where schemaname = 'entente';")).split('\n').filter((t) => !LATER.has(t));
    const columns = (t) => (t === 'audit_entry' ? ENTRY : '*');
    const one = (t) => (this.sqlite
      ? `select '${t}|' || (select count(*) from "${t}") || '|' || hex(coalesce(sha3_query('select ${columns(t)} from "${t}"'), ''))`
      : `select '${t}|' || count(*) || '|' || coalesce(sum(hashtextextended(x::text, 0)::numeric), 0)
         from (select ${columns(t)} from entente."${t}") as x`);
    this.query = names.map(one).join(' union all ') + ';';
  }

  static #read(text) {
    return new Map(text.split('\n').map((line) => line.split('|')).map(([name, n, print]) => [name, { n: Number(n), print }]));
  }

  // What is stored now is what `changed` compares with.
  async mark() {
    await this.#open();
    this.kept = null;
    if (this.sqlite) {
      this.version = await this.now.ask('pragma data_version;');
      if (this.marked) await this.before.ask('commit;');
      await this.before.ask('begin; select count(*) from hub;');
    } else {
      if (this.marked) await this.before.ask('commit;');
      await this.before.ask('begin isolation level repeatable read; select count(*) from entente.hub;');
    }
    this.marked = true;
  }

  // [{ name, before, after (rows) }] of the tables that differ.
  async changed() {
    if (this.sqlite) {
      const version = await this.now.ask('pragma data_version;');
      if (version === this.version) return [];
    }
    const now = Tables.#read(await this.now.ask(this.query));
    this.kept ??= Tables.#read(await this.before.ask(this.query));
    return [...now].filter(([name, t]) => t.print !== this.kept.get(name)?.print)
      .map(([name, t]) => ({ name, before: this.kept.get(name)?.n ?? 0, after: t.n }));
  }

  close() {
    this.before.end();
    this.now.end();
  }
}
