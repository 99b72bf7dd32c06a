// SPDX-License-Identifier: Apache-2.0
#include "exporter/weight_order.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "graph/layer_problem.hpp"
#include "layers/kinds.hpp"

namespace archcost::exporter {
namespace {

/// A learned tensor where a node of the file uses it for the first time.
struct TensorUse {
  const onnx::TensorHeader* tensor = nullptr;
  std::string_view type;  ///< of the node
  std::size_t node = 0;
  bool transposed = false;  ///< a matrix [in, out]

  onnx::Shape shape() const {
    if (!transposed) return tensor->shape;
    return {tensor->shape[1], tensor->shape[0]};
  }
};

constexpr std::string_view kTypesWithWeights[] = {"Conv",
                                                  "ConvTranspose",
                                                  "Gemm",
                                                  "MatMul",
                                                  "Add",
                                                  "Mul",
                                                  "PRelu",
                                                  "BatchNormalization",
                                                  "Concat",
                                                  "LayerNormalization",
                                                  "GroupNormalization"};

/// What a name stands for through nodes that only pass on or transpose a tensor.
struct Passed {
  std::string_view name;
  bool transposed = false;
};

// In the order of the file's nodes.
std::vector<TensorUse> uses_of(const WeightFileReader& file) {
  std::unordered_map<std::string_view, Passed> passed;
  std::set<std::string_view> seen;
  std::vector<TensorUse> uses;
  const std::vector<onnx::Node>& nodes = file.model().graph.nodes;
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    const onnx::Node& node = nodes[k];
    const bool transposes = node.type == "Transpose";
    if ((transposes || node.type == "Identity") && !node.inputs.empty() && !node.outputs.empty()) {
      const auto before = passed.find(node.inputs[0]);
      Passed source = before == passed.end() ? Passed{node.inputs[0]} : before->second;
      source.transposed = source.transposed != transposes;
      passed[node.outputs[0]] = source;
      continue;
    }
    if (std::find(std::begin(kTypesWithWeights), std::end(kTypesWithWeights), node.type) ==
        std::end(kTypesWithWeights))
      continue;
    const onnx::Attributes attributes(node.attributes);
    const bool turned =
        node.type == "MatMul" || (node.type == "Gemm" && attributes.whole("transB", 0) == 0);
    for (std::size_t input = 0; input < node.inputs.size(); ++input) {
      const std::string_view name = node.inputs[input];
      const auto source = passed.find(name);
      const Passed own = source == passed.end() ? Passed{name} : source->second;
      const onnx::TensorHeader* tensor = file.find(own.name);
      if (tensor == nullptr || tensor->type != onnx::kFloat || !seen.insert(name).second) continue;
      const bool matrix = tensor->shape.size() == 2;
      uses.push_back({tensor, node.type, k, matrix && own.transposed != (turned && input == 1)});
    }
  }
  return uses;
}

class OrderReader {
 public:
  OrderReader(const graph::Network& network, WeightFileReader& file,
              const std::vector<OnnxTensor>& tensors,
              std::vector<interpreter::LayerWeights>& weights)
      : network_(&network),
        file_(&file),
        tensors_(&tensors),
        weights_(&weights),
        uses_(uses_of(file)) {}

  void run() {
    for (std::size_t k = 0; k < tensors_->size();) {
      const graph::LayerId layer = layer_of(k);
      std::size_t end = k;
      while (end < tensors_->size() && layer_of(end) == layer) ++end;
      if (is_folded(layer)) {
        pass_on(layer);
      } else {
        skip_constants(layer);
        for (; k < end; ++k) read((*tensors_)[k]);
      }
      k = end;
      keep_bias(layer);
    }
    skip_scalars(0);
    if (next_ < uses_.size())
      file_->fail(uses_[next_].tensor->name, fmt::format("and {} more have no place in {}",
                                                         uses_.size() - next_ - 1, network_->name));
    if (!biases_.empty())
      file_->fail(layer_at(biases_.begin()->first).name, "has a bias in the file alone");
  }

 private:
  graph::LayerId layer_of(std::size_t k) const {
    return std::get<WeightPart>((*tensors_)[k].numbers).layer;
  }
  const graph::Layer& layer_at(graph::LayerId id) const {
    return network_->layers[static_cast<std::size_t>(id)];
  }

  // Numbers that a node computes with and that no layer has learned.
  void skip_scalars(std::int64_t wanted) {
    while (next_ < uses_.size() && wanted != 1 && onnx::elements(uses_[next_].tensor->shape) <= 1)
      ++next_;
  }

  bool is_folded(graph::LayerId id) {
    if (!layer_at(id).is(layers::kinds::batch_norm_kind)) return false;
    skip_scalars(0);
    return next_ >= uses_.size() || uses_[next_].type != "BatchNormalization";
  }

  // A batch norm without learned factors has ones and zeros.
  void skip_constants(graph::LayerId id) {
    const bool norm = layer_at(id).is(layers::kinds::batch_norm_kind);
    if (norm && !graph::flag_of(layer_at(id), "affine") && next_ + 3 < uses_.size() &&
        uses_[next_ + 3].node == uses_[next_].node)
      next_ += 2;
  }

  // The batch norm adds the bias of the convolution into which the file has folded it.
  void pass_on(graph::LayerId id) {
    interpreter::LayerWeights& norm = (*weights_)[static_cast<std::size_t>(id)];
    std::fill(norm.scale.begin(), norm.scale.end(), 1.0F);
    std::fill(norm.shift.begin(), norm.shift.end(), 0.0F);
    std::fill(norm.mean.begin(), norm.mean.end(), 0.0F);
    std::fill(norm.variance.begin(), norm.variance.end(), 1 - interpreter::kNormEpsilon);
    const auto bias = biases_.find(layer_at(id).inputs[0]);
    if (bias == biases_.end()) return;
    for (std::size_t c = 0; c < norm.mean.size(); ++c) norm.mean[c] = -bias->second[c];
    biases_.erase(bias);
  }

  // A bias that the file has and the network has not, as a folded batch norm gives one.
  void keep_bias(graph::LayerId id) {
    const bool kernel = layers::has_kernel(*layer_at(id).kind) && next_ > 0;
    if (!kernel || next_ >= uses_.size() || uses_[next_].node != uses_[next_ - 1].node) return;
    std::vector<float>& bias = biases_[id];
    bias.resize(interpreter::size(layer_at(id).output.channels));
    const onnx::TensorHeader& tensor = *uses_[next_++].tensor;
    if (onnx::elements(tensor.shape) != static_cast<std::int64_t>(bias.size()))
      file_->fail(tensor.name,
                  fmt::format("has {} numbers, and {} has {} channels",
                              onnx::elements(tensor.shape), layer_at(id).name, bias.size()));
    file_->copy(tensor, bias.data());
  }

  void read(const OnnxTensor& tensor) {
    skip_scalars(elements(tensor.sizes));
    const std::string wanted = fmt::format("{} of {}", fmt::join(tensor.sizes, "x"), tensor.name);
    if (next_ >= uses_.size()) file_->fail(tensor.name, "is missing: it has no more weights");
    const TensorUse& use = uses_[next_++];
    if (!same_but_ones(use.shape(), tensor.sizes))
      file_->fail(use.tensor->name,
                  fmt::format("has the sizes {}, the network's next weights are {}",
                              fmt::join(use.shape(), "x"), wanted));
    const auto& part = std::get<WeightPart>(tensor.numbers);
    float* numbers =
        ((*weights_)[static_cast<std::size_t>(part.layer)].*part.vector).data() + part.first;
    if (!use.transposed) {
      file_->copy(*use.tensor, numbers);
      return;
    }
    const auto rows = static_cast<std::size_t>(use.tensor->shape[0]),
               columns = static_cast<std::size_t>(use.tensor->shape[1]);
    std::vector<float> turned(rows * columns);
    file_->copy(*use.tensor, turned.data());
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column)
        numbers[column * rows + row] = turned[row * columns + column];
    }
  }

  const graph::Network* network_;
  WeightFileReader* file_;
  const std::vector<OnnxTensor>* tensors_;
  std::vector<interpreter::LayerWeights>* weights_;
  std::vector<TensorUse> uses_;
  std::size_t next_ = 0;
  std::map<graph::LayerId, std::vector<float>> biases_;
};

}  // namespace

bool same_but_ones(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  const auto without_ones = [](std::span<const std::int64_t> sizes) {
    Sizes result;
    std::copy_if(sizes.begin(), sizes.end(), std::back_inserter(result),
                 [](std::int64_t size) { return size != 1; });
    return result;
  };
  return without_ones(a) == without_ones(b);
}

void read_in_order(const graph::Network& network, WeightFileReader& file,
                   const std::vector<OnnxTensor>& tensors,
                   std::vector<interpreter::LayerWeights>& weights) {
  OrderReader(network, file, tensors, weights).run();
}

}  // namespace archcost::exporter
