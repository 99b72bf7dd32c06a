// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "cost/published.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/json.hpp"

namespace archcost::tables {
namespace {

std::string signed_amount(Count amount) {
  return (amount < Count(0) ? "- " : "+ ") +
         with_commas(amount < Count(0) ? -amount.value() : amount.value());
}

// A sum over many layers has no figure per element, but each convention has a total.
std::string sides(const cost::Difference& difference, const cost::Convention& from,
                  const cost::Convention& to) {
  return fmt::format("{} {}, {} {}", from.name, with_commas(difference.from.value()), to.name,
                     with_commas(difference.to.value()));
}

std::string one_line(std::string_view rules) {
  std::string line(rules);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

// The conventions with their rules; of a network with their figures too.
Json conventions_array(const graph::Network* network) {
  Json array = Json::array();
  for (const cost::Convention& convention : cost::conventions()) {
    Json& json = array.emplace_back(Json{{"name", convention.name}});
    if (network != nullptr) json["figure"] = cost::convention_total(convention, *network);
    json["counts"] = convention.counts;
    json["rules"] = convention.rules;
    json["source"] = convention.source;
  }
  return array;
}

// "macs 1,000 + 24, batch norm = 1,024"; without a difference the first part alone.
std::string sum_of_parts(const graph::Network& network, const cost::Convention& convention) {
  const cost::Convention& macs = cost::conventions().front();
  std::string parts = "macs " + with_commas(cost::convention_total(macs, network).value());
  for (const cost::Difference& d : cost::explain_difference(network, macs, convention))
    parts += fmt::format(" {}, {}", signed_amount(d.to - d.from), d.cause);
  const Count total = cost::convention_total(convention, network);
  if (convention.name != macs.name) parts += " = " + with_commas(total.value());
  return parts;
}

// Which convention gives a printed figure; if none does, which comes nearest and what it adds up.
std::string printed_note(const graph::Network& network, const std::string& printed) {
  const cost::PrintedFigure figure = cost::parse_figure(printed);
  std::vector<std::string> same;
  const cost::Convention* nearest = &cost::conventions().front();
  double least = std::numeric_limits<double>::infinity();
  for (const cost::Convention& convention : cost::conventions()) {
    const Rational computed(cost::convention_total(convention, network).value());
    if (cost::matches(computed, figure)) same.emplace_back(convention.name);
    const double off = std::abs(computed.to_double() - figure.value.to_double());
    if (off < least) {
      nearest = &convention;
      least = off;
    }
  }
  if (!same.empty()) return fmt::format("{} is the figure of {}.", printed, join(same, ", "));
  const Count params = cost::count(network).total.cost.params;
  if (cost::matches(Rational(params.value()), figure))
    return fmt::format("{} is the number of parameters, {}; conventions count operations.", printed,
                       with_commas(params.value()));
  const Count total = cost::convention_total(*nearest, network);
  return fmt::format(
      "No convention gives {}. {} comes nearest, {:+.1f} %: {}. The print counts other work "
      "than multiply-adds too, or is of another network.",
      printed, nearest->name,
      100 * (static_cast<double>(total.value()) / figure.value.to_double() - 1),
      sum_of_parts(network, *nearest));
}

}  // namespace

Document conventions_report(const graph::Network& network, const std::string& printed) {
  Section section;
  section.table.columns = {{"convention", "convention"},
                           {"figure", "figure", kInteger},
                           {"ratio", "to macs", kRatio},
                           {"counts", "what it counts", kText, 0, 30, true}};
  const Count macs = cost::convention_total(cost::conventions().front(), network);
  for (const cost::Convention& convention : cost::conventions()) {
    const Count figure = cost::convention_total(convention, network);
    section.table.rows.push_back({convention.name, figure,
                                  value_if(!(macs == Count(0)), ratio(figure, macs)),
                                  convention.counts});
  }
  if (!printed.empty()) section.notes.push_back(printed_note(network, printed));
  section.notes.push_back(
      fmt::format("pycls also prints activations: {}, the outputs of convolutions, linear layers "
                  "and windowed pools.",
                  with_commas(cost::pycls_activations(network).value())));
  section.notes.emplace_back(
      "Why two of them differ: archcost conventions SPEC --from thop --to macs. Their rules: "
      "archcost conventions.");
  return {network.name, describe_setting(network), {std::move(section)}};
}

std::string conventions_json(const graph::Network& network) {
  return json_text({{"spec", network.name},
                    {"conventions", conventions_array(&network)},
                    {"pycls_activations", cost::pycls_activations(network)}});
}

Document difference_report(const graph::Network& network, const cost::Convention& from,
                           const cost::Convention& to) {
  Section section;
  Table& table = section.table;
  table.columns = {{"cause", "", kText, 0, 30},
                   {"amount", "", kNumberText},
                   {"sides", "", kText, 0, 20, false, true}};
  table.last_is_total = true;
  const auto add_total = [&](const cost::Convention& convention) {
    table.rows.push_back(
        {convention.name, with_commas(cost::convention_total(convention, network).value()), ""});
    section.notes.push_back(fmt::format("{}: {}", convention.name, one_line(convention.rules)));
  };
  add_total(from);
  for (const cost::Difference& difference : cost::explain_difference(network, from, to))
    table.rows.push_back({difference.cause, signed_amount(difference.to - difference.from),
                          sides(difference, from, to)});
  add_total(to);
  return {network.name, fmt::format("from {} to {}", from.name, to.name), {std::move(section)}};
}

Document difference_data(const graph::Network& network, const cost::Convention& from,
                         const cost::Convention& to) {
  Table table = {.columns = {{"cause"}, {"difference"}, {"from"}, {"to"}}};
  for (const cost::Difference& d : cost::explain_difference(network, from, to))
    table.rows.push_back({d.cause, d.to - d.from, d.from, d.to});
  const Count before = cost::convention_total(from, network),
              after = cost::convention_total(to, network);
  table.rows.push_back({"total", after - before, before, after});
  return data_document(std::move(table));
}

std::string difference_json(const graph::Network& network, const cost::Convention& from,
                            const cost::Convention& to) {
  const auto side = [&](const cost::Convention& convention) {
    return Json{{"convention", convention.name},
                {"figure", cost::convention_total(convention, network)}};
  };
  Json causes = Json::array();
  for (const cost::Difference& d : cost::explain_difference(network, from, to))
    causes.push_back(
        {{"cause", d.cause}, {"from", d.from}, {"to", d.to}, {"difference", d.to - d.from}});
  return json_text({{"spec", network.name},
                    {"from", side(from)},
                    {"to", side(to)},
                    {"causes", std::move(causes)}});
}

Document convention_rules() {
  Document document = {"counting conventions", "", {}};
  for (const cost::Convention& convention : cost::conventions()) {
    Section section = {fmt::format("{}: {}", convention.name, convention.counts), {}, {}};
    for (const std::string& rule : split(convention.rules, '\n'))
      section.notes.push_back("- " + rule);
    section.notes.push_back(fmt::format("- Source: {}", convention.source));
    document.sections.push_back(std::move(section));
  }
  return document;
}

Document convention_rules_data() {
  Table table = {.columns = {{"convention"}, {"counts"}, {"rules"}, {"source"}}};
  for (const cost::Convention& c : cost::conventions())
    table.rows.push_back({c.name, c.counts, one_line(c.rules), c.source});
  return data_document(std::move(table));
}

std::string convention_rules_json() {
  return json_text({{"conventions", conventions_array(nullptr)}});
}

}  // namespace archcost::tables
