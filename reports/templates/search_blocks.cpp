// SPDX-License-Identifier: Apache-2.0
// Blocks that search for networks under limits.
#include <fmt/core.h>

#include <algorithm>
#include <span>

#include "core/text.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/search_report.hpp"
#include "reports/templates/block_builders.hpp"

namespace archcost::templates {
namespace {

pages::ReportSearch search_for(TemplateData& data, const TemplateBlock& block,
                               const methods::SearchRequest& request) {
  std::vector<methods::OpenedSpec> specs;
  for (const TemplateText& name : data.expanded(block.all("networks")))
    specs.push_back(data.spec(name));
  methods::SearchPlan plan = methods::plan_search(request, std::move(specs));
  methods::SearchOptions options;
  options.top = pages::kMostReportPoints;
  methods::SearchResult result = methods::run_search(plan, options);
  return {std::move(plan), std::move(result)};
}

// The first of each spec among the networks that have a published accuracy, in the order of the
// search.
std::vector<methods::Design> best_of_each_spec(const pages::ReportSearch& search) {
  std::vector<methods::Design> best;
  for (const methods::Design& design : search.result.designs) {
    if (design.accuracy.kind != accuracy::AccuracyEstimate::Kind::kPublished) continue;
    const bool known = std::any_of(best.begin(), best.end(), [&](const methods::Design& other) {
      return search.plan.jobs[other.job].spec.name == search.plan.jobs[design.job].spec.name;
    });
    if (!known) best.push_back(design);
  }
  return best;
}

double value_of(const methods::SearchPlan& plan, const methods::Design& design,
                const char* quantity) {
  return design.values[static_cast<std::size_t>(space::find_quantity(plan.quantities, quantity))];
}

std::string figures_of(const methods::SearchPlan& plan, const methods::Design& design) {
  const auto count_of = [&](const char* name) {
    return human_count(static_cast<std::int64_t>(value_of(plan, design, name)));
  };
  return fmt::format("{:.4g} %, {} multiply-adds, {} parameters", design.accuracy.top1,
                     count_of("macs"), count_of("params"));
}

std::string name_of(const methods::SearchPlan& plan, const methods::Design& design) {
  const sweep::SweepJob& job = plan.jobs[design.job];
  const std::vector<std::string> settings = tables::setting_texts(job.space.settings(design.at));
  return job.label + (settings.empty() ? "" : " at " + join(settings, " "));
}

// Whether the accuracies of two networks differ by more than those of two recipes may.
bool accuracies_differ(const methods::SearchPlan& plan, const methods::Design& a,
                       const methods::Design& b) {
  return accuracy::can_tell_apart(
      a.accuracy, b.accuracy,
      plan.accuracy[a.job]->table().recipe == plan.accuracy[b.job]->table().recipe);
}

// The most accurate; where the accuracies of others don't differ from it significantly, that of
// them with the fewest multiply-adds.
std::string recommendation(const methods::SearchPlan& plan,
                           const std::vector<methods::Design>& best) {
  const methods::Design& first = best.front();
  const methods::Design *choice = &first, *lower = nullptr;
  for (const methods::Design& design : std::span(best).subspan(1)) {
    if (!accuracies_differ(plan, first, design)) {
      if (value_of(plan, design, "macs") < value_of(plan, *choice, "macs")) choice = &design;
    } else if (lower == nullptr) {
      lower = &design;
    }
  }
  std::string text =
      fmt::format("Choice: {} ({}).", name_of(plan, *choice), figures_of(plan, *choice));
  text += choice == &first
              ? " It has the highest accuracy within the limits."
              : fmt::format(
                    " The highest accuracy within the limits is {:.4g} % ({}), but accuracies of "
                    "different training recipes differ by as much. Among the families whose "
                    "accuracy does not differ from it significantly, the choice needs the fewest "
                    "multiply-adds.",
                    first.accuracy.top1, name_of(plan, first));
  if (lower != nullptr)
    text += fmt::format(
        " The next family with a significantly lower accuracy is {}, {:.1f} points below the "
        "highest.",
        name_of(plan, *lower), first.accuracy.top1 - lower->accuracy.top1);
  return text;
}

}  // namespace

Parts search_block(TemplateData& data, const TemplateBlock& block) {
  methods::SearchRequest request;
  request.maximize = block.texts("maximize");
  request.minimize = block.texts("minimize");
  request.limits = block.texts("limits");
  request.vary = block.texts("vary");
  return pages::search_parts(search_for(data, block, request), block.text("name"));
}

Parts budget_block(TemplateData& data, const TemplateBlock& block) {
  methods::SearchRequest request;
  request.maximize = {"accuracy"};
  request.limits = block.texts("limits");
  pages::ReportSearch search = search_for(data, block, request);
  search.result.designs = best_of_each_spec(search);
  Parts parts;
  if (!search.result.designs.empty())
    parts.emplace_back(Paragraph{recommendation(search.plan, search.result.designs)});
  pages::add_section(
      parts, tables::search_report(search.plan, search.result, false).sections.front(),
      block.text("name"), {},
      tables::search_report(search.plan, search.result, true).sections.front().table);
  return parts;
}

}  // namespace archcost::templates
