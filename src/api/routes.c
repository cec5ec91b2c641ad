// SPDX-License-Identifier: Apache-2.0
// Generic routes from the model behind the special ones. Matching is by segments; a few hundred routes, scanned in order.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/call.h"

enum { ROUTES_MAX = 512 };
static struct route routes[ROUTES_MAX];
static size_t nroutes;

// Text of a route, kept for the life of the process.
static struct arena texts;
static const char *join(const char *a, const char *b, const char *c, const char *d) {
  size_t n = strlen(a) + strlen(b) + strlen(c) + strlen(d) + 1;
  char *z = arena_alloc(&texts, n);
  snprintf(z, n, "%s%s%s%s", a, b, c, d);
  return z;
}

static void add(struct route r) {
  assert(nroutes < ROUTES_MAX);
  routes[nroutes++] = r;
}

static void add_one(const struct entity *e, const char *one) {
  const char *n = e->name;
  add((struct route){M_GET, one, crud_read, 0, join("get_", n, "", ""), join("Read one ", n, "", ""), NULL, n, 200, e});
  if (e->flags & E_SYSTEM) return;
  add((struct route){M_PATCH, one, crud_patch, R_BODY | R_IF_MATCH, join("patch_", n, "", ""),
                     join("Change a ", n, " (merge patch)", ""), join(n, "_patch", "", ""), n, 200, e});
  add((struct route){M_DELETE, one, crud_delete, R_IF_MATCH, join("delete_", n, "", ""), join("Delete a ", n, "", ""), NULL, NULL,
                     204, e});
}

static void add_collection(const struct entity *e, const char *all, handler_fn list, handler_fn create, const char *of) {
  const char *n = e->name;
  add((struct route){M_GET, all, list, 0, join("list_", n, "", ""), join("List ", e->plural.in[LANG_EN], of, ""), NULL,
                     join(n, "_list", "", ""), 200, e});
  if (!(e->flags & E_SYSTEM))
    add((struct route){M_POST, all, create, R_BODY, join("create_", n, "", ""), join("Create a ", n, "", ""),
                       join(n, "_create", "", ""), n, 201, e});
}

static void add_generic(const struct entity *e) {
  const char *one = join("/", e->path, "/{id}", "");
  if (e->flags & E_ROOT)
    add_collection(e, join("/", e->path, "", ""), crud_list, crud_create, "");
  else if (e->flags & E_CHILD)
    add_collection(e, join("/", entity_root(e)->path, "/{id}/", e->path), crud_children, crud_child_create, " below one record");
  add_one(e, one);
}

static bool taken(enum method m, const char *path) {
  for (size_t i = 0; i < route_special_count; i++)
    if (routes[i].method == m && !strcmp(routes[i].path, path)) return true;
  return false;
}

void routes_setup(void) {
  if (nroutes) return;
  for (size_t i = 0; i < route_special_count; i++) add(route_special[i]);
  for (const struct entity *const *e = entity_all; *e; e++) {
    size_t from = nroutes;
    add_generic(*e);
    size_t kept = from;  // a special route of the same method and path stands instead of the generic one
    for (size_t i = from; i < nroutes; i++)
      if (!taken(routes[i].method, routes[i].path)) routes[kept++] = routes[i];
    nroutes = kept;
  }
}

const struct route *route_list(size_t *ret_n) {
  *ret_n = nroutes;
  return routes;
}

static bool match_path(const char *pattern, str path, str capture[CALL_CAPTURES]) {
  str want = str_sub(str_of(pattern), 1, SIZE_MAX), have = str_sub(path, 1, SIZE_MAX), w, h;
  int n = 0;
  for (;;) {
    bool more_w = str_next(&want, '/', &w), more_h = str_next(&have, '/', &h);
    if (!more_w || !more_h) return more_w == more_h;
    if (w.p[0] == '{') {
      if (!h.n) return false;
      capture[n++] = h;
    } else if (!str_eq(w, h)) {
      return false;
    }
  }
}

static const char *method_names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ""};

const struct route *route_match(enum method m, str path, str capture[CALL_CAPTURES], char ret_allow[64]) {
  AUTO(buf_release) struct buf allow = BUF(63);
  str found[CALL_CAPTURES] = {{0}};
  for (size_t i = 0; i < nroutes; i++) {
    if (!match_path(routes[i].path, path, found)) continue;
    if (routes[i].method == m) {
      memcpy(capture, found, sizeof found);
      return &routes[i];
    }
    buf_fmt(&allow, "%s%s", allow.n ? ", " : "", method_names[routes[i].method]);
  }
  snprintf(ret_allow, 64, "%s", allow.n ? buf_z(&allow) : "");
  return NULL;
}
