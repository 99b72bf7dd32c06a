// SPDX-License-Identifier: Apache-2.0
#include "cost/receptive_field.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "graph/layer_problem.hpp"
#include "layers/layer_table.hpp"

namespace archcost::cost {
namespace {

// Of an attribute that the kind may lack.
Extent extent_or_one(const graph::Layer& layer, std::string_view name) {
  if (layers::find_attribute(*layer.kind, name) < 0) return {1, 1};
  return graph::extent_of(layer, name);
}

// In one dimension: the size that a position sees, and the inputs between neighbouring positions.
void grow(Rational& size, Rational& step, const graph::Layer& layer, const Extent& in,
          Count Extent::*side) {
  const auto attribute = [&](std::string_view name) { return extent_or_one(layer, name).*side; };
  const Rational stride(attribute("stride").value());
  const Rational reach =
      Rational((attribute("kernel") - Count(1)).value()) * Rational(attribute("dilation").value());
  if (layer.kind->spatial == layers::SpatialEffect::kTransposedWindow) {
    // An output depends on at most ceil(kernel / stride) inputs a dimension.
    size = size + Rational(div_floor(reach.numerator(), attribute("stride")).value()) * step;
    step = step / stride;
    return;
  }
  size = size + reach * step;
  step = step * stride;
  if (layer.kind->spatial != layers::SpatialEffect::kUpsampling) return;
  const Count from = in.*side, to = Extent{layer.output.height, layer.output.width}.*side;
  const bool bilinear = layer.cost.elementwise > Count(0);  // two neighbours in each direction
  if (bilinear && to > from) size = size + step;
  step = step * Rational(from.value(), to.value());
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
    if (!field.whole && effect != layers::SpatialEffect::kRenumber) {
      const TensorShape in = layer.inputs.empty() ? layer.output : network.shape(layer.inputs[0]);
      const Extent extent = {in.height, in.width};
      grow(field.height, field.stride_height, layer, extent, &Extent::height);
      grow(field.width, field.stride_width, layer, extent, &Extent::width);
    }
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
