// SPDX-License-Identifier: Apache-2.0
// Layers that the library has no primitive for: the interpreter's loops, on one thread.
#include <fmt/core.h>

#include "interpreter/reference.hpp"
#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

using dnnl::memory;

/// Changes a tensor from channels last to the interpreter's order, or back.
struct Transposition {
  dnnl::reorder primitive;
  memory::desc from, to;

  Transposition(const Context& context, const graph::Dims& dims, plan::Layout source,
                plan::Layout target)
      : from(describe(dims, source, context.block)), to(describe(dims, target, context.block)) {
    primitive =
        dnnl::reorder(dnnl::reorder::primitive_desc(context.engine, from, context.engine, to));
  }
  void run(const Context& context, float* source, float* target) const {
    memory input(from, context.engine, source), output(to, context.engine, target);
    primitive.execute(context.stream, input, output);
  }
};

class PlainLoops {
 public:
  explicit PlainLoops(const StepTask& task)
      : task_(task),
        leave_(task.context, task.output(), plan::Layout::kPlain, plan::Layout::kLast) {
    for (std::size_t i = 0; i < task.step.inputs.size(); ++i) {
      const graph::Dims dims = task.input(static_cast<int>(i));
      enter_.emplace_back(task.context, dims, plan::Layout::kLast, plan::Layout::kPlain);
      offsets_.push_back(output_offset_);
      output_offset_ += dims.elements();
    }
  }

  std::size_t scratch_bytes() const {
    return (output_offset_ + task_.output().elements()) * sizeof(float);
  }

  void run(const Operands& operands) const {
    auto* scratch = static_cast<float*>(operands.scratch);
    std::vector<const float*> inputs;
    for (std::size_t i = 0; i < enter_.size(); ++i) {
      enter_[i].run(task_.context, operands.inputs[i], scratch + offsets_[i]);
      inputs.push_back(scratch + offsets_[i]);
    }
    interpreter::run_layer(task_.network, task_.layer(), task_.weights[task_.step.main], inputs,
                           scratch + output_offset_);
    leave_.run(task_.context, scratch + output_offset_, operands.output);
  }

 private:
  StepTask task_;
  std::vector<Transposition> enter_;
  Transposition leave_;
  std::vector<std::size_t> offsets_;  // elements, by input
  std::size_t output_offset_ = 0;
};

}  // namespace

std::vector<Option> plain_options(const StepTask& task) {
  return {{{plan::Layout::kLast, plan::Layout::kLast}, [task](MemoryPool&) {
             const PlainLoops loops(task);
             Kernel kernel;
             kernel.implementation = fmt::format("archcost:{}", task.layer().kind->name);
             kernel.origin = plan::KernelOrigin::kPlainLoops;
             kernel.scratch_bytes = loops.scratch_bytes();
             kernel.bind = [loops](const Operands& operands) -> Run {
               return [loops, operands] { loops.run(operands); };
             };
             return kernel;
           }}};
}

}  // namespace archcost::onednn
