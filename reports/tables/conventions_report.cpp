// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/conventions_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "cost/published.hpp"
#include "reports/document/json.hpp"
#include "reports/tables/cost_report.hpp"
#include "reports/tables/cost_rows.hpp"

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

std::string parts_of(const graph::Network& network, const cost::Convention& convention) {
  const cost::Convention& macs = cost::conventions().front();
  std::string parts = "macs " + with_commas(cost::convention_total(macs, network).value());
  for (const cost::Difference& d : cost::explain_difference(network, macs, convention))
    parts += fmt::format(" {}, {}", signed_amount(d.to - d.from), d.cause);
  return parts;
}

// Which convention gives a printed figure; if none does, which comes nearest and what it adds up.
std::string printed_note(const graph::Network& network, const std::string& printed) {
  const cost::PrintedFigure figure = cost::parse_figure(printed);
  std::vector<std::string> same;
  const cost::Convention* nearest = nullptr;
  double least = 0;
  for (const cost::Convention& convention : cost::conventions()) {
    const Rational computed(cost::convention_total(convention, network).value());
    if (cost::matches(computed, figure)) same.emplace_back(convention.name);
    const double off = std::abs(computed.to_double() - figure.value.to_double());
    if (nearest == nullptr || off < least) {
      nearest = &convention;
      least = off;
    }
  }
  if (!same.empty()) return fmt::format("{} is the figure of {}.", printed, join(same, ", "));
  const Count total = cost::convention_total(*nearest, network);
  return fmt::format(
      "No convention gives {}. {} comes nearest, {:+.1f} %: {} = {}. The print counts other work "
      "than multiply-adds too, or is of another network.",
      printed, nearest->name,
      100 * (static_cast<double>(total.value()) / figure.value.to_double() - 1),
      parts_of(network, *nearest), with_commas(total.value()));
}

}  // namespace

document::Document conventions_report(const graph::Network& network, const std::string& printed) {
  document::Document document;
  document.title = network.name;
  document.subtitle = describe_setting(network);
  document::Section section;
  section.table.columns = {{"convention", "convention", document::Format::kText, 0},
                           {"figure", "figure", document::Format::kInteger, 0},
                           {"ratio", "to macs", document::Format::kRatio, 0},
                           {"counts", "what it counts", document::Format::kText, 0, 30, true}};
  const Count macs = cost::convention_total(cost::conventions().front(), network);
  for (const cost::Convention& convention : cost::conventions()) {
    const Count figure = cost::convention_total(convention, network);
    section.table.rows.push_back({std::string(convention.name), figure.value(), ratio(figure, macs),
                                  std::string(convention.counts)});
  }
  if (!printed.empty()) section.notes.push_back(printed_note(network, printed));
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
  document::Json json;
  json["spec"] = network.name;
  json["conventions"] = document::Json::array();
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

document::Document difference_report(const graph::Network& network, const cost::Convention& from,
                                     const cost::Convention& to) {
  document::Document document;
  document.title = network.name;
  document.subtitle = fmt::format("from {} to {}", from.name, to.name);
  document::Section section;
  section.table.columns = {{"cause", "", document::Format::kText, 0, 30},
                           {"amount", "", document::Format::kNumberText, 0},
                           {"sides", "", document::Format::kText, 0, 20, false, true}};
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

document::Document difference_data(const graph::Network& network, const cost::Convention& from,
                                   const cost::Convention& to) {
  document::Section section;
  section.table.columns = {{"cause"},
                           {"difference", "", document::Format::kChange},
                           {"from", "", document::Format::kInteger},
                           {"to", "", document::Format::kInteger}};
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
  document::Json json;
  json["spec"] = network.name;
  json["from"] = {{"convention", std::string(from.name)},
                  {"figure", cost::convention_total(from, network).value()}};
  json["to"] = {{"convention", std::string(to.name)},
                {"figure", cost::convention_total(to, network).value()}};
  json["causes"] = document::Json::array();
  for (const cost::Difference& d : cost::explain_difference(network, from, to)) {
    json["causes"].push_back({{"cause", d.cause},
                              {"from", d.from.value()},
                              {"to", d.to.value()},
                              {"difference", (d.to - d.from).value()}});
  }
  return json.dump(2) + "\n";
}

document::Document convention_rules() {
  document::Document document;
  document.title = "counting conventions";
  for (const cost::Convention& convention : cost::conventions()) {
    document::Section section;
    section.heading = fmt::format("{}: {}", convention.name, convention.counts);
    for (const std::string& rule : split(convention.rules, '\n'))
      section.notes.push_back("- " + rule);
    section.notes.push_back(fmt::format("- Source: {}", convention.source));
    document.sections.push_back(std::move(section));
  }
  return document;
}

document::Document convention_rules_data() {
  document::Section section;
  section.table.columns = {{"convention"}, {"counts"}, {"rules"}, {"source"}};
  for (const cost::Convention& c : cost::conventions())
    section.table.rows.push_back(
        {std::string(c.name), std::string(c.counts), one_line(c.rules), std::string(c.source)});
  return {"", "", {std::move(section)}};
}

std::string convention_rules_json() {
  document::Json json;
  json["conventions"] = document::Json::array();
  for (const cost::Convention& c : cost::conventions())
    json["conventions"].push_back({{"name", std::string(c.name)},
                                   {"counts", std::string(c.counts)},
                                   {"rules", std::string(c.rules)},
                                   {"source", std::string(c.source)}});
  return json.dump(2) + "\n";
}

}  // namespace archcost::tables
