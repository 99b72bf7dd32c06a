// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/lighten_report.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {
namespace {

double times(Count value, Count base) {
  return base == Count(0) ? 0
                          : static_cast<double>(value.value()) / static_cast<double>(base.value());
}

std::string name_of(const Lighten& lighten, const LightenRow& row) {
  return row.rewrite.empty() ? lighten.network : row.rewrite;
}

// The first row that isn't the network: it answers "what does it save".
const LightenRow* least_macs(const Lighten& lighten) {
  const LightenRow* least = nullptr;
  for (const LightenRow& row : lighten.rows) {
    if (row.rewrite.empty() || !row.fits) continue;
    if (least == nullptr || row.macs < least->macs) least = &row;
  }
  return least;
}

std::size_t timed_rows(const Lighten& lighten) {
  return static_cast<std::size_t>(
      std::count_if(lighten.rows.begin(), lighten.rows.end(),
                    [](const LightenRow& row) { return row.seconds.has_value(); }));
}

// How the times were got, and why some are missing.
void add_time_notes(const Lighten& lighten, std::vector<std::string>& notes) {
  const std::size_t timed = timed_rows(lighten), missing = lighten.rows.size() - timed;
  if (timed > 0) notes.push_back("time: " + lighten.seconds_how);
  if (missing == 0 || lighten.seconds_missing.empty()) return;
  notes.push_back(timed == 0 ? fmt::format("no times: {}", lighten.seconds_missing)
                             : fmt::format("{} of {} networks have no time: {}", missing,
                                           lighten.rows.size(), lighten.seconds_missing));
}

// Each reason once: "+separable, +separable+se: it changes nothing ...".
std::vector<std::string> refusal_notes(const Lighten& lighten) {
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  for (const LightenRefusal& refusal : lighten.refused) {
    const auto known = std::find_if(reasons.begin(), reasons.end(), [&](const auto& reason) {
      return reason.first == refusal.why;
    });
    if (known == reasons.end())
      reasons.push_back({refusal.why, {refusal.rewrite}});
    else
      known->second.push_back(refusal.rewrite);
  }
  std::vector<std::string> notes;
  for (const auto& [why, rewrites] : reasons)
    notes.push_back(fmt::format("{}: {}", join(rewrites, ", "), why));
  return notes;
}

std::vector<std::string> notes_of(const Lighten& lighten) {
  std::vector<std::string> notes;
  if (!lighten.formulas.empty())
    notes.push_back("theory: " + join(lighten.formulas, ", ") +
                    "; of the layers that are changed, over the network's multiply-adds");
  const LightenRow& base = lighten.rows.front();
  if (const LightenRow* least = least_macs(lighten); least != nullptr && base.seconds) {
    if (least->seconds)
      notes.push_back(fmt::format("{}: multiply-adds fall to {:.2f}, time to {:.2f}",
                                  least->rewrite, times(least->macs, base.macs),
                                  *least->seconds / *base.seconds));
  }
  add_time_notes(lighten, notes);
  const auto fit = std::count_if(lighten.rows.begin(), lighten.rows.end(),
                                 [](const LightenRow& row) { return row.fits; });
  if (!lighten.limits.empty())
    notes.push_back(fmt::format("{} of {} networks meet {}", fit, lighten.rows.size(),
                                join(lighten.limits, " and ")));
  for (std::string& note : refusal_notes(lighten)) notes.push_back(std::move(note));
  notes.push_back("Published accuracies are those of the network itself, not of its rewrites.");
  return notes;
}

}  // namespace

document::Document lighten_report(const Lighten& lighten) {
  using document::Format;
  document::Section section;
  document::Table& table = section.table;
  const bool timed = timed_rows(lighten) > 0;  // else the notes say why there are none
  table.columns = {{"network", "network", Format::kText, 0, 34},
                   {"params", "params", Format::kCount},
                   {"", "ratio", Format::kRatio},
                   {"macs", "macs", Format::kCount},
                   {"", "ratio", Format::kRatio},
                   {"theory", "theory", Format::kRatio},
                   {"activations", "activations", Format::kCount, 2},
                   {"peak_memory", "peak memory", Format::kBytes, 1}};
  if (timed) {
    table.columns.push_back({"latency", "time", Format::kSeconds});
    table.columns.push_back({"", "ratio", Format::kRatio});
  }
  const LightenRow& base = lighten.rows.front();
  for (const LightenRow& row : lighten.rows) {
    if (!row.fits) continue;
    std::vector<document::Cell>& cells = table.rows.emplace_back();
    cells = {name_of(lighten, row),
             row.params,
             times(row.params, base.params),
             row.macs,
             times(row.macs, base.macs),
             row.theory,
             row.activations,
             row.peak_bytes};
    if (!timed) continue;
    cells.emplace_back(row.seconds);
    cells.emplace_back(document::value_if(row.seconds && base.seconds,
                                          row.seconds.value_or(0) / base.seconds.value_or(1)));
  }
  section.notes = notes_of(lighten);
  return {lighten.network + " and lighter networks from it",
          fmt::format("{}{}   ratios to the first   convention: macs",
                      lighten.settings.empty() ? "" : lighten.settings + "   ",
                      to_string(lighten.input)),
          {std::move(section)}};
}

document::Section lighten_times(const Lighten& lighten) {
  using document::Format;
  document::Section section;
  section.table.columns = {
      {"network", "network", Format::kText, 0, 34}, {"macs", "macs", Format::kCount},
      {"macs_ratio", "ratio", Format::kRatio},      {"latency", "time", Format::kSeconds},
      {"latency_ratio", "ratio", Format::kRatio},   {"gflops", "GFLOP/s", Format::kNumber}};
  const LightenRow& base = lighten.rows.front();
  for (const LightenRow& row : lighten.rows) {
    std::vector<document::Cell>& cells = section.table.rows.emplace_back();
    cells = {name_of(lighten, row), row.macs, times(row.macs, base.macs), row.seconds};
    cells.emplace_back(document::value_if(row.seconds && base.seconds,
                                          row.seconds.value_or(0) / base.seconds.value_or(1)));
    const double flops = 2 * static_cast<double>(row.macs.value());
    cells.emplace_back(
        document::value_if(row.seconds.has_value(), flops / row.seconds.value_or(1) / 1e9));
  }
  section.notes = {"time: " + lighten.seconds_how,
                   "GFLOP/s: two operations for each multiply-add of the network, by its time"};
  return section;
}

document::Document lighten_data(const Lighten& lighten) {
  document::Table table;
  for (const char* key : {"network", "rewrite", "params", "params_ratio", "macs", "macs_ratio",
                          "macs_theory", "activations", "peak_memory", "latency", "fits"})
    table.columns.push_back({key});
  const LightenRow& base = lighten.rows.front();
  for (const LightenRow& row : lighten.rows) {
    table.rows.push_back({lighten.network, row.rewrite, row.params, times(row.params, base.params),
                          row.macs, times(row.macs, base.macs), row.theory, row.activations,
                          row.peak_bytes, row.seconds, std::string(row.fits ? "true" : "false")});
  }
  return {"", "", {{"", std::move(table), {}}}};
}

std::string lighten_json(const Lighten& lighten) {
  const LightenRow& base = lighten.rows.front();
  const auto optional = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json();
  };
  Json rows = Json::array(), refused = Json::array();
  for (const LightenRow& row : lighten.rows) {
    rows.push_back({{"rewrite", row.rewrite},
                    {"params", row.params.value()},
                    {"params_ratio", times(row.params, base.params)},
                    {"macs", row.macs.value()},
                    {"macs_ratio", times(row.macs, base.macs)},
                    {"macs_theory", optional(row.theory)},
                    {"activations", row.activations.value()},
                    {"peak_memory", row.peak_bytes.value()},
                    {"latency", optional(row.seconds)},
                    {"fits", row.fits}});
  }
  for (const LightenRefusal& refusal : lighten.refused)
    refused.push_back({{"rewrite", refusal.rewrite}, {"why", refusal.why}});
  return json_text({{"network", lighten.network},
                    {"input", shape_json(lighten.input)},
                    {"convention", "macs"},
                    {"latency", lighten.seconds_how},
                    {"networks", std::move(rows)},
                    {"refused", std::move(refused)}});
}

document::Document rewrites_report(const std::vector<RewriteLine>& rewrites) {
  document::Section section;
  section.table.columns = {{"rewrite", "rewrite"},
                           {"help", "what it does", Format::kText, 0, 24},
                           {"parameters", "parameters", Format::kText, 0, 16, false, true},
                           {"options", "options", Format::kText, 0, 8, false, true}};
  for (const RewriteLine& line : rewrites)
    section.table.rows.push_back(
        {line.name, line.help, join(line.parameters, ", "), join(line.options, ", ")});
  section.notes = {"after a SPEC: resnet50+separable, vgg16+se:reduction=8; docs/REWRITES.md"};
  return {"rewrites: techniques for any network", "", {std::move(section)}};
}

}  // namespace archcost::tables
