// SPDX-License-Identifier: Apache-2.0
// A spec to a network: parameters bound, blocks expanded, shapes inferred.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/network.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::graph {

/// A parameter's value from outside; `place` is what messages call it ("--set alpha=2").
struct ParameterSetting {
  std::string name;
  spec::Value value;
  std::string place;
};

struct BuildOptions {
  std::string preset;                      ///< empty: the defaults
  std::vector<ParameterSetting> settings;  ///< later ones win
  std::optional<TensorShape> input;        ///< instead of the spec's
  std::int64_t batch = 1;
  bool suggest_fix = true;  ///< look for the nearest setting that works when this one doesn't
};

/// Reads "NAME=VALUE", the value an expression without names ("rho=4/7", "gate=relu",
/// "widths=[24,48]"). Throws Error for a parameter that the spec doesn't have or a value that isn't
/// one.
ParameterSetting parse_setting(const spec::ArchSpec& spec, std::string_view text,
                               std::string_view option);

/// An item of the spec in a round of its repeat, as it was expanded.
struct ItemUse {
  int around = -1;  ///< the use of the item around it; -1: none
  const spec::Item* item = nullptr;
  std::int64_t round = 1;
};

/// A network, and which items of the spec its layers come from. The spec must outlive it.
struct TracedNetwork {
  Network network;
  std::vector<ItemUse> uses;
  std::vector<int> use_of;  ///< by layer: index in `uses`
};

/// The input's shape: that of `options`, or the spec's. Throws Error.
TensorShape input_of(const spec::ArchSpec& spec, const BuildOptions& options = {});

/// As build_network(). Throws Error.
TracedNetwork build_traced(const spec::ArchSpec& spec, const BuildOptions& options = {});

/// What the preset and the settings set, by parameter.
std::map<std::string, spec::Value> set_values(const spec::ArchSpec& spec,
                                              const BuildOptions& options);

/// Throws Error with every mistake found: values outside their choices, sizes that aren't whole,
/// shapes that don't fit, cycles, dangling layers.
Network build_network(const spec::ArchSpec& spec, const BuildOptions& options = {});

}  // namespace archcost::graph
