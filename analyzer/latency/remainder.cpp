// SPDX-License-Identifier: Apache-2.0
#include "latency/remainder.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "core/statistics.hpp"
#include "core/text.hpp"

namespace archcost::latency {
namespace {

bool read_whole(std::string_view text, int& number) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  return status == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string to_text(const Remainder& remainder) {
  return fmt::format("remainder {} {} f32 {}T", remainder.kernels, remainder.network,
                     remainder.threads);
}

std::optional<Remainder> remainder_from_text(const std::string& text) {
  const std::vector<std::string> words = split(text, ' ');
  if (words.size() != 5 || words[0] != "remainder" || !words[4].ends_with("T")) return {};
  Remainder remainder;
  remainder.network = words[2];
  const std::string_view threads = words[4];
  if (!read_whole(words[1], remainder.kernels) ||
      !read_whole(threads.substr(0, threads.size() - 1), remainder.threads))
    return {};
  return remainder;
}

double remainder_seconds(const std::vector<std::pair<int, double>>& known, int kernels) {
  if (known.empty()) return 0;
  // The median of the slopes of all pairs, and of what is left (Theil and Sen): single networks in
  // which the machine was busy don't matter.
  std::vector<double> slopes, rests;
  for (std::size_t i = 0; i < known.size(); ++i) {
    for (std::size_t k = i + 1; k < known.size(); ++k) {
      const int distance = known[k].first - known[i].first;
      if (distance != 0) slopes.push_back((known[k].second - known[i].second) / distance);
    }
  }
  const double slope = std::max(0.0, median(slopes));
  for (const auto& [count, seconds] : known) rests.push_back(seconds - slope * count);
  return std::max(0.0, median(rests) + slope * kernels);
}

}  // namespace archcost::latency
