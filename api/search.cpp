// SPDX-License-Identifier: Apache-2.0
#include "api/archcost/search.hpp"

#include "api/open.hpp"
#include "core/text.hpp"
#include "search/methods/plan.hpp"
#include "search/methods/search.hpp"

namespace archcost::api {
namespace {

Design design_of(const methods::SearchPlan& plan, const methods::Design& design) {
  Design result;
  result.spec = plan.jobs[design.job].label;
  for (const graph::ParameterSetting& setting : plan.jobs[design.job].space.settings(design.at))
    result.settings[setting.name] = spec::to_string(setting.value);
  for (std::size_t q = 0; q < plan.quantities.size(); ++q)
    result.figures[plan.quantities[q].name] = design.values[q];
  result.accuracy_estimated = design.accuracy.kind == accuracy::AccuracyEstimate::Kind::kEstimated;
  return result;
}

SearchAnswer searched(const SearchRequest& request) {
  methods::SearchRequest words;
  words.vary = request.vary;
  words.limits = request.limits;
  words.maximize = request.maximize;
  words.minimize = request.minimize;
  if (!request.columns.empty()) words.columns = join(request.columns, ",");
  std::vector<methods::OpenedSpec> specs;
  for (const NetworkRequest& network : request.networks) {
    OpenedNetwork opened = open(network);
    specs.push_back({network.spec, std::move(opened.spec), std::move(opened.options)});
  }
  const methods::SearchPlan plan = methods::plan_search(words, std::move(specs));
  methods::SearchOptions options;
  options.top = request.top;
  options.threads = request.threads;
  const methods::SearchResult result = methods::run_search(plan, options);
  SearchAnswer answer;
  answer.feasible = !result.designs.empty();
  answer.exact = result.whole && result.method != methods::SearchMethod::kEvolve;
  for (const methods::Design& design : answer.feasible ? result.designs : result.nearest)
    answer.designs.push_back(design_of(plan, design));
  return answer;
}

}  // namespace

SearchAnswer search(const SearchRequest& request) {
  return with_errors_of_library([&] { return searched(request); });
}

}  // namespace archcost::api
