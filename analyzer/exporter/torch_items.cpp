// SPDX-License-Identifier: Apache-2.0
#include "exporter/torch_items.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "core/text.hpp"
#include "exporter/exclusive_labels.hpp"
#include "exporter/kind_row.hpp"
#include "exporter/python_format.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"

namespace archcost::exporter {
namespace {

using spec::Expression;
using spec::ExpressionNode;
using spec::Item;

bool is_one(const Expression& expression, std::int64_t number) {
  return expression.root().op == spec::ExpressionOp::kNumber &&
         expression.root().number == spec::Number(number);
}

std::vector<std::string> labels_of(const std::vector<Item>& items) {
  std::vector<std::string> labels = numbered_labels(items);
  for (std::string& label : labels) label = attribute_name(label);
  return labels;
}

constexpr const char* kFormUnknown = "a layer takes images or vectors, as parameters say";

// What leaves an item of which an image or a vector leaves.
TorchFlow either_flow(const TorchFlow& image, const TorchFlow& vector) {
  TorchFlow flow = image;
  if (image.form != vector.form) flow.form = TorchForm::kEither;
  if (image.height != vector.height) flow.height.reset();
  if (image.width != vector.width) flow.width.reset();
  return flow;
}

}  // namespace

std::string attribute_name(std::string_view label) {
  // Attributes of nn.Sequential and nn.ModuleDict, and those that the classes set.
  static const std::vector<std::string> kTaken = split(
      "T_destination add_module append apply bfloat16 buffers call_super_init children clear "
      "compile cpu cuda double dump_patches eval extend extra_repr float forward further_inputs "
      "get_buffer get_extra_state get_parameter get_submodule half input_shape insert ipu items "
      "keys load_state_dict macs modules named_buffers named_children named_modules "
      "named_parameters out_channels parameters pop register_backward_hook register_buffer "
      "register_forward_hook register_forward_pre_hook register_full_backward_hook "
      "register_full_backward_pre_hook register_load_state_dict_post_hook "
      "register_load_state_dict_pre_hook register_module register_parameter "
      "register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state "
      "share_memory state_dict to to_empty train training type update values xpu zero_grad",
      ' ');
  std::string text = python_name(label);
  // PyTorch's own attributes begin with an underscore, Python's with two; a class gives names with
  // two its own name, except those that end with two.
  const bool special = text.starts_with("__");
  const bool internal =
      text.size() > 1 && text[0] == '_' && std::isdigit(static_cast<unsigned char>(text[1])) == 0;
  if (special) {
    while (!text.ends_with("___")) text += "_";
  } else if (internal || is_one_of(text, kTaken)) {
    text += "_";
  }
  return text;
}

std::string ClassScope::fresh(const std::string& name) {
  std::string unused = name;
  for (int number = 2; !taken.insert(unused).second; ++number)
    unused = fmt::format("{}{}{}", name, ends_with_digit(name) ? "_" : "", number);
  return unused;
}

ItemWriter::ItemWriter(const spec::ArchSpec& spec, const TorchNames& names, ClassScope& scope,
                       TorchUses& uses, BlockLookup blocks)
    : spec_(&spec),
      names_(&names),
      scope_(&scope),
      uses_(&uses),
      blocks_(std::move(blocks)),
      variable_(scope.fresh("channels")) {}

// --- expressions -------------------------------------------------------------------------------

std::string ItemWriter::text_of(const ExpressionNode& node, const TorchFlow& flow) {
  const auto slot = static_cast<std::size_t>(node.slot);
  switch (node.scope) {
    case spec::Scope::kArgument:
      return scope_->arguments[slot];
    case spec::Scope::kLet:
      return scope_->lets[slot];
    case spec::Scope::kParam:
    case spec::Scope::kFileLet:
    case spec::Scope::kTable: {
      const FileName name = {node.scope, node.slot};
      if (names_->is_constant_list(name)) return names_->base_name(name);
      return scope_->file_names.at(name);
    }
    case spec::Scope::kIn:
      return flow.channels;
    case spec::Scope::kHeight:
      if (!flow.height) throw NotWritable("'h' depends on sizes that the code doesn't compute");
      return *flow.height;
    case spec::Scope::kWidth:
      if (!flow.width) throw NotWritable("'w' depends on sizes that the code doesn't compute");
      return *flow.width;
    case spec::Scope::kRound:
      if (rounds_.empty()) throw NotWritable("'i' is used outside of a repeat");
      return rounds_.back();
    case spec::Scope::kTensor:
      throw NotWritable("a size of another layer is used");
    case spec::Scope::kWord:
    case spec::Scope::kUnresolved:
      break;
  }
  return node.text;
}

PythonNames ItemWriter::names_for(const TorchFlow& flow) {
  return {[this, &flow](const ExpressionNode& node) { return text_of(node, flow); },
          [this](const ExpressionNode& node) { return names_->is_real(scope_->block, node); },
          &uses_->helpers,
          [this](const ExpressionNode& node) { return names_->is_list(scope_->block, node); }};
}

std::string ItemWriter::value(const Expression& expression, const TorchFlow& flow) {
  return python_value(expression, names_for(flow));
}

std::string ItemWriter::condition(const Expression& expression, const TorchFlow& flow) {
  return python_condition(expression, names_for(flow));
}

// --- lists -------------------------------------------------------------------------------------

std::string ItemWriter::items(const std::vector<Item>& items, const std::string& place,
                              TorchFlow& flow, int depth) {
  Lines out;
  const std::vector<std::string> labels = labels_of(items);
  for (std::size_t k = 0; k < items.size(); ++k)
    item(items[k], {place, labels[k], items[k].repeat.has_value()}, flow, depth, out);
  return out;
}

void ItemWriter::item(const Item& item, const Target& target, TorchFlow& flow, int depth,
                      Lines& out) {
  if (!item.from.empty()) throw NotWritable("layers take inputs by 'from'");
  const auto write = [&](TorchFlow& inner, int at, Lines& lines) {
    if (!item.when) return once(item, target, inner, at, lines);
    nested(fmt::format("if {}:", condition(*item.when, inner)), false, inner, at, lines,
           [&](TorchFlow& own, Lines& body) { once(item, target, own, at + 1, body); });
  };
  if (!item.repeat) return write(flow, depth, out);
  const std::string count = value(*item.repeat, flow);
  static constexpr const char* kRounds[] = {"i", "j", "k"};
  std::string round = kRounds[std::min<std::size_t>(rounds_.size(), 2)];
  const bool hidden = scope_->taken.contains(round) ||
                      std::find(rounds_.begin(), rounds_.end(), round) != rounds_.end();
  if (hidden) round = fmt::format("round{}", rounds_.size() + 1);
  const bool plain = is_whole_literal(count);
  const std::string end =
      plain ? std::to_string(std::stoll(count) + 1)
            : fmt::format("{} + 1",
                          is_path(count) || count.ends_with(")") ? count : "(" + count + ")");
  rounds_.push_back(round);
  nested(fmt::format("for {} in range(1, {}):", round, end), true, flow, depth, out,
         [&](TorchFlow& inner, Lines& body) { write(inner, depth + 1, body); });
  rounds_.pop_back();
}

// Lines under an if or a for. What they change of the flow is in a variable afterwards.
void ItemWriter::nested(const std::string& head, bool loop, TorchFlow& flow, int depth, Lines& out,
                        const std::function<void(TorchFlow&, Lines&)>& write) {
  TorchFlow start = flow, inner;
  Lines body;
  const std::set<std::string> taken = scope_->taken;
  for (int attempt = 0; attempt < 4; ++attempt) {
    inner = start;
    body.clear();
    scope_->taken = taken;
    write(inner, body);
    TorchFlow needed = start;
    if (inner.channels != start.channels) needed.channels = variable_;
    if (inner.height != start.height) needed.height.reset();
    if (inner.width != start.width) needed.width.reset();
    if (inner.form != start.form) needed.form = TorchForm::kEither;
    const bool settled = needed.channels == start.channels && needed.height == start.height &&
                         needed.width == start.width && needed.form == start.form;
    if (!loop || settled) break;
    start = needed;
  }
  const bool changes = inner.channels != flow.channels || start.channels != flow.channels;
  if (changes) {
    if (flow.channels != variable_)
      out += python_statement(fmt::format("{} = {}", variable_, flow.channels), depth);
    if (inner.channels != variable_)
      body += python_statement(fmt::format("{} = {}", variable_, inner.channels), depth + 1);
    flow.channels = variable_;
  }
  // Where the size isn't known, one of several conditional layers gives it; PyTorch refuses other
  // sizes.
  if (!loop && !flow.height && !flow.width) {
    flow.height = inner.height;
    flow.width = inner.width;
  }
  if (inner.height != flow.height) flow.height.reset();
  if (inner.width != flow.width) flow.width.reset();
  if (inner.form != flow.form) flow.form = TorchForm::kEither;
  if (body.empty()) return;
  out += python_statement(head, depth) + body;
}

void ItemWriter::once(const Item& item, const Target& target, TorchFlow& flow, int depth,
                      Lines& out) {
  switch (item.form) {
    case Item::Form::kLayer:
      return layer(item, *item.kind, target, flow, depth, out);
    case Item::Form::kActivation:
      return activation(item, target, flow, depth, out);
    case Item::Form::kMerge:
      if (flow.form == TorchForm::kEither) return of_any_form(item, target, flow, depth, out);
      return merge(item, target, flow, depth, out);
    case Item::Form::kGroup:
      return group(item, target, flow, depth, out);
    case Item::Form::kBlock:
      return block(item, target, flow, depth, out);
  }
}

// A merge whose lines are the same for images and for vectors.
void ItemWriter::of_any_form(const Item& item, const Target& target, TorchFlow& flow, int depth,
                             Lines& out) {
  const std::set<std::string> taken = scope_->taken;
  TorchFlow image = flow, vector = flow;
  image.form = TorchForm::kImage;
  vector.form = TorchForm::kVector;
  Lines of_image, of_vector;
  merge(item, target, image, depth, of_image);
  scope_->taken = taken;
  merge(item, target, vector, depth, of_vector);
  if (of_image != of_vector || image.channels != vector.channels) throw NotWritable(kFormUnknown);
  out += of_image;
  flow = either_flow(image, vector);
}

std::string ItemWriter::add(const Target& target, const std::string& code, int depth, Lines& out) {
  if (!target.looped) {
    std::string path = fmt::format("{}.{}", target.place, target.label);
    out += python_statement(fmt::format("{} = {}", path, code), depth);
    return path;
  }
  std::string local = scope_->fresh(python_name(target.label));
  out += python_statement(fmt::format("{} = {}", local, code), depth);
  out +=
      python_statement(fmt::format("{}.add_module(f\"{}{}{{{}}}\", {})", target.place, target.label,
                                   ends_with_digit(target.label) ? "_" : "", rounds_.back(), local),
                       depth);
  return local;
}

// --- items -------------------------------------------------------------------------------------

TorchLayer ItemWriter::torch_layer(const Item& item, const layers::LayerKind& kind,
                                   const TorchFlow& flow) {
  TorchLayer layer;
  layer.in = flow;
  layer.helpers = &uses_->helpers;
  layer.attribute = [this, &item, &kind, flow](std::string_view name) -> std::string {
    const int index = layers::find_attribute(kind, name);
    const layers::AttributeSpec& attribute = kind.attributes[static_cast<std::size_t>(index)];
    const bool is_flag = attribute.type == layers::AttributeType::kFlag;
    if (const spec::NamedExpression* written = find_named(item.arguments, name)) {
      if (attribute.type == layers::AttributeType::kReal)
        return python_real(written->value, names_for(flow));
      if (is_flag && is_one(written->value, 1)) return "True";
      if (is_flag && is_one(written->value, 0)) return "False";
      return value(written->value, flow);
    }
    std::string_view text = attribute.fallback;
    if (text.starts_with('=')) {
      const std::string_view other = text.substr(1);
      const spec::NamedExpression* same = find_named(item.arguments, other);
      return same == nullptr ? std::string() : value(same->value, flow);
    }
    if (is_flag) return text == "true" ? "True" : "False";
    if (text == "none") return "None";
    const bool word = std::isalpha(static_cast<unsigned char>(text.front())) != 0;
    return word ? python_text(text) : std::string(text);
  };
  return layer;
}

// The module of a layer: one that takes both where the input's form isn't known.
TorchModule ItemWriter::module_of(const Item& item, const layers::LayerKind& kind,
                                  const TorchFlow& flow) {
  const KindRow* row = find_row(kind.name);
  if (row == nullptr || row->torch == nullptr)
    throw NotWritable(fmt::format("{} has no module", kind.name));
  if (flow.form != TorchForm::kEither) return row->torch(torch_layer(item, kind, flow));
  TorchFlow entry = flow;
  entry.form = TorchForm::kImage;
  TorchModule image = row->torch(torch_layer(item, kind, entry));
  entry.form = TorchForm::kVector;
  const TorchModule vector = row->torch(torch_layer(item, kind, entry));
  // nn.Flatten leaves vectors as they are.
  const bool alike =
      image.code == vector.code && image.out.channels == vector.out.channels &&
      (image.before == vector.before || (image.before == "nn.Flatten()" && vector.before.empty()));
  if (!alike) throw NotWritable(kFormUnknown);
  image.out = either_flow(image.out, vector.out);
  return image;
}

void ItemWriter::layer(const Item& item, const layers::LayerKind& kind, const Target& target,
                       TorchFlow& flow, int depth, Lines& out) {
  const TorchModule module = module_of(item, kind, flow);
  if (!module.before.empty()) {
    Target before = target;
    before.label += module.before.starts_with("nn.Flatten") ? "_flatten" : "_unflatten";
    add(before, module.before, depth, out);
  }
  const std::string path = add(target, module.code, depth, out);
  flow = module.out;
  if (!is_path(flow.channels) && !module.channels_attribute.empty())
    flow.channels = path + "." + module.channels_attribute;
}

// The words that the kind of an activation may be.
std::vector<std::string> ItemWriter::choices_of(const Expression& expression) const {
  const ExpressionNode* name = expression.plain_name();
  const spec::List* choices = nullptr;
  if (name != nullptr && name->scope == spec::Scope::kArgument)
    choices = &spec_->blocks[static_cast<std::size_t>(scope_->block)]
                   .args[static_cast<std::size_t>(name->slot)]
                   .choices;
  if (name != nullptr && name->scope == spec::Scope::kParam)
    choices = &spec_->main().params[static_cast<std::size_t>(name->slot)].choices;
  std::vector<std::string> words;
  if (choices != nullptr && !choices->empty()) {
    for (const spec::Value& choice : *choices) words.push_back(spec::to_string(choice));
    return words;
  }
  for (const layers::LayerKind* kind : layers::layer_table()) {
    if (kind->family == layers::Family::kActivation && kind != &layers::kinds::prelu_kind)
      words.emplace_back(kind->name);
  }
  words.emplace_back("none");
  return words;
}

void ItemWriter::activation(const Item& item, const Target& target, TorchFlow& flow, int depth,
                            Lines& out) {
  const Expression& expression = item.arguments.front().value;
  const ExpressionNode* word = expression.plain_name();
  Item plain = item;
  plain.arguments.clear();
  if (word != nullptr && word->scope == spec::Scope::kWord) {
    if (word->text == "none") return;
    return layer(plain, *layers::find_kind(word->text), target, flow, depth, out);
  }
  bool may_be_none = false;
  for (const std::string& choice : choices_of(expression)) {
    if (choice == "none")
      may_be_none = true;
    else if (layers::find_kind(choice) == &layers::kinds::prelu_kind)
      throw NotWritable("an activation that may be prelu");
    else
      uses_->activations.insert(choice);
  }
  const std::string kind = value(expression, flow);
  const std::string code = fmt::format("ACTIVATIONS[{}]()", kind);
  if (!may_be_none) {
    add(target, code, depth, out);
    return;
  }
  out += python_statement(
      fmt::format("if {} != \"none\":", is_path(kind) ? kind : "(" + kind + ")"), depth);
  add(target, code, depth + 1, out);
}

void ItemWriter::block(const Item& item, const Target& target, TorchFlow& flow, int depth,
                       Lines& out) {
  const spec::BlockSpec& called = spec_->blocks[static_cast<std::size_t>(item.block)];
  std::vector<std::string> arguments = {flow.channels};
  for (const spec::NamedExpression& argument : item.arguments) {
    const auto found = std::find_if(called.args.begin(), called.args.end(),
                                    [&](const auto& arg) { return arg.name == argument.name; });
    if (found == called.args.end()) continue;
    arguments.push_back(
        fmt::format("{}={}", python_name(argument.name), value(argument.value, flow)));
  }
  for (const auto& [name, file_name] : blocks_.handed_over(item.block))
    arguments.push_back(fmt::format("{}={}", name, scope_->file_names.at(file_name)));
  const std::string path = add(target, call(blocks_.class_of(item.block), arguments), depth, out);
  flow.channels = path + ".out_channels";
  flow.height.reset();
  flow.width.reset();
  flow.form = blocks_.form_of(item.block, flow.form);
  if (flow.form == TorchForm::kVector) flow.height = flow.width = "1";
}

void ItemWriter::group(const Item& item, const Target& target, TorchFlow& flow, int depth,
                       Lines& out) {
  const std::string path = add(target, "nn.Sequential()", depth, out);
  out += items(item.layers, path, flow, depth);
}

}  // namespace archcost::exporter
