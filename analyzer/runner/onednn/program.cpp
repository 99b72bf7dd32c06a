// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/program.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace archcost::onednn {
namespace {

/// Memory of a value in one layout, or of several that share it one after the other.
struct TensorBuffer {
  std::size_t bytes = 0;
  int first = 0, last = 0;  // rows between which it is in use
  std::size_t offset = 0;
};

/// A row before it is bound to memory.
struct Draft {
  ProgramRow row;
  Kernel kernel;
  std::vector<int> inputs;
  int output = -1;
};

class Builder {
 public:
  Builder(const Tasks& tasks, MemoryPool& weights) : tasks_(tasks), weights_(weights) {}

  Program run(const std::vector<plan::PlannedRow>& rows, const Arena& shared) {
    Program program;
    const plan::Layout given_layout = plan::input_layout(network());
    const int given = add_buffer(bytes_of(graph::kNetworkInput, given_layout), 0);
    where_[{graph::kNetworkInput, given_layout}] = given;
    for (const plan::PlannedRow& row : rows) add_row(row);
    std::vector<int> results;
    for (const graph::LayerId id : network().outputs) {
      const graph::LayerId value = tasks_.plan().value_of(id);
      const plan::Layout layout = value == graph::kNetworkInput ? given_layout : homes_.at(value);
      program.outputs.push_back({nullptr, layout});
      results.push_back(where_.at({value, layout}));
    }
    // The input is written once and read by every run.
    buffers_[given].last = next_row();
    for (const int result : results) buffers_[result].last = next_row();
    place_buffers();

    program.memory = std::make_unique<MemoryPool>();
    std::size_t scratch = 0;
    for (const Draft& draft : drafts_) scratch = std::max(scratch, draft.kernel.scratch_bytes);
    const bool fits = arena_bytes_ + scratch <= shared.bytes;
    char* arena =
        static_cast<char*>(fits ? shared.begin : program.memory->allocate(arena_bytes_ + scratch));
    const auto at = [&](int buffer) {
      return reinterpret_cast<float*>(arena + buffers_[buffer].offset);
    };
    program.arena_bytes = arena_bytes_ + scratch;
    for (std::size_t k = 0; k < results.size(); ++k) program.outputs[k].numbers = at(results[k]);
    program.input = at(given);
    for (Draft& draft : drafts_) {
      if (draft.kernel.bind) {
        Operands operands{{}, at(draft.output), arena + arena_bytes_};
        for (const int buffer : draft.inputs) operands.inputs.push_back(at(buffer));
        draft.row.run = draft.kernel.bind(operands);
      }
      program.rows.push_back(std::move(draft.row));
    }
    return program;
  }

 private:
  const graph::Network& network() const { return tasks_.network(); }

  std::size_t bytes_of(graph::LayerId value, plan::Layout layout) const {
    return plan::View(graph::dims_of(network(), value), layout, tasks_.context().block).bytes();
  }

  int add_buffer(std::size_t bytes, int first) {
    buffers_.push_back({bytes, first, first});
    return static_cast<int>(buffers_.size()) - 1;
  }

  int next_row() const { return static_cast<int>(drafts_.size()); }

  void add_row(const plan::PlannedRow& row) {
    Draft draft{{row}};
    if (row.reorder) {
      draft.kernel = reorder_kernel(tasks_.context(), graph::dims_of(network(), row.value),
                                    row.option->in, row.option->out);
      draft.inputs = {where_.at({row.value, row.option->in})};
      draft.output = where_[{row.value, row.option->out}] =
          add_buffer(bytes_of(row.value, row.option->out), next_row());
    } else if (!row.option) {
      add_failed(draft, row.value);
    } else {
      add_step(draft);
    }
    draft.row.implementation = draft.kernel.implementation;
    draft.row.origin = draft.kernel.origin;
    for (const int buffer : draft.inputs) buffers_[buffer].last = next_row();
    drafts_.push_back(std::move(draft));
  }

  void add_step(Draft& draft) {
    const auto step = static_cast<std::size_t>(draft.row.step);
    const plan::KernelOption& id = *draft.row.option;
    const std::vector<Option>& options = tasks_.options(step);
    draft.kernel = std::find_if(options.begin(), options.end(), [&](const Option& option) {
                     return option.id == id;
                   })->make(weights_);
    const plan::StepLayouts layouts = tasks_.problems().layouts(step, id);
    for (std::size_t k = 0; k < layouts.inputs.size(); ++k) {
      const graph::LayerId value = tasks_.plan().value_of(tasks_.task(step).step.inputs[k]);
      draft.inputs.push_back(where_.at({value, layouts.inputs[k]}));
      buffers_[draft.inputs.back()].last = next_row();
    }
    draft.output = output_buffer(draft, step, draft.row.value, layouts.output);
    where_[{draft.row.value, layouts.output}] = draft.output;
    homes_[draft.row.value] = layouts.output;
  }

  /// The result of a step that nothing runs is undefined numbers, available in every layout.
  void add_failed(Draft& draft, graph::LayerId value) {
    for (const plan::Layout layout :
         {plan::Layout::kPlain, plan::Layout::kLast, plan::Layout::kBlocked}) {
      draft.output = where_[{value, layout}] = add_buffer(bytes_of(value, layout), next_row());
    }
    homes_[value] = plan::Layout::kLast;
  }

  /// Memory for the result: that of an input which the kernel overwrites.
  int output_buffer(const Draft& draft, std::size_t step, graph::LayerId value,
                    plan::Layout layout) {
    const std::size_t bytes = bytes_of(value, layout);
    int shared = -1;
    if (draft.kernel.sums_in_place) {
      shared = tasks_.task(step).step.sum_operand();
    } else if (draft.kernel.may_overwrite >= 0) {
      const int input = draft.kernel.may_overwrite;
      const graph::LayerId from = tasks_.plan().value_of(tasks_.task(step).step.inputs[input]);
      const bool last = from != graph::kNetworkInput &&
                        tasks_.problems().last_reader(from) == static_cast<int>(step);
      const auto uses = std::count(draft.inputs.begin(), draft.inputs.end(), draft.inputs[input]);
      if (last && uses == 1 && buffers_[draft.inputs[input]].bytes == bytes) shared = input;
    }
    if (shared < 0) return add_buffer(bytes, next_row());
    buffers_[draft.inputs[shared]].last = next_row();
    return draft.inputs[shared];
  }

  /// Largest first, each at the lowest offset that no buffer in use at the same time occupies.
  void place_buffers() {
    std::vector<int> order(buffers_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return buffers_[a].bytes > buffers_[b].bytes; });
    std::vector<int> placed;
    for (const int id : order) {
      TensorBuffer& buffer = buffers_[id];
      std::vector<std::pair<std::size_t, std::size_t>> taken;
      for (const int other : placed) {
        const TensorBuffer& o = buffers_[other];
        if (o.first <= buffer.last && buffer.first <= o.last) {
          taken.emplace_back(o.offset, o.offset + o.bytes);
        }
      }
      std::sort(taken.begin(), taken.end());
      const auto rounded = [](std::size_t bytes) { return (bytes + 63) / 64 * 64; };
      for (const auto& [begin, end] : taken) {
        if (buffer.offset + buffer.bytes <= begin) break;
        buffer.offset = std::max(buffer.offset, rounded(end));
      }
      arena_bytes_ = std::max(arena_bytes_, rounded(buffer.offset + buffer.bytes));
      placed.push_back(id);
    }
  }

  const Tasks& tasks_;
  MemoryPool& weights_;
  std::vector<Draft> drafts_;
  std::vector<TensorBuffer> buffers_;
  std::map<std::pair<graph::LayerId, plan::Layout>, int> where_;
  std::map<graph::LayerId, plan::Layout> homes_;
  std::size_t arena_bytes_ = 0;
};

}  // namespace

Program build_program(const Tasks& tasks, const plan::ChosenOptions& chosen, MemoryPool& weights,
                      const Arena& arena) {
  return Builder(tasks, weights).run(plan::planned_rows(tasks.problems(), chosen), arena);
}

interpreter::Tensor plain_output(const ProgramOutput& output, const graph::Dims& dims, int block) {
  const plan::View view(dims, output.layout, block);
  interpreter::Tensor result(dims.elements());
  for (int n = 0; n < dims.batch; ++n) {
    for (int c = 0; c < dims.channels; ++c) {
      for (int p = 0; p < dims.positions(); ++p) {
        const std::size_t at = (std::size_t(n) * view.outer + c / view.inner) * view.positions + p;
        result[(std::size_t(n) * dims.channels + c) * dims.positions() + p] =
            output.numbers[at * view.inner + c % view.inner];
      }
    }
  }
  return result;
}

}  // namespace archcost::onednn
