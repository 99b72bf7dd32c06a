// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/program.hpp"

namespace archcost::onednn {

Tasks::Tasks(const graph::Network& network, const std::vector<interpreter::LayerWeights>& weights,
             const plan::ExecutionPlan& plan, const Context& context)
    : problems_(network, plan, context.threads), context_(&context) {
  tasks_.reserve(plan.steps.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    tasks_.push_back({network, weights, plan.steps[i], context, problems_.operand_is_free(i)});
    options_.push_back(options_of(tasks_.back()));
  }
}

OptionChoice choose_options(const Tasks& tasks, const plan::KernelChoices& choices) {
  plan::StepOptions options(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (const Option& option : tasks.options(i)) options[i].push_back(option.id);
  }
  const plan::ChosenOptions chosen = plan::choose_options(tasks.problems(), choices, options);
  OptionChoice choice(tasks.size(), -1);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (std::size_t k = 0; k < options[i].size(); ++k) {
      if (chosen[i] == options[i][k]) choice[i] = static_cast<int>(k);
    }
  }
  return choice;
}

}  // namespace archcost::onednn
