// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/program.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

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
  Builder(const Tasks& tasks, const OptionChoice& choice, MemoryPool& weights)
      : tasks_(tasks), choice_(choice), weights_(weights) {}

  Program run(const Arena& shared) {
    Program program;
    const graph::LayerId input = graph::kNetworkInput;
    where_[{input, plan::input_layout(network())}] =
        add_buffer(bytes_of(input, plan::input_layout(network())), 0);
    homes_[input] = plan::input_layout(network());
    for (std::size_t i = 0; i < tasks_.size(); ++i) add_step(i);
    const graph::LayerId output = tasks_.plan().value_of(network().output);
    const int result = where_.at({output, homes_.at(output)});
    buffers_[result].last = static_cast<int>(drafts_.size());
    // The input is written once and read by every run.
    const int given = where_.at({input, homes_.at(input)});
    buffers_[given].last = static_cast<int>(drafts_.size());
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
    program.output = at(result);
    program.output_layout = homes_.at(output);
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
    return plan::View(graph::dims_of(network(), value), layout, tasks_.context().block).elements() *
           sizeof(float);
  }

  int add_buffer(std::size_t bytes, int first) {
    buffers_.push_back({bytes, first, first});
    return static_cast<int>(buffers_.size()) - 1;
  }

  int next_row() const { return static_cast<int>(drafts_.size()); }

  /// The value in that layout, reordered where it isn't available.
  int value_in(graph::LayerId value, plan::Layout layout, int step) {
    const auto found = where_.find({value, layout});
    if (found != where_.end()) return found->second;
    const plan::Layout home = homes_.at(value);
    Draft draft;
    draft.kernel = reorder_kernel(tasks_.context(), graph::dims_of(network(), value), home, layout);
    draft.row = {step,
                 true,
                 value,
                 plan::reorder_key(graph::dims_of(network(), value), tasks_.context().threads),
                 {home, layout},
                 draft.kernel.implementation,
                 draft.kernel.origin,
                 {},
                 {}};
    draft.inputs = {where_.at({value, home})};
    buffers_[draft.inputs[0]].last = next_row();
    draft.output = add_buffer(bytes_of(value, layout), next_row());
    where_[{value, layout}] = draft.output;
    drafts_.push_back(std::move(draft));
    return drafts_.back().output;
  }

  void add_step(std::size_t i) {
    const plan::Step& step = tasks_.task(i).step;
    const graph::LayerId output = tasks_.plan().value_of(step.output);
    Draft draft;
    draft.row.step = static_cast<int>(i);
    draft.row.value = output;
    draft.row.problem = tasks_.key(i);
    plan::Layout layout = layouts_of(tasks_.task(i).output(), tasks_.context())[0];
    if (choice_[i] < 0) {
      draft.row.fault = "no kernel works";
    } else {
      const Option& option = tasks_.options(i)[choice_[i]];
      draft.kernel = option.make(weights_);
      draft.row.option = option.id;
      draft.row.implementation = draft.kernel.implementation;
      draft.row.origin = draft.kernel.origin;
      layout = tasks_.problems().made(i, option.id.out);
      for (std::size_t k = 0; k < step.inputs.size(); ++k) {
        draft.inputs.push_back(value_in(tasks_.plan().value_of(step.inputs[k]),
                                        tasks_.wanted(i, option.id, k), static_cast<int>(i)));
      }
    }
    for (const int buffer : draft.inputs) buffers_[buffer].last = next_row();
    draft.output = output_buffer(draft, i, output, layout);
    where_[{output, layout}] = draft.output;
    homes_[output] = layout;
    drafts_.push_back(std::move(draft));
  }

  /// Memory for the result: that of an input which the kernel overwrites.
  int output_buffer(const Draft& draft, std::size_t step, graph::LayerId value,
                    plan::Layout layout) {
    const std::size_t bytes = bytes_of(value, layout);
    int shared = -1;
    if (draft.kernel.sums_in_place) {
      for (const plan::PointwiseOp& op : tasks_.task(step).step.pointwise) {
        if (op.kind == plan::PointwiseOp::kAdd) shared = op.operand;
      }
    } else if (draft.kernel.may_overwrite >= 0) {
      const int input = draft.kernel.may_overwrite;
      const graph::LayerId from = tasks_.plan().value_of(tasks_.task(step).step.inputs[input]);
      const bool last =
          from != graph::kNetworkInput && tasks_.last_reader(from) == static_cast<int>(step);
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
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
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
  const OptionChoice& choice_;
  MemoryPool& weights_;
  std::vector<Draft> drafts_;
  std::vector<TensorBuffer> buffers_;
  std::map<std::pair<graph::LayerId, plan::Layout>, int> where_;
  std::map<graph::LayerId, plan::Layout> homes_;
  std::size_t arena_bytes_ = 0;
};

}  // namespace

Program build_program(const Tasks& tasks, const OptionChoice& choice, MemoryPool& weights,
                      const Arena& arena) {
  return Builder(tasks, choice, weights).run(arena);
}

interpreter::Tensor plain_output(const Program& program, const graph::Dims& dims, int block) {
  const plan::View view(dims, program.output_layout, block);
  interpreter::Tensor result(dims.elements());
  for (int n = 0; n < dims.batch; ++n) {
    for (int c = 0; c < dims.channels; ++c) {
      for (int p = 0; p < dims.positions(); ++p) {
        const std::size_t at = (std::size_t(n) * view.outer + c / view.inner) * view.positions + p;
        result[(std::size_t(n) * dims.channels + c) * dims.positions() + p] =
            program.output[at * view.inner + c % view.inner];
      }
    }
  }
  return result;
}

}  // namespace archcost::onednn
