// SPDX-License-Identifier: Apache-2.0
#include "reports/templates/figures.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "runner/engine.hpp"
#include "spec/fields.hpp"

namespace archcost::templates {
namespace {

const std::vector<std::string> kFormats = {"integer", "count",  "bytes",  "ratio",
                                           "percent", "number", "seconds"};
constexpr std::string_view kMeasuredFigures[] = {"seconds", "gflops"};

bool is_measured_figure(std::string_view name) {
  return std::find(std::begin(kMeasuredFigures), std::end(kMeasuredFigures), name) !=
         std::end(kMeasuredFigures);
}

// Calls of costs; round(...) and such belong to the expression language.
bool is_figure(const spec::ExpressionNode& node) {
  return node.op == spec::ExpressionOp::kCall && !spec::find_function(node.text);
}

void check_cost(const spec::ExpressionNode& node, bool measured) {
  std::vector<std::string> known = cost::named_costs();
  known.insert(known.end(), std::begin(kMeasuredFigures), std::end(kMeasuredFigures));
  if (std::find(known.begin(), known.end(), node.text) == known.end())
    throw spec::ExpressionFault{
        node.where, fmt::format("unknown cost '{}'{}", node.text, suggestion(node.text, known))};
  if (is_measured_figure(node.text) && !measured)
    throw spec::ExpressionFault{
        node.where,
        fmt::format("'{}' is measured; use it in a section with 'measured: true'", node.text)};
}

FigureCall call_of(const spec::Expression& expression, const spec::ExpressionNode& node) {
  std::vector<std::string> words;
  for (const int operand : node.operands) {
    const spec::ExpressionNode& word = expression.nodes[operand];
    if (word.op == spec::ExpressionOp::kName) words.push_back(word.text);
  }
  const bool all_words = words.size() == node.operands.size();
  std::string engine;
  if (words.size() > 1 && is_measured_figure(node.text) &&
      find_named(runner::engines(), words.back()) != nullptr) {
    engine = words.back();
    words.pop_back();
  }
  if (!all_words || words.empty() || words.size() > 2)
    throw spec::ExpressionFault{
        node.where,
        fmt::format("write {0}(NETWORK) or {0}(NETWORK, PART); a network with settings gets a "
                    "name in 'networks'",
                    node.text)};
  return {node.text,
          {words[0], expression.nodes[node.operands[0]].where},
          words.size() > 1 ? words[1] : std::string(),
          engine};
}

SourceRef place_in(const TemplateText& prose, std::size_t at) {
  SourceRef where = prose.where;
  if (prose.literal)
    where.column += static_cast<int>(display_width(std::string_view(prose.text).substr(0, at)));
  return where;
}

// "macs(a) | count", which stands from `begin` to `end`.
void read_placeholder(const TemplateText& prose, std::size_t begin, std::size_t end,
                      ProsePiece& piece) {
  const std::string inside = prose.text.substr(begin, end - begin);
  const std::size_t bar = inside.find('|');
  if (bar != std::string::npos) {
    piece.format = trim(std::string_view(inside).substr(bar + 1));
    if (std::find(kFormats.begin(), kFormats.end(), piece.format) == kFormats.end())
      throw spec::ExpressionFault{place_in(prose, begin + bar + 1),
                                  fmt::format("unknown format '{}' in '{{{}}}'{}", piece.format,
                                              inside, suggestion(piece.format, kFormats))};
  }
  const std::string figure = inside.substr(0, bar);
  if (trim(figure).empty())
    throw spec::ExpressionFault{place_in(prose, begin),
                                "an empty placeholder; write {macs(NETWORK)}, or {{ for a brace"};
  piece.figure.push_back(spec::parse_expression(figure, place_in(prose, begin), prose.literal));
}

}  // namespace

std::vector<ProsePiece> parse_prose(const TemplateText& prose) {
  std::vector<ProsePiece> pieces(1);
  const std::string& text = prose.text;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool twice = at + 1 < text.size() && text[at + 1] == text[at];
    if (text[at] != '{' && text[at] != '}') {
      pieces.back().text += text[at];
    } else if (twice) {
      pieces.back().text += text[at++];
    } else {
      const std::size_t end = text.find('}', at);
      if (text[at] == '}' || end == std::string::npos)
        throw spec::ExpressionFault{
            place_in(prose, at),
            fmt::format("a '{0}' without its other brace; write {0}{0} for a brace in the text",
                        text[at])};
      read_placeholder(prose, at + 1, end, pieces.back());
      pieces.emplace_back();
      at = end;
    }
  }
  return pieces;
}

std::string format_figure(const spec::Number& value, const std::string& format) {
  const double number = value.to_double();
  const auto whole = [&] { return static_cast<std::int64_t>(number + (number < 0 ? -0.5 : 0.5)); };
  if (format == "integer") return with_commas(whole());
  if (format == "bytes") return human_bytes(whole());
  if (format == "ratio") return fmt::format("{:.3f}", number);
  if (format == "percent") return fmt::format("{:.1f} %", 100 * number);
  if (format == "seconds") return human_seconds(number);
  if (format == "count" || (format.empty() && value.is_whole())) return human_count(whole());
  return fmt::format("{:.4g}", number);
}

std::optional<double> parse_budget(std::string_view text) {
  constexpr std::string_view kUnits = "KMGT";
  double scale = 1;
  const std::size_t unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
  if (unit != std::string_view::npos) {
    scale = std::pow(1000.0, static_cast<double>(unit + 1));
    text.remove_suffix(1);
  }
  const auto number = Rational::parse(text);
  if (!number || !(Rational(0) < *number)) return {};
  return scale * number->to_double();
}

std::vector<FigureCall> figure_calls(const spec::Expression& expression, bool measured) {
  std::vector<FigureCall> calls;
  std::vector<bool> in_call(expression.nodes.size(), false);
  for (const spec::ExpressionNode& node : expression.nodes) {
    if (!is_figure(node)) continue;
    check_cost(node, measured);
    calls.push_back(call_of(expression, node));
    for (const int operand : node.operands) in_call[operand] = true;
  }
  for (std::size_t k = 0; k < expression.nodes.size(); ++k) {
    const spec::ExpressionNode& node = expression.nodes[k];
    if (node.op == spec::ExpressionOp::kName && !in_call[k])
      throw spec::ExpressionFault{
          node.where,
          fmt::format("'{}' stands alone; a figure is a cost of a network, as macs(NETWORK)",
                      node.text)};
  }
  return calls;
}

spec::Number evaluate_figure(const spec::Expression& expression,
                             const std::function<spec::Number(const FigureCall&)>& figure) {
  spec::Expression bound = expression;
  for (std::size_t k = 0; k < bound.nodes.size(); ++k) {
    spec::ExpressionNode& node = bound.nodes[k];
    if (!is_figure(expression.nodes[k])) continue;
    node.number = figure(call_of(expression, expression.nodes[k]));
    node.op = spec::ExpressionOp::kNumber;
  }
  // What is left of names stood in calls.
  for (spec::ExpressionNode& node : bound.nodes) {
    if (node.op == spec::ExpressionOp::kName) node.op = spec::ExpressionOp::kNumber;
  }
  spec::resolve_words(bound, {});
  const spec::Value value = spec::evaluate(bound, {});
  if (!value.is_number())
    throw spec::ExpressionFault{expression.where, "a figure must be a number"};
  return value.number();
}

}  // namespace archcost::templates
