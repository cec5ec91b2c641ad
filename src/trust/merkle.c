// SPDX-License-Identifier: Apache-2.0
// Merkle tree arithmetic of RFC 6962 section 2.1 (hashes, paths) and the checking algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2.
#include "trust/internal.h"

hash merkle_leaf(str leaf) { return hash_of2(S("\0"), leaf); }

hash merkle_node(const hash *l, const hash *r) { return hash_of3(S("\1"), hash_str(l), hash_str(r)); }

enum err merkle_append(struct merkle_stack *s, const hash *leaf, merkle_emit emit, void *arg) {
  hash h = *leaf;
  int64_t pos = s->size;
  int level = 0;
  for (; pos & 1; pos >>= 1) {  // the left sibling is complete: merge
    h = merkle_node(&s->h[--s->n], &h);
    level++;
    if (emit) TRY(emit(arg, level, pos >> 1, &h));
  }
  s->h[s->n++] = h;
  s->size++;
  return ERR_OK;
}

hash merkle_stack_root(const struct merkle_stack *s) {
  if (s->n == 0) return hash_of(S(""));
  hash h = s->h[s->n - 1];
  for (int i = s->n - 1; i-- > 0;) h = merkle_node(&s->h[i], &h);
  return h;
}

static int log2_floor(int64_t n) {
  int l = 0;
  while (n > 1) n >>= 1, l++;
  return l;
}

// The largest power of two smaller than n (n > 1).
static int64_t split_of(int64_t n) { return INT64_C(1) << log2_floor(n - 1); }

// MTH of the n leaves from `lo`, which is a multiple of the power of two not below n.
static enum err subtree(int64_t lo, int64_t n, merkle_get get, void *arg, hash *ret) {
  if ((n & (n - 1)) == 0) {
    int level = log2_floor(n);
    return get(arg, level, lo >> level, ret);
  }
  int64_t k = split_of(n);
  hash l, r;
  TRY(subtree(lo, k, get, arg, &l));
  TRY(subtree(lo + k, n - k, get, arg, &r));
  *ret = merkle_node(&l, &r);
  return ERR_OK;
}

enum err merkle_root_at(int64_t size, merkle_get get, void *arg, hash *ret) {
  if (size == 0) {
    *ret = hash_of(S(""));
    return ERR_OK;
  }
  return subtree(0, size, get, arg, ret);
}

// The path is found from the root downwards and given from the leaf upwards.
static void reverse(hash *path, size_t n) {
  for (size_t i = 0; i < n / 2; i++) {
    hash t = path[i];
    path[i] = path[n - 1 - i];
    path[n - 1 - i] = t;
  }
}

enum err merkle_inclusion_path(int64_t index, int64_t size, merkle_get get, void *arg, hash path[MERKLE_PATH_MAX],
                               size_t *ret_n) {
  if (index < 0 || index >= size) return ERR_INVALID;
  int64_t lo = 0, n = size;
  size_t len = 0;
  while (n > 1) {
    int64_t k = split_of(n);
    bool left = index - lo < k;
    TRY(left ? subtree(lo + k, n - k, get, arg, &path[len++]) : subtree(lo, k, get, arg, &path[len++]));
    if (!left) lo += k;
    n = left ? k : n - k;
  }
  reverse(path, len);
  *ret_n = len;
  return ERR_OK;
}

enum err merkle_consistency_path(int64_t from, int64_t to, merkle_get get, void *arg, hash path[MERKLE_PATH_MAX], size_t *ret_n) {
  if (from < 1 || from > to) return ERR_INVALID;
  int64_t lo = 0, n = to, m = from;
  bool known = true;  // the subtree at hand is a complete one of the old tree, which the checker has
  size_t len = 0;
  while (m != n) {
    int64_t k = split_of(n);
    if (m <= k) {
      TRY(subtree(lo + k, n - k, get, arg, &path[len++]));
      n = k;
    } else {
      TRY(subtree(lo, k, get, arg, &path[len++]));
      lo += k;
      m -= k;
      n -= k;
      known = false;
    }
  }
  if (!known) TRY(subtree(lo, n, get, arg, &path[len++]));
  reverse(path, len);
  *ret_n = len;
  return ERR_OK;
}

bool merkle_inclusion_check(hash leaf, int64_t index, int64_t size, const hash *path, size_t n, hash root) {
  if (index < 0 || index >= size) return false;
  int64_t fn = index, sn = size - 1;
  hash r = leaf;
  for (size_t i = 0; i < n; i++) {
    if (sn == 0) return false;
    if ((fn & 1) || fn == sn) {
      r = merkle_node(&path[i], &r);
      while (!(fn & 1) && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      r = merkle_node(&r, &path[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && hash_eq(&r, &root);
}

bool merkle_consistency_check(int64_t from, hash from_root, int64_t to, hash to_root, const hash *path, size_t n) {
  if (from < 1 || from > to) return false;
  if (from == to) return n == 0 && hash_eq(&from_root, &to_root);
  bool complete = (from & (from - 1)) == 0;  // then the old root begins the path and is left out of it
  if (!complete && n == 0) return false;
  hash fr = complete ? from_root : path[0], sr = fr;
  int64_t fn = from - 1, sn = to - 1;
  while (fn & 1) fn >>= 1, sn >>= 1;
  for (size_t i = complete ? 0 : 1; i < n; i++) {
    if (sn == 0) return false;
    if ((fn & 1) || fn == sn) {
      fr = merkle_node(&path[i], &fr);
      sr = merkle_node(&path[i], &sr);
      while (!(fn & 1) && fn != 0) fn >>= 1, sn >>= 1;
    } else {
      sr = merkle_node(&sr, &path[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && hash_eq(&fr, &from_root) && hash_eq(&sr, &to_root);
}
