// SPDX-License-Identifier: Apache-2.0
// Which kernel runs each step of a plan: those that take the least time together, including the
// reorders between their layouts.
#pragma once

#include <string>
#include <vector>

#include "plan/step_problem.hpp"

namespace archcost::plan {

/// By step: the options that may be chosen.
using StepOptions = std::vector<std::vector<KernelOption>>;
/// By step: the chosen option; nothing where none works.
using ChosenOptions = std::vector<std::optional<KernelOption>>;

/// What `choices` knows of each step, without Winograd's algorithm unless that is allowed.
StepOptions known_options(const StepProblems& problems, const KernelChoices& choices,
                          bool winograd);

/// The same for any order of the options. The best choice, except for networks with very many
/// values alive at once.
ChosenOptions choose_options(const StepProblems& problems, const KernelChoices& choices,
                             const StepOptions& options);

/// A kernel that the network runs: a step's, or a change of layout before it.
struct PlannedRow {
  int step = -1;  ///< of the plan; of a reorder the step that needs it
  bool reorder = false;
  graph::LayerId value = 0;  ///< that is computed, or reordered
  std::string problem;
  std::optional<KernelOption> option;  ///< nothing: no kernel works
};

/// In the order of execution.
std::vector<PlannedRow> planned_rows(const StepProblems& problems, const ChosenOptions& chosen);

}  // namespace archcost::plan
