#include <fmt/core.h>

#include <algorithm>

#include "measure/kernels/program.hpp"

namespace archcost {

Tasks::Tasks(const Network& network, const std::vector<LayerWeights>& weights,
             const ExecutionPlan& plan, const Context& context)
    : network_(&network), plan_(&plan), context_(&context) {
  last_readers_.assign(network.layers.size() + 1, -1);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    for (const LayerId input : plan.steps[i].inputs) {
      last_readers_[plan.value_of(input) + 1] = static_cast<int>(i);
    }
  }
  last_readers_[plan.value_of(network.output) + 1] = static_cast<int>(plan.steps.size());
  tasks_.reserve(plan.steps.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    StepTask task{network, weights, plan.steps[i], context};
    for (const PointwiseOp& op : task.step.pointwise) {
      if (op.kind != PointwiseOp::kAdd) continue;
      const LayerId operand = plan.value_of(task.step.inputs[op.operand]);
      const auto reads =
          std::count_if(task.step.inputs.begin(), task.step.inputs.end(),
                        [&](LayerId input) { return plan.value_of(input) == operand; });
      task.operand_is_free =
          operand != kNetworkInput && reads == 1 && last_reader(operand) == static_cast<int>(i);
    }
    tasks_.push_back(task);
    options_.push_back(options_of(tasks_.back()));
    keys_.push_back(problem_key(tasks_.back()));
  }
}

int Tasks::last_reader(LayerId value) const { return last_readers_[value + 1]; }

Layout Tasks::wanted(std::size_t step, const Option& option, std::size_t input) const {
  const StepTask& task = tasks_[step];
  const Dims dims = task.input(static_cast<int>(input));
  if (dims.positions() == 1) return Layout::kLast;
  return static_cast<int>(input) < task.step.main_inputs ? option.in : option.out;
}

Layout input_layout(const Network& network) {
  return dims_of(network, kNetworkInput).positions() == 1 ? Layout::kLast : Layout::kPlain;
}

std::string reorder_key(const Dims& d, const Context& context) {
  return fmt::format("reorder {}x{}x{}x{} {}T", d.batch, d.channels, d.height, d.width,
                     context.threads);
}

std::string reorder_option(Layout from, Layout to) {
  return fmt::format("{}>{}", name_of(from), name_of(to));
}

}  // namespace archcost
