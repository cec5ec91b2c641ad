// SPDX-License-Identifier: Apache-2.0
// Interned texts live for ever, so their number is bounded: filters let a caller combine fields, and combinations must not be able to fill
// the memory. Past the bound a text is lent from a small ring of the thread and its statement is not kept prepared.
#include "db/sqlb.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum {
  SQLB_TEXT_MAX = 64 * 1024,  // one statement
  SQLB_INTERNED_MAX = 4096,   // distinct texts kept
  SQLB_SLOTS = 8192,          // power of two, twice the above
  SQLB_RING = 64,             // texts lent per thread once the table is full
};

static pthread_mutex_t intern_lock = PTHREAD_MUTEX_INITIALIZER;
static char *interned[SQLB_SLOTS];
static int ninterned;

struct ring {
  char *text[SQLB_RING];
  unsigned next;
};
static pthread_key_t ring_key;
static pthread_once_t ring_once = PTHREAD_ONCE_INIT;

static void ring_free(void *p) {
  struct ring *r = p;
  for (int i = 0; i < SQLB_RING; i++) free(r->text[i]);
  free(r);
}

static void ring_setup(void) {
  if (pthread_key_create(&ring_key, ring_free) != 0) abort();
}

static char *copy(const char *text) {
  char *p = strdup(text);
  if (!p) abort();
  return p;
}

static const char *ring_lend(const char *text) {
  pthread_once(&ring_once, ring_setup);
  struct ring *r = pthread_getspecific(ring_key);
  if (!r) {
    r = calloc(1, sizeof *r);
    if (!r || pthread_setspecific(ring_key, r) != 0) abort();
  }
  char **slot = &r->text[r->next++ % SQLB_RING];
  free(*slot);
  return *slot = copy(text);
}

static size_t slot_of(const char *text) {
  uint64_t h = UINT64_C(14695981039346656037);  // FNV-1a
  for (const char *p = text; *p; p++) h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
  return (size_t)(h ^ (h >> 32)) & (SQLB_SLOTS - 1);
}

// The kept copy of the text, or NULL when it is new and the table is full.
static const char *intern(const char *text) {
  pthread_mutex_lock(&intern_lock);
  size_t i = slot_of(text);
  while (interned[i] && strcmp(interned[i], text) != 0) i = (i + 1) & (SQLB_SLOTS - 1);
  if (!interned[i] && ninterned < SQLB_INTERNED_MAX) {
    interned[i] = copy(text);
    ninterned++;
  }
  const char *kept = interned[i];
  pthread_mutex_unlock(&intern_lock);
  return kept;
}

void sqlb_init(struct sqlb *q) { *q = (struct sqlb){.b = BUF(SQLB_TEXT_MAX)}; }

void sqlb_add_lit_(struct sqlb *q, const char *lit) { buf_putz(&q->b, lit); }

void sqlb_name(struct sqlb *q, const char *identifier) {
  assert(identifier[0] >= 'a' && identifier[0] <= 'z');
  for (const char *p = identifier; *p; p++) assert((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_');
  buf_putc(&q->b, '"');  // quoted: some of our names are words of SQL (user, comment)
  buf_putz(&q->b, identifier);
  buf_putc(&q->b, '"');
}

int sqlb_param(struct sqlb *q) {
  buf_putc(&q->b, '$');
  buf_int(&q->b, ++q->nparams);
  return q->nparams;
}

sql sqlb_done(struct sqlb *q) {
  assert(!q->b.full);  // only the model's own names are written: a longer text is a programming error
  const char *text = buf_z(&q->b);
  const char *kept = intern(text);
  sql out = {kept ? kept : ring_lend(text), kept != NULL};
  buf_release(&q->b);
  q->nparams = 0;
  return out;
}
