// SPDX-License-Identifier: Apache-2.0
// A spec with parameters of every type, for texts that refer to parameters.
#pragma once

#include "spec/arch_spec.hpp"

namespace archcost::fuzz {

inline const spec::ArchSpec& spec_with_parameters() {
  static const spec::ArchSpec kSpec = spec::read_spec_text("fuzz.yaml", R"(name: fuzz
params:
  alpha: {default: 1, min: 0.01, max: 100, sweep: [0.5, 1]}
  rho: 1
  depth: {default: 2, choices: [1, 2, 3]}
  gate: {default: relu, choices: [relu, sigmoid]}
  widths: {default: [8, 16]}
  stages: {default: [1, 2]}
input: {channels: 3, height: 32 * rho, width: 32}
presets:
  small: {alpha: 0.5}
layers:
  - conv: {out: round(8 * alpha), kernel: 3}
  - conv: {out: widths(1), kernel: 1, when: len(stages) > 0, repeat: depth}
  - conv: {out: widths(2), kernel: 1}
  - activation: {kind: gate}
  - global_avg_pool
  - linear: {out: 10}
)",
                                                           "/nonexistent");
  return kSpec;
}

}  // namespace archcost::fuzz
