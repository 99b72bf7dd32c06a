// What is done to each element of a result, on rows of channels.
#pragma once

#include "runner/onednn/kernel.hpp"
#include "runner/onednn/vector_math.hpp"

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
             const std::vector<const float*>& inputs) const {
    apply(row, row, element, rows, inputs);
  }
  /// The same to the rows of `from`, which may be `row`.
  void apply(float* row, const float* from, std::size_t element, int rows,
             const std::vector<const float*>& inputs) const;
  /// All that is done is the program's `clip`, or nothing: needs no place in the tensor.
  bool only_clips() const { return only_sums_and_clips() && add_ < 0; }
  rows::Blend clip() const { return {nullptr, nullptr, nullptr, clip_, high_}; }
  /// All that is done is a sum and a clip, or less: `blend` says it.
  bool only_sums_and_clips() const { return first_ == ops_.size() && !scales_; }
  /// What is done at first, in one go, from `element` on.
  rows::Blend blend(std::size_t element, const std::vector<const float*>& inputs) const;

 private:
  struct Op {
    PointwiseOp op;
    std::vector<float> scale, shift;  // by channel, the last block filled up
  };
  bool whole_blocks() const { return view_.channels % view_.inner == 0; }
  void lead(float* row, const float* from, std::size_t element, int rows_count,
            const std::vector<const float*>& inputs) const;

  std::vector<Op> ops_;
  // The first operations are done in one go: a scale or gate, a sum, a clip.
  std::size_t first_ = 0;  ///< of the others
  bool scales_ = false;    ///< by the first operation
  int add_ = -1;           ///< the input that is added
  rows::Blend::Clip clip_ = rows::Blend::kNone;
  float high_ = 0;
  View view_;
  int gate_channels_;
};

}  // namespace archcost
