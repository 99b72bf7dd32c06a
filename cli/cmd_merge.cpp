// SPDX-License-Identifier: Apache-2.0
// archcost merge: the shards of a sweep as one file.
#include <fmt/core.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <memory>

#include "cli/command.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::cli {
namespace {

namespace fs = std::filesystem;

struct MergeArguments {
  std::vector<std::string> files;
  std::string output;
};

struct ShardFile {
  std::string path, request;
  std::uint64_t number = 0, of = 0;
  bool csv = true;
};

ShardFile read_first_line(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string line;
  if (!stream || !std::getline(stream, line))
    throw Error(fmt::format("'{}' can't be read, or is empty", path));
  ShardFile shard;
  shard.path = path;
  char request[17] = {};
  shard.csv = line.starts_with('#');
  const char* pattern = shard.csv ? "# archcost sweep %16[0-9a-f] shard %lu/%lu"
                                  : "{\"archcost_sweep\":\"%16[0-9a-f]\",\"shard\":\"%lu/%lu\"}";
  if (std::sscanf(line.c_str(), pattern, request, &shard.number, &shard.of) != 3) {
    throw Error(
        fmt::format("'{}' isn't a shard: its first line doesn't say so; 'archcost sweep --shard "
                    "I/N' writes them",
                    path));
  }
  shard.request = request;
  return shard;
}

// All shards of one sweep, each once, by their numbers.
std::map<std::uint64_t, ShardFile> check_shards(const std::vector<std::string>& files) {
  std::map<std::uint64_t, ShardFile> shards;
  for (const std::string& file : files) {
    const ShardFile shard = read_first_line(file);
    if (!shards.empty()) {
      const ShardFile& first = shards.begin()->second;
      if (shard.request != first.request || shard.of != first.of)
        throw Error(fmt::format("'{}' and '{}' are of different sweeps", first.path, file));
    }
    const auto [known, fresh] = shards.emplace(shard.number, shard);
    if (!fresh)
      throw Error(
          fmt::format("'{}' and '{}' are both shard {}", known->second.path, file, shard.number));
  }
  std::vector<std::string> missing;
  const std::uint64_t of = shards.begin()->second.of;
  for (std::uint64_t k = 1; k <= of && missing.size() < 10; ++k) {
    if (!shards.contains(k)) missing.push_back(fmt::format("{}/{}", k, of));
  }
  if (!missing.empty()) throw Error(fmt::format("missing: shard {}", join(missing, ", ")));
  return shards;
}

// The rows of a shard, which must all be there.
void copy_rows(const ShardFile& shard, bool with_header, std::ofstream& merged) {
  std::ifstream stream(shard.path, std::ios::binary);
  std::string line;
  std::getline(stream, line);
  if (shard.csv && std::getline(stream, line) && with_header) merged << line << '\n';
  std::uint64_t rows = 0, expected = 0;
  while (std::getline(stream, line)) {
    const char* end = shard.csv ? "# end %lu" : "{\"archcost_sweep_end\":%lu}";
    if (std::sscanf(line.c_str(), end, &expected) == 1) {
      if (rows == expected && stream.peek() == std::ifstream::traits_type::eof()) return;
      break;
    }
    merged << line << '\n';
    ++rows;
  }
  throw Error(fmt::format(
      "'{}' is cut off or was changed: it has {} rows{}; run its sweep again, or with --resume",
      shard.path, with_commas(static_cast<std::int64_t>(rows)),
      expected > 0 ? fmt::format(" of {}", with_commas(static_cast<std::int64_t>(expected))) : ""));
}

int run(const MergeArguments& options) {
  if (options.output == "-" || options.output.empty())
    throw Error("-o: merge writes a file, so that a broken shard leaves nothing; name one");
  const auto shards = check_shards(options.files);
  const auto [target, special] = output_target(options.output);
  if (special)
    throw Error(fmt::format("'{}' is a device or a FIFO: merge writes a file", options.output));
  const fs::path part = target.string() + ".part";
  std::ofstream merged(part, std::ios::binary);
  std::error_code status;
  errno = 0;  // of the first write that fails: nothing else fails meanwhile
  try {
    for (const auto& [number, shard] : shards) copy_rows(shard, number == 1, merged);
  } catch (const Error&) {
    merged.close();
    fs::remove(part, status);
    throw;
  }
  merged.close();
  std::error_code reason = {merged ? 0 : errno != 0 ? errno : EIO, std::generic_category()};
  if (!reason) fs::rename(part, target, reason);
  if (!reason) return kFine;
  fs::remove(part, status);
  throw Error(fmt::format("'{}' can't be written: {}", options.output, reason.message()));
}

std::function<int()> declare_merge(CLI::App& app) {
  auto options = std::make_shared<MergeArguments>();
  app.add_option("FILE", options->files, "the files of all shards, in any order")
      ->required()
      ->expected(1, -1)
      ->each(protect_input);
  add_value(app, "-o,--output", options->output, "FILE", "the file that one run would have written")
      ->required();
  return [options] { return run(*options); };
}

}  // namespace

const Command kMergeCommand = {
    "merge",
    "the shards of a sweep as one file",
    "  archcost sweep mobilenet_v1 --shard 1/2 --format csv -o 1.csv\n"
    "  archcost sweep mobilenet_v1 --shard 2/2 --format csv -o 2.csv\n"
    "  archcost merge 1.csv 2.csv -o rows.csv",
    declare_merge,
};

}  // namespace archcost::cli
