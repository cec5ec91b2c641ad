// SPDX-License-Identifier: Apache-2.0
// C2SP signed notes and checkpoints. Each log has an origin of its own, which is also the name of its signer: one key, many names.
// Key id = first four bytes of SHA-256(name || 0x0A || 0x01 || public key); a signature line is "\u2014 name base64(key id || signature)".
#include "base/file.h"
#include "trust/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALG_ED25519 = 1, KEY_ID_LEN = 4, SEED_LEN = 32 };
#define DASH "\xe2\x80\x94 "

static void key_id(uint8_t out[KEY_ID_LEN], str name, const uint8_t pub[SIGN_PUBLIC_LEN]) {
  char tail[2 + SIGN_PUBLIC_LEN] = {'\n', ALG_ED25519};
  memcpy(tail + 2, pub, SIGN_PUBLIC_LEN);
  hash h = hash_of2(name, (str){tail, sizeof tail});
  memcpy(out, h.b, KEY_ID_LEN);
}

static void key_text(struct buf *out, str name, const uint8_t pub[SIGN_PUBLIC_LEN], const uint8_t *data) {
  uint8_t id[KEY_ID_LEN];
  char typed[1 + SIGN_PUBLIC_LEN] = {ALG_ED25519};
  key_id(id, name, pub);
  memcpy(typed + 1, data, SIGN_PUBLIC_LEN);
  buf_put(out, name);
  buf_putc(out, '+');
  buf_hex(out, id, sizeof id);
  buf_putc(out, '+');
  base64_put(out, (str){typed, sizeof typed});
  secret_wipe(typed, sizeof typed);
}

void note_verifier(struct buf *out, str name, const uint8_t pub[SIGN_PUBLIC_LEN]) { key_text(out, name, pub, pub); }

// "name+id+data" with 32 bytes of data behind the algorithm byte; the id is not checked here.
static bool key_parse(str text, str *ret_name, str *ret_id, uint8_t ret_data[SIGN_PUBLIC_LEN]) {
  str name, rest, id, data;
  AUTO(buf_release) struct buf raw = BUF(256);
  if (!str_cut(text, '+', &name, &rest) || !str_cut(rest, '+', &id, &data) || name.n == 0 || id.n != 2 * KEY_ID_LEN) return false;
  if (!base64_parse(data, &raw) || raw.n != 1 + SIGN_PUBLIC_LEN || raw.p[0] != ALG_ED25519) return false;
  memcpy(ret_data, raw.p + 1, SIGN_PUBLIC_LEN);
  secret_wipe(raw.p, raw.n);
  *ret_name = name;
  *ret_id = id;
  return true;
}

static bool key_id_is(str id, str name, const uint8_t pub[SIGN_PUBLIC_LEN]) {
  uint8_t want[KEY_ID_LEN];
  AUTO(buf_release) struct buf hex = BUF(16);
  key_id(want, name, pub);
  buf_hex(&hex, want, sizeof want);
  return str_eq(id, buf_str(&hex));
}

bool note_verifier_parse(str vkey, str *ret_name, uint8_t ret_pub[SIGN_PUBLIC_LEN]) {
  str name, id;
  uint8_t pub[SIGN_PUBLIC_LEN];
  if (!key_parse(vkey, &name, &id, pub) || !key_id_is(id, name, pub)) return false;
  memcpy(ret_pub, pub, sizeof pub);
  *ret_name = name;
  return true;
}

void note_origin(struct buf *out, const struct audit_key *k, id64 log) {
  char id[ID_TEXT_MAX];
  buf_putz(out, k->name);
  buf_putc(out, '/');
  buf_putz(out, id_z(id, "company", log));
}

void note_checkpoint(struct buf *out, const struct audit_key *k, str origin, int64_t size, const hash *root) {
  AUTO(buf_release) struct buf text = BUF(1024);
  buf_put(&text, origin);
  buf_putc(&text, '\n');
  buf_int(&text, size);
  buf_putc(&text, '\n');
  base64_put(&text, hash_str(root));
  buf_putc(&text, '\n');
  char line[KEY_ID_LEN + SIGNATURE_LEN];
  uint8_t sig[SIGNATURE_LEN];
  key_id((uint8_t *)line, origin, k->pub);
  sign_detached(sig, buf_str(&text), k->sec);
  memcpy(line + KEY_ID_LEN, sig, sizeof sig);
  buf_put(out, buf_str(&text));
  buf_putz(out, "\n" DASH);
  buf_put(out, origin);
  buf_putc(out, ' ');
  base64_put(out, (str){line, sizeof line});
  buf_putc(out, '\n');
}

// Splits a note behind the last blank line: text with its final newline, and the signature lines.
static bool note_cut(str note, str *ret_text, str *ret_signatures) {
  if (note.n < 2 || note.p[note.n - 1] != '\n') return false;
  for (size_t i = note.n - 1; i-- > 1;) {
    if (note.p[i] == '\n' && note.p[i - 1] == '\n') {
      *ret_text = str_sub(note, 0, i);
      *ret_signatures = str_sub(note, i + 1, note.n - i - 1);
      return true;
    }
  }
  return false;
}

bool checkpoint_parse(str note, struct checkpoint *ret) {
  str text, sigs, origin, rest, size, root, more;
  AUTO(buf_release) struct buf raw = BUF(64);
  struct checkpoint c;
  if (!note_cut(note, &text, &sigs)) return false;
  if (!str_cut(text, '\n', &origin, &rest) || !str_cut(rest, '\n', &size, &rest) || !str_cut(rest, '\n', &root, &more))
    return false;
  if (origin.n == 0 || more.n != 0) return false;  // no extension lines are ours
  if (!str_to_int64(size, &c.size) || c.size < 0 || (size.n > 1 && size.p[0] == '0')) return false;
  if (!base64_parse(root, &raw) || raw.n != HASH_LEN) return false;
  memcpy(c.root.b, raw.p, HASH_LEN);
  c.origin = origin;
  *ret = c;
  return true;
}

bool note_signed_by(str note, str name, const uint8_t pub[SIGN_PUBLIC_LEN]) {
  str text, sigs, line;
  uint8_t id[KEY_ID_LEN];
  bool good = false;
  if (!note_cut(note, &text, &sigs)) return false;
  key_id(id, name, pub);
  while (str_cut(sigs, '\n', &line, &sigs)) {
    str who, data;
    AUTO(buf_release) struct buf raw = BUF(256);
    if (!str_starts(line, S(DASH)) || !str_cut(str_sub(line, 4, line.n), ' ', &who, &data)) return false;
    if (!base64_parse(data, &raw) || raw.n <= KEY_ID_LEN) return false;
    if (!str_eq(who, name) || memcmp(raw.p, id, KEY_ID_LEN) != 0) continue;  // another signer's line
    if (raw.n != KEY_ID_LEN + SIGNATURE_LEN || !sign_verify((const uint8_t *)raw.p + KEY_ID_LEN, text, pub)) return false;
    good = true;
  }
  return good && sigs.n == 0;
}

static void backup_origin(struct buf *out, const struct audit_key *k) { buf_fmt(out, "%s/backup", k->name); }

void audit_backup_note(struct buf *out, const struct audit_key *k, int64_t size, const hash *file) {
  AUTO(buf_release) struct buf origin = BUF(256);
  backup_origin(&origin, k);
  note_checkpoint(out, k, buf_str(&origin), size, file);
}

bool audit_backup_note_read(str note, const struct audit_key *k, int64_t *ret_size, hash *ret_file) {
  AUTO(buf_release) struct buf origin = BUF(256);
  struct checkpoint cp;
  backup_origin(&origin, k);
  if (!checkpoint_parse(note, &cp) || !str_eq(cp.origin, buf_str(&origin)) || !note_signed_by(note, cp.origin, k->pub))
    return false;
  *ret_size = cp.size;
  *ret_file = cp.root;
  return true;
}

// The key file: one line "PRIVATE+KEY+name+id+base64(0x01 || seed)", the form Go's note package reads.
#define KEY_MARK "PRIVATE+KEY+"

static void key_name_set(struct audit_key *k, str hub) {
  size_t n = 0;
  memcpy(k->name, "entente/", 8);
  n = 8;
  for (size_t i = 0; i < hub.n && n + 1 < sizeof k->name; i++) {
    char c = hub.p[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    k->name[n++] = plain ? c : '-';
  }
  k->name[n] = '\0';
}

static enum err write_all(int fd, str s) {
  while (s.n > 0) {
    ssize_t n = write(fd, s.p, s.n);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return ERR_IO;
    s = str_sub(s, (size_t)n, s.n);
  }
  return fsync(fd) == 0 ? ERR_OK : ERR_IO;
}

enum err audit_key_create(str path, str hub_name, struct audit_key *ret) {
  AUTO(arena_release) struct arena a = {0};
  AUTO(buf_release) struct buf text = BUF(512);
  struct audit_key k = {0};
  uint8_t seed[SEED_LEN];
  if (hub_name.n == 0) return ERR_INVALID;
  random_bytes(seed, sizeof seed);
  sign_seed_keypair(seed, k.pub, k.sec);
  key_name_set(&k, hub_name);
  buf_putz(&text, KEY_MARK);
  key_text(&text, str_of(k.name), k.pub, seed);
  buf_putc(&text, '\n');
  secret_wipe(seed, sizeof seed);
  const char *file = arena_z(&a, path);
  int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  enum err e = fd < 0 ? (errno == EEXIST ? ERR_CONFLICT : ERR_IO) : write_all(fd, buf_str(&text));
  if (fd >= 0 && close(fd) != 0 && !e) e = ERR_IO;
  if (!e) e = file_name_sync(file);
  if (e && fd >= 0) unlink(file);  // half a key is none
  if (!e) *ret = k;
  secret_wipe(text.p, text.n);
  secret_wipe(&k, sizeof k);
  return e;
}

enum err audit_key_load(str path, struct audit_key *ret) {
  AUTO(arena_release) struct arena a = {0};
  char raw[512];
  int fd = open(arena_z(&a, path), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
  size_t len = 0;
  ssize_t n;
  while (len < sizeof raw && ((n = read(fd, raw + len, sizeof raw - len)) > 0 || (n < 0 && errno == EINTR)))
    len += n > 0 ? (size_t)n : 0;
  close(fd);
  str line = str_trim((str){raw, len}), name, id;
  uint8_t seed[SEED_LEN];
  struct audit_key k = {0};
  bool ok = str_starts(line, S(KEY_MARK)) && key_parse(str_sub(line, sizeof KEY_MARK - 1, line.n), &name, &id, seed) &&
            name.n < sizeof k.name;
  if (ok) {
    memcpy(k.name, name.p, name.n);
    sign_seed_keypair(seed, k.pub, k.sec);
    ok = key_id_is(id, name, k.pub);
  }
  if (ok) *ret = k;
  secret_wipe(seed, sizeof seed);
  secret_wipe(raw, sizeof raw);
  secret_wipe(&k, sizeof k);
  return ok ? ERR_OK : ERR_CORRUPT;
}
