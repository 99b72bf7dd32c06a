// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "reports/tables/cost_rows.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"

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

}  // namespace

Document conventions_report(const graph::Network& network) {
  Document document;
  document.title = network.name;
  document.subtitle = describe_setting(network);
  Section section;
  section.table.columns = {{"convention", "convention", kText, 0},
                           {"figure", "figure", kInteger, 0},
                           {"ratio", "to macs", kRatio, 0},
                           {"counts", "what it counts", kText, 0, 30, true}};
  const Count macs = cost::convention_total(cost::conventions().front(), network);
  for (const cost::Convention& convention : cost::conventions()) {
    const Count figure = cost::convention_total(convention, network);
    section.table.rows.push_back({std::string(convention.name), figure.value(), ratio(figure, macs),
                                  std::string(convention.counts)});
  }
  section.notes.push_back(
      fmt::format("pycls also prints activations: {}, the outputs of convolutions, linear layers "
                  "and windowed pools.",
                  with_commas(cost::pycls_activations(network).value())));
  section.notes.push_back(
      "Why two of them differ: archcost conventions SPEC --from thop --to macs. Their rules: "
      "archcost conventions.");
  document.sections.push_back(std::move(section));
  return document;
}

std::string conventions_json(const graph::Network& network) {
  Json json;
  json["spec"] = network.name;
  json["conventions"] = Json::array();
  for (const cost::Convention& convention : cost::conventions()) {
    json["conventions"].push_back({{"name", std::string(convention.name)},
                                   {"figure", cost::convention_total(convention, network).value()},
                                   {"counts", std::string(convention.counts)},
                                   {"rules", std::string(convention.rules)},
                                   {"source", std::string(convention.source)}});
  }
  json["pycls_activations"] = cost::pycls_activations(network).value();
  return json.dump(2) + "\n";
}

Document difference_report(const graph::Network& network, const cost::Convention& from,
                           const cost::Convention& to) {
  Document document;
  document.title = network.name;
  document.subtitle = fmt::format("from {} to {}", from.name, to.name);
  Section section;
  section.table.columns = {{"cause", "", kText, 0, 30},
                           {"amount", "", kNumberText, 0},
                           {"sides", "", kText, 0, 20, false, true}};
  section.table.last_is_total = true;
  section.table.rows.push_back({std::string(from.name),
                                with_commas(cost::convention_total(from, network).value()),
                                std::string()});
  for (const cost::Difference& difference : cost::explain_difference(network, from, to)) {
    section.table.rows.push_back({difference.cause, signed_amount(difference.to - difference.from),
                                  sides(difference, from, to)});
  }
  section.table.rows.push_back({std::string(to.name),
                                with_commas(cost::convention_total(to, network).value()),
                                std::string()});
  for (const cost::Convention* convention : {&from, &to}) {
    section.notes.push_back(fmt::format("{}: {}", convention->name, one_line(convention->rules)));
  }
  document.sections.push_back(std::move(section));
  return document;
}

Document difference_data(const graph::Network& network, const cost::Convention& from,
                         const cost::Convention& to) {
  Section section;
  section.table.columns = {
      {"cause"}, {"difference", "", kChange}, {"from", "", kInteger}, {"to", "", kInteger}};
  for (const cost::Difference& d : cost::explain_difference(network, from, to))
    section.table.rows.push_back({d.cause, (d.to - d.from).value(), d.from.value(), d.to.value()});
  const Count before = cost::convention_total(from, network),
              after = cost::convention_total(to, network);
  section.table.rows.push_back(
      {std::string("total"), (after - before).value(), before.value(), after.value()});
  return {"", "", {std::move(section)}};
}

std::string difference_json(const graph::Network& network, const cost::Convention& from,
                            const cost::Convention& to) {
  Json json;
  json["spec"] = network.name;
  json["from"] = {{"convention", std::string(from.name)},
                  {"figure", cost::convention_total(from, network).value()}};
  json["to"] = {{"convention", std::string(to.name)},
                {"figure", cost::convention_total(to, network).value()}};
  json["causes"] = Json::array();
  for (const cost::Difference& d : cost::explain_difference(network, from, to)) {
    json["causes"].push_back({{"cause", d.cause},
                              {"from", d.from.value()},
                              {"to", d.to.value()},
                              {"difference", (d.to - d.from).value()}});
  }
  return json.dump(2) + "\n";
}

Document convention_rules() {
  Document document;
  document.title = "counting conventions";
  for (const cost::Convention& convention : cost::conventions()) {
    Section section;
    section.heading = fmt::format("{}: {}", convention.name, convention.counts);
    for (const std::string& rule : split(convention.rules, '\n'))
      section.notes.push_back("- " + rule);
    section.notes.push_back(fmt::format("- Source: {}", convention.source));
    document.sections.push_back(std::move(section));
  }
  return document;
}

Document convention_rules_data() {
  Section section;
  section.table.columns = {{"convention"}, {"counts"}, {"rules"}, {"source"}};
  for (const cost::Convention& c : cost::conventions())
    section.table.rows.push_back(
        {std::string(c.name), std::string(c.counts), one_line(c.rules), std::string(c.source)});
  return {"", "", {std::move(section)}};
}

std::string convention_rules_json() {
  Json json;
  json["conventions"] = Json::array();
  for (const cost::Convention& c : cost::conventions())
    json["conventions"].push_back({{"name", std::string(c.name)},
                                   {"counts", std::string(c.counts)},
                                   {"rules", std::string(c.rules)},
                                   {"source", std::string(c.source)}});
  return json.dump(2) + "\n";
}

}  // namespace archcost::tables
