// SPDX-License-Identifier: Apache-2.0
// The web client, embedded in the program: every file of the bundle, a table sorted by URL path.
// The table and the bytes are generated when the program is built (scripts/assets.mjs) and live for ever; nothing here fails.
// Files whose name carries a hash of their content never change under that name, so they may be cached for a year.
// Example: bsearch by path in assets[0 .. assets_count), then answer with a->type and a->gzip where the client accepts it.
#ifndef ENTENTE_HTTP_ASSETS_H
#define ENTENTE_HTTP_ASSETS_H
#include <stdbool.h>
#include <stddef.h>

struct asset {
  const char *path;           // "/index.html", "/app-3F2A91C0.js"
  const char *type;           // Content-Type
  const char *etag;           // strong, quoted: "\"0f3c...\""
  const unsigned char *data;  // the bytes as built
  size_t len;
  const unsigned char *gzip;  // the same compressed, or NULL where compression gains nothing
  size_t gzip_len;
  bool immutable;  // name carries the hash
};

extern const struct asset assets[];  // sorted by path
extern const size_t assets_count;    // 0 when built with -Dweb=false

#endif
