// SPDX-License-Identifier: Apache-2.0
// Spaces of a million points and more that can still be counted through, with limits that couple
// their parameters: what evolution is held against.
#pragma once

#include <string>
#include <vector>

#include "search/methods/collector.hpp"
#include "search/methods/method_runs.hpp"
#include "search/methods/pareto.hpp"
#include "search/methods/plan.hpp"
#include "spec/library.hpp"

namespace archcost {

struct SearchSpaceCase {
  std::string spec;
  std::vector<std::string> vary, limits, minimize, maximize;
};

inline const std::vector<SearchSpaceCase>& search_space_cases() {
  static const std::vector<SearchSpaceCase> kCases = {
      {"mobilenet_v1",
       {"alpha=0.7:1:0.1", "rho=128/224,144/224,160/224,176/224,192/224,208/224,1",
        "widths(3)=64:128:8", "widths(5)=128:256:16", "widths(7)=256:512:32",
        "widths(13)=512:1024:64", "widths(14)=512:1024:64"},
       {"macs <= 400M", "widths(14) >= widths(13)", "params <= 3M + 2M * rho"},
       {"macs"},
       {"entropy"}},
      {"mobilenet_v2",
       {"alpha=0.35:1.4:0.001", "rho=96/224:1:0.0005"},
       {"macs <= 300M", "size_f32 + peak_memory <= 20MB", "alpha * rho <= 1"},
       {"params"},
       {"entropy"}},
      {"shufflenet_v1",
       {"g", "s=0.25:2:0.005", "rho=96/224:1:0.005", "se=0,1", "reduction=4,8,16,32"},
       {"macs <= 250M", "params <= 3M", "peak_memory + size_int8 <= 6MB", "g != 8 or s >= 0.5"},
       {"macs"},
       {"params"}},
      {"se_resnet50",
       {"reduction=2:32:2", "se_stages=subsets([2,3,4,5])", "alpha=0.25:1:0.025",
        "rho=0.5:1:0.0125", "se_position=standard,pre,identity,inner"},
       {"macs <= 3G", "params <= 24M", "peak_memory <= 4MB * alpha + 8MB * rho",
        "reduction * alpha >= 1"},
       {"macs"},
       {"params"}},
      {"resnet",
       {"depth=18,34,50,101,152", "g", "group_width=4,8,16,32,64", "alpha=0.25:1:0.0125",
        "rho=0.5:1:0.00625", "stride_in=k1,k3"},
       {"macs <= 4G", "params <= 30M", "group_width * g <= 128 * alpha + 64"},
       {"macs", "params"},
       {"entropy"}},
  };
  return kCases;
}

inline methods::SearchPlan plan_of(const SearchSpaceCase& space,
                                   const spec::SpecLibrary& library = {}) {
  methods::OpenedSpec opened;
  opened.label = space.spec;
  auto path = library.find(space.spec);
  if (!path) {
    path = library.find_with_preset(space.spec);
    opened.options.preset = space.spec;
  }
  opened.spec = spec::read_spec(path.value());
  methods::SearchRequest request;
  request.vary = space.vary;
  request.limits = space.limits;
  request.minimize = space.minimize;
  request.maximize = space.maximize;
  request.columns = "";
  std::vector<methods::OpenedSpec> specs;
  specs.push_back(std::move(opened));
  return methods::plan_search(request, std::move(specs));
}

inline std::vector<std::vector<double>> keys_of(const std::vector<methods::Design>& designs) {
  std::vector<std::vector<double>> keys;
  for (const methods::Design& design : designs) keys.push_back(design.key);
  return keys;
}

/// The exact front.
inline methods::SearchResult exact_front(const methods::SearchPlan& plan, int threads) {
  methods::SearchOptions options;
  options.method = methods::SearchMethod::kEnumerate;
  options.threads = threads;
  return methods::run_search(plan, options);
}

/// One run of NSGA-II with that many evaluations.
inline methods::SearchResult evolved_front(const methods::SearchPlan& plan,
                                           std::uint64_t evaluations, std::uint64_t seed,
                                           int threads) {
  methods::SearchOptions options;
  options.method = methods::SearchMethod::kEvolve;
  options.evaluations = evaluations;
  options.seed = seed;
  options.threads = threads;
  return methods::run_search(plan, options);
}

}  // namespace archcost
