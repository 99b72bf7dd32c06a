// SPDX-License-Identifier: Apache-2.0
#include "runner/engine_profile.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/diagnostic.hpp"
#include "core/statistics.hpp"
#include "latency/imported_figures.hpp"
#include "latency/latency_db.hpp"
#include "latency/network_footprint.hpp"
#include "plan/step_problem.hpp"
#include "runner/engine.hpp"

namespace archcost::runner {
namespace {

/// The rows of a measurement as figures: those of the same problem once, with their mean.
latency::NetworkFigures figures_of(const graph::Network& network, const Measurement& m) {
  latency::NetworkFigures figures;
  figures.network = latency::network_hash(network);
  figures.threads = m.options.threads;
  figures.reference = m.reference_seconds;
  figures.footprint = latency::network_footprint(network);
  figures.passes = m.passes;
  figures.date = m.date;
  figures.how = fmt::format("in its network, from the engine's profile{}",
                            m.options.cpu >= 0 ? fmt::format("; processor {}", m.options.cpu) : "");
  for (const MeasuredRow& row : m.rows) {
    if (row.problem.empty())
      figures.remainder += row.seconds;
    else
      figures.rows.push_back({row.problem, row.option, row.implementation, row.seconds});
  }
  return figures;
}

class NetworkProfiler {
 public:
  NetworkProfiler(const ProfileOptions& options, const ProfileProgress& progress,
                  const std::atomic<bool>& stop)
      : engine_(engine_named(options.engine)),
        options_(options),
        progress_(progress),
        stop_(stop),
        db_(options.db, latency::LatencyDb::Mode::kWrite) {
    machine_ = db_.add_machine(engine_.identify(options));
    known_ = latency::profiled_networks(db_, machine_, options.threads);
  }

  ProfileWork work(const std::vector<graph::Network>& networks) const {
    ProfileWork work;
    std::set<std::string> seen;
    for (const graph::Network& network : networks) {
      const bool known = known_.contains(latency::network_hash(network));
      const plan::StepProblems problems(network, plan::plan_execution(network), options_.threads);
      for (std::size_t i = 0; i < problems.size(); ++i) {
        if (seen.insert(problems.key(i)).second) ++(known ? work.known : work.layers);
      }
      if (known) continue;
      ++work.networks;
      double macs = 0;
      for (const graph::Layer& layer : network.layers)
        macs += static_cast<double>(layer.cost.macs.value()) * static_cast<double>(network.batch);
      const double pass = macs / (4e10 * options_.threads);
      work.seconds += 1 + options_.blocks * (std::max(options_.seconds, options_.passes * pass) +
                                             options_.passes * pass + 0.03);
    }
    return work;
  }

  ProfileResult run(const std::vector<graph::Network>& networks) {
    constexpr int kMostFailures = 3;  // in a row: the engine itself fails
    int failures = 0;
    for (std::size_t i = 0; i < networks.size() && !result_.stopped; ++i) {
      if (known_.contains(latency::network_hash(networks[i]))) continue;
      where_ = fmt::format("network {} of {}, {}", i + 1, networks.size(), networks[i].name);
      try {
        run_one(networks[i]);
        failures = 0;
      } catch (const EngineError& error) {
        result_.failed_networks.push_back(error.diagnostics().front().message);
        if (++failures == kMostFailures || networks.size() == 1) throw;
      } catch (const Error& error) {  // it can't be exported
        result_.failed_networks.push_back(
            fmt::format("{}: {}", networks[i].name, error.diagnostics().front().message));
      }
      result_.stopped = stop_;
    }
    return std::move(result_);
  }

 private:
  void run_one(const graph::Network& network) {
    MeasureOptions options;
    static_cast<RunOptions&>(options) = options_;
    const auto measure = [&] {
      return engine_.measure(network, options,
                             [&](const std::string& text) { progress_(where_ + ": " + text); });
    };
    Measurement measurement = measure();
    if (measurement.unstable() && !stop_) measurement = measure();  // the machine was busy
    if (measurement.blocks == 0) {
      ++result_.disturbed;
      return;
    }
    const std::int64_t stored =
        latency::store_figures(db_, machine_, figures_of(network, measurement));
    result_.stored += stored;
    if (measurement.unstable()) result_.uncertain += stored;
    known_.insert(latency::network_hash(network));
  }

  const Engine& engine_;
  ProfileOptions options_;
  const ProfileProgress& progress_;
  const std::atomic<bool>& stop_;
  latency::LatencyDb db_;
  int machine_ = 0;
  std::set<std::string> known_;  // hashes of networks
  std::string where_;
  ProfileResult result_;
};

}  // namespace

ProfileWork engine_profile_work(const std::vector<graph::Network>& networks,
                                const ProfileOptions& options) {
  const std::atomic<bool> never = false;
  const ProfileProgress silent = [](const std::string&) {};
  return NetworkProfiler(options, silent, never).work(networks);
}

ProfileResult profile_whole_networks(const std::vector<graph::Network>& networks,
                                     const ProfileOptions& options, const ProfileProgress& progress,
                                     const std::atomic<bool>& stop) {
  return NetworkProfiler(options, progress, stop).run(networks);
}

}  // namespace archcost::runner
