// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "core/text.hpp"
#include "reports/tables/kernel_tables.hpp"

namespace archcost::tables {
namespace {

Table compared_table(const std::vector<latency::ComparedTime>& pairs, const char* what,
                     std::size_t top) {
  Table table;
  table.columns = {{what, what, kText, 0, 30},
                   {"seconds_a", "A", kSeconds},
                   {"seconds_b", "B", kSeconds},
                   {"ratio", "B / A", kRatio},
                   {"deviation", "to the median", kRatio}};
  for (std::size_t i = 0; i < pairs.size() && (top == 0 || i < top); ++i) {
    const latency::ComparedTime& pair = pairs[i];
    table.rows.push_back({pair.name, pair.seconds_a, pair.seconds_b,
                          pair.seconds_b / pair.seconds_a, pair.deviation});
  }
  return table;
}

std::string correlation_text(const std::optional<double>& correlation) {
  return correlation ? fmt::format("{:.3f}", *correlation) : "not known";
}

std::string number_text(std::size_t number) {
  return with_commas(static_cast<std::int64_t>(number));
}

std::vector<std::string> layer_notes(const latency::MachineComparison& compared) {
  const std::string alone = fmt::format("{} of A alone, {} of B alone",
                                        number_text(compared.only_a), number_text(compared.only_b));
  if (compared.layers.empty())
    return {"No layer has figures of both machines: " + alone +
            ". Profiles of the same networks on both give some."};
  return {fmt::format("{} layers have figures of both, {}.", number_text(compared.layers.size()),
                      alone),
          fmt::format("Median of B / A: {:.3f}. Spearman's rank correlation of the layers' times: "
                      "{}.",
                      compared.median_ratio, correlation_text(compared.layers_correlation))};
}

}  // namespace

Document machine_compare_report(const latency::MachineComparison& compared, const std::string& a,
                                const std::string& b, std::size_t top) {
  Document document;
  document.title = "layers of two machines, the largest differences first";
  document.subtitle = fmt::format("A: {}   B: {}", a, b);
  document.sections.push_back(
      {"", compared_table(compared.layers, "problem", top), layer_notes(compared)});
  if (compared.networks.empty()) return document;
  document.sections.push_back(
      {"networks that were measured as a whole on both",
       compared_table(compared.networks, "network", top),
       {fmt::format("Spearman's rank correlation of the {} networks' times: {}.",
                    number_text(compared.networks.size()),
                    correlation_text(compared.networks_correlation))}});
  return document;
}

}  // namespace archcost::tables
