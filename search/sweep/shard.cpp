// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/shard.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::sweep {
namespace {

__extension__ using Product = unsigned __int128;

// The variables of a scheduler; null: it has none for that. The first index is a variable, or
// always the same.
struct Scheduler {
  const char* name;
  const char* index;
  const char* count = nullptr;
  const char* first = nullptr;
  const char* last = nullptr;
  const char* step = nullptr;
  std::int64_t first_index = 1;
  bool zero_is_none = false;  ///< the index is 0 outside of arrays
  bool launches = false;      ///< the processes of any command, also a single one
};

// Sources: the manuals of sbatch, Kubernetes Jobs (completion mode Indexed), parallel, qsub of
// OpenPBS and Torque, bsub, qsub of Grid Engine, mpirun of Open MPI, and the PMI of MPICH and
// Slurm.
constexpr Scheduler kSchedulers[] = {
    {"Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
     "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP"},
    {.name = "Kubernetes", .index = "JOB_COMPLETION_INDEX", .first_index = 0},
    {.name = "GNU parallel", .index = "PARALLEL_SEQ"},
    {.name = "PBS", .index = "PBS_ARRAY_INDEX"},
    {.name = "Torque", .index = "PBS_ARRAYID"},
    {.name = "LSF",
     .index = "LSB_JOBINDEX",
     .last = "LSB_JOBINDEX_END",
     .step = "LSB_JOBINDEX_STEP",
     .zero_is_none = true},
    {"Grid Engine", "SGE_TASK_ID", nullptr, "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE"},
    {.name = "Open MPI",
     .index = "OMPI_COMM_WORLD_RANK",
     .count = "OMPI_COMM_WORLD_SIZE",
     .first_index = 0,
     .launches = true},
    {.name = "PMI", .index = "PMI_RANK", .count = "PMI_SIZE", .first_index = 0, .launches = true},
};

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [last, status] = std::from_chars(text.data(), end, number);
  if (status != std::errc() || last != end) return {};
  return number;
}

// What a scheduler set; nothing for what it did not set, or set to no value: Grid Engine's word for
// that is "undefined". Throws Error for anything but a whole number of at least `least`.
std::optional<std::int64_t> number_of(const char* name, const Variable& variable,
                                      std::int64_t least) {
  const char* text = name == nullptr ? nullptr : variable(name);
  if (text == nullptr || *text == 0 || text == std::string_view("undefined")) return {};
  const std::optional<std::int64_t> number = whole_number(text);
  if (number && *number >= least) return number;
  throw Error(
      fmt::format("{}={} is not a whole number of at least {}; write I/N", name, text, least));
}

// The part of one scheduler, for auto/`given`; 0: auto. Nothing where it assigned none.
std::optional<AssignedShard> shard_of(const Scheduler& scheduler, const Variable& variable,
                                      std::int64_t given) {
  const auto index = number_of(scheduler.index, variable, 0);
  if (!index || (scheduler.zero_is_none && *index == 0)) return {};
  const std::int64_t first =
      number_of(scheduler.first, variable, 0).value_or(scheduler.first_index);
  const std::int64_t step =
      std::max<std::int64_t>(1, number_of(scheduler.step, variable, 0).value_or(1));
  std::int64_t parts = number_of(scheduler.count, variable, 1).value_or(0);
  const std::string from =
      fmt::format("{}, {}={}", scheduler.name, scheduler.index, variable(scheduler.index));
  if (const auto last = number_of(scheduler.last, variable, 0); last && *last >= first) {
    const std::int64_t to_last = (*last - first) / step + 1;
    if (parts > 0 && parts != to_last)
      throw Error(fmt::format("{} has {}={}, but {} to {} in steps of {} are {}; write I/N", from,
                              scheduler.count, parts, first, *last, step, to_last));
    parts = to_last;
  }
  if (parts > 0 && given > 0 && given != parts)
    throw Error(
        fmt::format("{} has {} part{}; leave out /{}, or write I/{} where they are some of "
                    "{}",
                    from, parts, parts == 1 ? "" : "s", given, given, given));
  if (parts == 0) parts = given;
  if (parts == 0)
    throw Error(fmt::format("{} does not tell the number of parts; write auto/N", from));
  const std::int64_t number = (*index - first) / step + 1;
  if (*index < first || number > parts || (*index - first) % step != 0)
    throw Error(fmt::format("{} is not one of {} parts that begin with {}", from, parts, first));
  // A single task of a larger array, which was submitted again, is not all of the work.
  if (parts == 1 && given == 0 && !scheduler.launches && *index > 1)
    throw Error(fmt::format("{} is the only task of its array; write I/N for one part of N", from));
  return AssignedShard{{static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(parts)},
                       from};
}

}  // namespace

SweepRange Shard::range(std::uint64_t points) const {
  const auto part = [&](std::uint64_t k) {
    const auto rest = static_cast<Product>(points % of) * k / of;
    return points / of * k + static_cast<std::uint64_t>(rest);
  };
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
        {"--shard " + text,
         "write I/N, as 2/4: the second of four parts; or auto, which takes the part that a "
         "scheduler assigned",
         "",
         {}}});
  }
  return shard;
}

std::string to_text(const Shard& shard) { return fmt::format("{}/{}", shard.number, shard.of); }

std::optional<AssignedShard> assigned_shard(const std::string& text, const Variable& variable) {
  if (text != "auto" && !text.starts_with("auto/")) return {};
  const auto fail = [&](const std::string& message) { throw Error("--shard " + text, message); };
  const std::int64_t given =  // 0: none
      text == "auto" ? 0 : whole_number(text.substr(std::strlen("auto/"))).value_or(0);
  if (text != "auto" && given < 1) fail("write auto, or auto/N for N parts");
  std::vector<AssignedShard> found, only;
  for (const Scheduler& scheduler : kSchedulers) {
    std::optional<AssignedShard> assigned;
    try {
      assigned = shard_of(scheduler, variable, given);
    } catch (const Error& error) {
      fail(error.diagnostics().front().message);
    }
    if (!assigned) continue;
    if (assigned->shard.of > 1)
      found.push_back(*assigned);
    else if (given > 0 || !scheduler.launches)  // else its only process, of no array
      only.push_back(*assigned);
  }
  if (found.empty()) found = std::move(only);
  if (found.empty()) {
    std::vector<std::string> names;
    for (const Scheduler& scheduler : kSchedulers) names.emplace_back(scheduler.index);
    fail("no scheduler assigned a part; it sets one of " + join(names, ", "));
  }
  for (const AssignedShard& other : found) {
    if (to_text(other.shard) != to_text(found.front().shard))
      fail(fmt::format("{} is part {}, but {} is part {}; write I/N", found.front().from,
                       to_text(found.front().shard), other.from, to_text(other.shard)));
  }
  return found.front();
}

}  // namespace archcost::sweep
