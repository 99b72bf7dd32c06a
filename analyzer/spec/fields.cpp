// SPDX-License-Identifier: Apache-2.0
#include "spec/fields.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"

namespace archcost::spec {
namespace {

std::string kind_of(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kMap:
      return "a map";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kScalar:
      return fmt::format("'{}'", shorten(node.text, 40));
    case YamlNode::Kind::kNull:
      break;  // its message is given already
  }
  return "nothing";
}

}  // namespace

bool FieldReader::want_map(const YamlNode& node, std::string_view what) {
  if (node.is_map()) return true;
  if (node.kind != YamlNode::Kind::kNull)
    error(node.where, fmt::format("{} must be a map of 'key: value', not {}", what, kind_of(node)));
  return false;
}

bool FieldReader::want_list(const YamlNode& node, std::string_view what) {
  if (node.is_list()) return true;
  if (node.kind != YamlNode::Kind::kNull)
    error(node.where, fmt::format("{} must be a list, not {}", what, kind_of(node)));
  return false;
}

void FieldReader::check_keys(const YamlNode& map, const std::vector<std::string>& known,
                             std::string_view subject, std::string_view key_word) {
  for (const YamlNode::Entry& entry : map.entries) {
    if (is_one_of(entry.key, known)) continue;
    const std::string advice = entry.key == "<<"
                                   ? "; YAML's merge key means nothing here, use a block"
                                   : suggestion(entry.key, known);
    error(entry.where, fmt::format("{}: unknown {} '{}'{}", subject, key_word, entry.key, advice));
    if (auto meant = nearest(entry.key, known)) misspelt_.emplace(&map, std::move(*meant));
  }
}

bool FieldReader::is_misspelt(const YamlNode& map, std::string_view key) const {
  return misspelt_.contains({&map, std::string(key)});
}

void FieldReader::respell(YamlNode& map, const std::vector<std::string>& known,
                          std::string_view subject) {
  for (YamlNode::Entry& entry : map.entries) {
    if (is_one_of(entry.key, known)) continue;
    const auto meant = nearest(entry.key, known);
    // A scalar can't be a section: reading it as one would only add errors.
    const bool holds_something = entry.value.is_map() || entry.value.is_list();
    if (!meant || !holds_something || map.find(*meant) != nullptr) continue;
    error(entry.where,
          fmt::format("{}: unknown key '{}'{}", subject, entry.key, suggestion(entry.key, known)));
    entry.key = *meant;
  }
}

const YamlNode* FieldReader::need(const YamlNode& map, std::string_view key,
                                  std::string_view subject, const SourceRef& where) {
  const YamlNode* value = map.find(key);
  if (value == nullptr && !is_misspelt(map, key))
    error(where, fmt::format("{}: missing key '{}'", subject, key));
  return value;
}

std::string FieldReader::text_of(const YamlNode& map, std::string_view key) {
  const YamlNode* value = map.find(key);
  return value == nullptr ? std::string() : text(*value, key).value_or("");
}

std::optional<std::string> FieldReader::text(const YamlNode& node, std::string_view what) {
  if (node.is_scalar() && !trim(node.text).empty()) return node.text;
  if (node.kind == YamlNode::Kind::kNull) return std::nullopt;
  error(node.where,
        fmt::format("{} must be a text, not {}", what, node.is_scalar() ? "empty" : kind_of(node)));
  return std::nullopt;
}

bool FieldReader::refuse_yes_no(const YamlNode& node) {
  if (node.quoted) return false;
  std::string lower = node.text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  const bool yes = lower == "yes" || lower == "on", no = lower == "no" || lower == "off";
  const bool capital = lower != node.text && (lower == "true" || lower == "false");
  if (!yes && !no && !capital) return false;
  const std::string_view wanted = yes || lower == "true" ? "true" : "false";
  error(node.where, fmt::format("'{}' means different things to different YAML readers; write {}",
                                node.text, wanted));
  return true;
}

std::optional<Expression> FieldReader::expression(const YamlNode& node, std::string_view what) {
  if (node.is_list()) {
    std::vector<Expression> items;
    for (const YamlNode& item : node.items) {
      if (auto e = expression(item, what)) items.push_back(std::move(*e));
    }
    if (items.size() != node.items.size()) return std::nullopt;
    return list_expression(std::move(items), node.where);
  }
  if (node.kind == YamlNode::Kind::kNull) return std::nullopt;
  if (!node.is_scalar()) {
    error(node.where,
          fmt::format("{} must be a value or an expression, not {}", what, kind_of(node)));
    return std::nullopt;
  }
  if (refuse_yes_no(node)) return std::nullopt;
  if (trim(node.text).empty()) {
    error(node.where, fmt::format("{} is empty", what));
    return std::nullopt;
  }
  SourceRef where = node.where;
  if (node.quoted && node.literal) ++where.column;
  try {
    return parse_expression(node.text, where, node.literal);
  } catch (const ExpressionFault& fault) {
    error(fault.where, fault.message);
    return std::nullopt;
  }
}

std::optional<Value> FieldReader::constant(const YamlNode& node, std::string_view what,
                                           const std::set<std::string>& words) {
  auto parsed = expression(node, what);
  if (!parsed) return std::nullopt;
  try {
    resolve_words(*parsed, words);
    return evaluate(*parsed, {});
  } catch (const ExpressionFault& fault) {
    error(fault.where, fmt::format("{}: {}", what, fault.message));
    return std::nullopt;
  }
}

List FieldReader::constants(const YamlNode& node, std::string_view what,
                            const std::set<std::string>& words) {
  const auto value = constant(node, what, words);
  if (!value) return {};
  return value->is_list() ? value->list() : List{*value};
}

std::set<std::string> words_in(const YamlNode& choices) {
  std::set<std::string> words;
  for (const YamlNode& item : choices.items) {
    if (item.is_scalar() && is_identifier(item.text) && item.text != "true" &&
        item.text != "false") {
      words.insert(item.text);
    }
  }
  return words;
}

void resolve_words(Expression& expression, const std::set<std::string>& words) {
  for (ExpressionNode& node : expression.nodes) {
    if (node.op == ExpressionOp::kCall && node.scope == Scope::kUnresolved) {
      const auto function = find_function(node.text);
      if (!function)
        throw ExpressionFault{node.where, fmt::format("unknown function '{}'", node.text)};
      check_operand_count(*function, node.operands.size(), node);
      node.function = *function;
    } else if (node.op == ExpressionOp::kName && node.scope == Scope::kUnresolved) {
      if (!words.contains(node.text)) {
        const std::vector<std::string> known(words.begin(), words.end());
        throw ExpressionFault{node.where, fmt::format("unknown word '{}'{}", node.text,
                                                      suggestion(node.text, known))};
      }
      node.scope = Scope::kWord;
    }
  }
}

}  // namespace archcost::spec
