// Which kernel runs each step of a plan: the ones that take the least time together, the reorders
// between their layouts included.
#pragma once

#include <string>
#include <vector>

#include "plan/choices.hpp"
#include "plan/step_problem.hpp"

namespace archcost {

/// What an option's name says: "nhwc>nChwc winograd" reads the one layout and writes the other,
/// "nhwc own" reads and writes one.
struct OptionLayouts {
  Layout in = Layout::kLast, out = Layout::kLast;
};
/// Throws std::logic_error for a name that doesn't begin with layouts.
OptionLayouts layouts_of_option(std::string_view name);

/// By step: the names of its options that may be chosen.
using OptionNames = std::vector<std::vector<std::string>>;

/// What `choices` knows of each step, without those that need Winograd unless that is allowed.
OptionNames known_options(const StepProblems& problems, const Choices& choices, bool winograd);

/// By step: the name of the option, or empty where none works. The same for any order of the names;
/// the best there is, but for networks with very many values alive at once.
std::vector<std::string> choose_options(const StepProblems& problems, const Choices& choices,
                                        const OptionNames& options);

/// A kernel that the network runs: a step's, or the change of a value's layout that one needs.
struct PlannedRow {
  int step = -1;  ///< of the plan; the one that asks for the reorder where it is one
  bool reorder = false;
  LayerId value = 0;  ///< that is made, or reordered
  std::string problem, option;
};

/// In the order in which they run. A step without an option is a row with an empty one.
std::vector<PlannedRow> planned_rows(const StepProblems& problems,
                                     const std::vector<std::string>& chosen);

}  // namespace archcost
