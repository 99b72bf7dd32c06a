// SPDX-License-Identifier: Apache-2.0
#include "cost/published.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <map>

#include "core/glossary.hpp"
#include "core/text.hpp"
#include "graph/build.hpp"
#include "spec/fields.hpp"

namespace archcost::cost {
namespace {

// A printed "1M" has a unit as large as itself: what deviates by half or more is no match.
constexpr double kFarthest = 0.5;
constexpr int kPowerOfUnit = 3;  // K, M, G, T are powers of a thousand

// "stage2" of "stage2", "unit" of "unit12", "conv2" of "conv2_1".
std::string_view without_number(std::string_view label) {
  const std::size_t end = label.find_last_not_of("0123456789");
  if (end == std::string_view::npos) return label;
  std::string_view base = label.substr(0, end + 1);
  if (base.size() > 1 && base.back() == '_') base.remove_suffix(1);
  return base;
}

// The layers that a word means: those of the kind of that name; if there are none, of that class
// ("conv_1x1"); if there are none, under that label; if there are none, under that label with any
// number.
std::vector<std::size_t> layers_of(const graph::Network& network, std::string_view word) {
  const auto has_label = [](const graph::Layer& layer, const auto& holds) {
    const std::vector<std::string> labels = split(layer.name, '.');
    return std::any_of(labels.begin(), labels.end(), holds);
  };
  const std::function<bool(const graph::Layer&)> rules[] = {
      [&](const graph::Layer& layer) { return layer.kind->name == word; },
      [&](const graph::Layer& layer) {
        std::string people = graph::class_name(network, layer);
        std::replace(people.begin(), people.end(), ' ', '_');
        return people == word;
      },
      [&](const graph::Layer& layer) {
        return has_label(layer, [&](std::string_view label) { return label == word; });
      },
      [&](const graph::Layer& layer) {
        return has_label(layer,
                         [&](std::string_view label) { return without_number(label) == word; });
      }};
  std::vector<std::size_t> found;
  for (const auto& rule : rules) {
    for (std::size_t k = 0; k < network.layers.size(); ++k) {
      if (rule(network.layers[k])) found.push_back(k);
    }
    if (!found.empty()) break;
  }
  return found;
}

spec::Number cost_of(const spec::ExpressionNode& node, const graph::Network& network,
                     const CostTable& costs) {
  const auto total = total_of(network, costs, node.text);
  if (!total)
    throw spec::ExpressionFault{node.where, fmt::format("unknown cost '{}'{}", node.text,
                                                        suggestion(node.text, cost_names()))};
  return total->value();
}

spec::Number part_of(const spec::ExpressionNode& node, const spec::Expression& rule,
                     const graph::Network& network, const CostTable& costs) {
  const CostName* name = find_cost_name(node.text);
  const bool one_word =
      node.operands.size() == 1 && rule.nodes[node.operands[0]].op == spec::ExpressionOp::kName;
  if (name == nullptr || name->counter == nullptr || !one_word) {
    throw spec::ExpressionFault{
        node.where, fmt::format("'{}' is no cost of a part; write macs(classifier)", node.text)};
  }
  const std::string& word = rule.nodes[node.operands[0]].text;
  const std::vector<std::size_t> layers = layers_of(network, word);
  if (layers.empty())
    throw spec::ExpressionFault{node.where, fmt::format("no layer is a '{}'", word)};
  Count sum;
  for (std::size_t k : layers) sum += costs.layers[k].cost.*name->counter;
  return sum.value();
}

struct Counted {
  graph::Network network;
  CostTable costs;
};

Counted count_row(const spec::ArchSpec& spec, const spec::PublishedRow& row) {
  graph::Network network = graph::build_network(spec, options_of(spec, row));
  CostTable costs = count(network);
  return {std::move(network), std::move(costs)};
}

// computed / printed - 1, to nine decimals where there is room for them; `printed` is not 0.
Rational deviation_of(double computed, double printed) {
  constexpr double kDecimals = 1e9, kMost = 9e18;
  const double deviation = computed / printed - 1;
  if (deviation < kMost / kDecimals)
    return {static_cast<std::int64_t>(deviation * kDecimals), static_cast<std::int64_t>(kDecimals)};
  return static_cast<std::int64_t>(std::min(deviation, kMost));
}

VerifiedFigure verify(const spec::ArchSpec& spec, const spec::PublishedRow& row,
                      const spec::Figure& figure, const Counted& counted) {
  VerifiedFigure verified;
  verified.at = describe_place(row);
  verified.name = figure.name;
  verified.printed = figure.text;
  verified.source = row.source;
  verified.why = row.why;
  const PrintedFigure printed = parse_figure(figure.text);
  if (row.rule) {
    verified.rule = row.rule->text;
    try {
      verified.computed = evaluate_rule(*row.rule, counted.network, counted.costs);
    } catch (const spec::ExpressionFault& fault) {
      throw Error({spec.sources.diagnostic(fault.where, fault.message)});
    }
  } else {
    verified.computed = total_of(counted.network, counted.costs, figure.name)->value();
  }
  if (!(printed.value == Rational(0))) {
    verified.deviation = deviation_of(verified.computed.to_double(), printed.value.to_double());
  }
  if (matches(verified.computed, printed)) {
    verified.status =
        row.rule && figure.name != "share" ? FigureStatus::kMatchByRule : FigureStatus::kMatch;
  } else {
    // A share always has a rule: what it is a share of.
    const bool ruled = row.rule && figure.name != "share";
    verified.status =
        !ruled && !row.why.empty() ? FigureStatus::kSourceError : FigureStatus::kDiffers;
  }
  return verified;
}

}  // namespace

std::string describe_place(const spec::PublishedRow& row) {
  std::vector<std::string> parts;
  if (!row.preset.empty()) parts.push_back(row.preset);
  for (const spec::Setting& setting : row.at)
    parts.push_back(fmt::format("{}={}", setting.name, spec::to_string(setting.value)));
  return parts.empty() ? "defaults" : join(parts, " ");
}

graph::BuildOptions options_of(const spec::ArchSpec& spec, const spec::PublishedRow& row) {
  graph::BuildOptions options;
  options.preset = row.preset;
  for (const spec::Setting& setting : row.at)
    options.settings.push_back({setting.name, setting.value, spec.sources.place(setting.where)});
  return options;
}

const spec::Figure* top1_of(const spec::PublishedRow& row) {
  const auto found = std::find_if(row.figures.begin(), row.figures.end(),
                                  [](const spec::Figure& figure) { return figure.name == "top1"; });
  return found == row.figures.end() ? nullptr : &*found;
}

CostTable count_published(const spec::ArchSpec& spec, const spec::PublishedRow& row) {
  return count_row(spec, row).costs;
}

PrintedFigure parse_figure(const std::string& text) {
  constexpr std::string_view kUnits = "KMGT";
  std::string digits = text;
  digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
  Rational scale(1);
  if (const std::size_t unit = kUnits.find(digits.back()); unit != std::string_view::npos) {
    for (std::size_t k = 0; k < (unit + 1) * kPowerOfUnit; ++k) scale = scale * Rational(10);
    digits.pop_back();
  }
  const std::size_t point = digits.find('.');
  Rational unit = scale;
  for (std::size_t k = point == std::string::npos ? digits.size() : point + 1; k < digits.size();
       ++k)
    unit = unit / Rational(10);
  return {*Rational::parse(digits) * scale, unit};
}

bool matches(const Rational& computed, const PrintedFigure& printed) {
  const Rational difference =
      computed < printed.value ? printed.value - computed : computed - printed.value;
  const bool near = printed.value == Rational(0) ||
                    difference.to_double() < kFarthest * printed.value.to_double();
  return near && difference < printed.unit;
}

Rational evaluate_rule(const spec::Expression& rule, const graph::Network& network,
                       const CostTable& costs) {
  spec::Expression bound = rule;
  for (std::size_t k = 0; k < bound.nodes.size(); ++k) {
    spec::ExpressionNode& node = bound.nodes[k];
    const bool call = node.op == spec::ExpressionOp::kCall && !spec::find_function(node.text);
    if (call) node.number = part_of(rule.nodes[k], rule, network, costs);
    if (call) node.op = spec::ExpressionOp::kNumber;
  }
  // Words inside of cost(word) are bound already, by their call.
  std::vector<bool> is_word(bound.nodes.size(), false);
  for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
    const bool call =
        rule.nodes[k].op == spec::ExpressionOp::kCall && !spec::find_function(rule.nodes[k].text);
    if (call) is_word[rule.nodes[k].operands[0]] = true;
  }
  for (std::size_t k = 0; k < bound.nodes.size(); ++k) {
    spec::ExpressionNode& node = bound.nodes[k];
    if (node.op != spec::ExpressionOp::kName) continue;
    if (!is_word[k]) node.number = cost_of(rule.nodes[k], network, costs);
    node.op = spec::ExpressionOp::kNumber;
  }
  spec::resolve_words(bound, {});
  const spec::Value value = spec::evaluate(bound, {});
  if (!value.is_number() || !value.number().is_exact())
    throw spec::ExpressionFault{rule.where, "a rule must give a number"};
  return value.number().exact();
}

std::vector<VerifiedFigure> verify_published(const spec::ArchSpec& spec) {
  std::vector<VerifiedFigure> verified;
  std::map<std::string, Counted> counted;
  for (const spec::PublishedRow& row : spec.published) {
    for (const spec::Figure& figure : row.figures) {
      if (figure.name == "top1" || figure.name == "top5") continue;
      const std::string at = describe_place(row);
      if (!counted.contains(at)) counted.emplace(at, count_row(spec, row));
      verified.push_back(verify(spec, row, figure, counted.at(at)));
    }
  }
  return verified;
}

}  // namespace archcost::cost
