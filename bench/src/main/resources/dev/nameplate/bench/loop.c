// Signs in a loop through a PKCS#11 module, as fast as C can: the limit for everybody else.
//
//   loop MODULE TOKEN PIN-FILE KEY-LABEL MECHANISM INPUT-BYTES THREADS SECONDS
//
// Prints the number of signatures, the nanoseconds they took, and those of processor time.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned long ulong;
typedef struct { ulong type; void *value; ulong length; } attribute;
typedef struct { ulong mechanism; void *parameter; ulong length; } mechanism;
typedef struct { void *create, *destroy, *lock, *unlock; ulong flags; void *reserved[3]; } arguments;

static void **list;  // CK_FUNCTION_LIST: the version, then the functions
static ulong slot, mechanism_type, input_bytes;
static const char *label;
static int seconds;
static pthread_barrier_t start;
static volatile int warm, over;

#define CALL(position, name, ...)                                       \
  do {                                                                  \
    ulong rv = ((ulong(*)())list[1 + (position)])(__VA_ARGS__);         \
    if (rv != 0) {                                                      \
      fprintf(stderr, "%s: 0x%lx\n", name, rv);                         \
      exit(1);                                                          \
    }                                                                   \
  } while (0)

static ulong find(ulong session) {
  ulong private_key = 3, key = 0, count = 0;
  attribute template[] = {{0, &private_key, sizeof private_key}, {3, (void *)label, strlen(label)}};
  CALL(26, "C_FindObjectsInit", session, template, 2UL);
  CALL(27, "C_FindObjects", session, &key, 1UL, &count);
  CALL(28, "C_FindObjectsFinal", session);
  if (count != 1) {
    fprintf(stderr, "no key %s\n", label);
    exit(1);
  }
  return key;
}

static void *work(void *signatures) {
  ulong session, count = 0;
  CALL(12, "C_OpenSession", slot, 4UL, NULL, NULL, &session);
  ulong key = find(session);
  unsigned char input[512] = {1}, output[8192];
  mechanism how = {mechanism_type, NULL, 0};
  pthread_barrier_wait(&start);
  int counted = 0;
  while (!over) {
    ulong length = sizeof output;
    CALL(42, "C_SignInit", session, &how, key);
    CALL(43, "C_Sign", session, input, input_bytes, output, &length);
    if (warm && !counted) {
      count = 0;
      counted = 1;
    }
    count++;
  }
  *(ulong *)signatures = count;
  return NULL;
}

static long long now(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void pause_for(int whole_seconds) {
  struct timespec time = {whole_seconds, 0};
  nanosleep(&time, NULL);
}

int main(int argc, char **argv) {
  if (argc != 9) return 2;
  label = argv[4];
  mechanism_type = strtoul(argv[5], NULL, 0);
  input_bytes = strtoul(argv[6], NULL, 0);
  int threads = atoi(argv[7]);
  seconds = atoi(argv[8]);

  char pin[256] = "";
  FILE *file = fopen(argv[3], "r");
  if (!file || !fgets(pin, sizeof pin, file)) return 3;
  pin[strcspn(pin, "\r\n")] = 0;

  void *module = dlopen(argv[1], RTLD_NOW);
  if (!module) {
    fprintf(stderr, "%s\n", dlerror());
    return 4;
  }
  ulong (*get_list)(void ***) = dlsym(module, "C_GetFunctionList");
  if (get_list(&list) != 0) return 5;
  arguments with_threads = {.flags = 2};
  CALL(0, "C_Initialize", &with_threads);

  ulong slots[64], count = 64;
  CALL(4, "C_GetSlotList", (unsigned char)1, slots, &count);
  int found = 0;
  for (ulong i = 0; i < count && !found; i++) {
    char info[256] = "";
    CALL(6, "C_GetTokenInfo", slots[i], info);
    size_t length = strlen(argv[2]);
    if (!strncmp(info, argv[2], length) && info[length] == ' ') {
      slot = slots[i];
      found = 1;
    }
  }
  if (!found) return 6;
  ulong login;
  CALL(12, "C_OpenSession", slot, 4UL, NULL, NULL, &login);
  CALL(18, "C_Login", login, 1UL, pin, (ulong)strlen(pin));

  pthread_barrier_init(&start, NULL, threads + 1);
  pthread_t thread[64];
  ulong signatures[64];
  for (int i = 0; i < threads; i++) pthread_create(&thread[i], NULL, work, &signatures[i]);
  pthread_barrier_wait(&start);
  pause_for(1);
  warm = 1;
  long long began = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
  pause_for(seconds);
  over = 1;
  ulong total = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(thread[i], NULL);
    total += signatures[i];
  }
  printf("%lu %lld %lld\n", total, now(CLOCK_MONOTONIC) - began,
         now(CLOCK_PROCESS_CPUTIME_ID) - cpu);
  return 0;
}
