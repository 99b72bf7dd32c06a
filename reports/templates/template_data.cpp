// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "cost/published.hpp"
#include "reports/tables/kernel_rows.hpp"
#include "reports/templates/block_builders.hpp"

namespace archcost {
namespace {

// Time and multiply-adds of the kernels of a kind ("grouped_1x1"); of all of them for "".
Number measured_figure(const FigureCall& call, const ReportNetwork& one) {
  double seconds = 0, macs = 0;
  for (const MeasuredRow& row : one.measurement->rows) {
    std::string kind = kernel_class(one.network, row.main, row.reorder);
    std::replace(kind.begin(), kind.end(), ' ', '_');
    if (!call.part.empty() && kind != call.part) continue;
    seconds += row.seconds;
    macs += kernel_macs(one.network, row.layers);
  }
  if (seconds <= 0)
    throw ExpressionFault{call.network.where,
                          fmt::format("no kernel of '{}' is a '{}'", call.network.text, call.part)};
  return Number::inexact(call.cost == "seconds" ? seconds : 2e-9 * macs / seconds);
}

}  // namespace

Number cost_figure(const FigureCall& call, const Network& network, const CostTable& costs) {
  if (!call.part.empty()) {
    const std::string text = fmt::format("{}({})", call.cost, call.part);
    return evaluate_rule(parse_expression(text, call.network.where, false), network, costs);
  }
  CostReader reader(network, costs.options.types);
  return cost_value(call.cost, reader.cost(call.cost)->value());
}

std::vector<TemplateText> TemplateData::expanded(std::span<const TemplateText> names) const {
  std::vector<TemplateText> all;
  for (const TemplateText& name : names) {
    const NetworkName* known = source_->find_network(name.text);
    if (known == nullptr || known->specs.size() == 1)
      all.push_back(name);
    else
      all.insert(all.end(), known->specs.begin(), known->specs.end());
  }
  return all;
}

const TemplateText& TemplateData::spec_text(const TemplateText& name) const {
  const NetworkName* known = source_->find_network(name.text);
  if (known == nullptr) return name;
  if (known->specs.size() != 1)
    throw Error(fmt::format("'{}' stands for {} networks, and one is needed here", name.text,
                            known->specs.size()));
  return known->specs.front();
}

// Files stand beside the template.
std::string TemplateData::argument(const TemplateText& name) const {
  const std::string& text = spec_text(name).text;
  const std::string before = text.substr(0, text.find(':'));
  const bool file = before.find('/') != std::string::npos || before.ends_with(".yaml");
  return file ? (source_->folder / text).string() : text;
}

const OpenedSpec& TemplateData::spec(const TemplateText& name) {
  const auto [place, fresh] = spec_of_.emplace(name.text, nullptr);
  if (fresh) {
    try {
      OpenedSpec opened = spec_with(name, {}, "");
      specs_.push_back(std::move(opened));
    } catch (...) {
      spec_of_.erase(place);
      throw;
    }
    place->second = &specs_.back();
  }
  return *place->second;
}

OpenedSpec TemplateData::spec_with(const TemplateText& name,
                                   const std::vector<std::string>& settings,
                                   const std::string& input) {
  OpenedSpec opened = input_->open(argument(name), settings, input);
  opened.label = name.text;
  return opened;
}

const ReportNetwork& TemplateData::network(const TemplateText& name) {
  if (const auto known = networks_.find(name.text); known != networks_.end()) return known->second;
  const OpenedSpec& opened = spec(name);
  ReportNetwork one;
  one.label = opened.label;
  one.spec = opened.spec;
  one.options = opened.options;
  one.network = build_network(one.spec, one.options);
  one.network.name = opened.label;
  one.costs = count(one.network);
  return networks_.emplace(name.text, std::move(one)).first->second;
}

const ReportNetwork& TemplateData::measured(const TemplateText& name) {
  network(name);
  ReportNetwork& one = networks_.at(name.text);
  if (!one.measurement) one.measurement = input_->measure(one.network);
  return one;
}

std::vector<const ArchSpec*> TemplateData::specs() const {
  std::vector<const ArchSpec*> specs;
  for (const OpenedSpec& opened : specs_) specs.push_back(&opened.spec);
  return specs;
}

Number TemplateData::figure(const FigureCall& call) {
  if (call.cost == "seconds" || call.cost == "gflops")
    return measured_figure(call, measured(call.network));
  const ReportNetwork& one = network(call.network);
  return cost_figure(call, one.network, one.costs);
}

std::string TemplateData::prose(const TemplateText& text) {
  std::string written;
  for (const ProsePiece& piece : parse_prose(text)) {
    written += piece.text;
    for (const Expression& expression : piece.figure)
      written += format_figure(
          evaluate_figure(expression, [&](const FigureCall& call) { return figure(call); }),
          piece.format);
  }
  return written;
}

}  // namespace archcost
