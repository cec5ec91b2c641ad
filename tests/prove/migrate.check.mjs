// SPDX-License-Identifier: Apache-2.0
// Migrations from every schema that was ever released, on both engines. One unit: a database as a program of that time made it, rows in
// every table it used, then the way up, interrupted on purpose: calls of the database that fail (migrate.c) and kills -9 of the program.
// After each interruption the schema is exactly that of some version, never between two, and every value is there. At the end the
// schema is that of a fresh database, the program's selfcheck agrees, every value is still there, and migrating again changes nothing.
// Then a hub with a story, taken back to that version by the table BACK, comes up again and its log and statements verify. A database
// newer than the program is refused in one sentence by every command, and not changed.
// schemas/released.txt holds the SHA-256 of each released migration: what is released never changes; a new one is added to the list,
// with its way back below, when it is released.
// Planted in every run: a column that loses its values, a table of the next version made by half; each must be noticed.
import { createHash } from 'node:crypto';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cli, cliOk, demo, program } from '../lib/server.mjs';
import { randomOf } from './lib-random.mjs';

const ENGINES = ['sqlite', 'postgres'];
const ROWS = 6;

// The way back from a version, for a hub whose records hold nothing that came with it.
const BACK = {
  4: 'DROP INDEX lead_company; DROP INDEX lead_deadline; DROP INDEX agreement_company; DROP INDEX agreement_other; DROP INDEX contact_company',
  6: 'DROP INDEX task_due',
  7: 'ALTER TABLE statement DROP COLUMN reason',
  8: 'DELETE FROM log_epoch; DROP TABLE log_epoch',
  9: 'DROP INDEX idempotency_age; CREATE INDEX idempotency_age ON idempotency (created_at)',
  10: 'ALTER TABLE consent DROP COLUMN withdrawn_words',
  11: 'ALTER TABLE agreement DROP COLUMN suspended_by',
};

const sha = (text) => createHash('sha256').update(text).digest('hex');
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const worker = (...args) => {
  const tool = join(dirname(program), 'tests/prove/migrate');
  try {
    return { code: 0, out: execFileSync(tool, args.map(String), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }) };
  } catch (e) {
    return { code: e.status, out: `${e.stdout}${e.stderr}` };
  }
};
const workerOk = (...args) => {
  const r = worker(...args);
  if (r.code !== 0) throw new Error(`migrate ${args.join(' ')}: ${r.out}`);
  return r.out;
};

// A statement of SQL behind the program's back. On PostgreSQL each database is a schema of one: making one costs no copy of files.
function sql(database, text) {
  const args = database.engine === 'sqlite' ? ['sqlite3', ['-bail', database.url, text]]
    : ['psql', ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-c', `SET search_path TO ${database.schema}`, '-c', text, database.server]];
  return execFileSync(...args, { encoding: 'utf8', maxBuffer: 64 << 20 });
}

// ---- what a database looks like

const SCHEMA = {
  sqlite: `SELECT t.name, t.strict, t.wr FROM pragma_table_list t WHERE t.schema = 'main' ORDER BY 1;
    SELECT m.name, p.name, p.type, p."notnull", p.dflt_value, p.pk FROM sqlite_schema m, pragma_table_info(m.name) p WHERE m.type = 'table' ORDER BY 1, 2;
    SELECT m.name, f."from", f."table", f."to", f.on_delete, f.on_update FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1, 2;
    SELECT name, tbl_name, replace(replace(sql, char(10), ' '), '  ', ' ') FROM sqlite_schema WHERE type <> 'table' ORDER BY 1`,
  postgres: `SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2;
    SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1, 2;
    SELECT conrelid::regclass::text, conname, contype, condeferrable, condeferred, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2`,
};
const schemaOf = (database) => sql(database, SCHEMA[database.engine]).replaceAll(`${database.schema}.`, '');

const COLUMNS = {
  sqlite: `SELECT m.name || ' ' || p.name FROM sqlite_schema m, pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'
    AND m.name NOT LIKE 'search_index%' ORDER BY m.name, p.cid`,
  postgres: `SELECT table_name || ' ' || column_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`,
};

function columnsOf(database) {
  const tables = {};
  for (const line of sql(database, COLUMNS[database.engine]).trim().split('\n')) {
    const [table, column] = line.split(' ');
    if (table !== 'schema_version') (tables[table] ??= []).push(column);
  }
  return tables;
}

// Every value of the columns named, as one hash a table.
function valuesOf(database, tables) {
  const quoted = (c) => (database.engine === 'sqlite' ? `quote("${c}")` : `coalesce(quote_literal("${c}"::text), 'NULL')`);
  const text = Object.entries(tables).map(([t, columns]) =>
    `SELECT '##${t}'; SELECT ${columns.map(quoted).join(" || ',' || ")} FROM "${t}" ORDER BY 1`).join(';\n');
  const found = {};
  for (const block of sql(database, text).split(/^##/m).slice(1)) {
    const cut = block.indexOf('\n');
    found[block.slice(0, cut)] = { rows: sha(block.slice(cut)), any: block.length > cut + 1 };
  }
  return found;
}

// Tables whose values are not what they were. Columns that came since are not looked at; a table or column that went is a loss.
function lostValues(database, tables, before) {
  let now;
  try {
    now = valuesOf(database, tables);
  } catch (e) {
    return [`a table or column is gone: ${String(e.stderr ?? e).slice(0, 200)}`];
  }
  return Object.keys(before).filter((t) => now[t]?.rows !== before[t].rows);
}

const versionsOf = (database) => sql(database, 'SELECT number, name, applied_at FROM schema_version ORDER BY number');

// ---- databases

class Place {
  constructor(ctx, dir) {
    Object.assign(this, { ctx, dir, key: join(dir, 'hub.key') });
    this.files = readdirSync(join(ctx.root, 'migrations')).filter((f) => /^\d{4}_.*\.sql$/.test(f)).sort();
    this.newest = Number(this.files.at(-1).slice(0, 4));
    this.prefix = { sqlite: {}, postgres: {} };
  }

  fresh(engine, name) {
    if (engine === 'postgres') {
      const d = { engine, server: this.server, schema: name, url: `${this.server}&schema=${name}` };
      sql({ ...d, schema: 'public' }, `SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${name} CASCADE; CREATE SCHEMA ${name}`);
      return d;
    }
    const url = join(this.dir, `${name}.db`);
    for (const ending of ['', '-wal', '-shm', '.lock']) rmSync(url + ending, { force: true });
    return { engine, url };
  }

  // The schema of a version on an engine: from the first K migrations on an empty database.
  schema(engine, k) {
    return this.prefix[engine][k] ??= (() => {
      const d = this.fresh(engine, 'prefix');
      workerOk(d.url, 'make', k);
      return schemaOf(d);
    })();
  }

  versionOf(engine, text) {
    for (let k = this.newest; k >= 1; k--) if (this.schema(engine, k) === text) return k;
    return 0;
  }
}

// ---- a unit

// Between two versions is nowhere; down is nowhere; values stay.
function whole(ctx, place, d, what, reached, tables, before) {
  const k = place.versionOf(d.engine, schemaOf(d));
  ctx.ok(k >= reached, `${what}: the schema is that of ${k ? `version ${k} after ${reached}` : 'no version'}`);
  const rows = Number(sql(d, 'SELECT max(number) FROM schema_version').trim());
  ctx.ok(rows === k, `${what}: the schema is of version ${k}, its table says ${rows}`);
  const lost = lostValues(d, tables, before);
  ctx.ok(lost.length === 0, `${what}: values of ${lost} are not what they were`);
  return k;
}

async function killedMigrate(place, d, ms) {
  const child = spawn(program, ['migrate', '--db', d.url, '--key', place.key], { stdio: 'ignore' });
  const exited = new Promise((done) => child.on('exit', (code, signal) => done(signal === 'SIGKILL')));
  await sleep(ms);
  child.kill('SIGKILL');
  return exited;
}

async function interrupted(ctx, place, d, what, k, tables, before, random) {
  let reached = k;
  for (let i = 0; i < 4 && reached < place.newest; i++) {
    const r = worker(d.url, 'apply', 1 + Math.floor(random() * 120));
    if (r.code === 1) ctx.sum('migrations cut off by a call that failed', 1);
    ctx.ok(r.code <= 1, `${what}: ${r.out}`);
    reached = whole(ctx, place, d, `${what}, a call failed`, reached, tables, before);
  }
  for (let i = 0; i < 2 && reached < place.newest; i++) {
    if (await killedMigrate(place, d, random() * 40)) ctx.sum('migrations killed', 1);
    reached = whole(ctx, place, d, `${what}, killed`, reached, tables, before);
  }
}

async function newer(ctx, place, d, what) {
  sql(d, "INSERT INTO schema_version (number, name, applied_at) VALUES (9999, 'from_the_future', 1)");
  const before = versionsOf(d) + schemaOf(d);
  for (const args of [['migrate'], ['serve', '--listen', '127.0.0.1:0'], ['audit', 'verify'], ['backup', join(place.dir, 'never.db')],
    ['user', 'add', '--company', 'X', '--email', 'x@x.example', '--name', 'X', '--password-file', '-']]) {
    const r = await cli([...args, '--db', d.url, '--key', place.key], { input: 'a long pass phrase for nobody\n' });
    const said = r.stderr.split('\n').filter((line) => line && !line.startsWith('{')); // beside what the server logs
    ctx.ok(r.code === 3 && said.length === 1 && /^entente: .*newer than this program/.test(said[0]), `${what}: ${args[0]} on a newer database: ${r.code} ${r.stdout}${r.stderr}`);
  }
  ctx.ok(versionsOf(d) + schemaOf(d) === before && !existsSync(join(place.dir, 'never.db')), `${what}: a newer database was changed`);
  sql(d, 'DELETE FROM schema_version WHERE number = 9999');
}

async function rowsOf(ctx, place, unit, engine, k, random) {
  const what = `unit ${unit}, ${engine} from version ${k}`;
  const d = place.fresh(engine, 'rows');
  workerOk(d.url, 'make', k);
  ctx.ok(place.versionOf(engine, schemaOf(d)) === k, `${what}: not the schema of its version`);
  workerOk(d.url, 'fill', ctx.seed(unit), ROWS);
  const tables = columnsOf(d);
  const before = valuesOf(d, tables);
  const empty = Object.keys(before).filter((t) => !before[t].any);
  ctx.ok(empty.every((t) => k < 5 && t.startsWith('import_')), `${what}: nothing was written to ${empty}`);
  // What 0005 replaced was never used.
  if (k < 5) for (const t of ['import_file', 'import_row']) { delete tables[t]; delete before[t]; }
  await interrupted(ctx, place, d, what, k, tables, before, random);
  const up = await cli(['migrate', '--db', d.url, '--key', place.key]);
  ctx.ok(up.code === 0, `${what}: ${up.stderr}`);
  ctx.ok(whole(ctx, place, d, `${what}, migrated`, k, tables, before) === place.newest, `${what}: a fresh database has another schema`);
  const check = await cli(['selfcheck', '--db', d.url]);
  ctx.ok(check.code === 0, `${what}: selfcheck: ${check.stdout}${check.stderr}`);
  const once = versionsOf(d) + schemaOf(d) + JSON.stringify(valuesOf(d, columnsOf(d)));
  await cliOk(['migrate', '--db', d.url, '--key', place.key]);
  ctx.ok(versionsOf(d) + schemaOf(d) + JSON.stringify(valuesOf(d, columnsOf(d))) === once, `${what}: migrating again changed something`);
  ctx.sum('tables compared, value by value', Object.keys(before).length);
  await newer(ctx, place, d, what);
  return { d, tables, before };
}

// How far a hub can be taken back: the tables of imports (5) hold what older ones cannot.
const oldest = (place) => { let k = place.newest; while (k > 5 && BACK[k]) k -= 1; return k; };

async function storyOf(ctx, place, unit, engine, k) {
  const what = `unit ${unit}, a hub with a story on ${engine} from version ${k}`;
  if (k < oldest(place)) return;
  const d = place.fresh(engine, 'story');
  if (engine === 'sqlite') copyFileSync(place.story, d.url);
  else {
    sql({ ...d, schema: 'public' }, 'DROP SCHEMA story');
    execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', place.storyDump, d.server], { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  for (let n = place.newest; n > k; n--) sql(d, `BEGIN; ${BACK[n]}; DELETE FROM schema_version WHERE number = ${n}; COMMIT`);
  ctx.ok(place.versionOf(engine, schemaOf(d)) === k, `${what}: BACK does not lead to the schema of that version`);
  if (k < place.newest) {
    const early = await cli(['audit', 'verify', '--db', d.url, '--key', place.key]);
    ctx.ok(early.code === 3 && /older than this program/.test(early.stderr), `${what}: verified before it was migrated: ${early.code} ${early.stderr}`);
  }
  await cliOk(['migrate', '--db', d.url, '--key', place.key]);
  const verify = await cli(['audit', 'verify', '--db', d.url, '--key', place.key]);
  ctx.ok(verify.code === 0, `${what}: ${verify.stdout}${verify.stderr}`);
  ctx.sum('hubs with a story taken back and brought up', 1);
}

function plant(ctx, place, { d, tables, before }) {
  sql(d, 'UPDATE credential SET changed_at = 0 WHERE user_id = (SELECT max(user_id) FROM credential)');
  ctx.ok(lostValues(d, tables, before).join() === 'credential', 'planted: a value that was lost was not noticed');
  sql(d, 'ALTER TABLE credential DROP COLUMN changed_at');
  ctx.ok(lostValues(d, tables, before).length > 0, 'planted: a column that was lost was not noticed');
  const half = place.fresh(d.engine, 'half');
  workerOk(half.url, 'make', 3);
  sql(half, 'CREATE INDEX half ON credential (changed_at)');
  ctx.ok(place.versionOf(d.engine, schemaOf(half)) === 0, 'planted: a version by half was called whole');
}

function checkReleased(ctx, place) {
  const text = readFileSync(join(ctx.root, 'tests/prove/schemas/released.txt'), 'utf8');
  for (const line of text.split('\n').filter((l) => l && !l.startsWith('#'))) {
    const [file, hash] = line.split(' ');
    const path = join(ctx.root, 'migrations', file);
    ctx.ok(existsSync(path) && sha(readFileSync(path)) === hash, `${file} was released and is another now: hubs that applied it would not be changed`);
    const number = Number(file.slice(0, 4));
    ctx.ok(number <= 5 || BACK[number], `${file} was released and has no way back in BACK`);
  }
  ctx.figure('schemas', `${place.newest}, of which ${text.split('\n').filter((l) => /^\d/.test(l)).length} are frozen; stories from version ${oldest(place)} on`);
}

async function prepare(ctx, place) {
  const d = { engine: 'sqlite', url: join(place.dir, 'demo.db') };
  await demo(d);
  copyFileSync(`${d.url}.key`, place.key);
  await cliOk(['backup', join(place.dir, 'story-backup.db'), '--db', d.url]);
  place.story = join(place.dir, 'story-base.db');
  copyFileSync(join(place.dir, 'story-backup.db'), place.story);
  sql({ engine: 'sqlite', url: place.story }, 'PRAGMA application_id=1162761300');
  place.server = ctx.pg('migrate');
  const pg = place.fresh('postgres', 'story');
  await demo(pg, ['--key', join(place.dir, 'pg.key')]);
  place.storyDump = join(place.dir, 'story.sql');
  execFileSync('pg_dump', ['-n', 'story', '-f', place.storyDump, pg.server]);
  place.storyKey = join(place.dir, 'pg.key');
}

export default {
  name: 'migrate',
  promise: 'A hub of any released version comes up to the present schema with every value, also when it is cut off on the way; twice is once; a newer one is refused.',
  planted: 'a value, a column and half of a version that are lost or made on purpose must be noticed in every run',
  program: 'fast',
  quick: 22,
  weight: 1,
  async run(ctx) {
    const place = new Place(ctx, mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : ctx.dir, 'entente-migrate-')));
    let planted = false;
    try {
      checkReleased(ctx, place);
      await prepare(ctx, place);
      for (let unit = ctx.from; unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit++) {
        const engine = ENGINES[unit % 2];
        const k = 1 + (Math.floor(unit / 2) % place.newest);
        const done = await rowsOf(ctx, place, unit, engine, k, randomOf(ctx.seed(unit)));
        await storyOf(ctx, { ...place, __proto__: Place.prototype, key: engine === 'sqlite' ? place.key : place.storyKey }, unit, engine, k);
        if (!planted) plant(ctx, place, done);
        planted = true;
        ctx.done();
      }
    } finally {
      rmSync(place.dir, { recursive: true, force: true });
    }
  },
};
