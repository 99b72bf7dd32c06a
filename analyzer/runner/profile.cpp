// SPDX-License-Identifier: Apache-2.0
#include "runner/profile.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/diagnostic.hpp"
#include "core/partition.hpp"
#include "core/statistics.hpp"
#include "core/text.hpp"
#include "latency/core_latency.hpp"
#include "latency/latency_db.hpp"
#include "plan/layout_choice.hpp"
#include "runner/engine.hpp"
#include "runner/network_json.hpp"
#include "runner/this_machine.hpp"

namespace archcost::runner {
namespace {

using nlohmann::json;

/// Networks that are loaded together: limited by memory.
constexpr std::size_t kMostTogether = 8;
constexpr double kMostBytes = 8e8;
/// Figures whose blocks differ by more, up or down, are counted as uncertain.
constexpr double kCertainSpread = 0.1;

struct Stopped {};

std::string key_of(const std::string& problem, const plan::KernelOption& option) {
  return problem + "\t" + plan::to_text(option);
}

double weight_bytes(const graph::Network& network) {
  double params = 0;
  for (const graph::Layer& layer : network.layers) {
    params += static_cast<double>(layer.cost.params.value());
  }
  return 4 * params;
}

/// About how long it takes to time a layer: trials of its kernels, then many runs of it and of the
/// kernel before it.
double estimated_seconds(const plan::StepProblems& problems, std::size_t step,
                         const ProfileOptions& options) {
  const double macs =
      static_cast<double>(plan::macs_of(problems.network(), problems.step(step)).value());
  return 0.1 + 2 * macs / (4e10 * options.threads) * (2 * 16 * options.blocks + 25);
}

/// Whether every step was tried and every row of the network that is of the part has a figure.
bool is_covered(const graph::Network& network, const plan::KernelChoices& choices,
                const std::set<std::string>& known, const std::set<std::string>& part,
                const ProfileOptions& options) {
  const plan::StepProblems problems(network, plan::plan_execution(network, options.fusion),
                                    options.threads);
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (choices.find(problems.key(i)) == choices.end()) return false;
  }
  const auto chosen = plan::choose_options(
      problems, choices, plan::known_options(problems, choices, options.winograd));
  for (const plan::PlannedRow& row : plan::planned_rows(problems, chosen)) {
    if (row.option && part.contains(problems.key(row.step)) &&
        !known.contains(key_of(row.problem, *row.option)))
      return false;
  }
  return true;
}

class Profiler {
 public:
  Profiler(const ProfileOptions& options, const ProfileProgress& progress,
           const std::atomic<bool>& stop)
      : options_(options),
        progress_(progress),
        stop_(stop),
        db_(options.db, latency::LatencyDb::Mode::kWrite) {
    machine_ = db_.add_machine(ask_machine(options));
    choices_ = db_.choices(machine_);
    lowest_core_latency_ = db_.lowest_core_latency(machine_, options.threads);
    for (const latency::LayerFigure& figure : db_.layers(machine_, options.threads)) {
      if (!latency::is_low_core_latency(figure.core_latency, lowest_core_latency_)) continue;
      known_.insert(key_of(figure.problem, figure.option));
      known_problems_.insert(figure.problem);
    }
  }

  ProfileWork work(const std::vector<graph::Network>& networks) const {
    ProfileWork work;
    std::set<std::string> seen;
    const ProfilePart part = profile_part(networks, options_);
    for (const graph::Network* network : part.networks) {
      const bool covered = is_covered(*network, choices_, known_, part.problems, options_);
      work.networks += covered ? 0 : 1;
      const plan::StepProblems problems(*network, plan::plan_execution(*network, options_.fusion),
                                        options_.threads);
      for (std::size_t i = 0; i < problems.size(); ++i) {
        if (!part.problems.contains(problems.key(i)) || !seen.insert(problems.key(i)).second)
          continue;
        if (known_problems_.count(problems.key(i)) > 0) {
          ++work.known;
          continue;
        }
        ++work.layers;
        work.seconds += estimated_seconds(problems, i, options_);
      }
    }
    return work;
  }

  ProfileResult run(const std::vector<graph::Network>& networks) {
    part_ = profile_part(networks, options_);
    std::vector<const graph::Network*> order = part_.networks;
    std::erase_if(order, [&](const graph::Network* network) {
      return is_covered(*network, choices_, known_, part_.problems, options_);
    });
    begin_ = std::chrono::steady_clock::now();
    try {
      for (std::size_t first = 0; first < order.size();) {
        std::size_t count = 0;
        double bytes = 0;
        while (first + count < order.size() && count < kMostTogether) {
          bytes += 2 * weight_bytes(*order[first + count]);
          if (count > 0 && bytes > kMostBytes) break;
          ++count;
        }
        where_ = fmt::format("networks {} to {} of {}", first + 1, first + count, order.size());
        run_group({order.begin() + static_cast<std::ptrdiff_t>(first),
                   order.begin() + static_cast<std::ptrdiff_t>(first + count)});
        first += count;
      }
    } catch (const Stopped&) {
      result_.stopped = true;
    }
    return std::move(result_);
  }

 private:
  void run_group(const std::vector<const graph::Network*>& networks) {
    json list = json::array();
    for (const graph::Network* network : networks) list.push_back(to_json(*network));
    run_to_the_end({.options = options_,
                    .name = "the kernels",
                    .choices = choices_,
                    .request =
                        [&] {
                          json request =
                              request_of("profile", options_, choices_, lowest_core_latency_);
                          request["networks"] = list;
                          request["known"] = known_;
                          if (options_.parts > 1) request["only"] = part_.problems;
                          request["fuse"] = options_.fusion == plan::Fusion::kAll;
                          return request;
                        },
                    .on_event = [&](const json& event) { handle(event); },
                    .after_attempt =
                        [&] {
                          if (stop_) throw Stopped();
                          store_choices();
                        },
                    .on_failed_kernel =
                        [&](const std::string& problem, const plan::KernelOption& option,
                            const std::string& reason) {
                          new_choices_[problem][option] = choices_[problem][option];
                          store_choices();
                          result_.faults.push_back(
                              fmt::format("{}, {}: {}", problem, plan::to_text(option), reason));
                        }});
  }

  void store_choices() {
    if (new_choices_.empty()) return;
    db_.save_choices(machine_, new_choices_);
    new_choices_.clear();
  }

  void handle(const json& event) {
    if (stop_) {
      store_choices();
      throw Stopped();
    }
    const std::string kind = event.value("event", "");
    if (kind == "tried") {
      plan::add_trial(event, choices_);
      plan::add_trial(event, new_choices_);
      progress_(fmt::format("{}: {}", where_, trial_text(event)));
    } else if (kind == "core_latency") {
      options_.wait_seconds = event.at("left").get<double>() - 1;
      progress_(latency::core_latency_text(event.at("core_latency"), event.at("usual"),
                                           event.at("left")));
    } else if (kind == "rows") {
      store_choices();
      waiting_ = event.at("count");
    } else if (kind == "figures") {
      store(event);
    }
  }

  void store(const json& event) {
    const double mib = event.at("bytes").get<double>() / 0x1p20;
    const json& rows = event.at("rows");
    const std::string how = fmt::format(
        "in network context, in batches of about {} kernels of {} networks, {:.1f} MiB{}",
        rows.size() / event.at("batches").get<std::size_t>(), event.at("networks").get<int>(), mib,
        options_.cpu >= 0 ? fmt::format("; processor {}", options_.cpu) : "");
    const std::string date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    std::vector<latency::LayerFigure> figures;
    for (const json& row : rows) {
      latency::LayerFigure figure;
      figure.problem = row.at("problem");
      figure.option = row.at("option");
      figure.origin = row.at("origin");
      figure.implementation = row.at("implementation");
      figure.threads = options_.threads;
      const auto references = row.at("references").get<std::vector<double>>();
      const auto core_latencies = row.at("core_latencies").get<std::vector<double>>();
      const double usual = median(references);
      figure.core_latency = latency::lowest_core_latency(core_latencies);
      figure.reference = usual;
      figure.passes = event.at("passes");
      figure.how = how;
      figure.date = date;
      // Blocks in which the reference layer's time changed are left out: the machine was busy. So
      // are those with a higher core-to-core latency than others.
      const auto samples = row.at("samples").get<std::vector<double>>();
      result_.samples += static_cast<std::int64_t>(samples.size());
      for (std::size_t b = 0; b < samples.size(); ++b) {
        const bool calm = std::abs(references[b] - usual) <= 0.1 * usual &&
                          latency::is_low_core_latency(core_latencies[b], figure.core_latency);
        if (calm && samples[b] > 0) figure.samples.push_back(samples[b]);
      }
      result_.samples_left_out += static_cast<std::int64_t>(samples.size() - figure.samples.size());
      if (figure.samples.empty()) {  // the next run measures it
        ++result_.disturbed;
        continue;
      }
      figure.seconds = median(figure.samples);
      figure.spread = half_range(figure.samples);
      if (figure.spread > kCertainSpread) ++result_.uncertain;
      if (latency::is_low_core_latency(figure.core_latency, lowest_core_latency_)) {
        lowest_core_latency_ =
            latency::lowest_core_latency({lowest_core_latency_, figure.core_latency});
      } else {
        ++result_.high_core_latency;
      }
      known_.insert(key_of(figure.problem, figure.option));
      figures.push_back(std::move(figure));
    }
    db_.save_layers(machine_, figures);
    result_.stored += static_cast<std::int64_t>(figures.size());
    waiting_ -= static_cast<std::int64_t>(figures.size());
    const double spent =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    progress_(fmt::format("{}: {} kernels timed in {:.0f} s, {} waiting", where_, result_.stored,
                          spent, waiting_));
  }

  ProfileOptions options_;
  const ProfileProgress& progress_;
  const std::atomic<bool>& stop_;
  latency::LatencyDb db_;
  int machine_ = 0;
  double lowest_core_latency_ = 0;             // 0: none is known
  plan::KernelChoices choices_, new_choices_;  // new_choices_: not stored yet
  ProfilePart part_;
  std::set<std::string> known_, known_problems_;  // with a figure
  std::string where_;
  std::int64_t waiting_ = 0;
  std::chrono::steady_clock::time_point begin_;
  ProfileResult result_;
};

}  // namespace

std::string busy_warning(const ProfileResult& result, const std::string& db) {
  constexpr double kMany = 0.1;  // of all
  const auto many = [&](std::int64_t part, std::int64_t all) {
    return static_cast<double>(part) > kMany * static_cast<double>(all);
  };
  std::vector<std::string> signs;
  if (many(result.samples_left_out, result.samples))
    signs.push_back(fmt::format("{} of {} times of kernels are left out",
                                with_commas(result.samples_left_out), with_commas(result.samples)));
  if (many(result.uncertain, result.stored))
    signs.push_back(fmt::format("the blocks of {} of {} figures differ by more than ± {} %",
                                with_commas(result.uncertain), with_commas(result.stored),
                                100 * kCertainSpread));
  if (signs.empty()) return {};
  return fmt::format(
      "the machine was busy: {}; figures may be too large: on a quiet machine 'archcost db prune "
      "--all --keep-kernels{}' and the same command measure all again",
      join(signs, ", "), database_option(db));
}

ProfilePart profile_part(const std::vector<graph::Network>& networks,
                         const ProfileOptions& options) {
  // Networks of similar size are profiled together, because batches have their footprint.
  std::vector<const graph::Network*> order;
  for (const graph::Network& network : networks) order.push_back(&network);
  std::stable_sort(order.begin(), order.end(),
                   [](const graph::Network* a, const graph::Network* b) {
                     return weight_bytes(*a) < weight_bytes(*b);
                   });
  struct DistinctLayer {
    std::string key;
    const graph::Network* network;  // the first that has it
  };
  std::vector<DistinctLayer> layers;
  std::vector<double> seconds;  // by layer
  std::set<std::string> seen;
  for (const graph::Network* network : order) {
    const plan::StepProblems problems(*network, plan::plan_execution(*network, options.fusion),
                                      options.threads);
    for (std::size_t i = 0; i < problems.size(); ++i) {
      if (!seen.insert(problems.key(i)).second) continue;
      layers.push_back({problems.key(i), network});
      seconds.push_back(estimated_seconds(problems, i, options));
    }
  }
  ProfilePart part;
  const std::vector<std::uint64_t> numbers = part_numbers(seconds, options.parts);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    DistinctLayer& layer = layers[i];
    if (numbers[i] != options.part) continue;
    if (part.networks.empty() || part.networks.back() != layer.network)
      part.networks.push_back(layer.network);
    part.problems.insert(std::move(layer.key));
  }
  if (options.parts == 1) part.networks = std::move(order);
  return part;
}

ProfileWork profile_work(const std::vector<graph::Network>& networks,
                         const ProfileOptions& options) {
  return engine_named(options.engine).work(networks, options);
}

ProfileResult profile_networks(const std::vector<graph::Network>& networks,
                               const ProfileOptions& options, const ProfileProgress& progress,
                               const std::atomic<bool>& stop) {
  return engine_named(options.engine).profile(networks, options, progress, stop);
}

ProfileWork kernels_profile_work(const std::vector<graph::Network>& networks,
                                 const ProfileOptions& options) {
  const std::atomic<bool> never = false;
  const ProfileProgress silent = [](const std::string&) {};
  return Profiler(options, silent, never).work(networks);
}

ProfileResult profile_kernels(const std::vector<graph::Network>& networks,
                              const ProfileOptions& options, const ProfileProgress& progress,
                              const std::atomic<bool>& stop) {
  return Profiler(options, progress, stop).run(networks);
}

}  // namespace archcost::runner
