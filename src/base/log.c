// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"

enum { MAX_LINE = 8192, MAX_VALUE = 1000 };

static _Atomic int threshold = LOG_INFO;

void log_set_level(enum log_level l) { atomic_store(&threshold, (int)l); }

// Values may come from the network: bytes that are not UTF-8 become '?', and a long value is cut.
static void put_value(struct jw *w, str s) {
  char clean[MAX_VALUE];
  size_t n = 0;
  s = str_sub(s, 0, MAX_VALUE);
  while (s.n) {
    ptrdiff_t bad = utf8_bad_offset(s);
    size_t good = bad < 0 ? s.n : (size_t)bad;
    memcpy(clean + n, s.p, good);
    n += good;
    if (bad >= 0) clean[n++] = '?';
    s = str_sub(s, good + (bad >= 0), s.n);
  }
  jw_string(w, (str){clean, n});
}

static void write_all(str line) {
  while (line.n) {
    ssize_t n = write(STDERR_FILENO, line.p, line.n);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nobody reads the log: that must not stop the work
    line = str_sub(line, (size_t)n, line.n);
  }
}

static void put_head(struct jw *w, enum log_level l, const char *event) {
  static const char *const names[] = {"debug", "info", "warn", "error"};
  char text[40];
  struct buf time = BUF(sizeof text);
  time_put(&time, clock_now());
  jw_object(w);
  jw_key(w, S("time"));
  jw_string(w, buf_str(&time));
  jw_key(w, S("level"));
  jw_string(w, str_of(names[(unsigned)l < ARRAY_LEN(names) ? l : LOG_ERROR]));
  jw_key(w, S("event"));
  put_value(w, str_of(event));
  buf_release(&time);
}

void log_event(enum log_level l, const char *event, ...) {
  if ((int)l < atomic_load(&threshold)) return;
  AUTO(buf_release) struct buf line = BUF(MAX_LINE);
  struct jw w = JW(&line);
  put_head(&w, l, event);
  va_list ap;
  va_start(ap, event);
  for (const char *key; (key = va_arg(ap, const char *));) {
    const char *value = va_arg(ap, const char *);
    struct buf pair = BUF(MAX_LINE - 4);  // room for the end of the object
    struct jw trial = {&pair, w.depth, false};
    jw_key(&trial, str_of(key));
    put_value(&trial, value ? str_of(value) : S("null"));
    // A line stays one whole object: a pair that does not fit is left out.
    if (!pair.full && pair.n + line.n + 4 <= MAX_LINE) buf_put(&line, buf_str(&pair));
    buf_release(&pair);
  }
  va_end(ap);
  jw_end_object(&w);
  buf_putc(&line, '\n');
  write_all(buf_str(&line));  // one write: lines of several threads do not mix
}
