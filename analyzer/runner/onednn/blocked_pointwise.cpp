#include "runner/onednn/blocked_pointwise.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "runner/onednn/blocked_product.hpp"
#include "runner/onednn/library_kernel.hpp"
#include "runner/onednn/parallel.hpp"
#include "runner/onednn/pointwise.hpp"
#include "runner/onednn/tiles.hpp"

namespace archcost {
namespace {

class BlockedPointwise {
 public:
  BlockedPointwise(const StepTask& task, const WindowProblem& window)
      : window_(window),
        in_({window.in.batch, window.in.channels, window.out.height, window.out.width},
            Layout::kBlocked, task.context.block),
        out_(window.out, Layout::kBlocked, task.context.block),
        threads_(task.context.threads),
        product_(window.in.channels, window.out.channels, window.out.positions(),
                 task.context.block),
        program_(task, out_) {
    FoldedWeights folded = folded_weights(task, window.out.channels);
    auto* packed =
        static_cast<float*>(task.context.pool->allocate(product_.packed_numbers() * sizeof(float)));
    product_.pack(folded.kernel.data(), packed);
    weights_ = packed;
    bias_ = std::move(folded.bias);
    bias_.resize(out_.padded_channels());
    in_place_ = program_.only_sums_and_clips() && in_place_operand(task) >= 0;
    choose_parts();
  }

  bool in_place() const { return in_place_; }
  std::size_t scratch_bytes() const { return gathers() ? in_.elements() * sizeof(float) : 0; }

  void run(const Operands& operands) const {
    const float* input = operands.inputs[0];
    if (gathers()) {
      gather(input, static_cast<float*>(operands.scratch));
      input = static_cast<const float*>(operands.scratch);
    }
    parallel_ranges(threads_, threads_, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const int part = static_cast<int>(i), rows = threads_ / column_parts_;
        const int row = part / column_parts_, column = part % column_parts_;
        const BlockedProduct::Part mine{share(product_.columns(), column, column_parts_),
                                        share(product_.columns(), column + 1, column_parts_),
                                        share(product_.tiles(), row, rows),
                                        share(product_.tiles(), row + 1, rows)};
        for (int image = 0; image < window_.in.batch; ++image) {
          make(operands, input, image, mine);
        }
      }
    });
  }

 private:
  bool gathers() const { return window_.stride_height > 1 || window_.stride_width > 1; }

  /// The longest part is to be short; where weights are more than inputs, each is better read by
  /// one thread only.
  void choose_parts() {
    int least = std::numeric_limits<int>::max();
    const bool heavy = window_.out.channels > window_.out.positions() * window_.in.batch;
    for (int parts = 1; parts <= threads_; ++parts) {
      if (threads_ % parts != 0) continue;
      const int longest =
          quotient_up(product_.columns(), parts) * quotient_up(product_.tiles(), threads_ / parts);
      if (longest < least || (longest == least && heavy)) {
        least = longest;
        column_parts_ = parts;
      }
    }
  }

  /// The inputs that a strided convolution reads, side by side.
  void gather(const float* input, float* gathered) const {
    const WindowProblem& w = window_;
    const int width = in_.inner;
    parallel_ranges(
        threads_, std::int64_t{in_.batch} * in_.outer, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t plane = begin; plane < end; ++plane) {
            const float* from = input + plane * w.in.positions() * width;
            float* to = gathered + plane * in_.positions * width;
            for (int y = 0; y < w.out.height; ++y) {
              const float* line = from + std::int64_t{y} * w.stride_height * w.in.width * width;
              for (int x = 0; x < w.out.width; ++x, to += width) {
                std::memcpy(to, line + std::int64_t{x} * w.stride_width * width,
                            width * sizeof(float));
              }
            }
          }
        });
  }

  void make(const Operands& operands, const float* input, int image,
            const BlockedProduct::Part& part) const {
    const std::size_t element = image * out_.image();
    BlockedProduct::Operands o;
    o.input = input + image * in_.image();
    o.weights = weights_;
    o.bias = bias_.data();
    o.output = operands.output + element;
    o.fetch = image == 0 || product_.heavy(part.last_column - part.first_column);
    if (program_.only_sums_and_clips()) {
      const rows::Blend blend = program_.blend(element, operands.inputs);
      o.other = in_place_ ? o.output : blend.other;
      o.clip = blend.clip;
      o.high = blend.high;
    } else {
      o.other = nullptr;
      o.finish = [&, element](std::size_t place, int rows) {
        program_.apply(operands.output + element + place, element + place, rows, operands.inputs);
      };
    }
    product_.make(part, o);
  }

  WindowProblem window_;
  View in_, out_;  ///< in_: of the inputs that are read
  int threads_, column_parts_ = 1;
  BlockedProduct product_;
  PointwiseProgram program_;
  const float* weights_ = nullptr;
  std::vector<float> bias_;
  bool in_place_ = false;  ///< the sum's operand stands in the output
};

}  // namespace

bool is_blocked_pointwise(const WindowProblem& w, const Context& context) {
  return w.groups == 1 && w.taps() == 1 && w.pad_top == 0 && w.pad_left == 0 && w.pad_bottom == 0 &&
         w.pad_right == 0 && BlockedProduct::possible(context.block) &&
         can_be_blocked(w.in, context) && can_be_blocked(w.out, context);
}

Option blocked_pointwise_option(const StepTask& task, const WindowProblem& window) {
  return {"nChwc>nChwc own", Layout::kBlocked, Layout::kBlocked,
          [task, window] { return own_kernel("archcost:1x1", BlockedPointwise(task, window)); }};
}

}  // namespace archcost
