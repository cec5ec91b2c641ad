// SPDX-License-Identifier: Apache-2.0
// The reading requests: a page of deals, one deal, a search.
#include "floor.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct named {
  const char *prefix;
  enum floor_stmt q;
} named[] = {{"user", Q_NAME_USER},
             {"company", Q_NAME_COMPANY},
             {"account", Q_NAME_ACCOUNT},
             {"lead", Q_NAME_LEAD},
             {"agreement", Q_NAME_AGREEMENT}};
enum { USER, COMPANY, ACCOUNT, LEAD, AGREEMENT };

// ---- deals: the columns behind changed_at, in the order of the SELECT in floor_sql.c

enum kind { TEXT, REF, MONEY, DATE, INT };
static const struct {
  const char *name;
  enum kind kind;
  bool member;  // a partner sees it
  int named;    // REF: what it names
} fields[] = {
  {"name", TEXT, true, 0},
  {"account", REF, false, ACCOUNT},
  {"customer", TEXT, true, 0},
  {"need", TEXT, true, 0},
  {"amount", MONEY, true, 0},
  {"stage", TEXT, true, 0},
  {"claimed_stage", TEXT, true, 0},
  {"claim_reason", TEXT, true, 0},
  {"outcome", TEXT, true, 0},
  {"won_amount", MONEY, true, 0},
  {"closed_on", DATE, true, 0},
  {"close_reason", TEXT, true, 0},
  {"owner", REF, true, USER},
  {"next_step", TEXT, true, 0},
  {"next_step_on", DATE, true, 0},
  {"expected_on", DATE, true, 0},
  {"lead", REF, true, LEAD},
  {"agreement", REF, true, AGREEMENT},
  {"agreement_version", INT, true, 0},
  {"agreement_hash", TEXT, true, 0},
  {"notes", TEXT, false, 0},
};
enum { FIELDS = sizeof fields / sizeof fields[0], NAMES_MAX = 512, SLOTS = 1024 };

// What the answer refers to, each once.
struct names {
  int n;
  struct {
    int named;
    int64_t id;
  } at[NAMES_MAX];
  short slot[SLOTS];  // place in `at`, plus one
};

static void name_add(struct names *s, int what, int64_t id) {
  if (!id || s->n == NAMES_MAX) return;
  unsigned i = (unsigned)(((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15)) >> 32) % SLOTS;
  for (; s->slot[i]; i = (i + 1) % SLOTS)
    if (s->at[s->slot[i] - 1].id == id && s->at[s->slot[i] - 1].named == what) return;
  s->at[s->n].named = what;
  s->at[s->n++].id = id;
  s->slot[i] = (short)s->n;
}

static void column_json(struct out *o, sqlite3_stmt *s, int col) {
  const char *text = (const char *)sqlite3_column_text(s, col);
  if (text)
    out_json(o, text, (size_t)sqlite3_column_bytes(s, col));
  else
    out_lit(o, "null");
}

static void grants_look(struct floor_conn *c, const struct caller *who, const char *entity, int64_t root, int64_t company);

static void names_put(struct floor_conn *c, const struct caller *who, const struct names *s, struct out *o) {
  out_lit(o, ",\"names\":{");
  bool any = false;
  for (int i = 0; i < s->n; i++) {
    const struct named *w = &named[s->at[i].named];
    bind_int(c, w->q, 1, s->at[i].id);
    if (row(c, w->q)) {
      if (any) out_lit(o, ",");
      any = true;
      out_id(o, w->prefix, s->at[i].id);
      out_lit(o, ":{\"name\":");
      column_json(o, c->q[w->q], 0);
      if (w->q == Q_NAME_USER) {
        out_lit(o, ",\"company\":");
        out_id(o, "company", sqlite3_column_int64(c->q[w->q], 1));
      }
      out_lit(o, "}");
      if (w->q == Q_NAME_LEAD || w->q == Q_NAME_AGREEMENT)
        grants_look(c, who, w->prefix, s->at[i].id, sqlite3_column_int64(c->q[w->q], 1));
    }
    done(c, w->q);
  }
  out_lit(o, "}");
}

// Two decimals: the currencies of the demo.
static void money_put(struct out *o, int64_t minor, sqlite3_stmt *s, int col) {
  char text[40];
  uint64_t v = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
  int n = snprintf(text, sizeof text, "%s%llu.%02u", minor < 0 ? "-" : "", (unsigned long long)(v / 100), (unsigned)(v % 100));
  out_lit(o, "{\"amount\":\"");
  out_put(o, text, (size_t)n);
  out_lit(o, "\",\"currency\":");
  column_json(o, s, col);
  out_lit(o, "}");
}

// Column 0 is changed_at; returns whose deal it is.
static int64_t deal_put(struct out *o, sqlite3_stmt *s, const struct caller *who, struct names *names) {
  int64_t company = sqlite3_column_int64(s, 2), by = sqlite3_column_int64(s, 5);
  bool own = company == who->company;
  out_lit(o, "{\"id\":");
  out_id(o, "deal", sqlite3_column_int64(s, 1));
  out_lit(o, ",\"company\":");
  out_id(o, "company", company);
  out_lit(o, ",\"created_at\":");
  out_time(o, sqlite3_column_int64(s, 3));
  if (own) {
    out_lit(o, ",\"created_by\":");
    out_id(o, "user", by);
    name_add(names, USER, by);
  }
  out_lit(o, ",\"updated_at\":");
  out_time(o, sqlite3_column_int64(s, 0));
  name_add(names, COMPANY, company);
  int col = 6;
  for (int f = 0; f < FIELDS; col += fields[f].kind == MONEY ? 2 : 1, f++) {
    if (!own && !fields[f].member) continue;
    out_lit(o, ",\"");
    out_z(o, fields[f].name);
    out_lit(o, "\":");
    if (sqlite3_column_type(s, col) == SQLITE_NULL) {
      out_lit(o, "null");
      continue;
    }
    int64_t i = fields[f].kind == TEXT ? 0 : sqlite3_column_int64(s, col);
    switch (fields[f].kind) {
    case TEXT: column_json(o, s, col); break;
    case MONEY: money_put(o, i, s, col + 1); break;
    case DATE: out_date(o, i); break;
    case INT: out_int(o, i); break;
    case REF:
      out_id(o, named[fields[f].named].prefix, i);
      name_add(names, fields[f].named, i);
      break;
    }
  }
  out_lit(o, "}");
  return company;
}

// ---- who asks

static void hex(char *to, const unsigned char *bytes, size_t n) {
  for (size_t i = 0; i < n; i++) {
    to[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
    to[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
  }
}

bool floor_caller(struct floor_conn *c, const char *authorization, struct caller *ret) {
  unsigned char h[crypto_hash_sha256_BYTES];
  char text[2 * sizeof h];
  if (!authorization || strncmp(authorization, "Bearer ", 7) != 0) return false;
  crypto_hash_sha256(h, (const unsigned char *)authorization + 7, strlen(authorization + 7));
  hex(text, h, sizeof h);
  bind_text(c, Q_TOKEN, 1, text, sizeof text);
  bind_int(c, Q_TOKEN, 2, micros_now());
  bool found = row(c, Q_TOKEN);
  if (found) *ret = (struct caller){sqlite3_column_int64(c->q[Q_TOKEN], 0), sqlite3_column_int64(c->q[Q_TOKEN], 1)};
  done(c, Q_TOKEN);
  return found;
}

// ---- the requests

// The grants of one record for the caller's company: who owns it needs none.
static void grants_look(struct floor_conn *c, const struct caller *who, const char *entity, int64_t root, int64_t company) {
  if (company == who->company) return;
  bind_int(c, Q_GRANTS, 1, root);
  bind_text(c, Q_GRANTS, 2, entity, strlen(entity));
  bind_int(c, Q_GRANTS, 3, who->company);
  run(c, Q_GRANTS);
}

// Whether today's reading of another's record is noted already.
static void noted_look(struct floor_conn *c, const struct caller *who, const char *entity, int64_t root, int64_t company) {
  if (company == who->company) return;
  bind_int(c, Q_READ_NOTED, 1, root);
  bind_int(c, Q_READ_NOTED, 2, who->user);
  bind_int(c, Q_READ_NOTED, 3, micros_now() / 86400000000);
  bind_text(c, Q_READ_NOTED, 4, entity, strlen(entity));
  bind_int(c, Q_READ_NOTED, 5, who->company);
  bind_text(c, Q_READ_NOTED, 6, "member", 6);
  run(c, Q_READ_NOTED);
}

void floor_deals(struct floor_conn *c, const struct caller *who, int limit, struct out *o) {
  struct names names = {0};
  run(c, Q_BEGIN);
  bind_int(c, Q_DEALS, 1, who->company);
  bind_int(c, Q_DEALS, 2, limit + 1);
  out_lit(o, "{\"items\":[");
  int n = 0;
  for (; n < limit && row(c, Q_DEALS); n++) {
    if (n) out_lit(o, ",");
    int64_t id = sqlite3_column_int64(c->q[Q_DEALS], 1);
    int64_t company = deal_put(o, c->q[Q_DEALS], who, &names);
    grants_look(c, who, "deal", id, company);
    noted_look(c, who, "deal", id, company);
  }
  bool more = n == limit && row(c, Q_DEALS);
  done(c, Q_DEALS);
  out_lit(o, "],\"next\":");
  if (more)  // as long as the server's
    out_lit(o, "\"MDAwMDAwMDAwMDAwMDAwMCAwMDAwMDAwMDAwMDAwMDAwMDAgMDAwMDAwMDAwMDAwMDAwMA\"");
  else
    out_lit(o, "null");
  names_put(c, who, &names, o);
  out_lit(o, "}");
  run(c, Q_END);
}

void floor_deal(struct floor_conn *c, const struct caller *who, int64_t id, struct out *o) {
  struct names names = {0};
  run(c, Q_BEGIN);
  bind_int(c, Q_DEAL, 1, id);
  if (row(c, Q_DEAL)) {
    int64_t company = deal_put(o, c->q[Q_DEAL], who, &names);
    o->n--;  // the closing brace: names come inside
    done(c, Q_DEAL);
    grants_look(c, who, "deal", id, company);
    noted_look(c, who, "deal", id, company);
    names_put(c, who, &names, o);
    out_lit(o, "}");
  }
  done(c, Q_DEAL);
  run(c, Q_END);
}

static const struct {
  const char *entity, *root;
  enum floor_stmt q;
} hits[] = {{"account", "account", Q_HIT_ACCOUNT}, {"contact", "account", Q_HIT_CONTACT}, {"deal", "deal", Q_HIT_DEAL}};

// Columns of a hit: root, company, title, subtitle, and who wrote a row of a room.
static bool hit_put(struct floor_conn *c, const struct caller *who, const char *entity, int64_t id, bool first,
                    struct names *names, struct out *o) {
  for (size_t i = 0; i < sizeof hits / sizeof hits[0]; i++) {
    if (strcmp(entity, hits[i].entity) != 0) continue;
    enum floor_stmt q = hits[i].q;
    bind_int(c, q, 1, id);
    bool found = row(c, q);
    if (found) {
      sqlite3_stmt *s = c->q[q];
      int64_t root = sqlite3_column_int64(s, 0), company = sqlite3_column_int64(s, 1);
      out_z(o, first ? "{\"entity\":\"" : ",{\"entity\":\"");
      out_z(o, entity);
      out_lit(o, "\",\"id\":");
      out_id(o, entity, id);
      out_lit(o, ",\"root\":");
      out_id(o, hits[i].root, root);
      out_lit(o, ",\"title\":");
      column_json(o, s, 2);
      out_lit(o, ",\"subtitle\":");
      column_json(o, s, 3);
      out_lit(o, ",\"company\":");
      out_id(o, "company", company);
      out_lit(o, "}");
      name_add(names, COMPANY, company);
      name_add(names, USER, sqlite3_column_int64(s, 4));
      grants_look(c, who, hits[i].root, root, company);
      noted_look(c, who, hits[i].root, root, company);
    }
    done(c, q);
    return found;
  }
  return false;
}

void floor_search(struct floor_conn *c, const struct caller *who, const char *term, int limit, struct out *o) {
  struct names names = {0};
  char match[256];
  int n = snprintf(match, sizeof match, "\"%lld:%s\"", (long long)who->company, term);
  run(c, Q_BEGIN);
  bind_text(c, Q_FIND, 1, match, (size_t)n);
  bind_int(c, Q_FIND, 2, limit);
  out_lit(o, "{\"items\":[");
  for (bool first = true; row(c, Q_FIND);)
    if (hit_put(c, who, (const char *)sqlite3_column_text(c->q[Q_FIND], 0), sqlite3_column_int64(c->q[Q_FIND], 1), first, &names,
                o))
      first = false;
  done(c, Q_FIND);
  out_lit(o, "]");
  names_put(c, who, &names, o);
  out_lit(o, "}");
  run(c, Q_END);
}
