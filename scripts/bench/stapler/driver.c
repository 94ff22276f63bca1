/*
 * One end of a measured transfer: a source that writes or a sink that reads, over any number of connections, in
 * one thread. The same program drives every contender, so only the relay between them differs.
 *
 *   driver source|sink listen|connect PORT PAIRS WARMUP_MS MEASURE_MS BLOCK_BYTES DIALECT
 *
 * Prints `port N` when listening and `ready` when all connections stand, then waits for a line on standard input.
 * The sink counts what comes within MEASURE_MS, from WARMUP_MS after its first byte on, prints
 * `{"ms":…,"bytes":[…]}` with one number for each connection, and exits. The source writes until nobody reads.
 * BLOCK_BYTES is how much one read or write asks for: larger blocks make direct TCP faster, and hardly any relay.
 *
 * With MEASURE_MS 0 the sink only holds its connections until standard input ends. So does the source, after it has
 * written to all until nothing more was taken for a second, and has printed `full`; with BLOCK_BYTES 0 it writes nothing.
 */
#include "wire.h"

enum { EVENTS = 256, STILL_MS = 1000 };

static char *block;
static size_t block_bytes;

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

/* Reads answer lines up to the one of the meeting, byte by byte: nothing behind it may be taken. */
static void await_met(int fd, const char *dialect) {
  char line[600];
  for (size_t length = 0;;) {
    if (read(fd, line + length, 1) != 1) fail("no answer");
    if (line[length] != '\n' && ++length < sizeof line - 1) continue;
    line[length] = 0;
    length = 0;
    if (is_met(dialect, line)) return;
  }
}

/* Back-pressured writing to, or reading from, one connection that is ready for it. Answers bytes, 0 at the end. */
static ssize_t move(int source, int fd) {
  ssize_t count = source ? write(fd, block, block_bytes) : read(fd, block, block_bytes);
  return count < 0 && (errno == EAGAIN || errno == EINTR) ? -1 : count < 0 ? 0 : count;
}

static int watch(int source, const int *fds, int pairs) {
  int poll = epoll_create1(0);
  for (int i = 0; i < pairs; i++) {
    struct epoll_event event = {.events = source ? EPOLLOUT : EPOLLIN, .data.u32 = i};
    fcntl(fds[i], F_SETFL, O_NONBLOCK);
    epoll_ctl(poll, EPOLL_CTL_ADD, fds[i], &event);
  }
  return poll;
}

static void fill(const int *fds, int pairs) {
  struct epoll_event events[EVENTS];
  int poll = watch(1, fds, pairs);
  for (int ready = 1; ready > 0;) {
    ready = epoll_wait(poll, events, EVENTS, STILL_MS);
    for (int e = 0; e < ready; e++)
      if (move(1, fds[events[e].data.u32]) == 0) fail("a held connection ended");
  }
  puts("full");
}

static int run(int source, const int *fds, int pairs, double warmup, double measure) {
  uint64_t *bytes = calloc(pairs, sizeof *bytes);
  double first = 0, start = 0, now = 0;
  int open = pairs;
  struct epoll_event events[EVENTS];
  /* One connection is simply read or written, blocking. */
  int poll = pairs > 1 ? watch(source, fds, pairs) : -1;
  while (open > 0) {
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
  if (argc != 9) return 2;
  int source = !strcmp(argv[1], "source"), listens = !strcmp(argv[2], "listen");
  int port = atoi(argv[3]), pairs = atoi(argv[4]);
  double measure = atof(argv[6]);
  const char *dialect = argv[8];
  int *fds = calloc(pairs, sizeof *fds);
  block_bytes = atoi(argv[7]);
  block = calloc(1, block_bytes + 1);
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  int listener = listens ? listen_on(port) : -1;
  for (int i = 0; i < pairs; i++) {
    fds[i] = listens ? accept(listener, NULL, NULL) : connect_to(port, measure == 0);
    if (fds[i] < 0) fail("accept");
    say_hello(fds[i], dialect, source ? SENDER : RECIPIENT, i);
  }
  for (int i = 0; i < pairs && *dialect != '-'; i++) await_met(fds[i], dialect);
  puts("ready");
  int line = getchar();
  while (line != '\n' && line != EOF) line = getchar();
  if (measure > 0) return run(source, fds, pairs, atof(argv[5]), measure);
  if (source && block_bytes > 0) fill(fds, pairs);
  while (getchar() != EOF) continue;
  return 0;
}
