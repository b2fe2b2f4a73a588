// A PKCS#11 module like another one ($SLOW_MODULE), only that each C_Sign takes $SLOW_MICROS longer:
// as if it were at the other end of a network.
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned long ulong;

static void *list[69];
static ulong (*sign)(ulong, void *, ulong, void *, ulong *);
static struct timespec delay;

static ulong slow_sign(ulong session, void *data, ulong size, void *signature, ulong *length) {
  // whoever only asks for the length is told at once
  if (signature) nanosleep(&delay, NULL);
  return sign(session, data, size, signature, length);
}

ulong C_GetFunctionList(void ***functions) {
  if (!sign) {
    void *module = dlopen(getenv("SLOW_MODULE"), RTLD_NOW | RTLD_LOCAL);
    if (!module) return 5;
    ulong (*get_list)(void ***) = (ulong(*)(void ***))dlsym(module, "C_GetFunctionList");
    void **real;
    ulong rv = get_list(&real);
    if (rv != 0) return rv;
    memcpy(list, real, sizeof list);
    long micros = atol(getenv("SLOW_MICROS"));
    delay.tv_sec = micros / 1000000;
    delay.tv_nsec = micros % 1000000 * 1000;
    sign = (ulong(*)(ulong, void *, ulong, void *, ulong *))list[1 + 43];
    list[1 + 43] = (void *)slow_sign;
  }
  *functions = list;
  return 0;
}
