/*
 * What the drivers share: loopback TCP, a clock, and what the contenders want to hear first.
 *
 * A dialect is `-` for a contender that wants nothing, `duet` for hello lines, `transit` for those of the wormhole
 * transit relay. Two connections with the same index belong together.
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

enum { SENDER, RECIPIENT };

/* Must be what serve.ts knows. */
#define SENDER_UUID "ssssssssssssssssssssss"
#define RECIPIENT_UUID "rrrrrrrrrrrrrrrrrrrrrr"
#define H_K "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"

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

/*
 * A connection that is only held has small buffers in the kernel at this end, and segments as on Ethernet: what the
 * kernel keeps at the other end grows with both. With its own buffers and the segments of loopback 500 pairs with a
 * stopped reader took some 2 GB of it once, like this about a tenth.
 */
enum { HELD_BUFFER_BYTES = 4 << 10, HELD_SEGMENT_BYTES = 1460 };

static int connect_to(int port, int is_held) {
  int one = 1, buffer = HELD_BUFFER_BYTES, segment = HELD_SEGMENT_BYTES, fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(port);
  if (is_held) {
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  }
  if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static void say_hello(int fd, const char *dialect, int role, int index) {
  if (!strcmp(dialect, "duet"))
    dprintf(fd, "duet/1 %s bench-%d %s " H_K "\n", role == SENDER ? "sender" : "recipient", index,
            role == SENDER ? SENDER_UUID : RECIPIENT_UUID);
  if (!strcmp(dialect, "transit")) dprintf(fd, "please relay %064x for side %016x\n", index, role);
}

/* The line after which the other side is there. */
static const char *met_line(const char *dialect) { return !strcmp(dialect, "duet") ? "stapled" : "ok"; }

/* 1 when it is the line of a meeting, 0 for one that asks for patience; anything else is a refusal, and ends all. */
static int is_met(const char *dialect, const char *line) {
  if (!strcmp(line, met_line(dialect))) return 1;
  if (!strcmp(line, "waiting")) return 0;
  fprintf(stderr, "refused: %s\n", line);
  exit(1);
}
