// SPDX-License-Identifier: Apache-2.0
#include "cost/receptive_field.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "layers/layer_table.hpp"

namespace archcost::cost {
namespace {

struct WindowStep {
  Extent kernel = {1, 1}, stride = {1, 1}, dilation = {1, 1};
};

WindowStep step_of(const graph::Layer& layer) {
  const layers::LayerKind& kind = *layer.kind;
  const layers::LayerView view = {layer.numbers, layer.words, {}};
  WindowStep step;
  const auto read = [&](std::string_view name, Extent& target) {
    const int index = layers::find_attribute(kind, name);
    if (index >= 0) target = view.extent(layers::slot_of(kind.attributes, index));
  };
  read("kernel", step.kernel);
  read("stride", step.stride);
  read("dilation", step.dilation);
  return step;
}

void grow(ReceptiveField& field, const graph::Layer& layer) {
  const WindowStep step = step_of(layer);
  const Rational rows = (step.kernel.height - Count(1)).value() * step.dilation.height.value();
  const Rational columns = (step.kernel.width - Count(1)).value() * step.dilation.width.value();
  if (layer.kind->spatial == layers::SpatialEffect::kTransposedWindow) {
    // An output depends on at most ceil(kernel / stride) inputs a dimension.
    field.height =
        field.height +
        Rational(div_floor(rows.numerator(), step.stride.height).value()) * field.stride_height;
    field.width =
        field.width +
        Rational(div_floor(columns.numerator(), step.stride.width).value()) * field.stride_width;
    field.stride_height = field.stride_height / Rational(step.stride.height.value());
    field.stride_width = field.stride_width / Rational(step.stride.width.value());
    return;
  }
  field.height = field.height + rows * field.stride_height;
  field.width = field.width + columns * field.stride_width;
  field.stride_height = field.stride_height * Rational(step.stride.height.value());
  field.stride_width = field.stride_width * Rational(step.stride.width.value());
  if (layer.kind->spatial == layers::SpatialEffect::kUpsampling) {
    const layers::LayerView view = {layer.numbers, layer.words, {}};
    const Extent factor = view.extent(layers::Slot{});
    if (layer.cost.elementwise > Count(0)) {  // bilinear: two neighbours in each direction
      if (factor.height > Count(1)) field.height = field.height + field.stride_height;
      if (factor.width > Count(1)) field.width = field.width + field.stride_width;
    }
    field.stride_height = field.stride_height / Rational(factor.height.value());
    field.stride_width = field.stride_width / Rational(factor.width.value());
  }
}

}  // namespace

std::vector<ReceptiveField> receptive_fields(const graph::Network& network) {
  std::vector<ReceptiveField> fields;
  fields.reserve(network.layers.size());
  for (const graph::Layer& layer : network.layers) {
    ReceptiveField field;
    bool first = true;
    for (graph::LayerId id : layer.inputs) {
      const ReceptiveField input = id == graph::kNetworkInput ? ReceptiveField{} : fields[id];
      field.whole = field.whole || input.whole;
      field.height = first ? input.height : std::max(field.height, input.height);
      field.width = first ? input.width : std::max(field.width, input.width);
      field.stride_height =
          first ? input.stride_height : std::max(field.stride_height, input.stride_height);
      field.stride_width =
          first ? input.stride_width : std::max(field.stride_width, input.stride_width);
      first = false;
    }
    const layers::SpatialEffect effect = graph::spatial_effect(network, layer);
    field.whole = field.whole || effect == layers::SpatialEffect::kGather ||
                  effect == layers::SpatialEffect::kMixAll;
    if (!field.whole && effect != layers::SpatialEffect::kRenumber) grow(field, layer);
    fields.push_back(field);
  }
  return fields;
}

std::string describe_size(const ReceptiveField& field) {
  if (field.whole) return "all";
  return fmt::format("{}x{}", to_string(field.height), to_string(field.width));
}

std::string describe_stride(const ReceptiveField& field) {
  if (field.whole) return "-";
  return fmt::format("{}x{}", to_string(field.stride_height), to_string(field.stride_width));
}

}  // namespace archcost::cost
