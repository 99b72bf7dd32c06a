// SPDX-License-Identifier: Apache-2.0
// What a kernel computes, as plain numbers: all that its time depends on besides the machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graph/layer_problem.hpp"

namespace archcost::plan {

struct KernelProblem {
  std::string kind;                 ///< of the main layer: "conv"; "reorder" for a change of layout
  std::vector<graph::Dims> inputs;  ///< what the main layer reads
  graph::Dims output;               ///< of a reorder equal to its input
  std::vector<std::int64_t> numbers;  ///< the kind's attributes, in the order of its row
  std::vector<int> words;
  bool folded_norm = false;            ///< batch norms or scales are in the weights
  std::vector<std::string> pointwise;  ///< fused element-wise operations: "add", "relu"
  bool sum_in_place = false;           ///< what is added may be overwritten
  bool reads_image = false;            ///< the network's input
  int threads = 1;

  bool is_reorder() const { return kind == kReorder; }
  /// Of a further input of the network, which reads nothing, its output.
  const graph::Dims& first_input() const { return inputs.empty() ? output : inputs.front(); }
  /// An operation reads a second tensor as large as the output.
  bool adds() const;

  static constexpr const char* kReorder = "reorder";
  friend bool operator==(const KernelProblem&, const KernelProblem&) = default;
};

KernelProblem reorder_problem(const graph::Dims& dims, int threads);

/// "conv 1x512x14x14 > 1x512x14x14 512 1 1 ... norm add+relu f32 1T": the key of choices and
/// figures.
std::string to_text(const KernelProblem& problem);
/// The inverse of to_text, for keys that were stored; nothing for other texts.
std::optional<KernelProblem> problem_from_text(const std::string& text);

}  // namespace archcost::plan
