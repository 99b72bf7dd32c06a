// SPDX-License-Identifier: Apache-2.0
#include "exporter/onnx_layer.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <span>

#include "layers/layer_table.hpp"

namespace archcost::exporter {
namespace {

std::string name_of(const OnnxTarget& target, graph::LayerId id) {
  return id == graph::kNetworkInput ? target.graph.inputs.front().name
                                    : target.network.layers[id].name;
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

bool is_exact_float(double number) {
  return std::strtod(fmt::format("{}", static_cast<float>(number)).c_str(), nullptr) == number;
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
    std::string own = fmt::format("constant/{}", fmt::join(numbers, "_"));
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
  const graph::LayerId owner = layer().weights_of.value_or(id_);
  std::string& full = target_->weights[{owner, std::string(name)}];
  if (!full.empty()) return full;
  full = unused_name(fmt::format("{}.{}", network().layers[owner].name, name));
  target_->graph.tensors.push_back({full, std::move(sizes), WeightPart{owner, vector, first}});
  return full;
}

Layout OnnxLayer::layout_of_factors() const {
  const auto owner = target_->weights.find({layer().weights_of.value_or(id_), "weight"});
  if (owner == target_->weights.end()) return layout();
  const auto& tensors = target_->graph.tensors;
  const auto tensor = std::find_if(tensors.begin(), tensors.end(), [&](const OnnxTensor& known) {
    return known.name == owner->second;
  });
  return tensor->sizes.size() > 2 ? Layout::kFirst : Layout::kLast;
}

std::string OnnxLayer::constant(const std::vector<std::int64_t>& numbers) {
  std::string name = fmt::format("constant/{}", fmt::join(numbers, "_"));
  if (target_->names.insert(name).second)
    target_->graph.tensors.push_back({name, {static_cast<std::int64_t>(numbers.size())}, numbers});
  return name;
}

std::string OnnxLayer::constant(const std::vector<float>& numbers, Sizes sizes) {
  const bool shared = numbers.size() == 1;
  std::string name = shared ? fmt::format("constant/{}{}", numbers[0], sizes.empty() ? "f" : "fv")
                            : unused_name(path_ + "constant");
  if (!shared || target_->names.insert(name).second)
    target_->graph.tensors.push_back({name, std::move(sizes), numbers});
  return name;
}

std::string OnnxLayer::index(std::int64_t number) {
  std::string name = fmt::format("constant/index_{}", number);
  if (target_->names.insert(name).second)
    target_->graph.tensors.push_back({name, {}, std::vector<std::int64_t>{number}});
  return name;
}

void OnnxLayer::mark_as_kind() {
  own_name_ = fmt::format("{}/{}", layer().name, layer().kind->name);
  path_ = own_name_ + "/";
  marked_ = true;
}

namespace {

// An attribute as the spec language has it; empty where it isn't written.
std::string written_attribute(const graph::Layer& layer, std::size_t index) {
  const std::span<const layers::AttributeSpec> attributes = layer.kind->attributes;
  const layers::AttributeSpec& attribute = attributes[index];
  const layers::Slot slot = layers::slot_of(attributes, index);
  const layers::LayerView view = {layer.numbers, layer.words, {}};
  if (view.is_unset(attribute, slot)) return {};
  const auto list = [](std::span<const Count> numbers) {
    std::vector<std::string> texts;
    for (const Count number : numbers) texts.push_back(std::to_string(number.value()));
    return fmt::format("[{}]", fmt::join(texts, ", "));
  };
  const auto numbers = std::span(layer.numbers).subspan(static_cast<std::size_t>(slot.number));
  switch (attribute.type) {
    case layers::AttributeType::kInteger:
      return std::to_string(numbers[0].value());
    case layers::AttributeType::kExtent:
      return list(numbers.first(2));
    case layers::AttributeType::kPadding: {
      static constexpr const char* kModes[] = {"", "valid", "same", "same_tf"};
      const layers::PaddingMode mode = view.padding_mode(slot);
      return mode == layers::PaddingMode::kNumbers ? list(numbers.first(4))
                                                   : kModes[static_cast<int>(mode)];
    }
    case layers::AttributeType::kFlag:
      return view.flag(slot) ? "true" : "false";
    case layers::AttributeType::kWord:
      return std::string(attribute.words[static_cast<std::size_t>(view.word(slot))]);
    case layers::AttributeType::kReal:
      return fmt::format("{}", layer.reals[static_cast<std::size_t>(slot.real)]);
    case layers::AttributeType::kParts: {
      const std::span<const Count> sizes = view.sizes(attributes);
      return sizes.empty() ? std::to_string(numbers[0].value()) : list(sizes);
    }
  }
  return {};
}

}  // namespace

// "roles NHC; inputs stem input; heads 2": the dimensions of the output, the layers whose outputs
// it takes, and its attributes.
std::string OnnxLayer::description(Layout layout) const {
  static constexpr const char* kLast[] = {"NC", "NHC", "NHWC"};
  std::string text = "roles ";
  text += layout == Layout::kFirst ? "NCHW" : kLast[output_sizes(layout).size() - 2];
  text += "; inputs";
  for (const graph::LayerId input : layer().inputs) {
    const bool folded = input != graph::kNetworkInput && !target_->folded_into.empty() &&
                        target_->folded_into[static_cast<std::size_t>(input)] >= 0;
    text += " " + name_of(*target_,
                          folded ? target_->folded_into[static_cast<std::size_t>(input)] : input);
  }
  for (std::size_t k = 0; k < layer().kind->attributes.size(); ++k) {
    const bool own_bias = has_folded() && layer().kind->attributes[k].name == "bias";
    const std::string value = own_bias ? "true" : written_attribute(layer(), k);
    if (!value.empty()) text += fmt::format("; {} {}", layer().kind->attributes[k].name, value);
  }
  return text;
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
  std::string name = unused_name(path_ + std::string(type));
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
  if (marked_) target_->graph.nodes.back().doc = description(layout);
  target_->graph.values.push_back({output, output_sizes(layout)});
  target_->tensors[static_cast<std::size_t>(id_)].in(layout) = output;
}

Sizes OnnxLayer::output_sizes(Layout layout) const {
  return sizes_in(layer().output, batch(), layout);
}

}  // namespace archcost::exporter
