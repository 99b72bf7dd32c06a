// SPDX-License-Identifier: Apache-2.0
#include "search/methods/search_state.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/methods/collector.hpp"

namespace archcost::methods {
namespace {

constexpr std::string_view kStateFirstLine = "archcost search state 2";

template <class T>
std::string numbers(const std::vector<T>& list) {
  std::string text = fmt::format(" {}", list.size());
  for (const T& number : list) text += fmt::format(" {}", number);  // doubles come back as they are
  return text;
}

std::string design_line(std::string_view word, const Design& design) {
  const accuracy::AccuracyEstimate& accuracy = design.accuracy;
  return fmt::format("{} {} {}{}{}{}{}{} {} {} {} {}\n", word, design.job, design.violation,
                     numbers(design.at), numbers(design.values), numbers(design.errors),
                     numbers(design.key), numbers(design.missed), static_cast<int>(accuracy.kind),
                     accuracy.top1, accuracy.error, accuracy.parameter);
}

// Words of a line; what isn't there or isn't a number makes it bad.
class Words {
 public:
  explicit Words(const std::string& line) : stream_(line) {}
  std::string word() {
    std::string word;
    bad_ = !(stream_ >> word) || bad_;
    return word;
  }
  double real() {
    const std::string text = word();
    try {
      return std::stod(text);
    } catch (const std::exception&) {
      bad_ = true;
      return 0;
    }
  }
  template <class T>
  T whole() {
    T number{};
    bad_ = !(stream_ >> number) || bad_;
    return number;
  }
  std::vector<double> reals() {
    std::vector<double> list;
    const auto count = whole<std::size_t>();
    for (std::size_t k = 0; k < count && !bad_; ++k) list.push_back(real());
    return list;
  }
  std::string rest() {
    std::string text;
    std::getline(stream_ >> std::ws, text);
    return text;
  }
  bool bad() const { return bad_; }

 private:
  std::istringstream stream_;
  bool bad_ = false;
};

Design design_of(Words& words) {
  Design design;
  design.job = words.whole<std::size_t>();
  design.violation = words.real();
  const auto axes = words.whole<std::size_t>();
  for (std::size_t k = 0; k < axes && !words.bad(); ++k)
    design.at.push_back(words.whole<std::size_t>());
  design.values = words.reals();
  design.errors = words.reals();
  design.key = words.reals();
  design.missed = words.reals();
  design.accuracy.kind = static_cast<accuracy::AccuracyEstimate::Kind>(words.whole<int>());
  design.accuracy.top1 = words.real();
  design.accuracy.error = words.real();
  design.accuracy.parameter = words.whole<int>();
  return design;
}

}  // namespace

std::string to_text(const SearchState& state) {
  const SearchTally& t = state.tally;
  std::string text = fmt::format("{}\nrequest {}\nrange {} {} {}\n", kStateFirstLine, state.request,
                                 state.range.first, state.range.last, state.done);
  if (state.parts > 0) text += fmt::format("parts {}\n", state.parts);
  text += fmt::format("tally {} {} {} {} {} {} {}\n", t.points, t.unbuildable, t.outside,
                      t.without_figure, t.unanswered, t.infeasible, t.feasible);
  for (const LimitTally& limit : t.limits)
    text +=
        fmt::format("limit {} {}{}\n", limit.broken, limit.least_missed, numbers(limit.nearest));
  for (const auto& [why, count] : t.unanswered_why)
    text += fmt::format("unanswered {} {}\n", count, why);
  for (std::size_t j = 0; j < t.failures.size(); ++j) {
    for (const auto& [reason, failure] : t.failures[j])
      text += fmt::format("failure {} {} {} {}\n", j, failure.count, failure.first, reason);
  }
  for (const Design& design : state.designs) text += design_line("design", design);
  for (const Design& design : state.nearest) text += design_line("nearest", design);
  return text + "end\n";
}

SearchState read_search_state(const std::string& text, const std::string& name,
                              const std::string& request) {
  const auto fail = [&](const std::string& message) { throw Error(name, message); };
  const std::vector<std::string> lines = split(text, '\n');
  if (lines.empty() || lines[0] != kStateFirstLine) fail("this isn't the state of a search");
  SearchState state;
  bool whole = false;
  for (std::size_t k = 1; k < lines.size() && !whole; ++k) {
    Words words(lines[k]);
    const std::string head = words.word();
    if (head == "end") {
      whole = true;
    } else if (head == "request") {
      state.request = words.word();
      if (state.request != request)
        fail("it belongs to another search: only the same command goes on with it");
    } else if (head == "range") {
      state.range.first = words.whole<std::uint64_t>();
      state.range.last = words.whole<std::uint64_t>();
      state.done = words.whole<std::uint64_t>();
    } else if (head == "parts") {
      state.parts = words.whole<std::uint64_t>();
    } else if (head == "tally") {
      SearchTally& t = state.tally;
      for (std::uint64_t* count : {&t.points, &t.unbuildable, &t.outside, &t.without_figure,
                                   &t.unanswered, &t.infeasible, &t.feasible})
        *count = words.whole<std::uint64_t>();
    } else if (head == "limit") {
      LimitTally& limit = state.tally.limits.emplace_back();
      limit.broken = words.whole<std::uint64_t>();
      limit.least_missed = words.real();
      limit.nearest = words.reals();
    } else if (head == "unanswered") {
      const auto count = words.whole<std::uint64_t>();
      state.tally.unanswered_why[words.rest()] = count;
    } else if (head == "failure") {
      const auto job = words.whole<std::size_t>();
      engine::SweepFailure failure;
      failure.count = words.whole<std::uint64_t>();
      failure.first = words.whole<std::uint64_t>();
      if (job > 10'000) fail(fmt::format("line {} is damaged", k + 1));
      if (state.tally.failures.size() <= job) state.tally.failures.resize(job + 1);
      state.tally.failures[job][words.rest()] = failure;
    } else if (head == "design") {
      state.designs.push_back(design_of(words));
    } else if (head == "nearest") {
      state.nearest.push_back(design_of(words));
    }
    if (words.bad()) fail(fmt::format("line {} is damaged", k + 1));
  }
  if (!whole) fail("its end is missing: it was cut off");
  return state;
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
  result.space = 0;
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
