// SPDX-License-Identifier: Apache-2.0
// What the blocks of a template are built from, and their builders.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reports/templates/figures.hpp"
#include "reports/templates/template_page.hpp"

namespace archcost::templates {

/// The networks that a template names: each is opened, counted and measured at most once.
class TemplateData {
 public:
  TemplateData(const ReportTemplate& source, const TemplateInput& input)
      : source_(&source), input_(&input) {}

  const ReportTemplate& source() const { return *source_; }
  const TemplateInput& input() const { return *input_; }

  /// The names, each name of several networks replaced by these.
  std::vector<TemplateText> expanded(std::span<const TemplateText> names) const;
  /// Throws Error, as the next ones do.
  const methods::OpenedSpec& spec(const TemplateText& name);
  methods::OpenedSpec spec_with(const TemplateText& name, const std::vector<std::string>& settings,
                                const std::string& input);
  const pages::ReportNetwork& network(const TemplateText& name);
  /// With its measurement.
  const pages::ReportNetwork& measured(const TemplateText& name);
  /// Its measurement on an engine ("onnxruntime"; empty: the default).
  const runner::Measurement& measured_on(const TemplateText& name, const std::string& engine);
  /// All specs that were opened, in that order.
  std::vector<const spec::ArchSpec*> specs() const;

  spec::Number figure(const FigureCall& call);
  /// The text with its figures.
  std::string prose(const TemplateText& text);

 private:
  const TemplateText& spec_text(const TemplateText& name) const;
  std::string argument(const TemplateText& name) const;

  const ReportTemplate* source_;
  const TemplateInput* input_;
  std::deque<methods::OpenedSpec> specs_;  // references to elements stay valid
  std::map<std::string, const methods::OpenedSpec*> spec_of_;
  std::map<std::string, pages::ReportNetwork> networks_;
  std::map<std::pair<std::string, std::string>, runner::Measurement> on_engines_;
};

/// A cost of a network, or of a part of it. Throws ExpressionFault.
spec::Number cost_figure(const FigureCall& call, const graph::Network& network,
                         const cost::CostTable& costs);

using Parts = std::vector<PagePart>;

/// The field `by`: kind (the default), stage or layer.
cost::Grouping grouping_of(const TemplateBlock& block);

// In network_blocks.cpp: networks as they are.
Parts text_block(TemplateData& data, const TemplateBlock& block);
Parts heading_block(TemplateData& data, const TemplateBlock& block);
Parts compare_block(TemplateData& data, const TemplateBlock& block);
Parts shares_block(TemplateData& data, const TemplateBlock& block);
Parts costs_block(TemplateData& data, const TemplateBlock& block);
Parts formulas_block(TemplateData& data, const TemplateBlock& block);
Parts conclusions_block(TemplateData& data, const TemplateBlock& block);
Parts accuracy_block(TemplateData& data, const TemplateBlock& block);
// In sweep_blocks.cpp: networks with parameters varied.
Parts curve_block(TemplateData& data, const TemplateBlock& block);
Parts sweep_block(TemplateData& data, const TemplateBlock& block);
Parts map_block(TemplateData& data, const TemplateBlock& block);
Parts added_block(TemplateData& data, const TemplateBlock& block);
// In search_blocks.cpp.
Parts search_block(TemplateData& data, const TemplateBlock& block);
Parts budget_block(TemplateData& data, const TemplateBlock& block);
// In measured_blocks.cpp.
Parts measured_totals_block(TemplateData& data, const TemplateBlock& block);
Parts measured_layers_block(TemplateData& data, const TemplateBlock& block);
Parts measured_table_block(TemplateData& data, const TemplateBlock& block);
Parts engines_block(TemplateData& data, const TemplateBlock& block);

}  // namespace archcost::templates
