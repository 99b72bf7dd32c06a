// SPDX-License-Identifier: Apache-2.0
#include "plan/step_problem.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "layers/kinds.hpp"

namespace archcost::plan {
namespace {

/// The step adds a value that nothing reads later, and reads it only once.
bool adds_in_place(const StepProblems& problems, std::size_t index) {
  const Step& step = problems.step(index);
  const ExecutionPlan& plan = problems.plan();
  if (step.sum_operand() < 0) return false;
  const graph::LayerId operand = plan.value_of(step.inputs[step.sum_operand()]);
  const auto reads =
      std::count_if(step.inputs.begin(), step.inputs.end(),
                    [&](graph::LayerId input) { return plan.value_of(input) == operand; });
  return operand != graph::kNetworkInput && reads == 1 &&
         problems.last_reader(operand) == static_cast<int>(index);
}

KernelProblem problem_of(const graph::Network& network, const Step& step, int threads) {
  const graph::Layer& layer = network.layers[step.main];
  if (layer.is(layers::kinds::custom_kind)) {
    throw Error(fmt::format(
        "'{}' can't be run or predicted: custom states what a layer costs, not what it computes",
        layer.name));
  }
  KernelProblem problem;
  problem.kind = layer.kind->name;
  for (int i = 0; i < step.main_inputs; ++i)
    problem.inputs.push_back(graph::dims_of(network, step.inputs[i]));
  problem.output = graph::dims_of(network, step.output);
  for (const Count& number : graph::written_numbers(layer))
    problem.numbers.push_back(number.value());
  problem.words.assign(layer.words.begin(), layer.words.end());
  problem.folded_norm = !step.folded.empty();
  for (const PointwiseOp& op : step.pointwise) problem.pointwise.emplace_back(name_of(op));
  problem.reads_image = !step.inputs.empty() && step.inputs[0] == graph::kNetworkInput;
  problem.threads = threads;
  return problem;
}

}  // namespace

StepProblems::StepProblems(const graph::Network& network, ExecutionPlan plan, int threads)
    : network_(&network), plan_(std::move(plan)), threads_(threads) {
  const std::size_t steps = plan_.steps.size();
  last_readers_.assign(network.layers.size() + 1, -1);
  for (std::size_t i = 0; i < steps; ++i) {
    for (const graph::LayerId input : plan_.steps[i].inputs) {
      last_readers_[plan_.value_of(input) + 1] = static_cast<int>(i);
    }
  }
  for (const graph::LayerId output : network.outputs)
    last_readers_[plan_.value_of(output) + 1] = static_cast<int>(steps);
  for (std::size_t i = 0; i < steps; ++i) {
    KernelProblem problem = problem_of(network, plan_.steps[i], threads);
    problem.sum_in_place = adds_in_place(*this, i);
    keys_.push_back(to_text(problem));
    problems_.push_back(std::move(problem));
  }
}

StepLayouts StepProblems::layouts(std::size_t index, const KernelOption& option) const {
  const Step& step = plan_.steps[index];
  const auto of = [&](graph::LayerId value, Layout layout) {
    return graph::dims_of(*network_, value).positions() == 1 ? Layout::kLast : layout;
  };
  StepLayouts layouts{{}, of(step.output, option.out)};
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const bool main = static_cast<int>(i) < step.main_inputs;
    layouts.inputs.push_back(of(step.inputs[i], main ? option.in : option.out));
  }
  return layouts;
}

Layout input_layout(const graph::Network& network) {
  return graph::dims_of(network, graph::kNetworkInput).positions() == 1 ? Layout::kLast
                                                                        : Layout::kPlain;
}

std::string reorder_key(const graph::Dims& dims, int threads) {
  return to_text(reorder_problem(dims, threads));
}

}  // namespace archcost::plan
