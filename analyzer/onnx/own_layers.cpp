// SPDX-License-Identifier: Apache-2.0
#include "onnx/own_layers.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"
#include "onnx/lowering.hpp"
#include "spec/expression.hpp"

namespace archcost::onnx {
namespace {

constexpr std::string_view kDescribed = "roles ";

/// The layer and kind in "<layer>/<kind>" or "<layer>/<kind>/..."; empty where there is no kind.
struct OwnName {
  std::string_view layer, kind;
  friend auto operator<=>(const OwnName&, const OwnName&) = default;
};

OwnName own_name(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {};
  std::string_view kind = name.substr(slash + 1);
  kind = kind.substr(0, kind.find('/'));
  return layers::find_kind(kind) == nullptr ? OwnName{} : OwnName{name.substr(0, slash), kind};
}

// The values that the nodes take from outside: data first, then weights and constants.
std::vector<ValueId> inputs_from_outside(const FoldedGraph& graph, const std::vector<int>& ops) {
  std::set<ValueId> known;
  for (const int index : ops)
    known.insert(graph.ops[index].outputs.begin(), graph.ops[index].outputs.end());
  std::vector<ValueId> inputs;
  for (const int index : ops) {
    for (const ValueId id : graph.ops[index].inputs) {
      if (id != kNone && known.insert(id).second) inputs.push_back(id);
    }
  }
  std::stable_partition(inputs.begin(), inputs.end(),
                        [&](ValueId id) { return !graph.is_fixed(id); });
  return inputs;
}

// Whether the reader of specs takes the text: a number, a word or a list of numbers.
bool is_value(const std::string& text) {
  const bool list = text.size() > 2 && text.starts_with('[') && text.ends_with(']');
  try {
    for (const std::string& part : split(list ? text.substr(1, text.size() - 2) : text, ',')) {
      const spec::Expression value = spec::parse_expression(std::string(trim(part)), {}, false);
      const bool negative = value.nodes.size() == 2 &&
                            value.root().op == spec::ExpressionOp::kNegate &&
                            value.nodes[static_cast<std::size_t>(value.root().operands[0])].op ==
                                spec::ExpressionOp::kNumber;
      const bool single = value.nodes.size() == 1 && value.root().op != spec::ExpressionOp::kCall;
      if (!single && !negative) return false;
    }
    return !text.starts_with('[') || list;
  } catch (const spec::ExpressionFault&) {
    return false;
  }
}

struct Description {
  Roles roles;
  std::vector<DraftId> inputs;
  std::vector<DraftAttribute> attributes;
};

// Nothing where a layer or an attribute isn't known.
std::optional<Description> described(const Lowering& lowering, const FoldedOp& op,
                                     const layers::LayerKind& kind) {
  Description description;
  for (const std::string& field : split(std::string(op.doc), ';')) {
    const std::string entry(trim(field));
    const std::size_t blank = std::min(entry.find(' '), entry.size());
    const std::string name = entry.substr(0, blank), value(trim(entry.substr(blank)));
    if (name == "roles") {
      description.roles = value;
    } else if (name == "inputs") {
      for (const std::string& layer : split(value, ' ')) {
        const std::optional<DraftId> id = lowering.named(layer);
        if (!id) return std::nullopt;
        description.inputs.push_back(*id);
      }
    } else if (layers::find_attribute(kind, name) < 0 || !is_value(value)) {
      return std::nullopt;
    } else {
      description.attributes.push_back(text(name, value));
    }
  }
  if (description.inputs.empty()) return std::nullopt;
  return description;
}

// The channels of the output: a width of its own, the inputs' common one, or a number.
WidthForm channels_of(Lowering& lowering, const layers::LayerKind& kind,
                      const std::vector<DraftId>& inputs, std::int64_t channels) {
  WidthSystem& widths = lowering.widths();
  if (layers::has_kernel(kind)) return widths.add(channels);
  if (&kind == &layers::kinds::split_kind) widths.pin(lowering.channels(inputs[0]));
  if (kind.family != layers::Family::kMerge) return lowering.kept_channels(inputs[0], channels);
  std::optional<WidthForm> common;
  for (const DraftId id : inputs) {
    const WidthForm own = lowering.channels(id);
    if (lowering.sizes(id).channels != channels) {
      widths.pin(own);  // spread over the others' channels
      continue;
    }
    if (common) widths.tie(*common, own);
    common = own;
  }
  return common.value_or(fixed_width(channels));
}

void need_multiples(Lowering& lowering, const Description& description, const WidthForm& form) {
  for (const DraftAttribute& attribute : description.attributes) {
    const auto* number = std::get_if<std::string>(&attribute.value);
    const bool divides = attribute.name == "heads" || attribute.name == "groups";
    if (!divides || number == nullptr) continue;
    const std::int64_t multiple = std::strtoll(number->c_str(), nullptr, 10);
    if (multiple < 2) continue;
    lowering.widths().need_multiple(lowering.channels(description.inputs[0]), multiple);
    lowering.widths().need_multiple(form, multiple);
  }
}

}  // namespace

bool lower_own_layer(Lowering& lowering, const FoldedOp& op) {
  const layers::LayerKind* known = layers::find_kind(op.type);
  if (known == nullptr || !lowering.graph().layer_names) return false;  // another's domain
  const layers::LayerKind& kind = *known;
  std::optional<Description> description = described(lowering, op, kind);
  const Shape& out = lowering.graph().shape(op.outputs[0]);
  if (!description || description->roles.size() != out.size()) return false;
  const Sizes sizes = lowering.sizes_of(out, description->roles);
  const WidthForm form = channels_of(lowering, kind, description->inputs, sizes.channels);
  need_multiples(lowering, *description, form);
  DraftLayer& layer = lowering.add(op, kind, description->inputs, description->roles, form);
  layer.attributes = std::move(description->attributes);
  for (DraftAttribute& attribute : layer.attributes) {
    const int index = layers::find_attribute(kind, attribute.name);
    const bool number =
        kind.attributes[static_cast<std::size_t>(index)].type == layers::AttributeType::kInteger;
    if (number && (attribute.name == "out" || attribute.name == "channels")) attribute.value = form;
  }
  return true;
}

void join_own_layers(FoldedGraph& graph) {
  if (!graph.layer_names) return;
  std::map<OwnName, std::vector<int>> groups;
  for (std::size_t k = 0; k < graph.ops.size(); ++k) {
    const OwnName name = own_name(graph.ops[k].name);
    if (!name.kind.empty()) groups[name].push_back(static_cast<int>(k));
  }
  for (const auto& [name, ops] : groups) {
    FoldedOp& last = graph.ops[ops.back()];
    std::vector<ValueId> inputs = inputs_from_outside(graph, ops);
    if (!last.doc.starts_with(kDescribed) || inputs.empty() || last.outputs.size() != 1 ||
        !graph.values[last.outputs[0]].shape)
      continue;
    for (const int index : ops) {
      if (index == ops.back()) break;
      graph.ops[index].type = {};
      graph.ops[index].inputs.clear();
      graph.ops[index].outputs.clear();
    }
    last.type = name.kind;
    last.domain = kOwnDomain;
    last.inputs = std::move(inputs);
    last.attributes.clear();
  }
}

}  // namespace archcost::onnx
