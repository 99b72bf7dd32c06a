// The chapter about budgets: searches over all families under limits.
#include <fmt/core.h>

#include <algorithm>
#include <span>

#include "core/text.hpp"
#include "reports/pages/accuracy_points.hpp"
#include "reports/pages/light_weight_story.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/search_report.hpp"
#include "search/methods/plan.hpp"

namespace archcost {
namespace {

using Parts = std::vector<PagePart>;

// What is searched: each family at the settings that its published accuracies hold for.
struct SearchedFamily {
  const char* name;
  std::vector<std::string> settings;
};

std::vector<SearchedFamily> searched_families() {
  return {{"mobilenet_v1", {}},
          {"mobilenet_v2", {}},
          {"mobilenet_v3", {"size=large", "scaling=slim"}},
          {"mobilenet_v3", {"size=small", "scaling=slim", "last=1280"}},
          {"shufflenet_v1", {}},
          {"shufflenet_v2", {"authors=1"}},
          {"squeezenet", {"version=1.1"}},
          {"mnasnet", {}},
          {"ghostnet", {}}};
}

std::vector<OpenedSpec> opened_families(const SpecLibrary& library) {
  std::vector<OpenedSpec> specs;
  for (const SearchedFamily& family : searched_families()) {
    OpenedSpec one;
    one.label = std::string(family.name) +
                (family.settings.empty() ? "" : ":" + join(family.settings, ","));
    one.spec = shipped_spec(library, family.name, one.options.preset);
    for (const std::string& setting : family.settings)
      one.options.settings.push_back(parse_setting(one.spec, setting, one.label));
    specs.push_back(std::move(one));
  }
  return specs;
}

struct Budget {
  std::string text;
  std::vector<std::string> limits;
};

ReportSearch search_under(const SpecLibrary& library, const Budget& budget) {
  SearchWishes wishes;
  wishes.maximize = {"accuracy"};
  wishes.limits = budget.limits;
  SearchPlan plan = plan_search(wishes, opened_families(library));
  SearchOptions options;
  options.top = kMostReportPoints;
  SearchResult result = run_search(plan, options);
  return {std::move(plan), std::move(result)};
}

// The first of each spec among the networks that have a published accuracy, in the order of the
// search.
std::vector<Design> best_of_each(const ReportSearch& search) {
  std::vector<Design> best;
  for (const Design& design : search.result.designs) {
    if (design.accuracy.kind != AccuracyEstimate::Kind::kPublished) continue;
    const bool known = std::any_of(best.begin(), best.end(), [&](const Design& other) {
      return search.plan.jobs[other.job].spec.name == search.plan.jobs[design.job].spec.name;
    });
    if (!known) best.push_back(design);
  }
  return best;
}

double value_of(const SearchPlan& plan, const Design& design, const char* quantity) {
  return design.values[static_cast<std::size_t>(find_quantity(plan.quantities, quantity))];
}

std::string figures_of(const SearchPlan& plan, const Design& design) {
  const auto count_of = [&](const char* name) {
    return human_count(static_cast<std::int64_t>(value_of(plan, design, name)));
  };
  return fmt::format("{:.4g} %, {} multiply-adds and {} parameters", design.accuracy.top1,
                     count_of("macs"), count_of("params"));
}

std::string name_of(const SearchPlan& plan, const Design& design) {
  const SweepJob& job = plan.jobs[design.job];
  std::vector<std::string> settings;
  for (const ParameterSetting& setting : job.space.settings(design.at))
    settings.push_back(setting.name + "=" + to_string(setting.value));
  return job.label + " at " + join(settings, " ");
}

// Whether the networks differ by more than what accuracies of the two recipes can say.
bool tells_apart(const SearchPlan& plan, const Design& a, const Design& b) {
  return can_tell_apart(
      a.accuracy, b.accuracy,
      plan.accuracy[a.job]->table().recipe == plan.accuracy[b.job]->table().recipe);
}

// The most accurate; where others are as accurate as far as can be told, the one of them with the
// fewest multiply-adds.
std::string reason(const SearchPlan& plan, const std::vector<Design>& best) {
  const Design& first = best.front();
  const Design *choice = &first, *behind = nullptr;
  for (const Design& design : std::span(best).subspan(1)) {
    if (!tells_apart(plan, first, design)) {
      if (value_of(plan, design, "macs") < value_of(plan, *choice, "macs")) choice = &design;
    } else if (behind == nullptr) {
      behind = &design;
    }
  }
  std::string text = fmt::format("Take {}: {}.", name_of(plan, *choice), figures_of(plan, *choice));
  text += choice == &first
              ? " It is the most accurate that fits."
              : fmt::format(
                    " The most accurate that fits is {} with {:.4g} %, but figures of different "
                    "recipes of training differ by as much; of the families that can't be told "
                    "apart from it by accuracy, this one takes the fewest multiply-adds.",
                    name_of(plan, first), first.accuracy.top1);
  if (behind != nullptr)
    text += fmt::format(
        " The next of those that are less accurate beyond doubt, {}, is {:.1f} "
        "points behind the most accurate.",
        name_of(plan, *behind), first.accuracy.top1 - behind->accuracy.top1);
  return text;
}

void add_budget(Parts& parts, const SpecLibrary& library, const Budget& budget,
                const std::string& name) {
  ReportSearch search = search_under(library, budget);
  parts.push_back(Subheading{"At most " + budget.text});
  search.result.designs = best_of_each(search);
  if (!search.result.designs.empty())
    parts.push_back(Paragraph{reason(search.plan, search.result.designs)});
  add_section(parts, search_report(search.plan, search.result, false).sections.front(), name, {},
              search_report(search.plan, search.result, true).sections.front().table);
}

}  // namespace

Parts three_budgets(const StoryBook& book) {
  std::vector<AccuracyPoint> points;
  std::string known;
  for (const SearchedFamily& family : searched_families()) {
    if (family.name == known) continue;
    known = family.name;
    std::string preset;
    for (AccuracyPoint& point : accuracy_points(shipped_spec(book.library, known, preset)))
      points.push_back(std::move(point));
  }
  Parts parts = accuracy_parts(points, "light_weight");
  parts.push_back(Paragraph{
      "For each budget all families are searched, each over the values that its spec names, for "
      "the network with the highest accuracy. The tables hold the best of each family among those "
      "whose accuracy is published under the recipe of training that has most figures: an estimate "
      "between them doesn't decide here."});
  const Budget budgets[] = {
      {"40M multiply-adds", {"macs <= 40M"}},
      {"150M multiply-adds and 2M parameters", {"macs <= 150M", "params <= 2M"}},
      {"600M multiply-adds and 5M parameters", {"macs <= 600M", "params <= 5M"}}};
  int number = 0;
  for (const Budget& budget : budgets)
    add_budget(parts, book.library, budget, fmt::format("budget_{}", ++number));
  return parts;
}

}  // namespace archcost
