// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::tables {
namespace {

// By FigureStatus.
constexpr const char* kStatusTexts[] = {"match", "match by rule", "source errs", "DIFFERS"};

std::string status_text(cost::FigureStatus status) {
  return kStatusTexts[static_cast<int>(status)];
}

// The computed figure in the unit of the print, with one more digit where that tells more.
std::string in_unit_of(const Rational& computed, const std::string& printed) {
  constexpr std::string_view kUnits = "KMGT";
  const std::size_t unit = kUnits.find(printed.back());
  double scaled = computed.to_double();
  if (unit == std::string_view::npos)
    return computed.is_whole() ? with_commas(computed.numerator()) : fmt::format("{:.3f}", scaled);
  for (std::size_t k = 0; k <= unit; ++k) scaled /= 1000;
  const std::size_t point = printed.find('.');
  const std::size_t decimals = point == std::string::npos ? 0 : printed.size() - 2 - point;
  return fmt::format("{:.{}f}{}", scaled, decimals + 1, printed.back());
}

Cell number_of(const Rational& number) {
  return number.is_whole() ? Cell(number.numerator()) : Cell(number.to_double());
}

std::string deviation_text(const cost::VerifiedFigure& figure) {
  return fmt::format("{:+.2f} %", 100 * figure.deviation.to_double());
}

Section spec_section(const VerifiedSpec& spec) {
  Section section;
  section.heading = spec.name;
  section.table.columns = {{"at", "at", kText, 0, 20},
                           {"cost", "cost", kText, 0},
                           {"published", "published", kNumberText, 0},
                           {"computed", "computed", kNumberText, 0},
                           {"deviation", "deviation", kNumberText, 1},
                           {"verdict", "verdict", kText, 0, 13}};
  std::vector<std::string> reasons;
  for (const cost::VerifiedFigure& figure : spec.figures) {
    const std::string what = figure.name == "share" ? "% " + figure.rule : figure.name;
    section.table.rows.push_back({figure.at, what, figure.printed,
                                  in_unit_of(figure.computed, figure.printed),
                                  deviation_text(figure), status_text(figure.status)});
    if (figure.why.empty() || figure.status == cost::FigureStatus::kMatch) continue;
    const std::string reason = figure.rule.empty() || figure.name == "share"
                                   ? figure.why
                                   : fmt::format("{}: {}", figure.rule, figure.why);
    if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
      reasons.push_back(reason);
  }
  for (const std::string& reason : reasons) section.notes.push_back("- " + reason);
  return section;
}

// Without the kinds of which there is none.
std::string counts_text(const VerifyCounts& counts) {
  const int all = counts.match + counts.by_rule + counts.source_errors + counts.differ;
  std::vector<std::string> parts;
  const auto add = [&](int count, const std::string& one, const std::string& more) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, count == 1 ? one : more));
  };
  add(counts.match, "matches", "match");
  add(counts.by_rule, "matches under the rule that its row names",
      "match under the rule that their row names");
  add(counts.source_errors, "is an error of its source", "are errors of their sources");
  add(counts.differ, "differs", "differ");
  return fmt::format("{} figure{}{}{}.", all, all == 1 ? "" : "s", all == 0 ? "" : ": ",
                     join(parts, ", "));
}

}  // namespace

VerifyCounts tally(const std::vector<VerifiedSpec>& specs) {
  VerifyCounts counts;
  for (const VerifiedSpec& spec : specs) {
    for (const cost::VerifiedFigure& figure : spec.figures) {
      counts.match += figure.status == cost::FigureStatus::kMatch;
      counts.by_rule += figure.status == cost::FigureStatus::kMatchByRule;
      counts.source_errors += figure.status == cost::FigureStatus::kSourceError;
      counts.differ += figure.status == cost::FigureStatus::kDiffers;
    }
  }
  return counts;
}

Document verify_report(const std::vector<VerifiedSpec>& specs) {
  Document document = {
      "published figures against computed ones",
      "a figure matches within one unit of its last printed digit and half of itself",
      {}};
  for (const VerifiedSpec& spec : specs) {
    if (!spec.figures.empty()) document.sections.push_back(spec_section(spec));
  }
  document.sections.push_back({"", {}, {counts_text(tally(specs))}});
  return document;
}

Document verify_data(const std::vector<VerifiedSpec>& specs) {
  Section section;
  for (const char* key : {"spec", "at", "cost", "published", "computed", "deviation", "verdict",
                          "rule", "why", "source"}) {
    section.table.columns.push_back({key, key, kText, 0});
  }
  for (const VerifiedSpec& spec : specs) {
    for (const cost::VerifiedFigure& figure : spec.figures) {
      section.table.rows.push_back({spec.name, figure.at, figure.name, figure.printed,
                                    number_of(figure.computed), figure.deviation.to_double(),
                                    status_text(figure.status), figure.rule, figure.why,
                                    figure.source});
    }
  }
  return {"", "", {std::move(section)}};
}

std::string verify_json(const std::vector<VerifiedSpec>& specs) {
  Json json = Json::object();
  json["figures"] = Json::array();
  for (const VerifiedSpec& spec : specs) {
    for (const cost::VerifiedFigure& figure : spec.figures) {
      json["figures"].push_back({{"spec", spec.name},
                                 {"at", figure.at},
                                 {"cost", figure.name},
                                 {"published", figure.printed},
                                 {"computed", to_json(spec::Value(spec::Number(figure.computed)))},
                                 {"deviation", figure.deviation.to_double()},
                                 {"verdict", status_text(figure.status)},
                                 {"rule", figure.rule},
                                 {"why", figure.why},
                                 {"source", figure.source}});
    }
  }
  const VerifyCounts counts = tally(specs);
  json["counts"] = {{"match", counts.match},
                    {"match by rule", counts.by_rule},
                    {"source errs", counts.source_errors},
                    {"differ", counts.differ}};
  return json.dump(2) + "\n";
}

}  // namespace archcost::tables
