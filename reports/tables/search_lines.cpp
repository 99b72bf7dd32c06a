// SPDX-License-Identifier: Apache-2.0
// What a search asked for, what ran and what became of its candidates, in sentences.
#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "reports/tables/search_report.hpp"
#include "search/space/sweep_filter.hpp"

namespace archcost::tables {
namespace {

std::string number(std::uint64_t n) { return with_commas(static_cast<std::int64_t>(n)); }

std::string points_text(long double points) {
  return points < 1e15L ? with_commas(static_cast<std::int64_t>(points))
                        : fmt::format("{:.3Lg}", points);
}

// What an enumeration proves; of candidates without a figure it proves nothing.
std::string exactness(const methods::SearchPlan& plan, const methods::SearchResult& result) {
  if (result.designs.empty()) return ".";
  const char* what = plan.objectives.size() > 1 ? "front" : "order";
  if (result.tally.without_figure == 0) return fmt::format(": the {} is exact.", what);
  const std::uint64_t known = result.tally.feasible + result.tally.infeasible;
  return known == 1 ? ", one of them with figures."
                    : fmt::format(": the {} of the {} with figures is exact.", what, number(known));
}

}  // namespace

std::string request_text(const methods::SearchPlan& plan) {
  std::vector<std::string> objectives;
  for (const space::Objective& objective : plan.objectives)
    objectives.push_back(
        fmt::format("{} {}", objective.maximize ? "maximize" : "minimize",
                    plan.quantities[static_cast<std::size_t>(objective.quantity)].name));
  std::string text = join(objectives, ", ");
  if (!plan.limits.empty()) text += " under " + join(plan.limits, " and ");
  return text;
}

std::vector<std::string> method_lines(const methods::SearchPlan& plan,
                                      const methods::SearchResult& result) {
  const std::string space = points_text(result.space);
  const std::string evaluated_points = number(result.tally.points);
  switch (result.method) {
    case methods::SearchMethod::kAuto:
    case methods::SearchMethod::kEnumerate:
      if (!result.whole)
        return {fmt::format(
            "Enumeration, stopped after {} of {} candidates: better ones may be among the rest.",
            evaluated_points, space)};
      return {fmt::format("{} candidate{}, all evaluated{}", evaluated_points,
                          evaluated_points == "1" ? "" : "s", exactness(plan, result))};
    case methods::SearchMethod::kChain:
      return {fmt::format("Branch and bound along the chain of layers, {} candidate{}: {}", space,
                          space == "1" ? "" : "s", result.proof)};
    case methods::SearchMethod::kEvolve:
      break;
  }
  // Parts may look at the same candidates.
  const bool twice = static_cast<long double>(result.tally.points) > result.space;
  return {
      fmt::format("NSGA-II: {}.{}",
                  twice ? fmt::format("{} evaluations of {} candidates, some of them in several "
                                      "parts",
                                      evaluated_points, space)
                        : fmt::format("{} of {} candidates evaluated", evaluated_points, space),
                  result.designs.empty()
                      ? ""
                      : " All rows meet the limits, and no evaluated candidate is better; others "
                        "may be."),
      fmt::format("Stop reason: {}.", result.stopped)};
}

namespace {

// What reasons are about, each once: "accuracy of a, b" of "accuracy of a: no estimate" and
// "accuracy of b: outside".
std::string topics_text(std::span<const std::pair<std::string, std::uint64_t>> reasons) {
  std::vector<std::string> topics, last_words;
  for (const auto& [reason, count] : reasons) {
    const std::string topic = reason.substr(0, reason.find(": "));
    if (std::find(topics.begin(), topics.end(), topic) == topics.end()) topics.push_back(topic);
  }
  const auto words_before = [](const std::string& topic) {
    return topic.substr(0, topic.rfind(' ') + 1);
  };
  const std::string shared = words_before(topics.front());
  for (const std::string& topic : topics) {
    if (words_before(topic) != shared) return join(topics, ", ");
    last_words.push_back(topic.substr(shared.size()));
  }
  return shared + join(last_words, ", ");
}

// "75: accuracy of a: ...; 12: accuracy of b: ...; 9: 3 other reasons (accuracy of a)": most
// frequent first. A single further reason is as short as its number.
std::string reasons_text(const std::map<std::string, std::uint64_t>& reasons) {
  constexpr std::size_t kMost = 2;
  std::vector<std::pair<std::string, std::uint64_t>> sorted(reasons.begin(), reasons.end());
  std::ranges::stable_sort(sorted, std::greater<>(),
                           &std::pair<std::string, std::uint64_t>::second);
  const std::size_t shown = sorted.size() == kMost + 1 ? kMost + 1 : kMost;
  std::vector<std::string> texts;
  std::uint64_t rest = 0;
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    if (k < shown)
      texts.push_back(fmt::format("{}: {}", number(sorted[k].second), sorted[k].first));
    else
      rest += sorted[k].second;
  }
  if (rest > 0)
    texts.push_back(fmt::format("{}: {} other reasons ({})", number(rest), sorted.size() - shown,
                                topics_text(std::span(sorted).subspan(shown))));
  return join(texts, "; ");
}

// Why candidates are no designs, and how many that are aren't shown.
void add_left_out(const methods::SearchTally& tally, std::vector<std::string>& lines) {
  const std::string points = number(tally.points);
  if (tally.outside > 0)
    lines.push_back(fmt::format("{} of {} don't meet the conditions of the space.",
                                number(tally.outside), points));
  if (tally.unbuildable > 0)
    lines.push_back(fmt::format("{} of {} can't be built.", number(tally.unbuildable), points));
  if (tally.unanswered > 0)
    lines.push_back(fmt::format("{} of {} were left out, because a condition has no answer: {}.",
                                number(tally.unanswered), points,
                                reasons_text(tally.unanswered_why)));
  if (tally.without_figure > 0)
    lines.push_back(fmt::format("{} of {} have no figure for an objective or limit: {}.",
                                number(tally.without_figure), points,
                                reasons_text(tally.without_figure_why)));
  if (tally.equal > 0)
    lines.push_back(fmt::format(
        "{} candidate{} not shown: {} the network of a design that is, with other settings.",
        number(tally.equal), tally.equal == 1 ? " is" : "s are",
        tally.equal == 1 ? "it builds" : "they build"));
}

// How many candidates meet all limits, and how many each limit rules out.
std::string fitting_line(const methods::SearchPlan& plan, const methods::SearchTally& tally) {
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < plan.limits.size(); ++k)
    parts.push_back(fmt::format("{} rules out {}", plan.limits[k], number(tally.limits[k].broken)));
  return fmt::format("{} of {} fit; {}.", number(tally.feasible),
                     number(tally.feasible + tally.infeasible), join(parts, ", "));
}

// How far the design that misses the limit least is from it, with its figures.
std::string nearest_line(const methods::SearchPlan& plan, const std::string& limit,
                         const methods::LimitTally& tally) {
  std::vector<std::string> figures;
  for (std::size_t q = 0; q < plan.quantities.size(); ++q) {
    const std::string& name = plan.quantities[q].name;
    if (limit.find(name) != std::string::npos)
      figures.push_back(name + " " + figure_text(plan, q, tally.nearest[q]));
  }
  return fmt::format("{} binds: the nearest misses it by {}{}.", limit,
                     human_percent(100 * tally.least_missed),
                     figures.empty() ? "" : " (" + join(figures, ", ") + ")");
}

// Of a limit on a single quantity: whether its number seems to lack a suffix.
void add_suffix_hints(const methods::SearchPlan& plan, const std::string& limit,
                      const methods::LimitTally& tally, std::vector<std::string>& lines) {
  for (std::size_t q = 0; q < plan.quantities.size(); ++q) {
    const std::string& name = plan.quantities[q].name;
    if (!limit.starts_with(name) || limit.find_first_of(" <") != name.size()) continue;
    const std::string hint = space::forgotten_suffix(limit, tally.nearest[q]);
    if (!hint.empty()) lines.push_back(hint);
  }
}

// Without a design that meets all limits: which of them can't be met.
void add_binding_limits(const methods::SearchPlan& plan, const methods::SearchTally& tally,
                        std::vector<std::string>& lines) {
  bool one = false;
  for (std::size_t k = 0; k < plan.limits.size(); ++k) {
    const methods::LimitTally& limit = tally.limits[k];
    if (limit.nearest.empty() || limit.least_missed <= 0) continue;
    one = true;
    lines.push_back(nearest_line(plan, plan.limits[k], limit));
    add_suffix_hints(plan, plan.limits[k], limit, lines);
  }
  if (!one && plan.limits.size() > 1 && tally.feasible + tally.infeasible > 0)
    lines.push_back("Each limit can be met by some design, all together by none.");
}

}  // namespace

std::vector<std::string> tally_lines(const methods::SearchPlan& plan,
                                     const methods::SearchResult& result) {
  std::vector<std::string> lines = plan.notes;
  for (const space::SlowCost& slow : plan.slow) {
    if (slow.how) lines.push_back(fmt::format("{}: {}.", slow.name, slow.how()));
  }
  add_left_out(result.tally, lines);
  if (plan.limits.empty()) return lines;
  if (result.tally.feasible == 0)
    add_binding_limits(plan, result.tally, lines);
  else if (result.method != methods::SearchMethod::kChain)
    lines.push_back(fitting_line(plan, result.tally));
  return lines;
}

}  // namespace archcost::tables
