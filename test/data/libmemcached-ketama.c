#include <libmemcached/memcached.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints, for every pool below, one line: its description, then one letter per key, its server's; see README.md. */

enum { KEYS = 20000 };

static uint32_t state;

static uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

/* Keys of 1 to 40 bytes; every fourth has bytes of 0x80 and above. */
static size_t make_key(int number, char *key) {
  size_t length = 1 + next() % 40;
  for (size_t i = 0; i < length; i++) {
    uint32_t draw = next() >> 8;
    key[i] = (char) (number % 4 == 3 ? 0x80 + draw % 0x80 : 0x21 + draw % 0x5e);
  }
  return length;
}

/* servers: "host:port:weight" or "/path:weight", separated by spaces. */
static void record(const char *servers, memcached_hash_t hash) {
  memcached_st *memc = memcached_create(NULL);
  memcached_behavior_set(memc, MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, 1);
  if (hash != MEMCACHED_HASH_MD5) memcached_behavior_set(memc, MEMCACHED_BEHAVIOR_HASH, hash);
  char *copy = strdup(servers);
  for (char *entry = strtok(copy, " "); entry; entry = strtok(NULL, " ")) {
    char *weight = strrchr(entry, ':');
    *weight++ = 0;
    if (*entry == '/') {
      memcached_server_add_unix_socket_with_weight(memc, entry, (uint32_t) atoi(weight));
    } else {
      char *port = strrchr(entry, ':');
      *port++ = 0;
      memcached_server_add_with_weight(memc, entry, (in_port_t) atoi(port), (uint32_t) atoi(weight));
    }
  }
  printf("%s\t%s\t", libmemcached_string_hash(hash), servers);
  state = 2463534242u;
  for (int i = 0; i < KEYS; i++) {
    char key[64];
    size_t length = make_key(i, key);
    putchar("ABCDEFGHIJKLMNOPQRSTUVWYZ"[memcached_generate_hash(memc, key, length)]);
  }
  putchar('\n');
  free(copy);
  memcached_free(memc);
}

int main(void) {
  record("10.0.1.1:11211:600 10.0.1.2:11211:300 10.0.1.3:11211:200 10.0.1.4:11211:350 "
         "10.0.1.5:11211:1000 10.0.1.6:11211:800 10.0.1.7:11211:950 10.0.1.8:11211:100", MEMCACHED_HASH_MD5);
  record("cache-c:11211:1 cache-a:11212:1 cache-bb:11213:1", MEMCACHED_HASH_MD5);
  record("10.1.0.1:11211:1 10.1.0.2:11211:1 10.1.0.3:11211:1 10.1.0.4:11211:1 10.1.0.5:11211:1 "
         "10.1.0.6:11211:1 10.1.0.7:11211:1 10.1.0.8:11211:1 10.1.0.9:11211:1 10.1.0.10:11211:1 "
         "10.1.0.11:11211:1 10.1.0.12:11211:1 10.1.0.13:11211:1 10.1.0.14:11211:1 10.1.0.15:11211:1 "
         "10.1.0.16:11211:1 10.1.0.17:11211:1 10.1.0.18:11211:1 10.1.0.19:11211:1 10.1.0.20:11211:1 "
         "10.1.0.21:11211:1 10.1.0.22:11211:1 10.1.0.23:11211:1 10.1.0.24:11211:1 10.1.0.25:11211:1",
         MEMCACHED_HASH_MD5);
  record("/run/memcached/a.sock:1 /run/memcached/b.sock:3 ::1:11211:2 ::1:11212:1", MEMCACHED_HASH_MD5);
  record("left:11211:1 right:11211:7", MEMCACHED_HASH_FNV1A_64);
  record("left:11211:1 right:11211:7 middle:11311:2", MEMCACHED_HASH_DEFAULT);
  return 0;
}
