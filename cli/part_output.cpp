// SPDX-License-Identifier: Apache-2.0
#include "cli/part_output.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"

namespace archcost::cli {
namespace {

struct DroppedOption {
  std::string_view name, short_name;
  bool has_value;
  bool of_profile;  ///< of profile and db check; else of the other commands; see `everywhere`
  bool everywhere;
};
// What doesn't change the result, and what each part has of its own. The threads of profile and
// db check are those of the kernels.
constexpr DroppedOption kDropped[] = {{"--shard", "", true, false, true},
                                      {"--resume", "", false, false, true},
                                      {"--output", "-o", true, false, false},
                                      {"--threads", "", true, false, false},
                                      {"--db", "", true, true, false}};

const DroppedOption* dropped_option(const std::string& argument, bool of_profile) {
  for (const DroppedOption& option : kDropped) {
    if (!option.everywhere && option.of_profile != of_profile) continue;
    if (argument == option.name || argument.starts_with(std::string(option.name) + "=") ||
        (!option.short_name.empty() && argument.starts_with(option.short_name) &&
         !argument.starts_with("--")))
      return &option;
  }
  return nullptr;
}

}  // namespace

sweep::PartHead part_head_of_run(const std::string& kind, const std::string& request,
                                 const sweep::Shard& shard, const std::string& format) {
  sweep::PartHead head = {kind, request, ARCHCOST_VERSION, shard, {}};
  const std::vector<std::string>& arguments = arguments_of_run();
  const bool of_profile = kind == "profile" || kind == "check";
  bool has_format = format.empty();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    has_format = has_format || argument == "--format" || argument.starts_with("--format=");
    const DroppedOption* dropped = dropped_option(argument, of_profile);
    if (dropped == nullptr)
      head.arguments.push_back(argument);
    else if (dropped->has_value && (argument == dropped->name || argument == dropped->short_name))
      ++i;
  }
  if (!has_format) head.arguments.insert(head.arguments.end(), {"--format", format});
  return head;
}

bool is_complete_part(const std::string& file, const sweep::PartHead& head) {
  std::error_code status;
  if (!std::filesystem::is_regular_file(file, status)) return false;
  try {
    const sweep::PartFile part(file);
    if (!sweep::is_same_part(part.head(), head)) return false;
    part.read_body([](std::string_view) {});
  } catch (const Error&) {  // another file, or a damaged one
    return false;
  }
  print_note("'{}' is part {} already, and complete", file, sweep::to_text(head.shard));
  return true;
}

sweep::PartFormat part_format(const std::string& format) {
  if (format == "csv") return sweep::PartFormat::kCsv;
  if (format == "jsonl") return sweep::PartFormat::kJsonLines;
  throw Error("--shard writes rows that join can join: --format csv or jsonl, of a sweep npy too");
}

}  // namespace archcost::cli
