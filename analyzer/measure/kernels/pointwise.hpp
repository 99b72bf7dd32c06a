// What is done to each element of a result, on rows of channels.
#pragma once

#include "measure/kernels/kernel.hpp"

namespace archcost {

/// The step's pointwise operations, ready for rows of one layout.
class PointwiseProgram {
 public:
  /// `view`: of the step's output.
  PointwiseProgram(const StepTask& task, const View& view);
  bool empty() const { return ops_.empty(); }
  /// Applies all to `rows` rows of the view's inner size, which stand from `element` on in a tensor
  /// of the step's output, in one image and one block. `inputs` are the step's.
  void apply(float* row, std::size_t element, int rows,
             const std::vector<const float*>& inputs) const;

 private:
  struct Op {
    PointwiseOp op;
    std::vector<float> scale, shift;  // by channel, the last block filled up
  };
  std::vector<Op> ops_;
  View view_;
  int gate_channels_;
};

}  // namespace archcost
