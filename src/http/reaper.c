// SPDX-License-Identifier: Apache-2.0
// Absolute deadlines. The library's own timeout counts from the last byte, so that one byte every few seconds lives for ever; here
// each state of a socket has an end, and a thread shuts the sockets that passed it. The HTTP thread then sees the end of the
// stream and cleans up: the reaper never frees anything.
#include "http/http_internal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

int64_t http_deadline(int64_t seconds) { return clock_mono() + seconds * UTIME_SECOND; }

int64_t http_transfer_deadline(const struct http *h, uint64_t bytes) {
  return http_deadline(h->transfer_seconds + (int64_t)(bytes / HTTP_TRANSFER_RATE));
}

void http_peer_state(struct peer *p, enum peer_state s, int64_t deadline) {
  atomic_store(&p->state, (int)s);
  atomic_store(&p->deadline, deadline);
}

static void describe(struct peer *p, const struct sockaddr *sa) {
  const void *address = NULL;
  if (sa && sa->sa_family == AF_INET) address = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
  if (sa && sa->sa_family == AF_INET6) {
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    address = six;
    // An IPv4 caller on a socket for both is shown as what it is.
    if (IN6_IS_ADDR_V4MAPPED(six)) {
      if (!inet_ntop(AF_INET, six->s6_addr + 12, p->address, sizeof p->address)) p->address[0] = '\0';
      return;
    }
  }
  if (!address || !inet_ntop(sa->sa_family, address, p->address, sizeof p->address)) p->address[0] = '\0';
}

static void peer_open(struct http *h, struct MHD_Connection *mc, void **ret_context) {
  struct peer *p = calloc(1, sizeof *p);
  if (!p) abort();
  const union MHD_ConnectionInfo *fd = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CONNECTION_FD);
  const union MHD_ConnectionInfo *address = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  p->fd = fd ? fd->connect_fd : -1;
  describe(p, address ? address->client_addr : NULL);
  // A peer that vanished without a word is noticed by the kernel, even while its stream is suspended.
  int on = 1;
  unsigned int lost = 60000;
  (void)setsockopt(p->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  (void)setsockopt(p->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &lost, sizeof lost);
  http_peer_state(p, PEER_HEADER, http_deadline(h->header_seconds));
  pthread_mutex_lock(&h->peers_lock);
  p->next = h->peers;
  if (p->next) p->next->prev = p;
  h->peers = p;
  h->npeers++;
  pthread_mutex_unlock(&h->peers_lock);
  atomic_fetch_add(&h->metrics.connections, 1);
  *ret_context = p;
}

// Runs before the library closes the socket: once out of the list, its number cannot be shut by mistake.
static void peer_close(struct http *h, void **context) {
  struct peer *p = *context;
  if (!p) return;
  pthread_mutex_lock(&h->peers_lock);
  if (p->prev)
    p->prev->next = p->next;
  else
    h->peers = p->next;
  if (p->next) p->next->prev = p->prev;
  h->npeers--;
  pthread_mutex_unlock(&h->peers_lock);
  atomic_fetch_sub(&h->metrics.connections, 1);
  free(p);
  *context = NULL;
}

void http_peer_notify(void *cls, struct MHD_Connection *mc, void **socket_context, enum MHD_ConnectionNotificationCode code) {
  if (code == MHD_CONNECTION_NOTIFY_STARTED)
    peer_open(cls, mc, socket_context);
  else
    peer_close(cls, socket_context);
}

// When most sockets are taken, those that do not yet ask anything wait less; when stopping, they go first.
static int64_t effective_deadline(const struct http *h, struct peer *p, int64_t drain_since) {
  int64_t deadline = atomic_load(&p->deadline);
  int state = atomic_load(&p->state);
  if (state != PEER_IDLE && state != PEER_HEADER) return deadline;
  int64_t cut = HTTP_NEVER;
  if (h->npeers > h->peers_max / 5 * 4) {
    int64_t full = (state == PEER_IDLE ? HTTP_IDLE_SECONDS : h->header_seconds) * UTIME_SECOND;
    cut = deadline - full + HTTP_PRESSED_SECONDS * UTIME_SECOND;
  }
  if (drain_since) {
    int64_t end = drain_since + (state == PEER_IDLE ? UTIME_SECOND / 4 : 2 * UTIME_SECOND);
    if (end < cut) cut = end;
  }
  return cut < deadline ? cut : deadline;
}

static void reap(struct http *h, int64_t now, int64_t drain_since) {
  pthread_mutex_lock(&h->peers_lock);
  for (struct peer *p = h->peers; p; p = p->next) {
    if (p->reaped || effective_deadline(h, p, drain_since) > now) continue;
    p->reaped = true;
    (void)shutdown(p->fd, SHUT_RDWR);
    if (!drain_since) atomic_fetch_add(&h->metrics.reaped, 1);
  }
  pthread_mutex_unlock(&h->peers_lock);
}

static void *reaper_main(void *arg) {
  struct http *h = arg;
  int64_t drain_since = 0;
  while (!atomic_load(&h->reaper_stop)) {
    bool draining = atomic_load(&h->draining);
    int64_t now = clock_mono();
    if (draining && !drain_since) drain_since = now;
    reap(h, now, drain_since);
    struct timespec pause = {0, draining ? 20000000L : 200000000L};
    (void)nanosleep(&pause, NULL);
  }
  return NULL;
}

enum err http_reaper_start(struct http *h) {
  if (pthread_create(&h->reaper, NULL, reaper_main, h)) return ERR_IO;
  h->reaper_running = true;
  return ERR_OK;
}

void http_reaper_stop(struct http *h) {
  if (!h->reaper_running) return;
  atomic_store(&h->reaper_stop, true);
  pthread_join(h->reaper, NULL);
  h->reaper_running = false;
}
