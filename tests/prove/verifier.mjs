// SPDX-License-Identifier: Apache-2.0
// A second verifier of the product's proof files, by somebody who has read docs/proofs.md and the published formats and shares no line
// with the program: RFC 6962 trees (checked by the recursion of section 2.1, not by the bit arithmetic of RFC 9162 that the program
// uses), C2SP signed notes and checkpoints, Ed25519 of Node.
import { createHash, createPublicKey, verify as ed25519 } from 'node:crypto';

const sha256 = (...parts) => {
  const h = createHash('sha256');
  for (const p of parts) h.update(p);
  return h.digest();
};
export const leafHash = (leaf) => sha256(Buffer.of(0), leaf);
export const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);
const need = (condition, text) => { if (!condition) throw new Error(text); };

// Canonical base64 only: what encodes back to itself.
export function unbase64(text) {
  need(typeof text === 'string', 'a text in base64 is missing');
  const bytes = Buffer.from(text, 'base64');
  need(bytes.toString('base64') === text, 'not canonical base64');
  return bytes;
}
function digest(text) {
  const bytes = unbase64(text);
  need(bytes.length === 32, 'not a SHA-256 hash');
  return bytes;
}

// The largest power of two below n.
function split(n) {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

// Root of a tree of n leaves from leaf `m` and its path: PATH(m, D[n]) of section 2.1.1, consumed from its end.
export function rootByInclusion(leaf, m, n, path) {
  const left = [...path];
  const walk = (index, size) => {
    if (size === 1) return leaf;
    const k = split(size);
    need(left.length > 0, 'the path is too short');
    const sibling = left.pop();
    return index < k ? nodeHash(walk(index, k), sibling) : nodeHash(sibling, walk(index - k, size - k));
  };
  need(Number.isSafeInteger(m) && m >= 0 && m < n, 'no such entry in a tree of this size');
  const root = walk(m, n);
  need(left.length === 0, 'the path is too long');
  return root;
}

// Both roots from PROOF(m, D[n]) of section 2.1.2.
export function rootsByConsistency(m, oldRoot, n, path) {
  const left = [...path];
  const take = () => { need(left.length > 0, 'the path is too short'); return left.pop(); };
  const walk = (from, size, whole) => {  // -> [root of the first `from` leaves, root of all]
    if (from === size) {
      const h = whole ? oldRoot : take();
      return [h, h];
    }
    const k = split(size);
    const sibling = take();
    if (from <= k) {
      const [a, b] = walk(from, k, whole);
      return [a, nodeHash(b, sibling)];
    }
    const [a, b] = walk(from - k, size - k, false);
    return [nodeHash(sibling, a), nodeHash(sibling, b)];
  };
  need(Number.isSafeInteger(m) && m >= 1 && m <= n, 'not two sizes of one log');
  const roots = walk(m, n, true);
  need(left.length === 0, 'the path is too long');
  return roots;
}

// ---- notes

const DER = Buffer.from('302a300506032b6570032100', 'hex');  // SubjectPublicKeyInfo of Ed25519 (RFC 8410)

// vkey "name+hhhhhhhh+base64(0x01 || key)" -> { name, id, key }
export function verifierKey(text) {
  const m = /^([^+\s]+)\+([0-9a-f]{8})\+(.*)$/.exec(text ?? '');
  need(m, 'not a verifier key');
  const typed = unbase64(m[3]);
  need(typed.length === 33 && typed[0] === 1, 'not an Ed25519 key');
  const id = sha256(m[1], Buffer.of(0x0a), typed).subarray(0, 4);
  need(id.toString('hex') === m[2], 'the key id does not fit the key');
  return { name: m[1], id, raw: typed.subarray(1),
    key: createPublicKey({ key: Buffer.concat([DER, typed.subarray(1)]), format: 'der', type: 'spki' }) };
}

// A checkpoint { origin, size, root } with a good signature of the key, whose name is the origin.
export function openCheckpoint(note, vkey) {
  need(typeof note === 'string', 'a checkpoint is missing');
  const cut = note.lastIndexOf('\n\n');
  need(cut > 0, 'not a signed note');
  const text = note.slice(0, cut + 1);
  const lines = text.slice(0, -1).split('\n');
  need(lines.length === 3 && lines[0] !== '' && /^(0|[1-9][0-9]*)$/.test(lines[1]), 'not a checkpoint');
  const { name, id, key } = verifierKey(vkey);
  need(name === lines[0], 'the key is another log\'s');
  const signatures = note.slice(cut + 2);
  need(signatures.endsWith('\n'), 'the note does not end its last line');
  let good = false;
  for (const line of signatures.slice(0, -1).split('\n')) {
    const m = /^\u2014 (\S+) (\S+)$/.exec(line);
    need(m, 'not a signature line');
    const bytes = unbase64(m[2]);
    need(bytes.length > 4, 'a signature without its bytes');
    if (m[1] !== name || !bytes.subarray(0, 4).equals(id)) continue;
    need(bytes.length === 68 && ed25519(null, Buffer.from(text), key, bytes.subarray(4)), 'the signature does not fit');
    good = true;
  }
  need(good, 'no signature of this key');
  return { origin: lines[0], size: Number(lines[1]), root: digest(lines[2]) };
}

// ---- files

const hashes = (list) => { need(Array.isArray(list), 'a path is missing'); return list.map(digest); };

function entryIn(file, head) {
  const leaf = leafHash(file.leaf);
  need(leaf.equals(digest(file.leaf_hash)), 'the entry does not have its hash');
  need(JSON.stringify(file.entry) === file.leaf, 'the entry shown is another');  // canonical: the same bytes
  need(file.tree_size === head.size, 'another tree size than the checkpoint\'s');
  need(rootByInclusion(leaf, file.leaf_index, head.size, hashes(file.path)).equals(head.root), 'the path leads to another root');
}

function consistent(from, fromRoot, head, path) {
  const [a, b] = rootsByConsistency(from, fromRoot, head.size, hashes(path));
  need(a.equals(fromRoot) && b.equals(head.root), 'the later log does not extend the earlier one');
}

function openEpoch(file, head) {
  const before = openCheckpoint(file.from_checkpoint, file.from_key);
  need(verifierKey(file.from_key).raw.equals(verifierKey(file.public_key).raw), 'two keys');
  entryIn(file, head);
  const leaf = JSON.parse(file.leaf);
  need(leaf.entity === 'epoch' && leaf.op === 'restore', 'not a restore');
  need(leaf.commitment === sha256(unbase64(file.salt), file.body).toString('hex'), 'another body than was committed to');
  const body = JSON.parse(file.body);
  need(body.checkpoint === file.from_checkpoint && body.size === String(before.size), 'the body names another head');
  need(file.leaf_index === before.size, 'the restore does not follow what was kept');
  consistent(before.size, before.root, head, file.from_path);
  return { head, before, origin: body.origin };
}

// Throws what does not fit. Returns what is proven.
export function verifyFile(text) {
  const file = JSON.parse(text);
  const head = openCheckpoint(file.checkpoint, file.public_key);
  if (file.kind === 'inclusion') {
    entryIn(file, head);
    return { head, entry: file.entry };
  }
  if (file.kind === 'consistency') {
    need(file.to === head.size && digest(file.to_root).equals(head.root), 'the file and its checkpoint differ');
    consistent(file.from, digest(file.from_root), head, file.path);
    return { head, from: file.from, fromRoot: digest(file.from_root) };
  }
  need(file.kind === 'epoch', 'an unknown kind of proof');
  return openEpoch(file, head);
}

export const holds = (text) => { try { return verifyFile(text); } catch { return null; } };

// Two signed heads of one name and one size with two roots: the proof that somebody forked the log.
export const forked = (a, b) => a.origin === b.origin && a.size === b.size && !a.root.equals(b.root);
