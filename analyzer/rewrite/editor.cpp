// SPDX-License-Identifier: Apache-2.0
#include "rewrite/editor.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "layers/layer_table.hpp"
#include "spec/choices.hpp"
#include "spec/resolver.hpp"

namespace archcost::rewrite {
namespace {

using spec::Expression;
using spec::ExpressionOp;
using spec::Item;

// The parts of "[a, f(b, c)]" or "a, b": commas inside of parentheses don't separate.
std::vector<std::string> elements(std::string_view text) {
  if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
  std::vector<std::string> parts = split_outside_brackets(text, ',');
  for (std::string& part : parts) part = std::string(trim(part));
  if (parts.size() == 1 && parts[0].empty()) parts.clear();
  return parts;
}

// A number or a word.
spec::Value constant(const std::string& text) {
  if (is_identifier(text)) return spec::Word{text};
  return spec::evaluate(spec::parse_expression(text, {}, false), {});
}

spec::List constants(std::string_view text) {
  spec::List list;
  for (const std::string& part : elements(text)) list.push_back(constant(part));
  return list;
}

// Whether the text has to be in parentheses beside "and".
bool is_loose(const std::string& condition) {
  const ExpressionOp op = spec::parse_expression(condition, {}, false).root().op;
  return op == ExpressionOp::kOr || op == ExpressionOp::kIf;
}

}  // namespace

Expression expression(std::string_view text, const SourceRef& where) {
  if (!text.starts_with('[') || !text.ends_with(']'))
    return spec::parse_expression(text, where, false);
  std::vector<Expression> parts;
  for (const std::string& part : elements(text)) parts.push_back(expression(part, where));
  return spec::list_expression(std::move(parts), where);
}

Item layer_item(std::string_view kind, const SourceRef& where) {
  Item item;
  item.head = std::string(kind);
  item.where = where;
  item.kind = layers::find_kind(kind);
  const bool merge = item.kind != nullptr && (item.kind->arity == layers::Arity::kTwo ||
                                              item.kind->arity == layers::Arity::kSeveral);
  item.form = kind == "activation"   ? Item::Form::kActivation
              : item.kind == nullptr ? Item::Form::kGroup
              : merge                ? Item::Form::kMerge
                                     : Item::Form::kLayer;
  return item;
}

const Expression* written(const Item& item, std::string_view attribute) {
  const spec::NamedExpression* found = find_named(item.arguments, attribute);
  return found == nullptr ? nullptr : &found->value;
}

std::string attribute_text(const Item& item, std::string_view attribute) {
  if (const Expression* value = written(item, attribute)) return value->text;
  const layers::AttributeSpec* row = find_named(item.kind->attributes, attribute);
  return row == nullptr ? std::string() : std::string(row->fallback);
}

void set_argument(Item& item, std::string_view name, std::string_view text) {
  for (spec::NamedExpression& argument : item.arguments) {
    if (argument.name != name) continue;
    argument.value = expression(text, argument.where);
    return;
  }
  item.arguments.push_back({std::string(name), item.where, expression(text, item.where)});
}

std::string all_of(const std::vector<std::string>& conditions) {
  std::vector<std::string> parts;
  for (const std::string& condition : conditions) {
    if (condition.empty() || is_one_of(condition, parts)) continue;
    parts.push_back(condition);
  }
  if (parts.size() > 1) {
    for (std::string& part : parts) {
      if (is_loose(part)) part = fmt::format("({})", part);
    }
  }
  return join(parts, " and ");
}

std::string factor(const std::string& value) {
  const ExpressionOp op = spec::parse_expression(value, {}, false).root().op;
  const bool tight =
      op == ExpressionOp::kNumber || op == ExpressionOp::kName || op == ExpressionOp::kCall;
  return tight ? value : "(" + value + ")";
}

std::string negated(const std::string& condition) {
  return is_identifier(condition) ? "not " + condition : "not (" + condition + ")";
}

void add_condition(Item& item, const std::string& condition) {
  if (condition.empty()) return;
  const std::string before = item.when ? item.when->text : std::string();
  item.when = expression(all_of({before, condition}), item.when ? item.when->where : item.where);
}

Editor::Editor(const spec::ArchSpec& spec, const graph::BuildOptions& options,
               const graph::TracedNetwork& network, const Call& call)
    : spec_(&spec), options_(&options), network_(&network), call_(&call), structure_(spec) {}

// --- names and settings --------------------------------------------------------------------------

// Of a parameter, table, value or argument.
bool Editor::is_name(const std::string& name) const {
  const auto in = [&](const auto& rows) { return find_named(rows, name) != nullptr; };
  const auto in_block = [&](const spec::BlockSpec& block) {
    return in(block.args) || in(block.lets);
  };
  return std::any_of(spec_->blocks.begin(), spec_->blocks.end(), in_block) ||
         std::any_of(spec_->files.begin(), spec_->files.end(), [&](const spec::FileScope& file) {
           return in(file.params) || in(file.tables) || in(file.lets);
         });
}

bool Editor::is_taken(const std::string& name) const {
  return is_one_of(name, taken_) || spec::is_reserved(name) || is_name(name) ||
         find_named(spec_->blocks, name) != nullptr || find_named(blocks_, name) != nullptr ||
         std::any_of(spec_->files.begin(), spec_->files.end(),
                     [&](const spec::FileScope& file) { return file.words.contains(name); });
}

std::string Editor::word(const std::string& wanted, std::string_view suffix) {
  return is_name(wanted) ? fmt::format("{}_{}", wanted, suffix) : wanted;
}

std::string Editor::fresh(std::string_view wanted) {
  std::string name(wanted);
  for (int number = 1; is_taken(name); ++number)
    name = fmt::format("rewrite{}_{}", number == 1 ? "" : std::to_string(number), wanted);
  taken_.push_back(name);
  return name;
}

const std::string& Editor::name(std::string_view parameter) {
  const auto known = names_.find(parameter);
  if (known != names_.end()) return known->second;
  return names_.emplace(std::string(parameter), fresh(parameter)).first->second;
}

const ParameterRow& Editor::row(std::string_view parameter) const {
  return *find_named(call_->rewrite->parameters, parameter);
}

std::string Editor::option(std::string_view name) const {
  std::string value;
  for (const spec::RewriteSetting& setting : call_->settings) {
    if (setting.name == name) value = setting.value;  // the last one wins
  }
  return value;
}

void Editor::fail(const std::string& message) const { throw Error(call_->place, message); }

spec::Value Editor::given_value(std::string_view parameter, const std::string& text) const {
  try {
    return text.starts_with('[') ? spec::Value(constants(text)) : constant(text);
  } catch (const spec::ExpressionFault& fault) {
    fail(fmt::format("'{}': {}", parameter, fault.message));
  } catch (const spec::UnknownValue&) {
    fail(fmt::format("'{}' must be a number, a word or a list of them, not {}", parameter, text));
  }
}

void Editor::add_parameter(std::string_view parameter, const std::string& fallback,
                           const std::string& choices) {
  const ParameterRow& table = row(parameter);
  added_.emplace(parameter);
  spec::ParamSpec param;
  param.name = name(parameter);
  const std::string set = option(parameter);
  const std::string value = !set.empty()        ? set
                            : !fallback.empty() ? fallback
                                                : std::string(table.fallback);
  const std::string allowed = choices.empty() ? std::string(table.choices) : choices;
  try {
    param.fallback = expression(value, {});
    param.choices = constants(allowed);
    param.sweep = constants(table.sweep);
    if (!table.min.empty()) param.min = constant(std::string(table.min)).number();
  } catch (const spec::ExpressionFault& fault) {
    fail(fmt::format("'{}': {}", parameter, fault.message));
  }
  const spec::Value given = given_value(parameter, value);
  if (const auto wrong = spec::check_choice(param.choices, param.min, {}, given))
    fail(fmt::format("'{}' {}", parameter, *wrong));
  param.symbol = std::string(table.symbol);
  param.help = std::string(table.help);
  for (const std::string& choice : elements(allowed)) {
    if (is_identifier(choice)) words_.push_back(choice);
  }
  params_.push_back(std::move(param));
}

// --- changes -------------------------------------------------------------------------------------

namespace {

template <class Key>
void append(std::map<Key, std::vector<Item>>& map, Key key, std::vector<Item> items) {
  std::vector<Item>& list = map[key];
  for (Item& item : items) list.push_back(std::move(item));
}

}  // namespace

void Editor::replace(const Item& item, std::vector<Item> with) {
  replaced_[&item] = std::move(with);
  changed_ = true;
}

bool Editor::redirect(const Item& item, const std::string& label) {
  const std::vector<const spec::Reference*> references = structure_.references_to(item);
  for (const spec::Reference* reference : references) {
    const std::size_t dot = reference->path.rfind('.');
    paths_[reference] =
        dot == std::string::npos ? label : reference->path.substr(0, dot + 1) + label;
  }
  return !references.empty();
}

std::vector<spec::Reference> Editor::redirected(
    const std::vector<spec::Reference>& references) const {
  std::vector<spec::Reference> copies;
  for (const spec::Reference& reference : references) {
    copies.push_back(reference);
    if (const auto path = paths_.find(&reference); path != paths_.end())
      copies.back().path = path->second;
  }
  return copies;
}

Item Editor::redirected(const Item& item) const {
  Item copy = item;
  copy.from = redirected(item.from);
  copy.tensors.outputs = redirected(item.tensors.outputs);
  return copy;
}

void Editor::insert_before(const Item& item, std::vector<Item> items) {
  append<const Item*>(before_, &item, std::move(items));
  changed_ = true;
}

void Editor::insert_after(const Item& item, std::vector<Item> items) {
  append<const Item*>(after_, &item, std::move(items));
  changed_ = true;
}

void Editor::insert_at_start(const std::vector<Item>& list, std::vector<Item> items) {
  append<const std::vector<Item>*>(start_, &list, std::move(items));
  changed_ = true;
}

void Editor::insert_at_end(const std::vector<Item>& list, std::vector<Item> items) {
  append<const std::vector<Item>*>(end_, &list, std::move(items));
  changed_ = true;
}

void Editor::set(const Item& item, std::string_view name, const std::string& text) {
  set_[&item].emplace_back(name, text);
  changed_ = true;
}

void Editor::add_block_argument(int block, const std::string& name, const std::string& fallback) {
  const SourceRef where = spec_->blocks[static_cast<std::size_t>(block)].where;
  arguments_[block].push_back({name, where, expression(fallback, where), {}});
}

void Editor::set_let(int block, const std::string& name, const std::string& text) {
  lets_[{block, name}] = text;
  changed_ = true;
}

void Editor::set_argument_default(int block, const std::string& name, const std::string& text) {
  argument_defaults_[{block, name}] = text;
  changed_ = true;
}

void Editor::set_own_parameter(const spec::ParamSpec& param, std::string_view parameter) {
  added_.emplace(parameter);
  changed_ = true;
  const std::string value = option(parameter);
  if (value.empty()) return;
  if (const auto wrong = spec::check_param(param, given_value(parameter, value)))
    fail(fmt::format("'{}' {}", parameter, *wrong));
  const auto set = graph::set_values(*spec_, *options_);
  if (const auto known = set.find(param.name); known != set.end() && !call_->of_file)
    fail(fmt::format(
        "'{}' is {} already, by a setting or the preset of the network; change it there",
        param.name, to_string(known->second)));
  parameter_defaults_[param.name] = value;
}

int Editor::add_block(spec::BlockSpec block) {
  blocks_.push_back(std::move(block));
  return static_cast<int>(spec_->blocks.size() + blocks_.size()) - 1;
}

void Editor::set_input(std::string_view side, const std::string& text) {
  (side == "height" ? height_ : width_) = text;
  changed_ = true;
}

// --- the new spec --------------------------------------------------------------------------------

Item Editor::rebuilt(const Item& item) const {
  Item copy = redirected(item);
  copy.layers = rebuilt(item.layers);
  for (std::size_t k = 0; k < item.branches.size(); ++k)
    copy.branches[k].layers = rebuilt(item.branches[k].layers);
  if (const auto set = set_.find(&item); set != set_.end()) {
    for (const auto& [name, text] : set->second) set_argument(copy, name, text);
  }
  return copy;
}

std::vector<Item> Editor::rebuilt(const std::vector<Item>& list) const {
  std::vector<Item> items;
  const auto take = [&](const auto& map, const auto* key) {
    if (const auto found = map.find(key); found != map.end())
      items.insert(items.end(), found->second.begin(), found->second.end());
  };
  take(start_, &list);
  for (const Item& item : list) {
    take(before_, &item);
    if (replaced_.contains(&item))
      take(replaced_, &item);
    else
      items.push_back(rebuilt(item));
    take(after_, &item);
  }
  take(end_, &list);
  return items;
}

void Editor::change_values(spec::ArchSpec& result) const {
  const auto change = [](spec::Expression& value, const std::string& text) {
    value = expression(text, value.where);
  };
  const auto row = [](auto& rows, const std::string& name) {
    return std::find_if(rows.begin(), rows.end(), [&](auto& r) { return r.name == name; });
  };
  for (const auto& [at, text] : lets_) {
    auto& lets = at.first == kMain ? result.files.front().lets
                                   : result.blocks[static_cast<std::size_t>(at.first)].lets;
    change(row(lets, at.second)->value, text);
  }
  for (const auto& [at, text] : argument_defaults_) {
    auto& args = result.blocks[static_cast<std::size_t>(at.first)].args;
    change(*row(args, at.second)->fallback, text);
  }
  for (const auto& [name, text] : parameter_defaults_)
    change(row(result.files.front().params, name)->fallback, text);
}

spec::ArchSpec Editor::result() {
  spec::ArchSpec result = *spec_;
  result.is_text = false;
  change_values(result);
  result.layers = rebuilt(spec_->layers);
  for (std::size_t b = 0; b < spec_->blocks.size(); ++b)
    result.blocks[b].layers = rebuilt(spec_->blocks[b].layers);
  for (std::size_t b = 0; b < spec_->blocks.size(); ++b)
    result.blocks[b].tensors.outputs = redirected(spec_->blocks[b].tensors.outputs);
  result.outputs = redirected(spec_->outputs);
  for (auto& [block, arguments] : arguments_) {
    auto& args = result.blocks[static_cast<std::size_t>(block)].args;
    args.insert(args.end(), arguments.begin(), arguments.end());
  }
  spec::FileScope& file = result.files.front();
  for (spec::BlockSpec& block : blocks_) {
    file.blocks.push_back(static_cast<int>(result.blocks.size()));
    result.blocks.push_back(std::move(block));
  }
  for (spec::ParamSpec& param : params_) file.params.push_back(std::move(param));
  file.words.insert(words_.begin(), words_.end());
  if (height_) result.input.height = expression(*height_, result.input.height.where);
  if (width_) result.input.width = expression(*width_, result.input.width.where);
  result.notes.insert(result.notes.end(), notes_.begin(), notes_.end());
  DiagnosticList diagnostics(result.sources);
  spec::resolve_names(result, {}, diagnostics);
  diagnostics.throw_if_any();
  return result;
}

}  // namespace archcost::rewrite
