// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "core/json_line.hpp"
#include "core/text.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/sweep_report.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::tables {
namespace {

// Zero has no sign.
std::string decimals(double value, int places) {
  std::string text = fmt::format("{:.{}f}", value, places);
  if (text.find_first_not_of("-0.") == std::string::npos && text.starts_with('-')) text.erase(0, 1);
  return text;
}

// Why costs have no law.
std::vector<std::string> missing_laws(const sweep::SweepJob& job,
                                      const std::vector<sweep::ScalingLaw>& laws) {
  const auto& axes = job.space.axes;
  if (std::none_of(axes.begin(), axes.end(), sweep::has_exponent)) {
    return {
        "No law can be fitted: no parameter is varied over at least two values that are all "
        "positive numbers."};
  }
  std::vector<std::string> notes;
  for (const std::string& cost : job.wants.columns) {
    if (std::none_of(laws.begin(), laws.end(), [&](const auto& law) { return law.cost == cost; }))
      notes.push_back(
          fmt::format("{}: no law; too few points have rows in which it is above 0.", cost));
  }
  return notes;
}

// What the spec states of an exponent; null if nothing.
const spec::ScalingClaim* claim_of(const spec::ArchSpec& spec, std::string_view param,
                                   std::string_view cost) {
  const spec::ParamSpec* found = spec.find_param(param);
  return found == nullptr ? nullptr : found->find_scaling(cost);
}

}  // namespace

Section laws_section(const sweep::SweepJob& job, const std::vector<sweep::ScalingLaw>& laws) {
  Section section;
  section.heading = fmt::format("scaling laws of {}", job.label);
  Table& table = section.table;
  table.columns = {{.key = "cost", .title = "cost"},
                   {.key = "param", .title = "parameter"},
                   {.key = "exponent", .title = "exponent", .format = kNumberText},
                   {.key = "error", .title = "± error", .format = kNumberText},
                   {.key = "claim", .title = "paper", .format = kNumberText},
                   {.key = "source", .title = "source", .expendable = 1}};
  for (const sweep::ScalingLaw& law : laws) {
    for (std::size_t k = 0; k < law.params.size(); ++k) {
      const spec::ScalingClaim* claim = claim_of(job.spec, law.params[k], law.cost);
      table.rows.push_back({law.cost, law.params[k], decimals(law.exponents[k].value, 3),
                            fmt::format("{:.3f}", law.exponents[k].error),
                            claim ? Cell(fmt::format("{:g}", claim->exponent)) : Cell(),
                            claim ? Cell(claim->source) : Cell()});
    }
  }
  if (laws.empty()) table.columns.clear();
  for (const std::string& note : missing_laws(job, laws)) section.notes.push_back(note);
  for (const sweep::ScalingLaw& law : laws) {
    if (law.cost.find(' ') != std::string::npos) continue;  // of a layer
    std::string formula;
    for (std::size_t k = 0; k < law.params.size(); ++k) {
      const spec::ParamSpec* param = job.spec.find_param(law.params[k]);
      formula +=
          fmt::format("{}{}^{}", k == 0 ? "" : " · ",
                      param != nullptr && !param->symbol.empty() ? param->symbol : law.params[k],
                      decimals(law.exponents[k].value, 2));
    }
    section.notes.push_back(fmt::format("{} ~ {}, off by at most {:.1f} % over {} point{}",
                                        law.cost, formula, 100 * (law.worst_ratio - 1),
                                        with_commas(static_cast<std::int64_t>(law.points)),
                                        law.points == 1 ? "" : "s"));
  }
  return section;
}

std::string laws_header(RowFormat format) {
  return format == RowFormat::kCsv
             ? "spec,cost,param,exponent,error,points,worst_ratio,claim,source\n"
             : "";
}

std::string laws_lines(const sweep::SweepJob& job, const std::vector<sweep::ScalingLaw>& laws,
                       RowFormat format) {
  std::string lines;
  for (const sweep::ScalingLaw& law : laws) {
    for (std::size_t k = 0; k < law.params.size(); ++k) {
      const sweep::Exponent& exponent = law.exponents[k];
      const spec::ScalingClaim* claim = claim_of(job.spec, law.params[k], law.cost);
      if (format == RowFormat::kCsv) {
        lines +=
            fmt::format("{},{},{},{:.6f},{:.6f},{},{:.6f},{},{}\n", writers::csv_field(job.label),
                        law.cost, law.params[k], exponent.value, exponent.error, law.points,
                        law.worst_ratio, claim ? fmt::format("{:g}", claim->exponent) : "",
                        claim ? writers::csv_field(claim->source) : "");
      } else {
        Json line = {{"spec", job.label},
                     {"cost", law.cost},
                     {"param", law.params[k]},
                     {"exponent", exponent.value},
                     {"error", exponent.error},
                     {"points", law.points},
                     {"worst_ratio", law.worst_ratio},
                     {"claim", nullptr},
                     {"source", nullptr}};
        if (claim) {
          line["claim"] = claim->exponent;
          line["source"] = claim->source;
        }
        lines += json_line(line) + "\n";
      }
    }
  }
  return lines;
}

}  // namespace archcost::tables
