// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/check_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "core/text.hpp"

namespace archcost::tables {
namespace {

using nlohmann::ordered_json;

std::string xml(std::string_view text) {
  std::string safe;
  for (const char c : printable(text)) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '&')
      safe += "&amp;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

std::ptrdiff_t count_in(const LimitCheck& check, Verdict verdict) {
  return std::count_if(check.limits.begin(), check.limits.end(),
                       [&](const CheckedLimit& limit) { return limit.verdict == verdict; });
}

// What the limit asks for, and how far that is from it.
std::string costs_text(const CheckedLimit& limit) {
  if (limit.missed_percent <= 0) return limit.costs;
  return fmt::format("{} (misses by {})", limit.costs, human_percent(limit.missed_percent));
}

bool all_met(const LimitCheck& check) {
  return check.error.empty() &&
         count_in(check, Verdict::kMet) == static_cast<std::ptrdiff_t>(check.limits.size());
}

// `met` is null where a limit can't be answered.
ordered_json json_of(const LimitCheck& check) {
  ordered_json limits = ordered_json::array();
  for (const CheckedLimit& limit : check.limits) {
    ordered_json costs = ordered_json::object();
    for (const auto& [name, value] : limit.values)
      costs[name] =
          value.is_whole() ? ordered_json(value.numerator()) : ordered_json(value.to_double());
    ordered_json& row = limits.emplace_back(
        ordered_json{{"limit", limit.text}, {"costs", std::move(costs)}, {"met", nullptr}});
    if (limit.verdict == Verdict::kUnknown)
      row["unknown"] = limit.costs;
    else
      row["met"] = limit.verdict == Verdict::kMet;
    if (limit.missed_percent > 0) row["missed_percent"] = limit.missed_percent;
  }
  ordered_json json = {{"network", check.network}, {"met", all_met(check)}};
  if (!check.error.empty()) json["error"] = check.error;
  json["limits"] = std::move(limits);
  json["notes"] = check.notes;
  return json;
}

std::string junit_class(const LimitCheck& check) {
  std::string name = xml(check.network);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::string test_of(const LimitCheck& check, const CheckedLimit& limit) {
  const std::string start =
      fmt::format("  <testcase classname=\"{}\" name=\"{}\"", junit_class(check), xml(limit.text));
  if (limit.verdict == Verdict::kMet) return start + "/>\n";
  const bool exceeded = limit.verdict == Verdict::kExceeded;
  return start +
         fmt::format(">\n    <{} message=\"{}\"/>\n  </testcase>\n", exceeded ? "failure" : "error",
                     xml(costs_text(limit) + (exceeded ? "; the limit is " + limit.text : "")));
}

// "tests="2" failures="1" errors="0"" of these networks; one with an error is one test.
std::string junit_totals(std::span<const LimitCheck> checks) {
  std::size_t tests = 0;
  std::ptrdiff_t failures = 0, errors = 0;
  for (const LimitCheck& check : checks) {
    const bool failed = !check.error.empty();
    tests += failed ? 1 : check.limits.size();
    failures += count_in(check, Verdict::kExceeded);
    errors += failed ? 1 : count_in(check, Verdict::kUnknown);
  }
  return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, failures, errors);
}

std::string suite_of(const LimitCheck& check) {
  std::string text = fmt::format("<testsuite name=\"archcost check {}\" {}>\n", xml(check.network),
                                 junit_totals({&check, 1}));
  for (const CheckedLimit& limit : check.limits) text += test_of(check, limit);
  if (!check.error.empty()) {
    text += fmt::format(
        "  <testcase classname=\"{}\" name=\"network\">\n    <error message=\"{}\">{}</error>\n"
        "  </testcase>\n",
        junit_class(check), xml(check.error), xml(check.details));
  }
  if (!check.notes.empty())
    text += fmt::format("  <system-out>{}</system-out>\n", xml(join(check.notes, " ")));
  return text + "</testsuite>\n";
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  if (verdict == Verdict::kMet) return "met";
  return verdict == Verdict::kExceeded ? "EXCEEDED" : "UNKNOWN";
}

std::size_t count(const std::vector<LimitCheck>& checks, Verdict verdict) {
  std::ptrdiff_t total = 0;
  for (const LimitCheck& check : checks) total += count_in(check, verdict);
  return static_cast<std::size_t>(total);
}

document::Document check_report(const std::vector<LimitCheck>& checks) {
  const bool several = checks.size() > 1;
  document::Document document;
  document.title = several ? fmt::format("{} networks", checks.size()) : checks.front().network;
  document::Section section;
  if (several)
    section.table.columns.push_back({"network", "network", document::Format::kText, 0, 20});
  section.table.columns.push_back({"limit", "limit", document::Format::kText, 0, 20});
  section.table.columns.push_back(
      {.key = "costs", .title = "costs", .narrowest = 20, .wrap = true});
  section.table.columns.push_back({"verdict", "verdict", document::Format::kText});
  for (const LimitCheck& check : checks) {
    for (const CheckedLimit& limit : check.limits) {
      std::vector<document::Cell>& row = section.table.rows.emplace_back();
      if (several) row.emplace_back(check.network);
      row.insert(row.end(), {limit.text, costs_text(limit), std::string(name_of(limit.verdict))});
    }
    if (!check.error.empty()) {
      std::vector<document::Cell>& row = section.table.rows.emplace_back();
      if (several) row.emplace_back(check.network);
      row.insert(row.end(), {document::Cell(), check.error, std::string("ERROR")});
    }
    for (const std::string& note : check.notes)
      section.notes.push_back(several ? fmt::format("{}: {}", check.network, note) : note);
  }
  document.sections.push_back(std::move(section));
  return document;
}

std::string check_json(const std::vector<LimitCheck>& checks) {
  if (checks.size() == 1) return json_of(checks.front()).dump(2) + "\n";
  ordered_json networks = ordered_json::array();
  for (const LimitCheck& check : checks) networks.push_back(json_of(check));
  const ordered_json json = {{"met", std::all_of(checks.begin(), checks.end(), all_met)},
                             {"networks", std::move(networks)}};
  return json.dump(2) + "\n";
}

std::string check_junit(const std::vector<LimitCheck>& checks) {
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"archcost check\" {}>\n",
      junit_totals(checks));
  for (const LimitCheck& check : checks) text += suite_of(check);
  return text + "</testsuites>\n";
}

}  // namespace archcost::tables
