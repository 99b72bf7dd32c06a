// SPDX-License-Identifier: Apache-2.0
// Layers that the library has no primitive for: the interpreter's loops, on one thread.
#include <fmt/core.h>

#include "interpreter/reference.hpp"
#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

/// A layer on the interpreter's loops, between a change to its order of numbers and one back.
class PlainLoops {
 public:
  explicit PlainLoops(const StepTask& task)
      : task_(task),
        leave_(reorder_kernel(task.context, target_of(task, plan::Layout::kPlain),
                              target_of(task, plan::Layout::kLast))) {
    for (int i = 0; i < static_cast<int>(task.step.inputs.size()); ++i) {
      enter_.push_back(reorder_kernel(task.context, source_of(task, plan::Layout::kLast, i),
                                      source_of(task, plan::Layout::kPlain, i)));
      offsets_.push_back(output_offset_);
      output_offset_ += task.input(i).elements();
    }
  }

  std::size_t scratch_bytes() const {
    return (output_offset_ + task_.output().elements()) * sizeof(float);
  }

  Run bind(const Operands& operands) const {
    auto* scratch = static_cast<float*>(operands.scratch);
    std::vector<Run> enter;
    std::vector<const float*> inputs;
    for (std::size_t i = 0; i < enter_.size(); ++i) {
      enter.push_back(enter_[i].bind({{operands.inputs[i]}, scratch + offsets_[i]}));
      inputs.push_back(scratch + offsets_[i]);
    }
    float* result = scratch + output_offset_;
    return [task = task_, enter, inputs, result, leave = leave_.bind({{result}, operands.output})] {
      for (const Run& run : enter) run();
      interpreter::run_layer(task.network, task.layer(), task.weights[task.step.main], inputs,
                             result);
      leave();
    };
  }

 private:
  StepTask task_;
  std::vector<Kernel> enter_;
  Kernel leave_;
  std::vector<std::size_t> offsets_;  // elements, by input
  std::size_t output_offset_ = 0;
};

}  // namespace

std::vector<Option> plain_options(const StepTask& task) {
  return {{kChannelsLast, [task](MemoryPool&) {
             const PlainLoops loops(task);
             return Kernel{.implementation = fmt::format("archcost:{}", task.layer().kind->name),
                           .origin = plan::KernelOrigin::kPlainLoops,
                           .scratch_bytes = loops.scratch_bytes(),
                           .bind = [loops](const Operands& o) { return loops.bind(o); }};
           }}};
}

}  // namespace archcost::onednn
