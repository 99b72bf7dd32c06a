// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "runner/onednn/machine_probe.hpp"

namespace archcost::onednn {
namespace {

namespace fs = std::filesystem;

using Sizes = std::array<double, 3>;  // bytes of L1, L2, L3; 0 is not told

std::string first_word(const fs::path& path) {
  std::string word;
  std::ifstream(path) >> word;
  return word;
}

/// "48K", "32M"; 0 if it is neither.
double parse_size(const std::string& text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  if (end == 0 || text.empty() || text.size() > 12) return 0;
  double bytes = std::stod(text.substr(0, end));
  if (end != std::string::npos && text[end] == 'K') bytes *= 1024;
  if (end != std::string::npos && text[end] == 'M') bytes *= 1024 * 1024;
  return bytes;
}

Sizes sizes_of_sysconf() {
  Sizes sizes = {};
#ifdef _SC_LEVEL1_DCACHE_SIZE  // glibc's own
  constexpr int kNames[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const long bytes = sysconf(kNames[i]);
    if (bytes > 0) sizes[i] = static_cast<double>(bytes);
  }
#endif
  return sizes;
}

Sizes sizes_of_sysfs() {
  Sizes sizes = {};
  for (int index = 0; index < 8; ++index) {
    const fs::path folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index);
    if (first_word(folder / "type") == "Instruction") continue;
    const std::string level = first_word(folder / "level");
    if (level == "1" || level == "2" || level == "3")
      sizes[level[0] - '1'] = parse_size(first_word(folder / "size"));
  }
  return sizes;
}

}  // namespace

std::vector<latency::CacheSize> reported_cache_sizes() {
  // A virtual machine may hide its caches from both.
  constexpr Sizes kCommon = {32.0 * 1024, 1024.0 * 1024, 16.0 * 1024 * 1024};
  Sizes sizes = sizes_of_sysconf();
  const Sizes others = sizes_of_sysfs();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] <= 0) sizes[i] = others[i];
  }
  // Only L3 may be missing because there is none: then the others are told.
  const bool told = sizes[0] > 0 && sizes[1] > 0;
  std::vector<latency::CacheSize> caches;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] <= 0 && !told) sizes[i] = kCommon[i];
    if (sizes[i] > 0) caches.push_back({"L" + std::to_string(i + 1), sizes[i]});
  }
  return caches;
}

}  // namespace archcost::onednn
