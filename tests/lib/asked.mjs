// SPDX-License-Identifier: Apache-2.0
// A test program that answers each line it reads with a line of JSON: several of it side by side, fed one line at a time.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Asked {
  #child;
  #lines;
  #errors = '';
  #ended;

  constructor(program, args) {
    // The fillings and long memories of the sanitizer's allocator are most of the time of programs that copy disks about.
    const env = { ...process.env, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:max_malloc_fill_size=0:quarantine_size_mb=16` };
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#child.stdin.on('error', () => {}); // its end shows as a missing answer
    this.#child.stderr.on('data', (d) => { this.#errors = (this.#errors + d).slice(-6000); });
    this.#ended = new Promise((done) => {
      this.#child.on('error', (e) => { this.#errors += e.message; done('did not start'); });
      this.#child.on('close', (code, signal) => done(signal ?? code));
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  // Throws when the program ends instead of answering: what it wrote to stderr is the message.
  async ask(line) {
    this.#child.stdin.write(line + '\n');
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`"${line}": the program ended (${await this.#ended})\n${this.#errors}`);
    return JSON.parse(value);
  }

  // Resolves to null, or to what was wrong with how it ended: a leak found by the sanitizer is an exit code.
  async end() {
    this.#child.stdin.end();
    const code = await this.#ended;
    return code === 0 ? null : `ended with ${code}\n${this.#errors}`;
  }
}

// Asks `width` programs at once; lines come from `next()` until it gives null; `heard(answer, line)` for each.
export async function askAll(program, args, width, next, heard) {
  const wrong = [];
  await Promise.all(Array.from({ length: width }, async (_, i) => {
    const asked = new Asked(program, args(i));
    try {
      for (let line = next(); line !== null; line = next()) heard(await asked.ask(line), line);
    } catch (e) {
      wrong.push(e.message);
    }
    const how = await asked.end();
    if (how) wrong.push(how);
  }));
  return wrong;
}
