// SPDX-License-Identifier: Apache-2.0
// Kills the server (-9) under write load, again and again, on the same data. Every write it acknowledged must be there after the
// next start, the log must verify, and the person must still be logged in.
// Usage: node tests/fault/kill.mjs [--db sqlite|postgres] [--rounds 20]
import { Actor } from '../lib/client.mjs';
import { cli, demo, freshDatabase, serve } from '../lib/server.mjs';

const args = process.argv.slice(2);
const option = (name, otherwise) => (args.includes(name) ? args[args.indexOf(name) + 1] : otherwise);
const engine = option('--db', 'sqlite');
const rounds = Number(option('--rounds', 20));
const CLIENTS = 12;

let passed = 0;
let failed = 0;
const say = (good, text) => {
  if (good) passed += 1;
  else {
    failed += 1;
    console.log(`not ok - ${text}`);
  }
};

const database = freshDatabase(engine);
const [login] = await demo(database);
let server = await serve(database);
const actor = new Actor(server);
await actor.login(login.login, login.password);

const acknowledged = [];
let written = 0;
async function write(round, client, going) {
  for (let n = 0; going.on; n++) {
    const name = `Kill ${round}-${client}-${n}`;
    try {
      const r = await actor.request('POST', '/accounts', { body: JSON.stringify({ name }) });
      if (r.status === 201) acknowledged.push({ id: r.json.id, name });
      else if (going.on && r.status !== 503 && r.status !== 429) throw new Error(`POST /accounts: ${r.status} ${r.text}`);
    } catch (e) {
      if (e.message.startsWith('POST')) throw e;
      return; // the connection went with the server
    }
  }
}

try {
  for (let round = 1; round <= rounds; round++) {
    const going = { on: true };
    const load = Array.from({ length: CLIENTS }, (_, client) => write(round, client, going));
    await new Promise((r) => setTimeout(r, 150 + Math.random() * 350));
    await server.kill();
    going.on = false;
    await Promise.all(load);
    server = await serve(database);
    actor.server = server;
    // What this round wrote, and a few of the older ones.
    const look = [...acknowledged.slice(written), ...acknowledged.slice(0, written).filter(() => Math.random() < 0.02)];
    let lost = 0;
    for (const { id, name } of look) {
      const r = await actor.request('GET', `/accounts/${id}`);
      if (r.status !== 200 || r.json.name !== name) lost += 1;
    }
    const fresh = acknowledged.length - written;
    say(lost === 0 && fresh > 0, `round ${round}: ${lost} of ${look.length} acknowledged writes are lost (${fresh} new)`);
    written = acknowledged.length;
  }
  say((await server.stop()) === null, 'the server ends well');
  server = null;
  const verify = await cli(['audit', 'verify', '--db', database.url]);
  say(verify.code === 0, `audit verify: exit code ${verify.code}\n${verify.stdout}${verify.stderr}`);
} catch (e) {
  say(false, `${e.stack}\n${server?.log().slice(-3000) ?? ''}`);
} finally {
  await server?.kill();
  database.drop();
}
console.log(`${rounds} kills on ${engine}, ${acknowledged.length} acknowledged writes: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
