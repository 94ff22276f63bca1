/*
 * How fast a transfer can be: one connection, records of 1 MiB under AES-256-GCM, a relay that copies. No key agreement,
 * no names, no resume, nothing is synced: what a real program needs beyond this is what the comparison shows.
 *
 *   limit relay                   prints `port N`, joins connections two by two, forever
 *   limit send PORT FILE          sends the file, and waits for the recipient's last word
 *   limit receive PORT FILE       writes what comes
 *
 * The first byte on a connection says who it is. A record is length (4 bytes) ‖ ciphertext ‖ tag; the last is shorter
 * than RECORD. The key is a constant: this program measures, it protects nothing.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECORD = 1 << 20, TAG = 16, LENGTH = 4, NONCE = 12, KEY = 32 };
static unsigned char frame[LENGTH + RECORD + TAG];
static unsigned char plain[RECORD];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void write_all(int fd, const unsigned char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, bytes, length);
    if (written <= 0) fail("write");
    bytes += written;
    length -= (size_t)written;
  }
}

/* Returns how much there was before the end. */
static size_t read_all(int fd, unsigned char *bytes, size_t length) {
  size_t filled = 0;
  while (filled < length) {
    ssize_t got = read(fd, bytes + filled, length - filled);
    if (got < 0) fail("read");
    if (got == 0) break;
    filled += (size_t)got;
  }
  return filled;
}

static int tcp(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) < 0) fail("socket");
  return fd;
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int dial(const char *port, char role) {
  struct sockaddr_in address = loopback(atoi(port));
  int fd = tcp();
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  write_all(fd, (unsigned char *)&role, 1);
  return fd;
}

/* Starts the cipher for the next record: a nonce is used once. */
static EVP_CIPHER_CTX *next_record(int encrypt) {
  static EVP_CIPHER_CTX *cipher;
  static const unsigned char key[KEY];
  static uint64_t count;
  unsigned char nonce[NONCE] = {0};
  memcpy(nonce, &count, sizeof count);
  count++;
  if (cipher == NULL) {
    cipher = EVP_CIPHER_CTX_new();
    if (EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, NULL, encrypt) != 1) fail("cipher");
  }
  if (EVP_CipherInit_ex(cipher, NULL, NULL, NULL, nonce, encrypt) != 1) fail("nonce");
  return cipher;
}

static void send_file(int socket, const char *path) {
  int file = open(path, O_RDONLY), out;
  if (file < 0) fail(path);
  size_t length = RECORD;
  while (length == RECORD) {
    length = read_all(file, plain, RECORD);
    EVP_CIPHER_CTX *cipher = next_record(1);
    uint32_t prefix = htonl((uint32_t)length);
    memcpy(frame, &prefix, LENGTH);
    EVP_CipherUpdate(cipher, frame + LENGTH, &out, plain, (int)length);
    EVP_CipherFinal_ex(cipher, frame, &out);
    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG, frame + LENGTH + length);
    write_all(socket, frame, LENGTH + length + TAG);
  }
  if (shutdown(socket, SHUT_WR) < 0) fail("shutdown");
  if (read_all(socket, plain, 1) != 1) fail("the recipient said nothing");
}

static void receive_file(int socket, const char *path) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), out;
  if (file < 0) fail(path);
  size_t length = RECORD;
  while (length == RECORD) {
    uint32_t prefix;
    if (read_all(socket, (unsigned char *)&prefix, LENGTH) != LENGTH) fail("the sender is gone");
    length = ntohl(prefix);
    if (length > RECORD || read_all(socket, frame, length + TAG) != length + TAG) fail("a record");
    EVP_CIPHER_CTX *cipher = next_record(0);
    EVP_CipherUpdate(cipher, plain, &out, frame, (int)length);
    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG, frame + length);
    if (EVP_CipherFinal_ex(cipher, frame, &out) != 1) fail("a tag");
    write_all(file, plain, length);
  }
  if (close(file) < 0) fail("close");
  write_all(socket, (const unsigned char *)"k", 1);
}

/* One pair after the other: all that the comparison needs. */
static void relay(void) {
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  int door = tcp();
  if (bind(door, (struct sockaddr *)&address, size) < 0 || listen(door, 16) < 0) fail("listen");
  if (getsockname(door, (struct sockaddr *)&address, &size) < 0) fail("getsockname");
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int sender = -1, recipient = -1;
    while (sender < 0 || recipient < 0) {
      unsigned char role;
      int fd = accept(door, NULL, NULL);
      if (fd < 0 || read_all(fd, &role, 1) != 1) fail("accept");
      *(role == 's' ? &sender : &recipient) = fd;
    }
    ssize_t got;
    while ((got = read(sender, frame, RECORD)) > 0) write_all(recipient, frame, (size_t)got);
    if (read_all(recipient, frame, 1) == 1) write_all(sender, frame, 1);
    close(sender);
    close(recipient);
  }
}

int main(int count, char **words) {
  if (count == 2 && strcmp(words[1], "relay") == 0) relay();
  else if (count == 4 && strcmp(words[1], "send") == 0) send_file(dial(words[2], 's'), words[3]);
  else if (count == 4 && strcmp(words[1], "receive") == 0) receive_file(dial(words[2], 'r'), words[3]);
  else return 2;
  return 0;
}
