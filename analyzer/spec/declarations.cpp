// SPDX-License-Identifier: Apache-2.0
#include "spec/declarations.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/glossary.hpp"
#include "core/text.hpp"

namespace archcost::spec {

bool DeclarationReader::check_name(const YamlNode::Entry& entry, std::string_view what) {
  if (!is_identifier(entry.key)) {
    fields_->error(entry.where, fmt::format("{} '{}' must be named with letters, digits and '_'",
                                            what, entry.key));
  } else if (what == "argument" ? is_reserved_argument(entry.key) : is_reserved(entry.key)) {
    fields_->error(entry.where, fmt::format("{} '{}': the word is reserved; choose another name",
                                            what, entry.key));
  } else {
    return true;
  }
  broken_->insert(entry.key);
  return false;
}

bool DeclarationReader::want_map(const YamlNode& node, const std::string& what) {
  if (fields_->want_map(node, what)) return true;
  broken_->insert("");
  return false;
}

void DeclarationReader::params(const YamlNode& node) {
  if (!want_map(node, "params")) return;
  static const std::vector<std::string> kKeys = {"default", "symbol", "help",    "choices", "min",
                                                 "max",     "sweep",  "neutral", "scaling"};
  for (const YamlNode::Entry& entry : node.entries) {
    if (!check_name(entry, "parameter")) continue;
    ParamSpec param;
    param.name = entry.key;
    param.where = entry.where;
    const std::string what = fmt::format("parameter '{}'", param.name);
    const YamlNode* fallback = &entry.value;
    if (entry.value.is_map()) {
      fields_->check_keys(entry.value, kKeys, what);
      fallback = fields_->need(entry.value, "default", what, entry.where);
      param_fields(entry.value, what, param);
    }
    auto value = fallback ? fields_->expression(*fallback, what) : std::nullopt;
    if (value) {
      param.fallback = std::move(*value);
      scope_->params.push_back(std::move(param));
    } else {
      broken_->insert(entry.key);
    }
  }
}

void DeclarationReader::param_fields(const YamlNode& map, const std::string& what,
                                     ParamSpec& param) {
  std::set<std::string> words;
  if (const YamlNode* node = map.find("choices")) param.choices = choices(*node, what, words);
  param.symbol = fields_->text_of(map, "symbol");
  param.help = fields_->text_of(map, "help");
  for (const auto& [key, bound] : {std::pair{"min", &param.min}, std::pair{"max", &param.max}}) {
    const YamlNode* node = map.find(key);
    if (node == nullptr) continue;
    const auto value = fields_->constant(*node, key, {});
    if (value && value->is_number())
      *bound = value->number();
    else if (value)
      fields_->error(node->where, fmt::format("{}: '{}' must be a number", what, key));
  }
  if (param.min && param.max && *param.max < *param.min) {
    fields_->error(map.find("max")->where,
                   fmt::format("{}: max {} is below min {}", what, to_string(*param.max),
                               to_string(*param.min)));
  }
  if (const YamlNode* node = map.find("neutral")) {
    const auto value = fields_->constant(*node, "neutral", {});
    param.neutral = value && *value == Value(1);
    if (value && !param.neutral && !(*value == Value(0)))
      fields_->error(node->where, fmt::format("{}: 'neutral' is true or false", what));
  }
  if (const YamlNode* sweep = map.find("sweep")) {
    param.sweep = fields_->constants(*sweep, "sweep", words);
    param.sweep_where = sweep->where;
  }
  if (const YamlNode* node = map.find("scaling")) scaling(*node, what, param);
}

// Rows as those of `published`: exponents by cost, and the source.
void DeclarationReader::scaling(const YamlNode& node, const std::string& what, ParamSpec& param) {
  if (!fields_->want_list(node, fmt::format("scaling of {}", what))) return;
  for (const YamlNode& row : node.items) {
    if (fields_->want_map(row, fmt::format("a row of the scaling of {}", what)))
      scaling_row(row, what, param);
  }
}

void DeclarationReader::scaling_row(const YamlNode& row, const std::string& what,
                                    ParamSpec& param) {
  const std::string subject = fmt::format("scaling of {}", what);
  std::vector<std::string> keys = cost_names();
  keys.emplace_back("source");
  fields_->check_keys(row, keys, subject);
  fields_->need(row, "source", subject, row.where);
  const std::string source = fields_->text_of(row, "source");
  bool empty = true;
  for (const YamlNode::Entry& entry : row.entries) {
    if (find_cost_name(entry.key) == nullptr) continue;
    empty = false;
    if (param.find_scaling(entry.key) != nullptr)
      fields_->error(entry.where, fmt::format("{}: two exponents for {}", subject, entry.key));
    const auto value = fields_->constant(entry.value, entry.key, {});
    if (value && value->is_number())
      param.scaling.push_back({entry.key, value->number().to_double(), source});
    else if (value)
      fields_->error(entry.value.where,
                     fmt::format("{}: the exponent of {} must be a number", subject, entry.key));
  }
  if (empty) fields_->error(row.where, fmt::format("{}: a row without an exponent", subject));
}

List DeclarationReader::choices(const YamlNode& node, const std::string& what,
                                std::set<std::string>& words) {
  if (!fields_->want_list(node, fmt::format("choices of {}", what))) return {};
  words = words_in(node);
  scope_->words.insert(words.begin(), words.end());
  List choices = fields_->constants(node, "choices", words);
  if (node.items.empty()) fields_->error(node.where, fmt::format("{}: choices is empty", what));
  const bool mixed = std::any_of(choices.begin(), choices.end(), [&](const Value& v) {
    return v.data.index() != choices[0].data.index();
  });
  if (mixed)
    fields_->error(
        node.where,
        fmt::format("{}: choices are all numbers or all words; the two cannot be compared", what));
  return choices;
}

std::optional<LookupTable> DeclarationReader::table(const YamlNode::Entry& entry) {
  LookupTable table;
  table.name = entry.key;
  table.where = entry.where;
  if (entry.value.is_map()) {
    table_rows(entry.value, table);
  } else if (auto value = fields_->expression(entry.value, fmt::format("table '{}'", table.name))) {
    table.value = std::move(*value);
  }
  if (table.by || table.value) return table;
  broken_->insert(entry.key);
  return std::nullopt;
}

void DeclarationReader::table_rows(const YamlNode& map, LookupTable& table) {
  const std::string what = fmt::format("table '{}'", table.name);
  const YamlNode* by = map.find("by");
  if (by == nullptr) {
    fields_->error(table.where, what +
                                    ": missing key 'by', the value that picks the row; without "
                                    "one a table is a list");
    return;
  }
  table.by = fields_->expression(*by, "by");
  for (const YamlNode::Entry& row : map.entries) {
    if (row.key == "by") continue;
    const YamlNode key_node = {YamlNode::Kind::kScalar, row.where, row.key};
    std::set<std::string> words;  // whether such a word exists is asked when all are known
    if (is_identifier(row.key)) words.insert(row.key);
    const auto key = fields_->constant(key_node, "row", words);
    auto value = fields_->expression(row.value, what);
    if (!key || !value) continue;
    const bool twice = std::any_of(table.rows.begin(), table.rows.end(),
                                   [&](const LookupRow& r) { return r.key == *key; });
    if (twice) fields_->error(row.where, fmt::format("{}: two rows for {}", what, to_string(*key)));
    table.rows.push_back({*key, std::move(*value), row.where});
  }
  if (table.rows.empty()) fields_->error(table.where, fmt::format("{} has no rows", what));
}

std::vector<NamedExpression> DeclarationReader::lets(const YamlNode& node,
                                                     const std::string& what) {
  std::vector<NamedExpression> lets;
  if (!want_map(node, what)) return lets;
  for (const YamlNode::Entry& entry : node.entries) {
    if (!check_name(entry, "value")) continue;
    if (auto value = fields_->expression(entry.value, fmt::format("value '{}'", entry.key))) {
      lets.push_back({entry.key, entry.where, std::move(*value)});
    } else {
      broken_->insert(entry.key);
    }
  }
  return lets;
}

std::vector<ArgSpec> DeclarationReader::args(const YamlNode& node, const std::string& what) {
  std::vector<ArgSpec> args;
  if (!want_map(node, fmt::format("args of {}", what))) return args;
  static const std::vector<std::string> kKeys = {"default", "choices", "help"};
  static const std::vector<std::string> kTaken = {"name", "when", "repeat", "from", "weights_of"};
  for (const YamlNode::Entry& entry : node.entries) {
    if (!check_name(entry, "argument")) continue;
    if (is_one_of(entry.key, kTaken)) {
      fields_->error(
          entry.where,
          fmt::format("argument '{}': every item has a '{}' already; choose another name",
                      entry.key, entry.key));
      broken_->insert(entry.key);
      continue;
    }
    ArgSpec arg;
    arg.name = entry.key;
    arg.where = entry.where;
    const std::string subject = fmt::format("argument '{}'", arg.name);
    const YamlNode* fallback = &entry.value;
    if (entry.value.is_map()) {
      fields_->check_keys(entry.value, kKeys, subject);
      fallback = entry.value.find("default");
      std::set<std::string> words;
      if (const YamlNode* allowed = entry.value.find("choices"))
        arg.choices = choices(*allowed, subject, words);
      fields_->text_of(entry.value, "help");
    }
    const bool required =
        fallback == nullptr || (fallback->is_scalar() && fallback->text == "required");
    if (!required) arg.fallback = fields_->expression(*fallback, subject);
    if (required || arg.fallback)
      args.push_back(std::move(arg));
    else
      broken_->insert(entry.key);
  }
  return args;
}

}  // namespace archcost::spec
