// SPDX-License-Identifier: Apache-2.0
#include "layers/layer_table.hpp"

#include <fmt/core.h>

#include <numeric>
#include <unordered_map>

#include "core/text.hpp"
#include "layers/kinds.hpp"

namespace archcost::layers {

std::span<const LayerKind* const> layer_table() {
#define ARCHCOST_ROW(name) &kinds::name##_kind,
  static constexpr const LayerKind* kTable[] = {ARCHCOST_LAYER_KINDS(ARCHCOST_ROW)};
#undef ARCHCOST_ROW
  return kTable;
}

const LayerKind* find_kind(std::string_view name) {
  static const std::unordered_map<std::string_view, const LayerKind*> kByName = [] {
    std::unordered_map<std::string_view, const LayerKind*> by_name;
    for (const LayerKind* kind : layer_table()) by_name.emplace(kind->name, kind);
    return by_name;
  }();
  const auto found = kByName.find(name);
  return found == kByName.end() ? nullptr : found->second;
}

const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const LayerKind* kind : layer_table()) names.emplace_back(kind->name);
    return names;
  }();
  return kNames;
}

int find_attribute(const LayerKind& kind, std::string_view name) {
  const AttributeSpec* found = find_named(kind.attributes, name);
  return found == nullptr ? -1 : static_cast<int>(found - kind.attributes.data());
}

TensorShape spread_shape(const LayerView& layer) {
  const auto spread = [&](Count a, Count b) {
    if (a == b || b == Count(1)) return a;
    require(a == Count(1), "", [&] {
      std::vector<std::string> shapes;
      for (const TensorShape& input : layer.inputs) shapes.push_back(to_string(input));
      return fmt::format("branches give {}; sizes must be equal, or 1", join(shapes, " and "));
    });
    return b;
  };
  TensorShape result = layer.input();
  for (const TensorShape& other : layer.inputs.subspan(1)) {
    result = {spread(result.channels, other.channels), spread(result.height, other.height),
              spread(result.width, other.width)};
  }
  return result;
}

void require_divides(const LayerView& layer, Slot slot, std::string_view attribute, Count total,
                     std::string_view total_name, Count other) {
  const Count number = layer.number(slot);
  if (divides(number, total)) return;
  LayerFault fault(attribute, fmt::format("{} {} must divide the {} {}", attribute, number.shown(),
                                          total.shown(), total_name));
  fault.number = number.shown();
  fault.total = std::gcd(total.shown(), other.shown());
  throw fault;
}

}  // namespace archcost::layers
