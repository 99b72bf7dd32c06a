// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "cost/published.hpp"
#include "reports/tables/kernel_tables.hpp"
#include "reports/templates/block_builders.hpp"

namespace archcost::templates {
namespace {

// Time and multiply-adds of the kernels of a kind ("grouped_1x1"); of all of them for "".
spec::Number measured_figure(const FigureCall& call, const graph::Network& network,
                             const runner::Measurement& measurement) {
  double seconds = 0, macs = 0;
  for (const runner::MeasuredRow& row : measurement.rows) {
    std::string kind = tables::kernel_class(network, row);
    std::replace(kind.begin(), kind.end(), ' ', '_');
    if (!call.part.empty() && kind != call.part) continue;
    seconds += row.seconds;
    macs += tables::kernel_macs(network, row.layers);
  }
  if (seconds <= 0)
    throw spec::ExpressionFault{call.network.where, fmt::format("no kernel of '{}' is a '{}'",
                                                                call.network.text, call.part)};
  return spec::Number::inexact(call.cost == "seconds" ? seconds : 2e-9 * macs / seconds);
}

}  // namespace

spec::Number cost_figure(const FigureCall& call, const graph::Network& network,
                         const cost::CostTable& costs) {
  if (!call.part.empty()) {
    const std::string text = fmt::format("{}({})", call.cost, call.part);
    return cost::evaluate_rule(spec::parse_expression(text, call.network.where, false), network,
                               costs);
  }
  cost::CostReader reader(network, costs.options.types);
  return cost::cost_value(call.cost, reader.cost(call.cost)->value());
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

const methods::OpenedSpec& TemplateData::spec(const TemplateText& name) {
  const auto [place, fresh] = spec_of_.emplace(name.text, nullptr);
  if (fresh) {
    try {
      methods::OpenedSpec opened = spec_with(name, {}, "");
      specs_.push_back(std::move(opened));
    } catch (...) {
      spec_of_.erase(place);
      throw;
    }
    place->second = &specs_.back();
  }
  return *place->second;
}

methods::OpenedSpec TemplateData::spec_with(const TemplateText& name,
                                            const std::vector<std::string>& settings,
                                            const std::string& input) {
  methods::OpenedSpec opened = input_->open(argument(name), settings, input);
  opened.label = name.text;
  return opened;
}

const pages::ReportNetwork& TemplateData::network(const TemplateText& name) {
  if (const auto known = networks_.find(name.text); known != networks_.end()) return known->second;
  const methods::OpenedSpec& opened = spec(name);
  pages::ReportNetwork one;
  one.label = opened.label;
  one.spec = opened.spec;
  one.options = opened.options;
  one.network = graph::build_network(one.spec, one.options);
  one.network.name = opened.label;
  one.costs = cost::count(one.network);
  return networks_.emplace(name.text, std::move(one)).first->second;
}

const pages::ReportNetwork& TemplateData::measured(const TemplateText& name) {
  network(name);
  pages::ReportNetwork& one = networks_.at(name.text);
  if (!one.measurement) one.measurement = input_->measure(one.network, "");
  return one;
}

const runner::Measurement& TemplateData::measured_on(const TemplateText& name,
                                                     const std::string& engine) {
  const pages::ReportNetwork& one = measured(name);
  if (engine.empty() || engine == one.measurement->machine.engine) return *one.measurement;
  const std::pair key(name.text, engine);
  if (const auto known = on_engines_.find(key); known != on_engines_.end()) return known->second;
  return on_engines_.emplace(key, input_->measure(one.network, engine)).first->second;
}

std::vector<const spec::ArchSpec*> TemplateData::specs() const {
  std::vector<const spec::ArchSpec*> specs;
  for (const methods::OpenedSpec& opened : specs_) specs.push_back(&opened.spec);
  return specs;
}

spec::Number TemplateData::figure(const FigureCall& call) {
  if (call.cost == "seconds" || call.cost == "gflops")
    return measured_figure(call, network(call.network).network,
                           measured_on(call.network, call.engine));
  const pages::ReportNetwork& one = network(call.network);
  return cost_figure(call, one.network, one.costs);
}

std::string TemplateData::prose(const TemplateText& text) {
  std::string written;
  for (const ProsePiece& piece : parse_prose(text)) {
    written += piece.text;
    for (const spec::Expression& expression : piece.figure)
      written += format_figure(
          evaluate_figure(expression, [&](const FigureCall& call) { return figure(call); }),
          piece.format);
  }
  return written;
}

}  // namespace archcost::templates
