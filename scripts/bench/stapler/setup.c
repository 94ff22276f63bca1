/*
 * How fast a relay brings pairs together: opens both connections of a pair, says hello on both, waits until both are
 * told of each other, closes both, and goes on with the next pair; so many pairs at a time, in one thread.
 *
 *   setup PORT PAIRS AT_ONCE CHANNELS DIALECT
 *
 * Channels are used again, each for one pair at a time: CHANNELS >= AT_ONCE. The first tenth is a warm-up. Prints
 * `{"pairs":…,"ms":…}`.
 */
#include "wire.h"

enum { EVENTS = 256, LINE = 128 };

struct side {
  int fd, met;
  size_t length;
  char line[LINE];
};

static int port, channels, poll_fd;
static const char *dialect;

static void dial(struct side *pair, int slot, int channel) {
  for (int role = SENDER; role <= RECIPIENT; role++) {
    struct side *side = &pair[role];
    *side = (struct side){.fd = connect_to(port, 0)};
    say_hello(side->fd, dialect, role, channel);
    fcntl(side->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = 2 * slot + role};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, side->fd, &event);
  }
}

/* Takes in what has come. The event may be of a connection that was closed since. */
static void hear(struct side *side) {
  if (side->fd < 0) return;
  ssize_t count = read(side->fd, side->line + side->length, LINE - 1 - side->length);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) fail("no answer");
  side->length += count;
  side->line[side->length] = 0;
  for (char *end; (end = strchr(side->line, '\n')) != NULL;) {
    *end = 0;
    side->met |= is_met(dialect, side->line);
    side->length -= end + 1 - side->line;
    memmove(side->line, end + 1, side->length + 1);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  port = atoi(argv[1]);
  int pairs = atoi(argv[2]), at_once = atoi(argv[3]), started = 0, done = 0, warmup = pairs / 10;
  channels = atoi(argv[4]);
  dialect = argv[5];
  double start = 0;
  struct side(*slots)[2] = calloc(at_once, sizeof *slots);
  struct epoll_event events[EVENTS];
  poll_fd = epoll_create1(0);
  for (; started < at_once; started++) dial(slots[started], started, started % channels);
  while (done < pairs) {
    int ready = epoll_wait(poll_fd, events, EVENTS, 10000);
    if (ready <= 0) fail("nothing comes");
    for (int e = 0; e < ready; e++) {
      int slot = events[e].data.u32 / 2;
      struct side *pair = slots[slot];
      hear(&pair[events[e].data.u32 % 2]);
      if (!pair[SENDER].met || !pair[RECIPIENT].met) continue;
      for (int role = SENDER; role <= RECIPIENT; role++) {
        close(pair[role].fd);
        pair[role] = (struct side){.fd = -1};
      }
      if (++done == warmup) start = now_ms();
      if (started < pairs) dial(pair, slot, started++ % channels);
    }
  }
  printf("{\"pairs\":%d,\"ms\":%.3f}\n", pairs - warmup, now_ms() - start);
  return 0;
}
