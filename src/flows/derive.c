// SPDX-License-Identifier: Apache-2.0
#include "flows/derive.h"

#include "base/utf8.h"

str derive_domain(struct arena *a, str s) {
  AUTO(buf_release) struct buf b = BUF(8 * LIMIT_TEXT);
  utf8_fold(&b, str_trim(s));
  str d = buf_str(&b), host, rest;
  for (size_t i = 0; i + 2 < d.n; i++)
    if (d.p[i] == ':' && d.p[i + 1] == '/' && d.p[i + 2] == '/') {
      d = str_sub(d, i + 3, d.n);
      break;
    }
  if (str_starts(d, S("www."))) d = str_sub(d, 4, d.n);
  str_cut(d, '/', &host, &rest);
  return arena_str(a, host);
}

void derive_account(struct rec *after, bool fresh, id64 user) {
  AUTO(buf_release) struct buf key = BUF(8 * LIMIT_TEXT);
  utf8_company_key(&key, rec_text(after, account_f_name));
  rec_set_text(after, account_f_match_key, buf_str(&key));
  if (rec_has(after, account_f_domain))
    rec_set_text(after, account_f_domain, derive_domain(after->arena, rec_text(after, account_f_domain)));
  if (fresh && !rec_has(after, account_f_owner) && user) rec_set_ref(after, account_f_owner, user);
}

enum problem_code derive_order_line(struct rec *after, int *ret_field) {
  ratio discount = rec_has(after, order_line_f_discount) ? rec_rate(after, order_line_f_discount) : (ratio){0, 1}, keep;
  money price = rec_money(after, order_line_f_unit_price), total;
  int64_t quantity = rec_int(after, order_line_f_quantity);
  *ret_field = order_line_f_discount;
  if (!ratio_make(discount.den - discount.num, discount.den, &keep)) return P_BAD_RATE;
  *ret_field = order_line_f_quantity;
  if (__builtin_mul_overflow(price.minor, quantity, &price.minor) || money_times(price, keep, &total)) return P_MONEY_RANGE;
  rec_set_money(after, order_line_f_total, total);
  return P_NONE;
}
