/*
 * One end of a measured transfer: a source that writes or a sink that reads, over any number of connections, in
 * one thread. The same program drives every contender, so only the relay between them differs.
 *
 *   driver source|sink listen|connect PORT PAIRS WARMUP_MS MEASURE_MS HELLO
 *
 * HELLO is `-`, or the role for hello lines: connection i then says "duet/1 ROLE bench-i - h" and waits for
 * `stapled`. Prints `port N` when listening and `ready` when all connections stand, then waits for a line on
 * standard input. The sink counts what comes within MEASURE_MS, from WARMUP_MS after its first byte on, prints
 * `{"ms":…,"bytes":[…]}` with one number for each connection, and exits. The source writes until nobody reads.
 * With MEASURE_MS 0 both only hold their connections until standard input ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* How much one read or write asks for. Larger blocks make direct TCP faster, and hardly any relay. */
#ifndef BLOCK
#define BLOCK (64 << 10)
#endif
enum { EVENTS = 256 };
static char block[BLOCK];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int listen_on(int port) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(port);
  socklen_t length = sizeof address;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&address, length) || listen(fd, 4096)) fail("listen");
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("port %d\n", ntohs(address.sin_port));
  return fd;
}

static int connect_to(int port) {
  int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(port);
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

/* Reads answer lines up to `stapled`, byte by byte: nothing behind it may be taken. */
static void await_stapled(int fd) {
  char line[600];
  for (size_t length = 0;;) {
    if (read(fd, line + length, 1) != 1) fail("no answer");
    if (line[length] != '\n' && ++length < sizeof line - 1) continue;
    line[length] = 0;
    length = 0;
    if (!strcmp(line, "stapled")) return;
    if (strcmp(line, "waiting")) {
      fprintf(stderr, "refused: %s\n", line);
      exit(1);
    }
  }
}

/* Back-pressured writing to, or reading from, one connection that is ready for it. Answers bytes, 0 at the end. */
static ssize_t move(int source, int fd) {
  ssize_t count = source ? write(fd, block, BLOCK) : read(fd, block, BLOCK);
  return count < 0 && (errno == EAGAIN || errno == EINTR) ? -1 : count < 0 ? 0 : count;
}

static int run(int source, int *fds, int pairs, double warmup, double measure) {
  uint64_t *bytes = calloc(pairs, sizeof *bytes);
  double first = 0, start = 0, now = 0;
  int poll = epoll_create1(0), open = pairs;
  struct epoll_event events[EVENTS];
  for (int i = 0; i < pairs && pairs > 1; i++) {
    struct epoll_event event = {.events = source ? EPOLLOUT : EPOLLIN, .data.u32 = i};
    fcntl(fds[i], F_SETFL, O_NONBLOCK);
    epoll_ctl(poll, EPOLL_CTL_ADD, fds[i], &event);
  }
  while (open > 0) {
    /* One connection is simply read or written, blocking. */
    int ready = pairs == 1 ? 1 : epoll_wait(poll, events, EVENTS, 1000);
    for (int e = 0; e < ready; e++) {
      int i = pairs == 1 ? 0 : (int)events[e].data.u32;
      ssize_t count = move(source, fds[i]);
      if (count > 0) bytes[i] += count;
      if (count != 0) continue;
      epoll_ctl(poll, EPOLL_CTL_DEL, fds[i], NULL);
      open--;
    }
    if (source) continue;
    now = now_ms();
    if (first == 0) first = now;
    if (start == 0 && now - first >= warmup) {
      start = now;
      memset(bytes, 0, pairs * sizeof *bytes);
    }
    if (start != 0 && now - start >= measure) break;
  }
  if (source) return 0;
  printf("{\"ms\":%.3f,\"bytes\":[", now - start);
  for (int i = 0; i < pairs; i++) printf("%s%llu", i ? "," : "", (unsigned long long)bytes[i]);
  printf("]}\n");
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 8) return 2;
  int source = !strcmp(argv[1], "source"), listens = !strcmp(argv[2], "listen");
  int port = atoi(argv[3]), pairs = atoi(argv[4]);
  const char *role = argv[7];
  int *fds = calloc(pairs, sizeof *fds);
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  int listener = listens ? listen_on(port) : -1;
  for (int i = 0; i < pairs; i++) {
    fds[i] = listens ? accept(listener, NULL, NULL) : connect_to(port);
    if (fds[i] < 0) fail("accept");
    if (*role != '-') dprintf(fds[i], "duet/1 %s bench-%d - h\n", role, i);
  }
  for (int i = 0; i < pairs && *role != '-'; i++) await_stapled(fds[i]);
  puts("ready");
  int line = getchar();
  while (line != '\n' && line != EOF) line = getchar();
  double measure = atof(argv[6]);
  if (measure > 0) return run(source, fds, pairs, atof(argv[5]), measure);
  while (getchar() != EOF) continue;
  return 0;
}
