#include "plan/step_problem.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace archcost {
namespace {

std::string dims_text(const Dims& d) {
  return fmt::format("{}x{}x{}x{}", d.batch, d.channels, d.height, d.width);
}

std::string problem_key(const Network& network, const Step& step, bool operand_is_free,
                        int threads) {
  const Layer& layer = network.layers[step.main];
  std::string key(layer.kind->name);
  for (int i = 0; i < step.main_inputs; ++i) {
    key += " " + dims_text(dims_of(network, step.inputs[i]));
  }
  key += " > " + dims_text(dims_of(network, step.output));
  for (const Count& number : layer.numbers) key += fmt::format(" {}", number.value());
  for (const int word : layer.words) key += fmt::format(" w{}", word);
  if (!step.folded.empty()) key += " norm";
  if (!step.pointwise.empty()) key += " " + pointwise_text(step.pointwise);
  if (operand_is_free) key += " in place";
  if (step.reads_shuffled > 1) key += fmt::format(" shuffled{}", step.reads_shuffled);
  if (step.inputs[0] == kNetworkInput) key += " image";
  return key + fmt::format(" f32 {}T", threads);
}

}  // namespace

StepProblems::StepProblems(const Network& network, const ExecutionPlan& plan, int threads)
    : network_(&network), plan_(&plan), threads_(threads) {
  const std::size_t steps = plan.steps.size();
  last_readers_.assign(network.layers.size() + 1, -1);
  for (std::size_t i = 0; i < steps; ++i) {
    for (const LayerId input : plan.steps[i].inputs) {
      last_readers_[plan.value_of(input) + 1] = static_cast<int>(i);
    }
  }
  last_readers_[plan.value_of(network.output) + 1] = static_cast<int>(steps);
  operand_is_free_.assign(steps, 0);
  for (std::size_t i = 0; i < steps; ++i) {
    const Step& step = plan.steps[i];
    for (const PointwiseOp& op : step.pointwise) {
      if (op.kind != PointwiseOp::kAdd) continue;
      const LayerId operand = plan.value_of(step.inputs[op.operand]);
      const auto reads = std::count_if(step.inputs.begin(), step.inputs.end(), [&](LayerId input) {
        return plan.value_of(input) == operand;
      });
      operand_is_free_[i] =
          operand != kNetworkInput && reads == 1 && last_reader(operand) == static_cast<int>(i);
    }
    keys_.push_back(problem_key(network, step, operand_is_free(i), threads));
  }
}

Layout StepProblems::wanted(std::size_t index, Layout in, Layout out, std::size_t input) const {
  const Step& step = plan_->steps[index];
  if (dims_of(*network_, step.inputs[input]).positions() == 1) return Layout::kLast;
  return static_cast<int>(input) < step.main_inputs ? in : out;
}

Layout StepProblems::made(std::size_t index, Layout out) const {
  return dims_of(*network_, plan_->steps[index].output).positions() == 1 ? Layout::kLast : out;
}

Layout input_layout(const Network& network) {
  return dims_of(network, kNetworkInput).positions() == 1 ? Layout::kLast : Layout::kPlain;
}

std::string reorder_key(const Dims& dims, int threads) {
  return fmt::format("reorder {} {}T", dims_text(dims), threads);
}

std::string reorder_option(Layout from, Layout to) {
  return fmt::format("{}>{}", name_of(from), name_of(to));
}

}  // namespace archcost
