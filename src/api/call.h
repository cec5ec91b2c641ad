// SPDX-License-Identifier: Apache-2.0
// One API call from route to answer: who calls, what was sent, how writes run, how answers are made. Inside src/api only.
// A handler returns enum err; the dispatcher turns a failure into problem+json. Writes run through call_write: one transaction with
// idempotency; the answer is the record as the caller may see it afterwards, projected anew (also when a key is replayed).
#ifndef ENTENTE_API_CALL_H
#define ENTENTE_API_CALL_H
#include <pthread.h>

#include "api/api.h"
#include "flows/identity.h"

struct call;
typedef enum err (*handler_fn)(struct call *c);

enum route_flag {
  R_PUBLIC = 1 << 0,      // no caller needed
  R_BODY = 1 << 1,        // takes a JSON object
  R_RAW = 1 << 2,         // takes raw bytes
  R_IDEMPOTENT = 1 << 3,  // Idempotency-Key required: moves leads, agreements or money
  R_IF_MATCH = 1 << 4,    // If-Match required
};
struct route {
  enum method method;
  const char *path;  // "/deals/{id}/win"; {id} captures; a capture name ending in _n is a whole number
  handler_fn fn;
  unsigned flags;
  const char *op;  // OpenAPI operationId
  const char *summary;
  const char *request;          // name of a component schema, or NULL
  const char *response;         // name of a component schema, or NULL (no content)
  int status;                   // success
  const struct entity *entity;  // generic routes: the collection
};

struct api {
  struct db *db;
  const struct audit_key *key;
  bool behind_proxy;
  struct breached *breached;  // list of stolen passwords, or NULL
  struct buf openapi;         // the document, made when first asked for
  pthread_mutex_t openapi_lock;
  pthread_mutex_t password_lock;
  pthread_cond_t password_free;
  int password_running, password_waiting;
};

enum { CALL_CAPTURES = 3 };
struct call {
  struct api_worker *w;
  struct api *api;
  const struct request *req;
  struct response *resp;
  struct arena arena;
  struct problem problem;
  enum lang lang;
  struct identity who;
  bool known;  // `who` is filled
  const struct route *route;
  str capture[CALL_CAPTURES];
  json_t *body;
  struct list_item *unnoted;  // records of other companies read here for the first time today: noted before the answer leaves
  size_t n_unnoted;
  utime now;
  bool stored;      // a write of this call is committed
  int again;        // times its answer was made anew
  const char *why;  // its transaction failed: for the log; else the connection knows
};

// Routing table: special routes first, then generic ones made from the model. routes.c
extern const struct route route_special[];
extern const size_t route_special_count;
const struct route *route_list(size_t *ret_n);  // all, in the order of matching
void routes_setup(void);
const struct route *route_match(enum method m, str path, str capture[CALL_CAPTURES], char ret_allow[64]);

// Reading what was sent.
MUST_USE enum err call_id(struct call *c, int capture, const struct entity *e,
                          id64 *ret);                // ERR_NOT_FOUND: malformed or another kind
MUST_USE enum err call_query_check(struct call *c);  // P_BAD_REQUEST: a name or value that is not UTF-8 or holds controls
bool call_query(struct call *c, const char *name, str *ret_value);  // decoded first value, of a query that was checked
MUST_USE enum err call_query_limit(struct call *c, size_t *ret_limit);
MUST_USE enum err call_text(struct call *c, const char *key, bool required, size_t max,
                            str *ret);  // member of the body; absent: STR_NULL
MUST_USE enum err call_bool(struct call *c, const char *key, bool dflt, bool *ret);
MUST_USE enum err call_int(struct call *c, const char *key, bool required, int64_t min, int64_t max, int64_t *ret);
MUST_USE enum err call_ref(struct call *c, const char *key, const struct entity *e, bool required, id64 *ret);
MUST_USE enum err call_word(struct call *c, const char *key, const struct vocab *v, bool required, int *ret);  // -1 when absent
MUST_USE enum err call_money(struct call *c, const char *key, bool required, money *ret);
MUST_USE enum err call_date(struct call *c, const char *key, bool required, uday *ret, bool *ret_given);
MUST_USE enum err call_time(struct call *c, const char *key, bool required, utime *ret);
MUST_USE enum err call_only(struct call *c, const char *keys);  // every other member of the body is P_UNKNOWN_FIELD

struct ctx call_ctx(struct call *c);                          // a read context on the worker's connection
MUST_USE enum err call_need_role(struct call *c, int least);  // vocabulary order: admin, manager, rep, viewer

// Writes. fn may run again: it keeps nothing from a former try. *out says what the answer shows.
struct outcome {
  const struct entity *e;  // NULL: no content
  id64 id;
};
typedef enum err (*write_fn)(struct ctx *x, struct call *c, void *arg, struct outcome *out);
MUST_USE enum err call_write(struct call *c, const char *name, write_fn fn, void *arg);  // then replies with route->status
MUST_USE enum err call_write_quiet(struct call *c, const char *name, write_fn fn, void *arg,
                                   struct outcome *ret);  // the caller replies
// A step on the record of kind `e` named by the first capture: the caller sees it, If-Match holds, then fn. The answer is that record unless fn
// sets *out to another. The steps of leads, deals, agreements and statements.
typedef enum err (*step_fn)(struct ctx *x, struct call *c, id64 id, void *arg, struct outcome *out);
MUST_USE enum err call_step(struct call *c, const struct entity *e, const char *name, step_fn fn, void *arg);
// A reading handler: fn runs in one snapshot of the worker's connection.
typedef enum err (*reading_fn)(struct call *c, struct ctx *x);
MUST_USE enum err call_reading(struct call *c, reading_fn fn);
// P_STALE when If-Match is sent and the viewer's ETag of `r` differs.
MUST_USE enum err call_check_match(struct ctx *x, struct call *c, const struct rec *r, const struct access *a);

// Every answer that shows records passes them here: what another company reads is in the log before it reads it.
MUST_USE enum err call_note_reads(struct call *c, struct ctx *x, const struct list_item *items, size_t n);
// An answer made from rows below a root: they are noted as read, by the first of them, for a reading is of a root and a type.
MUST_USE enum err call_note_rows(struct call *c, struct ctx *x, const struct entity *e, const struct list_item *root);
MUST_USE enum err call_reads_flush(struct call *c);  // after the snapshot has ended

// What is stored cannot be taken back: when the database fails while the answer is made, the answer is made again, a few times, before
// the caller is told to repeat the request. do e = ...; while (call_again(c, e)); around everything between a write and its answer.
bool call_again(struct call *c, enum err e);
// Ends the snapshot. Returns e, or the failure of the store that somebody looked away from.
MUST_USE enum err call_read_end(struct call *c, enum err e);

// Answers.
MUST_USE enum err reply_record(struct call *c, const struct entity *e, id64 id, int status);
MUST_USE enum err reply_list(struct call *c, struct ctx *x, const struct list_item *items, size_t n, str next);
struct jw reply_json(struct call *c);  // status from the route, application/json; caller writes one value
void reply_empty(struct call *c);
void write_money(struct jw *w, const char *key, money m);
void write_id(struct jw *w, const char *key, const char *prefix, id64 id);
void write_time(struct jw *w, const char *key, utime t);
void write_date(struct jw *w, const char *key, uday d);
void write_text(struct jw *w, const char *key, str v);
void write_int(struct jw *w, const char *key, int64_t v);
void write_bool(struct jw *w, const char *key, bool v);
void write_hash(struct jw *w, const char *key, const hash *h);

// argon2id on a bounded number of threads at once: a storm of logins does not take the workers. false: busy (problem set).
MUST_USE enum err call_password_hash(struct call *c, str password, char out[128]);
MUST_USE enum err call_password_verify(struct call *c, str password, str hashed, bool *ret_ok);

// Generic collections (crud.c).
MUST_USE enum err crud_list(struct call *c);
MUST_USE enum err crud_create(struct call *c);
MUST_USE enum err crud_read(struct call *c);
MUST_USE enum err crud_patch(struct call *c);
MUST_USE enum err crud_delete(struct call *c);
MUST_USE enum err crud_children(struct call *c);
MUST_USE enum err crud_child_create(struct call *c);
// A hook of an entity runs after decoding, before the write: computed fields and rules that belong to the record type.
typedef enum err (*entity_hook)(struct ctx *x, const struct rec *before, struct rec *after);
entity_hook crud_hook(const struct entity *e);                          // hooks.c
MUST_USE enum err crud_may_delete(struct ctx *x, const struct rec *r);  // P_IN_USE: others rely on it
MUST_USE enum err crud_after(struct ctx *x,
                             const struct rec *r);  // what follows from a written or deleted record (evidence: the stage)
#endif
