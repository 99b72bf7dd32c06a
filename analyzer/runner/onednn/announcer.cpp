// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/announcer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "runner/kernels_process.hpp"

namespace archcost::onednn {
namespace {

/// Tests ask for faults as they happen in kernels, of the kinds that have been met.
void inject(const std::string& what) {
  const char* wish = std::getenv("ARCHCOST_KERNELS_FAULT");
  if (wish == nullptr) return;
  const char* at = std::strchr(wish, '@');
  if (at == nullptr || what.find(at + 1) == std::string::npos) return;
  const std::string fault(wish, at);
  if (fault == "SIGSEGV") std::raise(SIGSEGV);
  if (fault == "SIGFPE") std::raise(SIGFPE);
  if (fault == "SIGILL") std::raise(SIGILL);
  if (fault == "SIGKILL") std::raise(SIGKILL);
  if (fault == "memory") throw std::bad_alloc();
  if (fault == "hang") {
    for (;;) pause();
  }
}

}  // namespace

Announcer::Announcer(int page) {
  if (page < 0) return;
  void* mapped = mmap(nullptr, runner::kStatusBytes, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
  if (mapped != MAP_FAILED) page_ = static_cast<char*>(mapped);
}

void Announcer::doing(const std::string& what) {
  if (page_ != nullptr) {
    const std::size_t length = std::min<std::size_t>(what.size(), runner::kStatusBytes - 1);
    std::memcpy(page_, what.data(), length);
    page_[length] = '\0';
  }
  inject(what);
}

void Announcer::event(const nlohmann::json& event) {
  const std::string line = event.dump() + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

}  // namespace archcost::onednn
