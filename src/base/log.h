// SPDX-License-Identifier: Apache-2.0
// Structured log: one JSON object a line on stderr. Only http, cli and the workers log; library code returns errors.
// Never a password, token, cookie, body or field value of a record.
#ifndef ENTENTE_BASE_LOG_H
#define ENTENTE_BASE_LOG_H
#include "base/str.h"
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
void log_set_level(enum log_level l);
// log_event(LOG_INFO, "request", "method", "GET", "status", "200", NULL): key, value pairs of C strings, NULL-terminated.
// A value is cut at 1,000 bytes, a line at 8 KiB (whole pairs are left out), bytes that are not UTF-8 become '?'. Thread-safe.
void log_event(enum log_level l, const char *event, ...) __attribute__((sentinel));
#endif
