// SPDX-License-Identifier: Apache-2.0
#include "onnx/arch_builder.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "onnx/label_tree.hpp"
#include "onnx/shape_rules.hpp"
#include "spec/resolver.hpp"

namespace archcost::onnx {
namespace {

using spec::Expression;
using spec::Item;

// What a merge's branches can't be called.
const std::vector<std::string> kKeysOfItems = {"name",   "from",       "when",     "repeat",
                                               "layers", "weights_of", "branches", "call",
                                               "inputs", "outputs",    "transpose"};

class Builder {
 public:
  Builder(const FoldedGraph& graph, const Draft& draft)
      : graph_(&graph), draft_(&draft), labels_(make_labels(graph, draft)) {}

  spec::ArchSpec run(const std::string& name, const std::string& file) {
    spec_.name = name;
    spec_.is_text = false;
    spec_.sources.add({file, node_lines()});
    spec_.files.emplace_back();
    spec_.bind_order = {0};
    add_parameters();
    add_layers();
    for (const DraftId output : draft_->outputs)
      spec_.outputs.push_back(
          {join(labels_.paths[static_cast<std::size_t>(output)], "."), {}, "outputs"});
    DiagnosticList diagnostics(spec_.sources);
    spec::resolve_names(spec_, {}, diagnostics);
    diagnostics.throw_if_any();
    return std::move(spec_);
  }

 private:
  // Messages about a layer quote its node.
  std::string node_lines() const {
    std::string text;
    int line = 0;
    for (const FoldedOp& op : graph_->ops) {
      for (; line < op.node; ++line) text += "\n";
      if (op.node < line) continue;
      text += fmt::format("{} '{}'{}\n", op.type, op.name, given_shape(op));
      ++line;
    }
    return text;
  }

  std::string given_shape(const FoldedOp& op) const {
    if (op.outputs.empty() || !graph_->values[op.outputs[0]].shape) return {};
    return " gives " + shown(graph_->shape(op.outputs[0]));
  }

  static Expression expression(const std::string& text, const SourceRef& where) {
    return spec::parse_expression(text, where, false);
  }

  // --- parameters --------------------------------------------------------------------------------

  void add_param(const std::string& name, const std::string& fallback, const std::string& symbol,
                 const std::string& help, const spec::Number& min,
                 const std::vector<spec::Number>& sweep) {
    spec::ParamSpec param;
    param.name = name;
    param.fallback = expression(fallback, {});
    param.symbol = symbol;
    param.help = help;
    param.min = min;
    for (const spec::Number& value : sweep) param.sweep.emplace_back(value);
    spec_.files[0].params.push_back(std::move(param));
  }

  void add_let(const std::string& name, const std::string& value) {
    spec_.files[0].lets.push_back({name, {}, expression(value, {})});
  }

  void add_parameters() {
    const auto& widths = draft_->widths.free_widths();
    const auto share = [](std::int64_t part, std::int64_t whole) {
      return spec::Number(Rational(part, whole));
    };
    if (!widths.empty()) {
      add_param("alpha", "1", "α", "width multiplier", share(1, 100),
                {share(1, 4), share(1, 2), share(3, 4), share(1, 1)});
      add_param("divisor", "1", "", "widths are rounded to multiples of it", share(1, 1), {});
      std::vector<std::string> sizes;
      for (const WidthSystem::Free& width : widths) sizes.push_back(std::to_string(width.channels));
      add_widths(sizes);
    }
    const Sizes& input = draft_->input;
    const bool image = draft_->has_resolution();
    if (image) {
      add_param("rho", "1", "ρ", "resolution multiplier", share(1, 100),
                {share(4, 7), share(5, 7), share(6, 7), share(1, 1)});
    }
    const auto size = [&](std::int64_t pixels) {
      return image ? scaled_size(pixels) : std::to_string(pixels);
    };
    const std::int64_t frames = draft_->frames;
    spec_.input.channels = expression(std::to_string(input.channels), {});
    spec_.input.height =
        expression(frames > 1 && image ? fmt::format("{} * {}", frames, size(input.height / frames))
                                       : size(input.height),
                   {});
    spec_.input.width = expression(size(input.width), {});
    for (std::size_t k = 0; k < widths.size(); ++k) {
      const std::int64_t multiple = widths[k].multiple;
      const std::string step =
          multiple == 1 ? "divisor"
                        : fmt::format("divisor if divisor % {0} == 0 else {0} * divisor", multiple);
      add_let(fmt::format("w{}", k + 1),
              fmt::format("divisible(widths({}) * alpha, {})", k + 1, step));
    }
  }

  void add_widths(const std::vector<std::string>& sizes) {
    spec::ParamSpec param;
    param.name = "widths";
    std::vector<Expression> elements;
    for (const std::string& size : sizes) elements.push_back(expression(size, {}));
    param.fallback = spec::list_expression(std::move(elements), {});
    param.help = "independent channel counts";
    param.min = spec::Number(1);
    spec_.files[0].params.push_back(std::move(param));
  }

  // --- layers ------------------------------------------------------------------------------------

  void add_layers() {
    spec_.layers = items(labels_.root);
    while (!hidden_.empty()) {
      uncover(labels_, std::exchange(hidden_, {}));
      previous_ = kDraftInput;
      spec_.layers = items(labels_.root);
    }
  }

  std::string reference_to(DraftId from, DraftId to) {
    std::string path = reference(labels_, from, to);
    if (path.empty()) hidden_.emplace_back(from, to);
    return path;
  }

  std::vector<Item> items(const LabelNode& list) {
    std::vector<Item> result;
    for (const LabelNode& node : list.children) {
      if (node.layer >= 0) {
        result.push_back(node.children.empty() ? layer_item(node) : merge_item(node));
        previous_ = node.layer;
        continue;
      }
      Item group;
      group.form = Item::Form::kGroup;
      group.head = &list == &labels_.root ? "stage" : "group";
      group.name = node.label;
      group.layers = items(node);
      group.where = group.layers.front().where;
      result.push_back(std::move(group));
    }
    return result;
  }

  Item layer_item(const LabelNode& node) {
    const DraftLayer& layer = draft_->layers[node.layer];
    Item item;
    item.kind = layer.kind;
    item.head = std::string(layer.kind->name);
    item.where = {0, layer.op < 0 ? 0 : graph_->ops[layer.op].node + 1, 1};
    if (item.where.line == 0) item.where.column = 0;
    const bool merge =
        layer.kind->arity == layers::Arity::kTwo || layer.kind->arity == layers::Arity::kSeveral;
    item.form = merge ? Item::Form::kMerge : Item::Form::kLayer;
    if (node.label != item.head) item.name = node.label;
    for (const DraftAttribute& attribute : layer.attributes)
      item.arguments.push_back({attribute.name, item.where,
                                list_or_expression(value_text(attribute, node.layer), item.where)});
    if (layer.kind == &layers::kinds::input_kind) item.name = node.label;
    const bool follows = !merge && layer.inputs.size() == 1 && layer.inputs[0] == previous_;
    for (std::size_t k = 0; k < layer.inputs.size() && !follows; ++k)
      item.from.push_back({reference_to(node.layer, layer.inputs[k]), item.where});
    if (layer.weights_of != kDraftInput)
      item.weights_of =
          spec::Reference{reference_to(node.layer, layer.weights_of), item.where, "weights_of"};
    return item;
  }

  std::string value_text(const DraftAttribute& attribute, DraftId layer) {
    if (const auto* other = std::get_if<DraftSizeOf>(&attribute.value)) {
      const std::string path = reference_to(layer, other->layer);
      return path.empty() ? "1" : fmt::format("[{0}.h, {0}.w]", path);  // "1" is replaced
    }
    if (const auto* form = std::get_if<WidthForm>(&attribute.value))
      return draft_->widths.text(*form);
    const auto* product = std::get_if<DraftProduct>(&attribute.value);
    if (product == nullptr) return std::get<std::string>(attribute.value);
    const std::string channels = draft_->widths.text(product->form);
    const bool sum = channels.find(' ') != std::string::npos;
    return product->before + (sum ? "(" + channels + ")" : channels) + product->after;
  }

  // A merge whose name is a level: what comes before it there are its branches.
  Item merge_item(const LabelNode& node) {
    const DraftId before = previous_;
    Item item = layer_item(node);
    item.from.clear();
    std::size_t first = 0;
    for (const DraftId input : draft_->layers[node.layer].inputs) {
      std::size_t last = first;
      while (last < node.children.size() && last_layer(node.children[last]) != input) ++last;
      previous_ = before;
      spec::Branch branch;
      if (last < node.children.size()) {
        const bool named = last == first && node.children[last].layer < 0;
        LabelNode unnamed;
        unnamed.children.assign(node.children.begin() + static_cast<std::ptrdiff_t>(first),
                                node.children.begin() + static_cast<std::ptrdiff_t>(last) + 1);
        if (named) branch.name = node.children[last].label;
        branch.layers = items(named ? node.children[last] : unnamed);
        first = last + 1;
      }
      item.branches.push_back(std::move(branch));
    }
    name_empty_branches(item.branches);
    return item;
  }

  // Names of branches are written only if all have one: those that pass on what enters get one
  // beside others that have, else named ones become groups.
  static void name_empty_branches(std::vector<spec::Branch>& branches) {
    std::set<std::string> names;
    bool writable = true;
    for (const spec::Branch& branch : branches) {
      if (!branch.name.empty()) names.insert(branch.name);
      writable = writable && (branch.name.empty() ? branch.layers.empty()
                                                  : !is_one_of(branch.name, kKeysOfItems));
    }
    if (names.empty()) return;
    if (!writable) return names_to_groups(branches);
    for (spec::Branch& branch : branches) {
      if (!branch.name.empty()) continue;
      branch.name = "identity";
      for (int number = 2; !names.insert(branch.name).second; ++number)
        branch.name = fmt::format("identity{}", number);
    }
  }

  static void names_to_groups(std::vector<spec::Branch>& branches) {
    for (spec::Branch& branch : branches) {
      if (branch.name.empty()) continue;
      Item group;
      group.form = Item::Form::kGroup;
      group.head = "group";
      group.name = std::exchange(branch.name, {});
      group.where = branch.layers.front().where;
      group.layers = std::move(branch.layers);
      branch.layers.clear();
      branch.layers.push_back(std::move(group));
    }
  }

  static Expression list_or_expression(const std::string& text, const SourceRef& where) {
    if (!text.starts_with('[')) return expression(text, where);
    std::vector<Expression> elements;
    for (const std::string& part : split(text.substr(1, text.size() - 2), ','))
      elements.push_back(expression(std::string(trim(part)), where));
    return spec::list_expression(std::move(elements), where);
  }

  const FoldedGraph* graph_;
  const Draft* draft_;
  LabelTree labels_;
  std::vector<std::pair<DraftId, DraftId>> hidden_;  // layers, and those that they can't refer to
  spec::ArchSpec spec_;
  DraftId previous_ = kDraftInput;
};

}  // namespace

spec::ArchSpec build_arch(const FoldedGraph& graph, const Draft& draft, const std::string& name,
                          const std::string& file) {
  return Builder(graph, draft).run(name, file);
}

}  // namespace archcost::onnx
