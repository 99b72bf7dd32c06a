// SPDX-License-Identifier: Apache-2.0
// One layer on its way to ONNX nodes: what the rows of the kinds use.
//
// A tensor has one of two layouts. First: [N, C, H, W]. Last: the channels are the last dimension,
// and trailing positions of size 1 are left out: [N, H, W, C], tokens [N, T, C], vectors [N, C].
// Each kind works in the layout that its operator wants; a tensor is converted where the next layer
// wants the other one, once.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/onnx_graph.hpp"
#include "graph/layer_problem.hpp"

namespace archcost::exporter {

enum class Layout { kFirst, kLast };

/// The sizes of a tensor in a layout.
Sizes sizes_in(const TensorShape& shape, std::int64_t batch, Layout layout);

/// Whether a file, which has it as a float, shows the same digits.
bool is_exact_float(double number);

/// What a layer gives, in the layouts in which it exists so far.
struct LayerTensor {
  std::string first, last;  ///< names; empty: not there

  std::string& in(Layout layout) { return layout == Layout::kFirst ? first : last; }
  const std::string& in(Layout layout) const { return layout == Layout::kFirst ? first : last; }
};

struct OnnxTarget {
  const graph::Network& network;
  int opset = 17;
  /// By layer: the convolution or linear layer whose weights contain it; -1: none.
  std::vector<graph::LayerId> folded_into;
  OnnxGraph graph;
  std::vector<LayerTensor> tensors;  ///< by layer
  LayerTensor input;
  std::set<std::string> names;  ///< of nodes, tensors and initializers
  /// Of learned numbers: the initializer of a layer and a name, as {3, "weight"}.
  std::map<std::pair<graph::LayerId, std::string>, std::string> weights;
};

class OnnxLayer {
 public:
  OnnxLayer(OnnxTarget& target, graph::LayerId id);

  const graph::Layer& layer() const { return target_->network.layers[id_]; }
  const graph::Network& network() const { return target_->network; }
  int opset() const { return target_->opset; }
  std::int64_t batch() const { return target_->network.batch; }
  /// Whether another layer was folded into this one, which then has a bias.
  bool has_folded() const;

  std::size_t inputs() const { return layer().inputs.size(); }
  TensorShape shape(std::size_t k = 0) const { return network().shape(layer().inputs[k]); }
  bool is_vector(std::size_t k = 0) const { return shape(k).area() == Count(1); }
  /// The layout in which the input exists; kFirst when it is there in both.
  Layout layout(std::size_t k = 0) const;
  /// Whether it exists in this layout without a conversion.
  bool exists_in(Layout layout, std::size_t k) const;
  /// The input's name in a layout; adds the conversion where it is missing.
  std::string input(Layout layout, std::size_t k = 0);
  /// The input in the layout in which it exists, but only First or a vector: axis 1 are the
  /// channels.
  std::string input_with_channels_second(Layout& layout);

  /// The layout of a learned number for each channel: that of the layer whose weights it uses.
  Layout layout_of_factors() const;
  /// An initializer "<layer>.<name>" with learned numbers: of the layer whose weights it uses.
  std::string weight(std::string_view name, Sizes sizes, WeightVector vector,
                     std::size_t first = 0);
  /// Constants, which the file always contains; equal ones are one initializer.
  std::string constant(const std::vector<std::int64_t>& numbers);
  std::string constant(const std::vector<float>& numbers, Sizes sizes);
  std::string index(std::int64_t number);
  std::string scalar(float number) { return constant(std::vector<float>{number}, {}); }

  /// All nodes of this layer are called "<layer>/<kind>...", and the last one says the attributes:
  /// the reader of ONNX files takes them as one layer of this kind, as operators alone wouldn't
  /// tell.
  void mark_as_kind();
  /// A node whose output is an intermediate tensor of these sizes; its name.
  std::string step(std::string_view type, std::vector<std::string> inputs, Sizes sizes,
                   std::vector<OnnxAttribute> attributes = {});
  /// The node that gives the layer's output.
  void result(std::string_view type, std::vector<std::string> inputs, Layout layout,
              std::vector<OnnxAttribute> attributes = {});
  Sizes output_sizes(Layout layout) const;

 private:
  std::string unused_name(std::string name);
  std::string description(Layout layout) const;
  void add_node(std::string_view type, const std::string& name, std::string output,
                std::vector<std::string> inputs, std::vector<OnnxAttribute> attributes);

  OnnxTarget* target_;
  graph::LayerId id_;
  std::string path_;      ///< of helper nodes: "<layer>/"
  std::string own_name_;  ///< of the node that gives the output
  bool marked_ = false;
};

/// Adds the nodes that bring a tensor into a layout; `path` is how their names begin.
std::string converted(OnnxTarget& target, graph::LayerId id, Layout layout);

}  // namespace archcost::exporter
