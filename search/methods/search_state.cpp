// SPDX-License-Identifier: Apache-2.0
#include "search/methods/search_state.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/diagnostic.hpp"
#include "core/json_line.hpp"
#include "core/text.hpp"
#include "search/methods/collector.hpp"

namespace archcost::methods {

using nlohmann::json;

namespace {

// A number of points or designs. The JSON library takes -1 and 1.5 for one, too.
std::uint64_t whole_number(const json& in) {
  if (!in.is_number_unsigned()) throw Error("not a whole number");
  return in;
}

int small_number(const json& in) {
  const std::uint64_t number = whole_number(in);
  if (number > 1'000'000) throw Error("too large a number");
  return static_cast<int>(number);
}

// JSON has no NaN, which stands for a figure that wasn't asked for: it is null.
std::vector<double> numbers_of(const json& in) {
  std::vector<double> numbers;
  for (const json& one : in)
    numbers.push_back(one.is_null() ? std::numeric_limits<double>::quiet_NaN() : one.get<double>());
  return numbers;
}

double number_or_infinity(const json& in) {
  return in.is_null() ? std::numeric_limits<double>::infinity() : in.get<double>();
}

}  // namespace

// Doubles come back as they were. JSON has no infinity: it is null.
void to_json(json& out, const LimitTally& limit) {
  out = {limit.broken, limit.least_missed, limit.nearest};
}
void from_json(const json& in, LimitTally& limit) {
  limit.broken = whole_number(in.at(0));
  limit.least_missed = number_or_infinity(in.at(1));
  limit.nearest = numbers_of(in.at(2));
}

void to_json(json& out, const Design& d) {
  const accuracy::AccuracyEstimate& a = d.accuracy;
  json errors = json::array();  // unknown: null
  for (const auto& error : d.errors) errors.push_back(error ? json(*error) : json());
  const json rests_on = {a.kind, a.top1, a.error, a.parameter, a.models, a.row};
  out = {d.job, d.at, d.values, d.key, d.missed, errors, d.violation, rests_on, d.estimated};
}
void from_json(const json& in, Design& d) {
  d.job = whole_number(in.at(0));
  for (const json& index : in.at(1)) d.at.push_back(whole_number(index));
  std::size_t field = 2;
  for (auto* list : {&d.values, &d.key, &d.missed}) *list = numbers_of(in.at(field++));
  for (const json& error : in.at(field)) {
    d.errors.emplace_back();
    if (!error.is_null()) d.errors.back() = error.get<double>();
  }
  d.violation = number_or_infinity(in.at(6));
  const json& a = in.at(7);
  d.accuracy = {a.at(0), a.at(1), a.at(2), a.at(3), a.at(4)};
  if (a.size() > 5) d.accuracy.row = a.at(5);  // states of earlier versions have none
  d.estimated = in.at(8);
}

namespace {

// The counters of a tally, in the order of the file.
template <class Tally>
auto counters(Tally& t) {
  return std::array{&t.points,     &t.unbuildable, &t.outside,  &t.without_figure,
                    &t.unanswered, &t.infeasible,  &t.feasible, &t.equal};
}

}  // namespace

void to_json(json& out, const SearchTally& tally) {
  out = {{"limits", tally.limits},
         {"unanswered", tally.unanswered_why},
         {"without_figure", tally.without_figure_why}};
  for (const std::uint64_t* count : counters(tally)) out["counts"].push_back(*count);
  for (std::size_t j = 0; j < tally.failures.size(); ++j) {
    for (const auto& [reason, failure] : tally.failures[j])
      out["failures"].push_back({j, reason, failure.count, failure.first});
  }
  out["jobs"] = tally.failures.size();
}
void from_json(const json& in, SearchTally& tally) {
  in.at("limits").get_to(tally.limits);
  in.at("unanswered").get_to(tally.unanswered_why);
  in.at("without_figure").get_to(tally.without_figure_why);
  std::size_t k = 0;
  for (std::uint64_t* count : counters(tally)) {
    if (count == &tally.equal && in.at("counts").size() <= k) break;  // of an earlier version
    *count = whole_number(in.at("counts").at(k++));
  }
  tally.failures.resize(in.at("jobs").get<std::uint16_t>());
  for (const json& one : in.value("failures", json::array()))
    tally.failures.at(whole_number(one.at(0)))[one.at(1).get<std::string>()] = {
        whole_number(one.at(2)), whole_number(one.at(3))};
}

// Of an individual without figures the violation is infinite, and so are distances at the ends of a
// front.
void to_json(json& out, const Individual& one) {
  out = {one.at,
         one.verdict,
         one.built,
         one.violation,
         one.feasible() ? json(one.key) : json::array(),
         one.rank,
         one.crowding};
}
void from_json(const json& in, Individual& one) {
  for (const json& index : in.at(0)) one.at.push_back(whole_number(index));
  const std::uint64_t verdict = whole_number(in.at(1));
  if (verdict > static_cast<std::uint64_t>(Verdict::kUnanswered)) throw Error("no verdict");
  one.verdict = static_cast<Verdict>(verdict);
  one.built = in.at(2);
  one.violation = number_or_infinity(in.at(3));
  one.key = numbers_of(in.at(4));
  one.rank = small_number(in.at(5));
  one.crowding = number_or_infinity(in.at(6));
}

void to_json(json& out, const EvolutionState& e) {
  out = {{"job", e.job},        {"ended", e.ended},   {"idle", e.idle},
         {"random", e.random},  {"points", e.points}, {"checksum", e.checksum},
         {"parents", e.parents}};
}
void from_json(const json& in, EvolutionState& e) {
  e.job = whole_number(in.at("job"));
  e.ended = in.at("ended");
  e.idle = small_number(in.at("idle"));
  e.random = whole_number(in.at("random"));
  e.points = whole_number(in.at("points"));
  e.checksum = in.at("checksum");
  e.parents = in.at("parents").get<std::vector<Individual>>();
}

std::string to_text(const SearchState& state) {
  json out = {{"range", {state.range.first, state.range.last}},
              {"done", state.done},
              {"parts", state.parts},
              {"tally", state.tally},
              {"designs", state.designs},
              {"nearest", state.nearest},
              {"asked_slow", state.asked_slow}};
  if (state.evolution) out["evolution"] = *state.evolution;
  return json_line(out);
}

namespace {

bool is_in_space(const sweep::SweepJob& job, const std::vector<std::size_t>& at) {
  if (at.size() != job.space.axes.size()) return false;
  for (std::size_t k = 0; k < at.size(); ++k) {
    if (at[k] >= job.space.axes[k].values.size()) return false;
  }
  return true;
}

// Whether it is a point of the plan's spaces, with a figure of each quantity.
bool is_of_plan(const SearchPlan& plan, const Design& design, bool feasible) {
  if (design.job >= plan.jobs.size()) return false;
  const sweep::SweepJob& job = plan.jobs[design.job];
  if (!is_in_space(job, design.at)) return false;
  const auto kind = static_cast<int>(design.accuracy.kind);
  const auto params = static_cast<int>(job.spec.main().params.size());
  const std::size_t quantities = plan.quantities.size(), limits = plan.limits.size();
  return design.values.size() == quantities && design.errors.size() == quantities &&
         (design.key.size() == plan.objectives.size() || (!feasible && design.key.empty())) &&
         (design.missed.size() == limits || (feasible && design.missed.empty())) &&
         kind <= static_cast<int>(accuracy::AccuracyEstimate::Kind::kTooFew) &&
         design.accuracy.parameter >= -1 && design.accuracy.parameter < params &&
         design.accuracy.row >= -1 &&
         design.accuracy.row <
             (plan.accuracy[design.job]
                  ? static_cast<int>(plan.accuracy[design.job]->table().rows.size())
                  : 0);
}

bool is_of_plan(const SearchPlan& plan, const SearchTally& tally) {
  if (tally.limits.size() != plan.limits.size() || tally.failures.size() != plan.jobs.size())
    return false;
  return std::all_of(tally.limits.begin(), tally.limits.end(), [&](const LimitTally& limit) {
    return limit.nearest.empty() || limit.nearest.size() == plan.quantities.size();
  });
}

bool is_of_plan(const SearchPlan& plan, const EvolutionState& evolution) {
  return evolution.job < plan.jobs.size() && evolution.parents.empty() == (evolution.points == 0) &&
         std::all_of(evolution.parents.begin(), evolution.parents.end(),
                     [&](const Individual& one) {
                       return is_in_space(plan.jobs[evolution.job], one.at) &&
                              one.key.size() == (one.feasible() ? plan.objectives.size() : 0);
                     });
}

bool is_of_plan(const SearchPlan& plan, const SearchState& state) {
  const std::uint64_t all = state.parts > 0 ? state.parts : sweep::total_points(plan.jobs);
  return state.range.first <= state.range.last && state.range.last <= all &&
         state.done <= state.range.last - state.range.first && is_of_plan(plan, state.tally) &&
         state.evolution.has_value() == (state.parts > 0 && state.done == 0) &&
         (!state.evolution || is_of_plan(plan, *state.evolution)) &&
         std::all_of(state.designs.begin(), state.designs.end(),
                     [&](const Design& design) { return is_of_plan(plan, design, true); }) &&
         std::all_of(state.nearest.begin(), state.nearest.end(),
                     [&](const Design& design) { return is_of_plan(plan, design, false); });
}

}  // namespace

SearchState read_search_state(const SearchPlan& plan, const std::vector<std::string>& records,
                              const std::string& name) {
  try {
    const json in = json::parse(records.empty() ? "" : records.back());
    const json& range = in.at("range");
    SearchState state = {{whole_number(range.at(0)), whole_number(range.at(1))},
                         whole_number(in.at("done")),
                         whole_number(in.at("parts")),
                         in.at("tally"),
                         in.at("designs"),
                         in.at("nearest"),
                         {},
                         in.value("asked_slow", true)};
    if (in.contains("evolution")) state.evolution = in.at("evolution").get<EvolutionState>();
    if (is_of_plan(plan, state)) return state;
  } catch (const std::exception&) {  // of the JSON library
  }
  throw Error(fmt::format("'{}' has no state of a search, or is damaged", name));
}

SearchResult join_parts(const SearchPlan& plan, const SearchOptions& options,
                        std::vector<SearchState> parts) {
  std::sort(parts.begin(), parts.end(), [](const SearchState& a, const SearchState& b) {
    return a.range.first < b.range.first;
  });
  const bool evolved = !parts.empty() && parts.front().parts > 0;
  const char* what = evolved ? "part" : "points";
  std::uint64_t next = 0;
  for (const SearchState& part : parts) {
    if (part.parts != parts.front().parts)
      throw Error("--join: the parts are of different divisions");
    if (part.range.first != next)
      throw Error(
          fmt::format("--join: {} {} {} to {}",
                      part.range.first > next ? "a part is missing:" : "two parts have the same",
                      what, std::min(part.range.first, next), std::max(part.range.first, next)));
    if (part.done != part.range.last - part.range.first)
      throw Error("--join: a part isn't finished; go on with it by --resume");
    next = part.range.last;
  }
  const std::uint64_t all = evolved ? parts.front().parts : sweep::total_points(plan.jobs);
  if (next != all)
    throw Error(fmt::format("--join: a part is missing: {} {} to {}", what, next, all));
  Collector collector(plan, options.top);
  for (SearchState& part : parts) collector.join(std::move(part));
  SearchResult result;
  result.method = evolved ? SearchMethod::kEvolve : SearchMethod::kEnumerate;
  for (const sweep::SweepJob& job : plan.jobs) result.space += job.space.size();
  if (evolved) {
    const auto points = static_cast<std::int64_t>(collector.state().tally.points);
    result.stopped =
        fmt::format("all {} parts ended, after {} evaluations", all, with_commas(points));
  }
  collector.finish(result);
  return result;
}

}  // namespace archcost::methods
