// SPDX-License-Identifier: Apache-2.0
// Ridge logistic regression by Newton's method (Hastie, Tibshirani, Friedman: The Elements of Statistical Learning, 4.4.1), the step
// solved by Cholesky and halved until the loss falls. Outcomes may be fractions.
#include <math.h>

#include "rules/forecast_work.h"

enum { STEPS = 50, HALVINGS = 20 };

double logistic(double z) { return z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z)); }

double logistic_dot(const double *row, const double *w, int k) {
  double z = 0;
  for (int j = 0; j < k; j++) z += row[j] * w[j];
  return z;
}

// log(1 + exp(z)) - y z, without overflow.
static double loss_of(double z, double y) { return (z > 0 ? z + log1p(exp(-z)) : log1p(exp(z))) - y * z; }

struct fit {
  const double *x, *y;
  const size_t *fold;
  size_t skip, n;
  int k;
  double ridge;
};

static double loss(const struct fit *f, const double *w) {
  double sum = 0;
  for (size_t i = 0; i < f->n; i++)
    if (f->fold[i] != f->skip) sum += loss_of(logistic_dot(f->x + i * (size_t)f->k, w, f->k), f->y[i]);
  for (int j = 1; j < f->k; j++) sum += f->ridge * w[j] * w[j] / 2;
  return sum;
}

static void slope(const struct fit *f, const double *w, double *g, double *h) {
  size_t k = (size_t)f->k;
  memset(g, 0, k * sizeof *g);
  memset(h, 0, k * k * sizeof *h);
  for (size_t i = 0; i < f->n; i++) {
    if (f->fold[i] == f->skip) continue;
    const double *row = f->x + i * k;
    double p = logistic(logistic_dot(row, w, f->k)), d = p - f->y[i], c = p * (1 - p);
    for (size_t r = 0; r < k; r++) {
      if (row[r] == 0) continue;
      g[r] += d * row[r];
      double cr = c * row[r];
      for (size_t s = 0; s <= r; s++) h[r * k + s] += cr * row[s];
    }
  }
  for (size_t j = 0; j < k; j++) {
    if (j) g[j] += f->ridge * w[j];
    h[j * k + j] += j ? f->ridge : 1e-9;
  }
}

// Solves H d = g for the lower triangle of a positive definite H, in place. False where rounding has made it singular.
static bool solve(double *h, double *g, int n) {
  for (int r = 0; r < n; r++) {
    for (int s = 0; s <= r; s++) {
      double v = h[r * n + s];
      for (int q = 0; q < s; q++) v -= h[r * n + q] * h[s * n + q];
      if (r == s && v <= 0) return false;
      h[r * n + s] = r == s ? sqrt(v) : v / h[s * n + s];
    }
  }
  for (int r = 0; r < n; r++) {
    for (int q = 0; q < r; q++) g[r] -= h[r * n + q] * g[q];
    g[r] /= h[r * n + r];
  }
  for (int r = n - 1; r >= 0; r--) {
    for (int q = r + 1; q < n; q++) g[r] -= h[q * n + r] * g[q];
    g[r] /= h[r * n + r];
  }
  return true;
}

void logistic_fit(const double *x, const double *y, const size_t *fold, size_t skip, size_t n, int k, double ridge,
                  struct arena *a, double *ret_w) {
  struct fit f = {x, y, fold, skip, n, k, ridge};
  double *g = NEW_ARRAY(a, (size_t)k, double), *h = NEW_ARRAY(a, (size_t)k * (size_t)k, double),
         *next = NEW_ARRAY(a, (size_t)k, double);
  memset(ret_w, 0, (size_t)k * sizeof *ret_w);
  double now = loss(&f, ret_w);
  for (int step = 0; step < STEPS; step++) {
    slope(&f, ret_w, g, h);
    if (!solve(h, g, k)) return;
    double scale = 1, then = now;
    for (int half = 0; half < HALVINGS; half++, scale /= 2) {
      for (int j = 0; j < k; j++) next[j] = ret_w[j] - scale * g[j];
      then = loss(&f, next);
      if (then <= now) break;
    }
    if (!(then < now - 1e-10)) return;
    memcpy(ret_w, next, (size_t)k * sizeof *ret_w);
    now = then;
  }
}
