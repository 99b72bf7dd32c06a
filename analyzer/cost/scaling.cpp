// SPDX-License-Identifier: Apache-2.0
// How the multiply-adds of each kind of layer grow with the multipliers of a spec.
#include <fmt/core.h>

#include <array>
#include <cmath>
#include <set>

#include "core/diagnostic.hpp"
#include "cost/explain.hpp"
#include "layers/kinds.hpp"

namespace archcost::cost {
namespace {

constexpr double kNearWhole = 0.15;  // rounded channels don't give whole exponents

using MacsByKind = std::map<std::string, double>;

MacsByKind macs_by_kind(const graph::Network& network) {
  MacsByKind macs;
  for (const graph::Layer& layer : network.layers) {
    if (layer.cost.macs > Count(0))
      macs[graph::class_name(network, layer)] += static_cast<double>(layer.cost.macs.value());
  }
  return macs;
}

// A multiplier of the spec: its symbol, and the exponent of each kind's multiply-adds.
struct Multiplier {
  std::string symbol;
  std::map<std::string, double> exponents;
};

std::optional<Multiplier> measure(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                                  const MacsByKind& base, const std::string& name) {
  if (spec.find_param(name) == nullptr) return std::nullopt;
  Multiplier multiplier;
  std::string value;
  for (const graph::Parameter& parameter : graph::build_network(spec, options).parameters) {
    if (parameter.name != name) continue;
    multiplier.symbol = parameter.symbol;
    value = spec::to_string(parameter.value);
  }
  for (const double factor : {2.0, 0.5}) {
    try {
      graph::BuildOptions scaled = options;
      scaled.settings.push_back(
          graph::parse_setting(spec, fmt::format("{}=({}) * {}", name, value, factor), "--set"));
      const MacsByKind macs = macs_by_kind(graph::build_network(spec, scaled));
      for (const auto& [kind, before] : base) {
        const auto after = macs.find(kind);
        if (after != macs.end())
          multiplier.exponents[kind] = std::log(after->second / before) / std::log(factor);
      }
      return multiplier;
    } catch (const Error&) {  // not allowed by the spec
    }
  }
  return std::nullopt;
}

// "α²"; nothing for the power 0. False when it is no whole power.
bool append_power(std::string& text, const std::optional<Multiplier>& multiplier,
                  const std::string& kind) {
  constexpr std::array<std::string_view, 5> kPowers = {"", "", "²", "³", "⁴"};
  if (!multiplier) return true;
  const auto found = multiplier->exponents.find(kind);
  if (found == multiplier->exponents.end()) return false;
  const double whole = std::round(found->second);
  if (std::abs(found->second - whole) > kNearWhole || whole < 0 || whole >= kPowers.size())
    return false;
  if (whole > 0) text += multiplier->symbol + std::string(kPowers[static_cast<std::size_t>(whole)]);
  return true;
}

bool grows(const std::optional<Multiplier>& multiplier, const std::string& kind) {
  return multiplier && multiplier->exponents.contains(kind) &&
         multiplier->exponents.at(kind) > kNearWhole;
}

// 4 D² T + 2 D T²: a sum of two powers, where D grows with the width and T with the area.
std::string attention_scaling(const std::optional<Multiplier>& width,
                              const std::optional<Multiplier>& resolution,
                              const std::string& kind) {
  const std::string w = grows(width, kind) ? width->symbol : "",
                    r = grows(resolution, kind) ? resolution->symbol : "";
  if (r.empty()) return w.empty() ? "1" : w + "² + " + w;
  return w.empty() ? r + "² + " + r + "⁴" : w + "²" + r + "² + " + w + r + "⁴";
}

}  // namespace

Scalings measured_scalings(const spec::ArchSpec& spec, const graph::BuildOptions& options) {
  graph::BuildOptions plain = options;
  plain.input.reset();
  plain.suggest_fix = false;
  MacsByKind base;
  std::set<std::string> attention;
  try {
    const graph::Network network = graph::build_network(spec, plain);
    base = macs_by_kind(network);
    for (const graph::Layer& layer : network.layers) {
      if (layer.is(layers::kinds::multi_head_attention_kind))
        attention.insert(graph::class_name(network, layer));
    }
  } catch (const Error&) {  // the spec's own input may not suit the other settings
    return {};
  }
  std::optional<Multiplier> width = measure(spec, plain, base, "alpha");
  if (!width) width = measure(spec, plain, base, "s");
  const std::optional<Multiplier> resolution = measure(spec, plain, base, "rho");
  Scalings scalings;
  if (!width && !resolution) return scalings;
  for (const auto& [kind, macs] : base) {
    std::string text;
    if (attention.contains(kind))
      text = attention_scaling(width, resolution, kind);
    else if (!append_power(text, width, kind) || !append_power(text, resolution, kind))
      continue;
    scalings[kind] = text.empty() ? "1" : text;
  }
  return scalings;
}

}  // namespace archcost::cost
