// SPDX-License-Identifier: Apache-2.0
// The story of the demo, from its tables. Holidays are those of 2026 and the turn of the year, with the make-up days of China and the
// transferred days of Russia.
#include "flows/demo_internal.h"

#define GERMAN_HOLIDAYS                                                                                                \
  "2026-01-01 closed\n2026-04-03 closed\n2026-04-06 closed\n2026-05-01 closed\n2026-05-14 closed\n2026-05-25 closed\n" \
  "2026-10-31 closed\n2026-12-24 closed\n2026-12-25 closed\n2026-12-31 closed\n2027-01-01 closed\n2027-03-26 closed\n2027-03-29 closed"
#define CHINESE_HOLIDAYS                                                                                                         \
  "2026-01-01 closed\n2026-01-02 closed\n2026-02-14 09:00-18:00\n2026-02-16 closed\n2026-02-17 closed\n2026-02-18 closed\n"      \
  "2026-02-19 closed\n2026-02-20 closed\n2026-02-23 closed\n2026-02-28 09:00-18:00\n2026-04-06 closed\n2026-05-01 closed\n"      \
  "2026-05-04 closed\n2026-05-05 closed\n2026-05-09 09:00-18:00\n2026-06-19 closed\n2026-09-20 09:00-18:00\n2026-09-25 closed\n" \
  "2026-10-01 closed\n2026-10-02 closed\n2026-10-05 closed\n2026-10-06 closed\n2026-10-07 closed\n2026-10-10 09:00-18:00\n"      \
  "2027-01-01 closed"
#define RUSSIAN_HOLIDAYS                                                                                               \
  "2026-01-01 closed\n2026-01-02 closed\n2026-01-05 closed\n2026-01-06 closed\n2026-01-07 closed\n2026-01-08 closed\n" \
  "2026-01-09 closed\n2026-02-23 closed\n2026-03-09 closed\n2026-05-01 closed\n2026-05-11 closed\n2026-06-12 closed\n" \
  "2026-11-04 closed\n2026-12-31 closed\n2027-01-01 closed\n2027-01-04 closed\n2027-01-05 closed\n2027-01-06 closed\n" \
  "2027-01-07 closed\n2027-01-08 closed"

#define DE "Germany"
#define CN "中国"
#define RU "Россия"

const struct demo_firm demo_firms[DEMO_FIRMS] = {
#include "flows/demo_firms.def"
};

const struct demo_customer demo_customers[DEMO_FIRMS][DEMO_CUSTOMERS] = {
#include "flows/demo_customers.def"
};

const struct demo_deal demo_deals[] = {
#include "flows/demo_deals.def"
  {0},
};

const struct demo_lead demo_leads[] = {
#include "flows/demo_leads.def"
  {0},
};
