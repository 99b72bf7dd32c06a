// SPDX-License-Identifier: Apache-2.0
// Loaded into archcost by LD_PRELOAD: the N-th call of one kind fails.
//
//   ARCHCOST_FAULT=write:17      the 17th call of the kind fails
//   ARCHCOST_FAULT=write:17+     the 17th and all after it
//   ARCHCOST_FAULT_HIT=FILE      FILE is made when a call is made to fail
//
// Kinds: malloc, open, read, write, fsync, rename, truncate, pipe (reads of pipes), thread. Calls
// count from main() on, in the process named archcost only: programs that it starts are not
// touched. SQLite's calls count like all others.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

bool armed = false;
const char* kind = nullptr;
std::size_t kind_size = 0;
long wanted = 0;
bool persistent = false;
std::atomic<long> count = 0;

void arm() {
  const char* program = program_invocation_short_name;
  const char* fault = std::getenv("ARCHCOST_FAULT");
  if (fault == nullptr || std::strcmp(program, "archcost") != 0) return;
  const char* colon = std::strchr(fault, ':');
  if (colon == nullptr) return;
  kind = fault;
  kind_size = static_cast<std::size_t>(colon - fault);
  char* end = nullptr;
  wanted = std::strtol(colon + 1, &end, 10);
  persistent = *end == '+';
  armed = true;
}

/// Whether this call of a kind fails.
bool fails(const char* name) {
  if (!armed || std::strlen(name) != kind_size || std::memcmp(name, kind, kind_size) != 0)
    return false;
  const long number = ++count;
  if (persistent ? number < wanted : number != wanted) return false;
  if (const char* file = std::getenv("ARCHCOST_FAULT_HIT")) {
    const long opened = syscall(SYS_openat, AT_FDCWD, file, O_CREAT | O_WRONLY, 0644);
    if (opened >= 0) syscall(SYS_close, opened);
  }
  return true;
}

bool is_pipe(int descriptor) {
  struct stat status;
  return armed && fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
}

bool read_fails(int descriptor) { return fails("read") || (is_pipe(descriptor) && fails("pipe")); }

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

using Main = int(int, char**, char**);
Main* real_main = nullptr;

int armed_main(int argc, char** argv, char** environment) {
  arm();
  return real_main(argc, argv, environment);
}

}  // namespace

// The function of libc of the same name, of that type.
#define NEXT(name) static auto* const real = next<decltype(name)>(#name)

extern "C" {

int __libc_start_main(Main* main, int argc, char** argv, void (*init)(), void (*fini)(),
                      void (*loader_fini)(), void* stack_end) {
  real_main = main;
  using Start = int(Main*, int, char**, void (*)(), void (*)(), void (*)(), void*);
  return next<Start>("__libc_start_main")(armed_main, argc, argv, init, fini, loader_fini,
                                          stack_end);
}

void* malloc(std::size_t size) {
  if (!fails("malloc")) return __libc_malloc(size);
  errno = ENOMEM;
  return nullptr;
}

void* calloc(std::size_t count_of, std::size_t size) {
  if (!fails("malloc")) return __libc_calloc(count_of, size);
  errno = ENOMEM;
  return nullptr;
}

void* realloc(void* memory, std::size_t size) {
  if (!fails("malloc")) return __libc_realloc(memory, size);
  errno = ENOMEM;
  return nullptr;
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (!fails("malloc")) return __libc_memalign(alignment, size);
  errno = ENOMEM;
  return nullptr;
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  if (fails("malloc")) return ENOMEM;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

#define OPENS(name)                                                        \
  int name(const char* path, int flags, ...) {                             \
    va_list list;                                                          \
    va_start(list, flags);                                                 \
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0; \
    va_end(list);                                                          \
    NEXT(name);                                                            \
    if (!fails("open")) return real(path, flags, mode);                    \
    errno = EMFILE;                                                        \
    return -1;                                                             \
  }
OPENS(open)
OPENS(open64)

#define FOPENS(name)                                    \
  std::FILE* name(const char* path, const char* mode) { \
    NEXT(name);                                         \
    if (!fails("open")) return real(path, mode);        \
    errno = EMFILE;                                     \
    return nullptr;                                     \
  }
FOPENS(fopen)
FOPENS(fopen64)

ssize_t read(int descriptor, void* buffer, std::size_t size) {
  NEXT(read);
  if (!read_fails(descriptor)) return real(descriptor, buffer, size);
  errno = EIO;
  return -1;
}

ssize_t pread(int descriptor, void* buffer, std::size_t size, off_t offset) {
  NEXT(pread);
  if (!fails("read")) return real(descriptor, buffer, size, offset);
  errno = EIO;
  return -1;
}

ssize_t pread64(int descriptor, void* buffer, std::size_t size, off64_t offset) {
  NEXT(pread64);
  if (!fails("read")) return real(descriptor, buffer, size, offset);
  errno = EIO;
  return -1;
}

ssize_t write(int descriptor, const void* buffer, std::size_t size) {
  NEXT(write);
  if (!fails("write")) return real(descriptor, buffer, size);
  errno = ENOSPC;
  return -1;
}

ssize_t writev(int descriptor, const iovec* pieces, int number) {
  NEXT(writev);
  if (!fails("write")) return real(descriptor, pieces, number);
  errno = ENOSPC;
  return -1;
}

ssize_t pwrite(int descriptor, const void* buffer, std::size_t size, off_t offset) {
  NEXT(pwrite);
  if (!fails("write")) return real(descriptor, buffer, size, offset);
  errno = ENOSPC;
  return -1;
}

ssize_t pwrite64(int descriptor, const void* buffer, std::size_t size, off64_t offset) {
  NEXT(pwrite64);
  if (!fails("write")) return real(descriptor, buffer, size, offset);
  errno = ENOSPC;
  return -1;
}

std::size_t fwrite(const void* buffer, std::size_t size, std::size_t number, std::FILE* stream) {
  NEXT(fwrite);
  if (stream == stderr || !fails("write")) return real(buffer, size, number, stream);
  errno = ENOSPC;
  return 0;
}

int fflush(std::FILE* stream) {
  NEXT(fflush);
  if (stream == stderr || !fails("write")) return real(stream);
  errno = ENOSPC;
  return EOF;
}

int fclose(std::FILE* stream) {
  NEXT(fclose);
  const bool failed = fails("write");
  const int result = real(stream);
  if (!failed) return result;
  errno = ENOSPC;
  return EOF;
}

int fsync(int descriptor) {
  NEXT(fsync);
  if (!fails("fsync")) return real(descriptor);
  errno = EIO;
  return -1;
}

int fdatasync(int descriptor) {
  NEXT(fdatasync);
  if (!fails("fsync")) return real(descriptor);
  errno = EIO;
  return -1;
}

int rename(const char* from, const char* to) {
  NEXT(rename);
  if (!fails("rename")) return real(from, to);
  errno = EACCES;
  return -1;
}

int ftruncate(int descriptor, off_t size) {
  NEXT(ftruncate);
  if (!fails("truncate")) return real(descriptor, size);
  errno = EIO;
  return -1;
}

int ftruncate64(int descriptor, off64_t size) {
  NEXT(ftruncate64);
  if (!fails("truncate")) return real(descriptor, size);
  errno = EIO;
  return -1;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  NEXT(pthread_create);
  if (!fails("thread")) return real(thread, attributes, start, argument);
  return EAGAIN;
}
}
