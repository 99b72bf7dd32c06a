// SPDX-License-Identifier: Apache-2.0
#include "cli/checks.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/text.hpp"

namespace archcost::cli {
namespace {

template <typename T>
bool reads_as(const std::string& text, T& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  return status == std::errc() && stop == end;
}

}  // namespace

CLI::Validator one_of(std::vector<std::string> words) {
  return CLI::Validator(
      [words = std::move(words)](std::string& text) -> std::string {
        if (std::find(words.begin(), words.end(), text) != words.end()) return {};
        std::string dashed = text;  // JSON's keys have underscores
        std::replace(dashed.begin(), dashed.end(), '_', '-');
        if (std::find(words.begin(), words.end(), dashed) != words.end()) {
          text = dashed;
          return {};
        }
        const auto near = nearest(text, words);
        return fmt::format("must be {}, not '{}'{}", join_or(words), text,
                           near ? fmt::format("; did you mean '{}'?", *near) : "");
      },
      "");
}

CLI::Validator at_least_one() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        int value = 0;
        if (reads_as(text, value) && value >= 1) return {};
        return fmt::format("must be a whole number of at least 1, not {}", text);
      },
      "");
}

CLI::Validator above_zero() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        double value = 0;
        if (reads_as(text, value) && std::isfinite(value) && value > 0) return {};
        return fmt::format("must be a number above 0, not {}", text);
      },
      "");
}

}  // namespace archcost::cli
