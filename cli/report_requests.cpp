// SPDX-License-Identifier: Apache-2.0
#include "cli/report_requests.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/search_request.hpp"
#include "cli/sweep_request.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::cli {
namespace {

using Words = std::vector<std::pair<std::string_view, std::string_view>>;

const Words& sweep_words() {
  static const Words kWords = {{"--vary", "--sweep"}};
  return kWords;
}

const Words& search_words() {
  static const Words kWords = {{"--maximize ", "--search maximize "},
                               {"--minimize ", "--search minimize "},
                               {"--vary ", "--search vary "},
                               {"--limit ", "--search "}};
  return kWords;
}

// The error of another command in the words of this one: the first of each pair becomes the second.
Error in_own_words(const Error& error, const Words& words) {
  const auto renamed = [&](std::string text) {
    for (const auto& [theirs, own] : words) {
      for (std::size_t at = text.find(theirs); at != std::string::npos;
           at = text.find(theirs, at + own.size()))
        text.replace(at, theirs.size(), own);
    }
    return text;
  };
  std::vector<Diagnostic> diagnostics = error.diagnostics();
  for (Diagnostic& one : diagnostics) {
    one.place = renamed(one.place);
    one.message = renamed(one.message);
  }
  return Error(std::move(diagnostics));
}

}  // namespace

std::optional<pages::ReportSweep> report_sweep(const ReportNetworks& options,
                                               const std::vector<std::string>& vary) {
  if (vary.empty()) return {};
  const bool all = vary == std::vector<std::string>{"all"};
  for (const std::string& label : all ? options.specs : std::vector<std::string>()) {
    const spec::ArchSpec spec = open_spec(label, options.network).spec;
    const auto& params = spec.main().params;
    if (std::all_of(params.begin(), params.end(),
                    [](const spec::ParamSpec& param) { return param.sweep.empty(); }))
      throw Error(fmt::format(
          "'{}' has no parameter with 'sweep' values; say what to vary, as --sweep NAME=VALUES",
          label));
  }
  SweepOptions sweep;
  sweep.specs = options.specs;
  sweep.network = options.network;
  sweep.costs = options.costs;
  sweep.columns = "macs,params,activations,peak_memory,size_int8";
  if (!all) sweep.vary = vary;
  std::vector<sweep::SweepJob> jobs;
  try {
    jobs = plan_sweep(sweep).jobs;
  } catch (const Error& error) {
    throw in_own_words(error, sweep_words());
  }
  pages::ReportSweep made = pages::make_sweep(std::move(jobs));
  pages::add_accuracies(made);
  return made;
}

namespace {

// "maximize accuracy", "minimize macs, params", "vary alpha=0.25:1:0.05"; the others are limits.
methods::SearchRequest search_request_of(const std::vector<std::string>& texts) {
  methods::SearchRequest request;
  for (const std::string& text : texts) {
    const std::string trimmed(trim(text));
    const std::string word = trimmed.substr(0, trimmed.find(' '));
    std::vector<std::string>* list = word == "maximize"   ? &request.maximize
                                     : word == "minimize" ? &request.minimize
                                     : word == "vary"     ? &request.vary
                                                          : nullptr;
    if (list != nullptr)
      list->emplace_back(trim(std::string_view(trimmed).substr(word.size())));
    else
      request.limits.push_back(trimmed);
  }
  return request;
}

}  // namespace

std::optional<pages::ReportSearch> report_search(const ReportNetworks& options,
                                                 const std::vector<std::string>& texts) {
  if (texts.empty()) return {};
  SearchArguments arguments;
  arguments.specs = options.specs;
  arguments.request = search_request_of(texts);
  arguments.network = options.network;
  arguments.costs = options.costs;
  if (arguments.request.maximize.empty() && arguments.request.minimize.empty())
    throw Error(
        "--search: say what is best, as --search \"minimize macs\" or --search \"maximize "
        "accuracy\"; all that is given is a limit, or what is varied");
  try {
    methods::SearchPlan plan = search_plan(arguments, {});
    methods::SearchResult result = methods::run_search(plan, search_options(arguments));
    return pages::ReportSearch{std::move(plan), std::move(result)};
  } catch (const Error& error) {
    throw in_own_words(error, search_words());
  }
}

}  // namespace archcost::cli
