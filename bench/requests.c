// SPDX-License-Identifier: Apache-2.0
// What is asked of a hub, by the best and the worst placed: the company whose deals they are, one that sees nine of ten, one that sees two
// hundred among all. Ids are drawn over the whole hub: first and last by several orders.
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void authorization(char out[256], const struct person *p) { snprintf(out, 256, "Authorization: Bearer %s\r\n", p->token); }

static uint64_t mixed(uint64_t n) {
  n = (n + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
  return n ^ (n >> 31);
}

static const char *drawn(const struct ids *ids, uint64_t n) { return ids->at[mixed(n) % ids->n]; }

// ---- requests

static void head_put(struct buf *out, const struct maker *m, const char *method, const char *path) {
  buf_fmt(out, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n", method, path,
          m->t->person[m->kind->viewer].token);
}

static void get_put(struct buf *out, const struct maker *m, const char *path) {
  head_put(out, m, "GET", path);
  buf_putz(out, "\r\n");
}

static void make_list(void *arg, uint64_t n, struct buf *out) {
  (void)n;
  get_put(out, arg, "/api/v1/deals?limit=50");
}

static void make_board(void *arg, uint64_t n, struct buf *out) {
  (void)n;
  get_put(out, arg, "/api/v1/board");
}

static void make_today(void *arg, uint64_t n, struct buf *out) {
  (void)n;
  get_put(out, arg, "/api/v1/today");
}

static void make_get(void *arg, uint64_t n, struct buf *out) {
  const struct maker *m = arg;
  char path[64];
  snprintf(path, sizeof path, "/api/v1/deals/%s", drawn(&m->t->deals[m->kind->viewer], n));
  get_put(out, m, path);
}

static void make_search(void *arg, uint64_t n, struct buf *out) {
  const struct maker *m = arg;
  char path[128] = "/api/v1/search?limit=50&q=";
  size_t at = strlen(path);
  for (const char *p = drawn(&m->t->words, n); *p; p++)
    at += (size_t)snprintf(path + at, sizeof path - at, "%%%02X", (unsigned char)*p);
  get_put(out, m, path);
}

static void make_begins(void *arg, uint64_t n, struct buf *out) {
  static const char *const begin[] = {"hot", "mark", "bak", "can", "foo", "log", "cat", "dai"};
  char path[128];
  snprintf(path, sizeof path, "/api/v1/search?limit=50&q=%s", begin[mixed(n) % ARRAY_LEN(begin)]);
  get_put(out, arg, path);
}

static void make_create(void *arg, uint64_t n, struct buf *out) {
  const struct maker *m = arg;
  AUTO(buf_release) struct buf body = BUF(4096);
  buf_fmt(&body,
          "{\"name\":\"Cold room %llu\",\"account\":\"%s\",\"amount\":{\"amount\":\"%llu.00\",\"currency\":\"EUR\"},"
          "\"next_step\":\"Send the plan\",\"expected_on\":\"2027-03-01\"}",
          (unsigned long long)n, drawn(&m->t->accounts, n), (unsigned long long)(mixed(n) % 90000 + 1000));
  head_put(out, m, "POST", "/api/v1/deals");
  buf_fmt(out, "Idempotency-Key: bench-%llx-%llx\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
          (unsigned long long)m->salt, (unsigned long long)n, body.n);
  buf_put(out, buf_str(&body));
}

const struct request_kind request_kinds[] = {
  {"list 50 deals", "owner of all", OWNER, make_list, 0.6, false},
  {"list 50 deals", "partner of most", MOST, make_list, 0.6, false},
  {"list 50 deals", "partner of few", FEW, make_list, 0.6, false},
  {"board, 200 cards", "owner of all", OWNER, make_board, 0, false},
  {"board, 200 cards", "partner of most", MOST, make_board, 0, false},
  {"board, 200 cards", "partner of few", FEW, make_board, 0, false},
  {"get one deal", "owner of all", OWNER, make_get, 0.6, false},
  {"get one deal", "partner of most", MOST, make_get, 0.6, false},
  {"get one deal", "partner of few", FEW, make_get, 0.6, false},
  {"search two Chinese characters", "owner of all", OWNER, make_search, 0.6, false},
  {"search two Chinese characters", "partner of most", MOST, make_search, 0, false},
  {"search two Chinese characters", "partner of few", FEW, make_search, 0, false},
  {"search the beginning of a word", "owner of all", OWNER, make_begins, 0, false},
  {"Today", "owner of all", OWNER, make_today, 0, false},
  {"Today", "partner of most", MOST, make_today, 0, false},
  {"Today", "partner of few", FEW, make_today, 0, false},
  {"create a deal, durable", "owner of all", OWNER, make_create, 0.5, true},
};
const size_t request_count = ARRAY_LEN(request_kinds), request_first_write = ARRAY_LEN(request_kinds) - 1;
_Static_assert(ARRAY_LEN(request_kinds) <= FIGURES_MAX, "figures of each kind");

// ---- what they name

static const char *text_of(json_t *o, const char *key) {
  const char *s = json_string_value(json_object_get(o, key));
  if (!s) fail("no \"%s\" in an answer", key);
  return s;
}

// Two Chinese characters at the start of a name, each pair once.
static void word_keep(struct ids *words, const char *name) {
  const unsigned char *u = (const unsigned char *)name;
  if (strlen(name) < 6 || u[0] < 0xE4 || u[0] > 0xE9 || u[3] < 0xE4 || u[3] > 0xE9 || words->n == WORDS_MAX) return;
  for (size_t i = 0; i < words->n; i++)
    if (!strncmp(words->at[i], name, 6)) return;
  words->at[words->n++] = strndup(name, 6);
}

static void collect_page(const char *path, int port, const struct person *p, struct ids *ids, struct ids *words) {
  char headers[256];
  authorization(headers, p);
  json_t *t = request_json(port, "GET", path, headers, STR_NULL, 200), *items = json_object_get(t, "items");
  for (size_t i = 0; i < json_array_size(items) && ids->n < IDS_MAX; i++) {
    json_t *item = json_array_get(items, i);
    ids->at[ids->n++] = strdup(text_of(item, "id"));
    if (words) word_keep(words, text_of(item, "name"));
  }
  json_decref(t);
}

static void collect(const char *kind, const char *const *orders, int port, const struct person *p, struct ids *ids,
                    struct ids *words) {
  char path[256];
  for (int i = 0; orders[i]; i++) {
    snprintf(path, sizeof path, "/api/v1/%s?limit=200&sort=%s", kind, orders[i]);
    collect_page(path, port, p, ids, words);
  }
  if (!ids->n) fail("no %s in the hub for %s", kind, p->login);
}

static json_t *post(int port, const struct person *p, const char *path, const char *body, int status) {
  static uint64_t keys;
  char headers[512];
  int n = snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\nIdempotency-Key: chain-%d-%.0f-%llu\r\n", p->token,
                   (int)getpid(), seconds_now() * 1e6, (unsigned long long)++keys);
  if (n < 0 || (size_t)n >= sizeof headers) fail("a token is too long");
  return request_json(port, "POST", path, headers, str_of(body), status);
}

// An agreement in force between the owner and the partner of few; made when the hub has none of ours.
static void agreement_take(struct targets *t, int port) {
  static const char title[] = "Measured service";
  char headers[256], path[256], body[1024];
  const struct person *owner = &t->person[OWNER], *few = &t->person[FEW];
  authorization(headers, owner);
  json_t *list = request_json(port, "GET", "/api/v1/agreements?limit=200", headers, STR_NULL, 200),
         *items = json_object_get(list, "items");
  for (size_t i = 0; i < json_array_size(items); i++) {
    json_t *a = json_array_get(items, i);
    if (!strcmp(text_of(a, "title"), title) && !strcmp(text_of(a, "state"), "active"))
      snprintf(t->agreement, sizeof t->agreement, "%s", text_of(a, "id"));
  }
  json_decref(list);
  if (!t->agreement[0]) {
    snprintf(body, sizeof body,
             "{\"other\":\"%s\",\"title\":\"%s\",\"terms\":{\"purpose\":\"Service\",\"labour\":\"The partner serves\","
             "\"scope_needs\":\"%s\",\"reward_rate\":\"1/10\",\"response_minutes\":480,\"protection_days\":90}}",
             few->company, title, title);
    json_t *made = post(port, owner, "/api/v1/agreements", body, 201);
    snprintf(t->agreement, sizeof t->agreement, "%s", text_of(made, "id"));
    json_decref(made);
    snprintf(path, sizeof path, "/api/v1/agreements/%s/propose", t->agreement);
    json_decref(post(port, owner, path, "{}", 200));
  }
  snprintf(path, sizeof path, "/api/v1/agreements/%s/versions", t->agreement);
  json_t *versions = request_json(port, "GET", path, headers, STR_NULL, 200),
         *v = json_array_get(json_object_get(versions, "items"), 0);
  snprintf(t->hash, sizeof t->hash, "%s", text_of(v, "hash"));
  t->version = json_integer_value(json_object_get(v, "version"));
  size_t signatures = json_array_size(json_object_get(v, "acceptances"));
  json_decref(versions);
  if (signatures >= 2) return;
  snprintf(path, sizeof path, "/api/v1/agreements/%s/accept", t->agreement);
  snprintf(body, sizeof body, "{\"version\":%lld,\"hash\":\"%s\"}", (long long)t->version, t->hash);
  json_decref(post(port, few, path, body, 200));
}

void targets_collect(struct targets *t, int port) {
  static const char *const deal_orders[] = {"-updated_at",  "name",        "-name",      "-amount", "amount",
                                            "-expected_on", "-created_at", "created_at", NULL};
  static const char *const account_orders[] = {"-updated_at", "name", "-name", "-created_at", "created_at", "-city", NULL};
  for (int v = 0; v < VIEWERS; v++) {
    struct person *p = &t->person[v];
    token_of(port, p->login, p->password, p->token);
    collect("deals", deal_orders, port, p, &t->deals[v], NULL);
  }
  collect("accounts", account_orders, port, &t->person[OWNER], &t->accounts, &t->words);
  if (!t->words.n) fail("no Chinese name in the hub");
  agreement_take(t, port);
}

static void ids_release(struct ids *ids) {
  for (size_t i = 0; i < ids->n; i++) free(ids->at[i]);
  ids->n = 0;
}

void targets_release(struct targets *t) {
  for (int v = 0; v < VIEWERS; v++) ids_release(&t->deals[v]);
  ids_release(&t->accounts);
  ids_release(&t->words);
}

// ---- hand-over and settlement

static void around(const struct chain_step *s, bool before) {
  if (s && before) s->before(s->arg);
  if (s && !before) s->after(s->arg);
}

static json_t *timed_post(int port, const struct person *p, const char *path, const char *body, const struct chain_step *s,
                          double *ret_ms) {
  around(s, true);
  double t0 = seconds_now();
  json_t *answer = post(port, p, path, body, 201);
  *ret_ms = (seconds_now() - t0) * 1e3;
  around(s, false);
  return answer;
}

void chain_round(const struct targets *t, int port, int port2, struct chain *c, const struct chain_step *handover,
                 const struct chain_step *settle) {
  const struct person *owner = &t->person[OWNER], *few = &t->person[FEW];
  char body[1024], path[256], when[32];
  if (c->n == c->cap) {
    c->cap = c->cap ? 2 * c->cap : 256;
    c->handover_ms = realloc(c->handover_ms, c->cap * sizeof(double));
    c->settle_ms = realloc(c->settle_ms, c->cap * sizeof(double));
    if (!c->handover_ms || !c->settle_ms) abort();
  }
  time_t now = time(NULL);
  struct tm tm;
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
  snprintf(body, sizeof body,
           "{\"account\":\"%s\",\"need\":\"Measured service\",\"receiver\":\"%s\",\"consent\":{\"given_by\":\"Anna Ahlers\","
           "\"given_at\":\"%s\",\"channel\":\"phone\",\"recipient\":\"%s\",\"purpose\":\"Offer\",\"data\":\"name\"}}",
           drawn(&t->accounts, c->n + (uint64_t)now), few->company, when, few->company);
  json_t *lead = timed_post(port, owner, "/api/v1/leads", body, handover, &c->handover_ms[c->n]);
  snprintf(path, sizeof path, "/api/v1/leads/%s/accept", text_of(lead, "id"));
  snprintf(body, sizeof body, "{\"agreement\":\"%s\",\"version\":%lld,\"hash\":\"%s\"}", t->agreement, (long long)t->version,
           t->hash);
  json_t *accepted = post(port2, few, path, body, 200);
  snprintf(path, sizeof path, "/api/v1/deals/%s/win", text_of(accepted, "deal"));
  json_decref(post(port2, few, path, "{\"amount\":{\"amount\":\"1000.05\",\"currency\":\"EUR\"}}", 200));
  snprintf(path, sizeof path, "/api/v1/deals/%s/settle", text_of(accepted, "deal"));
  json_decref(timed_post(port2, few, path, "{}", settle, &c->settle_ms[c->n]));
  json_decref(lead);
  json_decref(accepted);
  c->n++;
}
