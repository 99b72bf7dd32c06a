// SPDX-License-Identifier: Apache-2.0
// Figures in the prose of a template: placeholders with expressions over costs of networks.
//
//   The separable form takes {macs(separable) / macs(standard) | percent} of the multiply-adds.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/templates/report_template.hpp"
#include "spec/expression.hpp"

namespace archcost::templates {

/// Text, then a figure if there is one. The figure's format may be empty.
struct ProsePiece {
  std::string text;
  std::vector<spec::Expression> figure;  ///< at most one
  std::string format;
};

/// Throws ExpressionFault for a broken placeholder or an unknown format. "{{" is a brace.
std::vector<ProsePiece> parse_prose(const TemplateText& prose);
/// As the format says: integer, count, bytes, ratio, percent, number, seconds. Without one a whole
/// number is shown as a count, another with four digits.
std::string format_figure(const spec::Number& value, const std::string& format);

/// 50'000'000 for "50M"; nothing where it isn't a number above 0.
std::optional<double> parse_budget(std::string_view text);

/// macs(NETWORK), or macs(NETWORK, PART) with a kind, class or label of layers. seconds and gflops
/// take the name of an engine as their last argument too: seconds(NETWORK, PART, ENGINE).
struct FigureCall {
  std::string cost;  ///< of named_costs(); seconds and gflops of networks that were measured
  TemplateText network;
  std::string part;    ///< empty: the whole network
  std::string engine;  ///< of seconds and gflops; empty: the default
};
/// The calls of an expression. Throws ExpressionFault for an unknown cost, for a name that belongs
/// to no call, and for a call of another form.
std::vector<FigureCall> figure_calls(const spec::Expression& expression, bool measured);
/// The number that the expression gives. Throws ExpressionFault.
spec::Number evaluate_figure(const spec::Expression& expression,
                             const std::function<spec::Number(const FigureCall&)>& figure);

}  // namespace archcost::templates
