// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/shard.hpp"

#include <charconv>

#include "core/diagnostic.hpp"

namespace archcost::sweep {

SweepRange Shard::range(std::uint64_t points) const {
  const auto part = [&](std::uint64_t k) { return points / of * k + points % of * k / of; };
  return {part(number - 1), part(number)};
}

Shard parse_shard(const std::string& text) {
  if (text.empty()) return {};
  Shard shard;
  const char *begin = text.data(), *end = begin + text.size();
  const auto number = std::from_chars(begin, end, shard.number);
  const bool slash = number.ec == std::errc() && number.ptr != end && *number.ptr == '/';
  const auto of = slash ? std::from_chars(number.ptr + 1, end, shard.of) : number;
  if (!slash || of.ec != std::errc() || of.ptr != end || shard.number < 1 ||
      shard.number > shard.of) {
    throw Error(std::vector<Diagnostic>{
        {"--shard " + text, "write I/N, as 2/4: the second of four parts", "", {}}});
  }
  return shard;
}

}  // namespace archcost::sweep
