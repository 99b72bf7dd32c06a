// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/part_set.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "core/text.hpp"

namespace archcost::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostMissing = 10;  // that are named

std::string remedy(const PartHead& head, std::uint64_t number, const std::string& path) {
  return "    " + part_command(head, number, path);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string part_command(const PartHead& head, std::uint64_t number, const std::string& path) {
  std::string command = "archcost";
  for (const std::string& argument : head.arguments) command += " " + shell_quoted(argument);
  command += fmt::format(" --shard {}", to_text({number, head.shard.of}));
  const bool database = head.kind == "profile" || head.kind == "check";
  const bool resumes = head.kind == "sweep" || head.kind == "search";
  return command + (database ? " --db " : resumes ? " --resume -o " : " -o ") + shell_quoted(path);
}

std::string sibling_path(const std::string& path, std::uint64_t number, std::uint64_t other) {
  const std::size_t folder = path.find_last_of('/') + 1;  // 0 without one
  std::size_t last = path.size();
  while (last > folder) {
    if (!is_digit(path[last - 1])) {
      --last;
      continue;
    }
    std::size_t first = last;
    while (first > folder && is_digit(path[first - 1])) --first;
    std::uint64_t found = 0;
    std::from_chars(path.data() + first, path.data() + last, found);
    if (found == number) {
      const bool padded = path[first] == '0';
      return path.substr(0, first) +
             (padded ? fmt::format("{:0{}}", other, last - first) : fmt::format("{}", other)) +
             path.substr(last);
    }
    last = first;
  }
  const fs::path whole(path);
  const fs::path name =
      fmt::format("{}-{}{}", whole.stem().string(), other, whole.extension().string());
  return (whole.parent_path() / name).string();
}

void PartSet::add(Part part) { added_.push_back(std::move(part)); }

void PartSet::add_problem(std::string path, std::string message) {
  problems_.push_back({std::move(path), std::move(message), "", {}});
}

void PartSet::add_damaged(const Part& part, const std::string& message) {
  problems_.push_back({part.path,
                       fmt::format("{}; make it again:", message),
                       remedy(part.head, part.head.shard.number, part.path),
                       {}});
}

void PartSet::check() {
  if (added_.empty()) return;
  remove_foreign();
  number();
  add_missing();
}

void PartSet::remove_foreign() {
  const auto work_of = [](const Part& part) {
    return fmt::format("{} {} {} {}", part.head.kind, part.head.request, part.head.version,
                       part.head.shard.of);
  };
  std::map<std::string, std::size_t> works;
  for (const Part& part : added_) ++works[work_of(part)];
  // Of two works with as many parts the one that comes first.
  const Part own = *std::max_element(
      added_.begin(), added_.end(),
      [&](const Part& a, const Part& b) { return works[work_of(a)] < works[work_of(b)]; });
  const auto why = [&](const PartHead& head) -> std::string {
    if (head.kind != own.head.kind)
      return fmt::format("of a {}, not of a {}", head.kind, own.head.kind);
    if (head.version != own.head.version)
      return fmt::format("written by archcost {}, the others by {}", head.version,
                         own.head.version);
    if (head.request != own.head.request)
      return fmt::format("of another {} than '{}'", head.kind, own.path);
    return fmt::format(
        "one of {} parts, not of {}: it belongs to another division; remove it, or leave it out",
        head.shard.of, own.head.shard.of);
  };
  std::vector<Part> kept;
  for (Part& part : added_) {
    if (work_of(part) == work_of(own))
      kept.push_back(std::move(part));
    else
      add_problem(part.path, why(part.head));
  }
  added_ = std::move(kept);
}

void PartSet::number() {
  for (Part& part : added_) {
    const std::uint64_t number = part.head.shard.number;
    const auto [known, fresh] = parts_.emplace(number, part);
    if (fresh) continue;
    const bool same = !part.content.empty() && part.content == known->second.content;
    if (same)
      notes_.push_back(fmt::format("'{}' and '{}' are the same part {}: it is used once",
                                   known->second.path, part.path, to_text(part.head.shard)));
    else
      problems_.push_back(
          {part.path,
           fmt::format("part {} a second time, with other content than '{}'; remove the wrong one, "
                       "or make it again:",
                       to_text(part.head.shard), known->second.path),
           remedy(part.head, number, part.path),
           {}});
  }
}

void PartSet::add_missing() {
  const Part& any = parts_.begin()->second;
  const std::uint64_t of = any.head.shard.of;
  const std::uint64_t missing = of - parts_.size();
  std::uint64_t named = 0;
  for (std::uint64_t k = 1; named < std::min<std::uint64_t>(missing, kMostMissing); ++k) {
    if (parts_.contains(k)) continue;
    ++named;
    const std::string path = sibling_path(any.path, any.head.shard.number, k);
    problems_.push_back({"",
                         fmt::format("part {} is missing; make it:", to_text({k, of})),
                         remedy(any.head, k, path),
                         {}});
  }
  if (missing > kMostMissing)
    add_problem("", fmt::format("{} other parts are missing too",
                                with_commas(static_cast<std::int64_t>(missing - kMostMissing))));
}

void PartSet::throw_if_any() const {
  if (!problems_.empty()) throw Error(problems_);
}

}  // namespace archcost::sweep
