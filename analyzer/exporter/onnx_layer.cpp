// SPDX-License-Identifier: Apache-2.0
#include "exporter/onnx_layer.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace archcost::exporter {
namespace {

std::string name_of(const OnnxTarget& target, graph::LayerId id) {
  return id == graph::kNetworkInput ? target.graph.input.name : target.network.layers[id].name;
}

LayerTensor& tensor_of(OnnxTarget& target, graph::LayerId id) {
  return id == graph::kNetworkInput ? target.input : target.tensors[static_cast<std::size_t>(id)];
}

}  // namespace

std::int64_t elements(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

Sizes sizes_in(const TensorShape& shape, std::int64_t batch, Layout layout) {
  const std::int64_t c = shape.channels.value(), h = shape.height.value(), w = shape.width.value();
  if (layout == Layout::kFirst) return {batch, c, h, w};
  if (w > 1) return {batch, h, w, c};
  if (h > 1) return {batch, h, c};
  return {batch, c};
}

std::string converted(OnnxTarget& target, graph::LayerId id, Layout layout) {
  LayerTensor& tensor = tensor_of(target, id);
  if (!tensor.in(layout).empty()) return tensor.in(layout);
  const TensorShape shape = target.network.shape(id);
  const bool to_last = layout == Layout::kLast;
  const bool tokens = shape.width == Count(1) && shape.height > Count(1);
  std::string name = tensor.in(to_last ? Layout::kFirst : Layout::kLast);
  const auto add = [&](std::string_view type, std::string_view suffix, Sizes sizes,
                       std::vector<std::string> more, std::vector<OnnxAttribute> attributes) {
    std::string own = fmt::format("{}/{}", name_of(target, id), suffix);
    std::vector<std::string> inputs = {name};
    inputs.insert(inputs.end(), more.begin(), more.end());
    target.graph.nodes.push_back({std::string(type), own, own, inputs, std::move(attributes), id});
    target.graph.values.push_back({own, std::move(sizes)});
    name = own;
  };
  const auto axes = [&](std::vector<std::int64_t> numbers) {
    const std::string own = fmt::format("constant/{}", fmt::join(numbers, "_"));
    if (target.names.insert(own).second) {
      const Sizes sizes = {static_cast<std::int64_t>(numbers.size())};
      target.graph.tensors.push_back({own, sizes, std::move(numbers)});
    }
    return own;
  };
  using Order = std::vector<std::int64_t>;
  const Sizes wanted = sizes_in(shape, target.network.batch, layout);
  const Sizes flat = {target.network.batch, shape.channels.value(), shape.height.value()};
  if (shape.area() == Count(1)) {
    if (to_last)
      add("Flatten", "to_vector", wanted, {}, {{"axis", std::int64_t{1}}});
    else
      add("Unsqueeze", "to_image", wanted, {axes({2, 3})}, {});
  } else if (tokens && to_last) {
    add("Squeeze", "without_width", flat, {axes({3})}, {});
    add("Transpose", "to_tokens", wanted, {}, {{"perm", Order{0, 2, 1}}});
  } else if (tokens) {
    add("Transpose", "from_tokens", flat, {}, {{"perm", Order{0, 2, 1}}});
    add("Unsqueeze", "with_width", wanted, {axes({3})}, {});
  } else if (to_last) {
    add("Transpose", "channels_last", wanted, {}, {{"perm", Order{0, 2, 3, 1}}});
  } else {
    add("Transpose", "channels_first", wanted, {}, {{"perm", Order{0, 3, 1, 2}}});
  }
  tensor_of(target, id).in(layout) = name;
  return name;
}

OnnxLayer::OnnxLayer(OnnxTarget& target, graph::LayerId id)
    : target_(&target), id_(id), path_(layer().name + "/"), own_name_(layer().name) {}

bool OnnxLayer::has_folded() const {
  return std::find(target_->folded_into.begin(), target_->folded_into.end(), id_) !=
         target_->folded_into.end();
}

Layout OnnxLayer::layout(std::size_t k) const {
  return tensor_of(*target_, layer().inputs[k]).first.empty() ? Layout::kLast : Layout::kFirst;
}

bool OnnxLayer::exists_in(Layout layout, std::size_t k) const {
  return !tensor_of(*target_, layer().inputs[k]).in(layout).empty();
}

std::string OnnxLayer::input(Layout layout, std::size_t k) {
  return converted(*target_, layer().inputs[k], layout);
}

std::string OnnxLayer::input_with_channels_second(Layout& layout) {
  layout = this->layout() == Layout::kLast && is_vector() ? Layout::kLast : Layout::kFirst;
  return input(layout);
}

std::string OnnxLayer::weight(std::string_view name, Sizes sizes, WeightVector vector,
                              std::size_t first) {
  const std::string full = unused_name(fmt::format("{}.{}", layer().name, name));
  target_->graph.tensors.push_back({full, std::move(sizes), WeightPart{id_, vector, first}});
  return full;
}

std::string OnnxLayer::constant(const std::vector<std::int64_t>& numbers) {
  const std::string name = fmt::format("constant/{}", fmt::join(numbers, "_"));
  if (target_->names.insert(name).second)
    target_->graph.tensors.push_back({name, {static_cast<std::int64_t>(numbers.size())}, numbers});
  return name;
}

std::string OnnxLayer::constant(const std::vector<float>& numbers, Sizes sizes) {
  const bool shared = numbers.size() == 1;
  const std::string name =
      shared ? fmt::format("constant/{}{}", numbers[0], sizes.empty() ? "f" : "fv")
             : unused_name(path_ + "constant");
  if (!shared || target_->names.insert(name).second)
    target_->graph.tensors.push_back({name, std::move(sizes), numbers});
  return name;
}

std::string OnnxLayer::index(std::int64_t number) {
  const std::string name = fmt::format("constant/index_{}", number);
  if (target_->names.insert(name).second)
    target_->graph.tensors.push_back({name, {}, std::vector<std::int64_t>{number}});
  return name;
}

void OnnxLayer::mark_as_kind() {
  own_name_ = fmt::format("{}/{}", layer().name, layer().kind->name);
  path_ = own_name_ + "/";
}

std::string OnnxLayer::unused_name(std::string name) {
  std::string unused = name;
  for (int number = 2; !target_->names.insert(unused).second; ++number)
    unused = fmt::format("{}_{}", name, number);
  return unused;
}

void OnnxLayer::add_node(std::string_view type, const std::string& name, std::string output,
                         std::vector<std::string> inputs, std::vector<OnnxAttribute> attributes) {
  target_->graph.nodes.push_back(
      {std::string(type), name, std::move(output), std::move(inputs), std::move(attributes), id_});
}

std::string OnnxLayer::step(std::string_view type, std::vector<std::string> inputs, Sizes sizes,
                            std::vector<OnnxAttribute> attributes) {
  const std::string name = unused_name(path_ + std::string(type));
  add_node(type, name, name, std::move(inputs), std::move(attributes));
  target_->graph.values.push_back({name, std::move(sizes)});
  return name;
}

void OnnxLayer::result(std::string_view type, std::vector<std::string> inputs, Layout layout,
                       std::vector<OnnxAttribute> attributes) {
  // The output of a convolution with a folded batch norm is the batch norm's.
  std::string output = layer().name;
  for (std::size_t k = 0; k < target_->folded_into.size(); ++k) {
    if (target_->folded_into[k] == id_) output = network().layers[k].name;
  }
  add_node(type, own_name_, output, std::move(inputs), std::move(attributes));
  target_->graph.values.push_back({output, output_sizes(layout)});
  target_->tensors[static_cast<std::size_t>(id_)].in(layout) = output;
}

Sizes OnnxLayer::output_sizes(Layout layout) const {
  return sizes_in(layer().output, batch(), layout);
}

}  // namespace archcost::exporter
