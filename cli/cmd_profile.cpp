// SPDX-License-Identifier: Apache-2.0
// archcost profile: times each kernel of many networks once, for the latency database.
#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "cli/command.hpp"
#include "cli/latency.hpp"
#include "cli/part_output.hpp"
#include "cli/terminal.hpp"
#include "cli/work_estimate.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "latency/latency_db.hpp"
#include "runner/profile.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::cli {
namespace {

struct ProfileArguments : NetworkListArguments {
  runner::ProfileOptions profile;
  std::optional<int> pin;
  std::string shard;
  bool unfused = false, dry_run = false;
};

std::string duration_text(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 5400) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

std::string plural(std::int64_t count, const char* what) {
  return fmt::format("{} {}{}", with_commas(count), what, count == 1 ? "" : "s");
}

// Figures matter more than these lines: a closed pipe doesn't stop the work.
void say(const std::string& line) {
  try {
    write_standard_output(line + "\n");
  } catch (const OutputClosed&) {
  }
}

// What the figures depend on, so that parts of different profiles aren't joined.
std::string profile_fingerprint(const ProfileArguments& options, const NetworkList& list) {
  const runner::ProfileOptions& profile = options.profile;
  std::string text = fmt::format("{} {} {} {}\n", runner::ask_machine(profile).text(),
                                 profile.threads, options.unfused, profile.winograd);
  for (const ListedNetwork& network : list.networks) text += network.label + "\n";
  return sweep::fingerprint(text);
}

// In the database: which part its figures are, and whether all of them are there.
void save_profile_part(const ProfileArguments& options, const NetworkList& list, bool finished) {
  if (options.shard.empty()) return;
  const sweep::Shard shard = sweep::parse_shard(options.shard);
  const std::string request = profile_fingerprint(options, list);
  latency::LatencyDb db(options.profile.db, latency::LatencyDb::Mode::kWrite);
  db.save_part({request, static_cast<int>(shard.number),
                sweep::to_json_text(part_head_of_run("profile", request, shard)), finished,
                finished ? db.figures_hash() : ""});
}

// What a database doesn't have yet. None is created for that: SQLite's :memory: is no file.
runner::ProfileWork work_of(const std::vector<graph::Network>& networks,
                            runner::ProfileOptions options) {
  if (!std::filesystem::exists(options.db)) options.db = ":memory:";
  return runner::profile_work(networks, options);
}

int run(ProfileArguments options) {
  if (options.specs.empty() && options.list.empty())
    throw Error("profile needs a SPEC or --networks FILE");
  options.profile.cpu = processor_for(options.profile.threads, options.pin);
  if (options.unfused) options.profile.fusion = plan::Fusion::kNone;
  const sweep::Shard shard = sweep::parse_shard(options.shard);
  options.profile.part = shard.number;
  options.profile.parts = shard.of;
  const NetworkList list = list_networks(options);
  std::vector<graph::Network> networks;
  for (const ListedNetwork& listed : list.networks) networks.push_back(listed.network);
  if (!list.unbuildable.empty()) {
    print_note("{} can't be built and {} left out: {}{}",
               plural(static_cast<std::int64_t>(list.unbuildable.size()), "combination"),
               list.unbuildable.size() == 1 ? "is" : "are", list.unbuildable.front(),
               list.unbuildable.size() == 1 ? "" : "; ...");
  }
  const runner::ProfileWork work = work_of(networks, options.profile);
  if (wanted_estimate() != nullptr) {
    const auto layers = static_cast<std::uint64_t>(work.layers);
    *wanted_estimate() = WorkEstimate{work.seconds, layers, plural(work.layers, "layer")};
    return kFine;
  }
  say(fmt::format("{}, {} distinct layers: {} known, {} new{}",
                  plural(static_cast<std::int64_t>(networks.size()), "network"),
                  with_commas(work.known + work.layers), with_commas(work.known),
                  with_commas(work.layers),
                  work.layers > 0 ? fmt::format("; about {}", duration_text(work.seconds)) : ""));
  if (options.dry_run) return kFine;
  catch_interrupts();
  save_profile_part(options, list, false);
  const runner::ProfileProgress progress = progress_line();
  const runner::ProfileResult result =
      runner::profile_networks(networks, options.profile, progress, interrupted());
  progress("");
  for (const std::string& fault : result.faults) {
    print_note("a kernel failed and was replaced by the next best: {}", fault);
  }
  say(fmt::format("{} stored in {}", plural(result.stored, "figure"), options.profile.db));
  for (const std::string& failed : result.failed_networks) print_note("error: {}", failed);
  if (result.disturbed > 0) {
    const bool kernels = options.profile.engine == "onednn";
    print_note("{} interrupted in every pass and not stored; the same command measures again",
               plural(result.disturbed, kernels ? "kernel" : "network"));
  }
  if (const std::string warning = runner::busy_warning(result, options.profile.db);
      !warning.empty())
    print_note("warning: {}", warning);
  if (result.high_core_latency > 0) {
    print_note(
        "{} timed while the core-to-core latency was higher than usual: used only without other "
        "figures; the same command measures again",
        plural(result.high_core_latency, "kernel"));
  }
  if (result.stopped) {
    print_note("stopped; the same command continues");
    return kInterrupted;
  }
  save_profile_part(options, list, true);
  return result.failed_networks.empty() ? kFine : kMeasurementFailed;
}

std::function<int()> declare_profile(CLI::App& app) {
  auto options = std::make_shared<ProfileArguments>();
  runner::ProfileOptions& profile = options->profile;
  profile.db = runner::default_latency_db();
  declare_network_list(app, *options);
  declare_timing(app, profile, options->pin);
  declare_db_file(app, profile.db);
  app.add_flag(
      "--unfused", options->unfused,
      "time each layer separately, without fusion; db check compares predictions with sums of "
      "these");
  declare_shard(app, options->shard,
                "only the distinct layers of the I-th of N parts, which take about the same time; "
                "'archcost join' joins the databases");
  app.add_flag("--dry-run", options->dry_run, "print what would be measured, and stop");
  return [options] { return run(*options); };
}

}  // namespace

const Command kProfileCommand = {
    "profile",
    "time each distinct layer of many networks once, for predictions",
    "  archcost profile mobilenet_v1\n"
    "  archcost profile mobilenet_v1 --vary alpha=0.25:1:0.25 --vary rho=4/7,5/7,6/7,1\n"
    "  archcost profile shufflenet_v1 --vary g --vary s --threads 2   # again: continues\n"
    "  archcost profile resnet50 se_resnet50 xception --dry-run",
    declare_profile,
};

}  // namespace archcost::cli
