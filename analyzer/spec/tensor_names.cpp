// SPDX-License-Identifier: Apache-2.0
#include "spec/tensor_names.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "core/text.hpp"

namespace archcost::spec {
namespace {

constexpr std::string_view kUnused = "_";

std::string first_part(std::string_view path) {
  return std::string(path.substr(0, path.find('.')));
}

// The first parts of all paths that a list of items names.
class UsedNames {
 public:
  void add(const Expression& expression) {
    for (const ExpressionNode& node : expression.nodes) {
      if (node.scope == Scope::kTensor) names.insert(first_part(node.text));
    }
  }
  void add(const std::vector<Reference>& references) {
    for (const Reference& reference : references) names.insert(first_part(reference.path));
  }
  void add(const std::vector<Item>& items) {
    for (const Item& item : items) {
      add(item.from);
      add(item.tensors.outputs);
      for (const std::optional<Expression>* one : {&item.when, &item.repeat}) {
        if (*one) add(**one);
      }
      for (const NamedExpression& argument : item.arguments) add(argument.value);
      add(item.layers);
      for (const Branch& branch : item.branches) {
        if (branch.when) add(*branch.when);
        add(branch.layers);
      }
    }
  }

  std::set<std::string> names;
};

// Whether the list's first item takes what enters the list.
bool takes_what_enters(const std::vector<Item>& layers) {
  return !layers.empty() && layers.front().from.empty();
}

}  // namespace

std::vector<Reference> read_references(FieldReader& fields, const YamlNode& node,
                                       std::string_view key) {
  std::vector<Reference> references;
  const auto take = [&](const YamlNode& one) {
    if (const auto path = fields.text(one, key)) references.push_back({*path, one.where, key});
  };
  if (node.is_list()) {
    for (const YamlNode& one : node.items) take(one);
    if (node.items.empty()) fields.error(node.where, fmt::format("{} is empty", key));
  } else {
    take(node);
  }
  return references;
}

TensorNames read_tensor_names(FieldReader& fields, const YamlNode& map, std::string_view subject) {
  TensorNames tensors;
  if (const YamlNode* outputs = map.find("outputs"))
    tensors.outputs = read_references(fields, *outputs, "outputs");
  const YamlNode* inputs = map.find("inputs");
  if (inputs == nullptr) return tensors;
  tensors.inputs_where = inputs->where;
  for (const Reference& name : read_references(fields, *inputs, "inputs")) {
    const bool plain = is_identifier(name.path) && name.path != kInputWord;
    const bool twice = name.path != kUnused && is_one_of(name.path, tensors.inputs);
    if (!plain)
      fields.error(name.where, fmt::format("{}: input '{}' must be named with letters, digits and "
                                           "'_', and not 'input'",
                                           subject, name.path));
    if (twice)
      fields.error(name.where, fmt::format("{}: two inputs are called '{}'", subject, name.path));
    tensors.inputs.push_back(name.path);
  }
  return tensors;
}

void check_labels(FieldReader& fields, const TensorNames& tensors,
                  const std::vector<Item>& layers) {
  for (const Item& item : layers) {
    if (!is_one_of(item.label(), tensors.inputs)) continue;
    fields.error(item.where, fmt::format("'{}' is the name of an input here; give the item another "
                                         "name",
                                         item.label()));
  }
}

std::vector<std::string> unused_inputs(const TensorNames& tensors, const std::vector<Item>& layers,
                                       const std::vector<NamedExpression>& lets) {
  std::vector<std::string> unused;
  if (tensors.inputs.empty() || takes_what_enters(layers)) return unused;
  UsedNames used;
  used.add(layers);
  used.add(tensors.outputs);
  for (const NamedExpression& let : lets) used.add(let.value);
  for (const std::string& name : tensors.inputs) {
    if (name != kUnused && !used.names.contains(name)) unused.push_back(name);
  }
  return unused;
}

}  // namespace archcost::spec
