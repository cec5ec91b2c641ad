// SPDX-License-Identifier: Apache-2.0
// What one person should do next (K5), over everything the person's company sees: answers that are awaited, promises, steps that are due,
// deals that went quiet, and the one question worth asking. Looks at a bounded number of records however large the hub is: the latest
// and the largest deals, the latest leads, statements and agreements, the tasks that are due first.
// Memory: the ctx's arena. Reads only.
#ifndef ENTENTE_FLOWS_TODAY_H
#define ENTENTE_FLOWS_TODAY_H
#include "flows/flow.h"

enum today_text {
#define X(code, en, zh, ru) TODAY_##code,
#include "flows/today.def"
#undef X
  TODAY_TEXTS
};
extern const struct reason_def today_texts[TODAY_TEXTS];

enum { TODAY_ACTIONS = 12, TODAY_CLOCKS = 6, TODAY_PROMISES = 8, TODAY_QUIET = 6, TODAY_QUIET_DAYS = 30 };
struct today_action {
  enum today_text kind;  // its code names the kind
  struct reason title, why;
  const struct rec *record;     // lead, task, deal, statement or agreement
  id64 deal, account, company;  // 0: none
  money amount;                 // no currency: none
  bool has_due;
  uday due;
  utime deadline;  // 0: none
  int minutes, weight;
};
struct today_clock {
  const struct rec *lead;
  money value;
  int64_t minutes_left;  // working minutes of the receiver
  int share_left;        // permille of the agreed time
};
struct today_promise {
  const struct rec *task;
  id64 deal;
};
struct today_quiet {
  const struct rec *deal;
  int days;  // since the buyer last gave evidence
};
struct today {
  struct today_action action[TODAY_ACTIONS];
  struct today_clock clock[TODAY_CLOCKS];
  struct today_promise promise[TODAY_PROMISES];
  struct today_quiet quiet[TODAY_QUIET];
  size_t n_actions, n_clocks, n_promises, n_quiet;
  const struct rec *question_deal;  // NULL: no question
  struct reason question, question_why;
  int question_marker;
  size_t leads_waiting;
};
MUST_USE enum err today_make(struct ctx *x, struct today *ret);
#endif
