// SPDX-License-Identifier: Apache-2.0
// A k x k convolution taken apart: depthwise and pointwise (arXiv:1704.04861 section 3.1), or
// reduce, k x k and expand (arXiv:1512.03385 figure 5), or its inverse (arXiv:1801.04381 figure 3).
#include <fmt/core.h>

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "rewrite/switches.hpp"
#include "rewrite/targets.hpp"
#include "rewrite/techniques.hpp"

namespace archcost::rewrite {
namespace {

using spec::Item;

// A convolution with the attributes of another one that are listed, where that has them.
Item convolution(const Item& like, const std::string& name, const std::string& out,
                 const std::vector<std::string_view>& kept) {
  Item item = layer_item("conv", like.where);
  item.name = name;
  item.call = like.call;
  set_argument(item, "out", out);
  for (const spec::NamedExpression& argument : like.arguments) {
    if (is_one_of(argument.name, kept)) item.arguments.push_back(argument);
  }
  return item;
}

const std::vector<std::string_view> kWindow = {"kernel", "stride", "dilation", "pad", "bias"};
const std::vector<std::string_view> kPoint = {"bias"};

void add_items(std::vector<Item>& list, const std::vector<Item>& items) {
  list.insert(list.end(), items.begin(), items.end());
}

// The pointwise convolution comes after the stride: its channels can't depend on the height.
bool keeps_size(const Item& item) {
  const spec::Expression* out = written(item, "out");
  return out != nullptr && out->find(spec::Scope::kHeight) == nullptr &&
         out->find(spec::Scope::kWidth) == nullptr;
}

// In a bottleneck it comes after another number of channels too.
bool keeps_shape(const Item& item) {
  return keeps_size(item) && written(item, "out")->find(spec::Scope::kIn) == nullptr;
}

template <class Parts>
void take_apart(Editor& editor, std::string_view parameter, std::string_view stages,
                bool (*accepts)(const Item&), Parts parts) {
  const Targets targets(editor.spec(), editor.structure(), "conv", {&kSpatialKernel, &kOneGroup},
                        accepts);
  const Switch on(
      editor, targets, parameter, stages,
      [&](const graph::Layer& layer) { return is_full_convolution(editor.network(), layer); },
      editor.option("first") != "1");
  for (const Item* item : targets.items()) {
    const std::string when = on.when(*item);
    if (when.empty()) continue;
    add_alternative(editor, *item, when, parts(*item, layers_after(editor.structure(), *item)));
  }
}

std::vector<Item> separable_parts(const Item& item, const std::vector<Item>& between) {
  Item depthwise = convolution(item, "depthwise", "in", kWindow);
  set_argument(depthwise, "groups", "in");
  std::vector<Item> parts = {std::move(depthwise)};
  add_items(parts, between);
  parts.push_back(convolution(item, "pointwise", attribute_text(item, "out"), kPoint));
  return parts;
}

}  // namespace

void make_separable(Editor& editor) {
  take_apart(editor, "separable", "separable_stages", keeps_size, separable_parts);
}

void make_bottlenecks(Editor& editor) {
  const bool inverted = editor.option("inverted") == "1";
  const std::string_view parameter = inverted ? "t" : "ratio";
  const std::string scale = editor.name(parameter);
  take_apart(editor, "bottleneck", "bottleneck_stages", keeps_shape,
             [&](const Item& item, const std::vector<Item>& between) {
               const std::string out = attribute_text(item, "out");
               const std::string of = inverted ? "in" : factor(out);
               const std::string inner = fmt::format("max(1, round({} * {}))", of, scale);
               std::vector<Item> parts = {
                   convolution(item, inverted ? "expand" : "reduce", inner, kPoint)};
               add_items(parts, between);
               Item middle = convolution(item, inverted ? "depthwise" : "inner", "in", kWindow);
               if (inverted) set_argument(middle, "groups", "in");
               parts.push_back(std::move(middle));
               add_items(parts, between);
               parts.push_back(convolution(item, inverted ? "project" : "expand", out, kPoint));
               return parts;
             });
  if (editor.changed()) editor.add_parameter(parameter);
}

std::string why_not_separable(const graph::Network& network, const graph::Layer& layer) {
  const auto sizes = conv_sizes(network, layer);
  if (!sizes || !sizes->spatial() || sizes->depthwise()) return {};
  if (sizes->groups > 1) return fmt::format("{} groups", sizes->groups);
  for (const graph::Layer& other : network.layers) {
    if (other.kind->family != layers::Family::kConvolution) continue;
    return &other == &layer ? "the first convolution" : "kept by its stage, its block or its sizes";
  }
  return {};
}

}  // namespace archcost::rewrite
