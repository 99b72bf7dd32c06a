// SPDX-License-Identifier: Apache-2.0
#include "spec/row_reader.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/count.hpp"
#include "core/glossary.hpp"
#include "core/text.hpp"

namespace archcost::spec {

ElementName element_name(std::string_view text) {
  text = trim(text);
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return {text, {}};
  return {trim(text.substr(0, open)), trim(text.substr(open + 1, text.size() - open - 2))};
}

namespace {

const std::vector<std::string>& figure_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names = cost_names();
    names.insert(names.end(), {"share", "top1", "top5"});
    return names;
  }();
  return kNames;
}

// "4.2", "1,042": groups of three digits after commas. `thousands`: of its unit. What is printed,
// and a unit of its last digit, need 64 bits at most.
bool is_printed_number(std::string_view text, std::size_t thousands) {
  if (text.find_first_not_of("0123456789.,") != std::string_view::npos) return false;
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (const std::size_t comma = whole.find(','); comma != std::string_view::npos) {
    if (comma == 0 || comma > 3 || (whole.size() - comma) % 4 != 0) return false;
    for (std::size_t k = comma; k < whole.size(); ++k) {
      if ((whole[k] == ',') != ((k - comma) % 4 == 0)) return false;
    }
  }
  std::string digits(text);
  digits.erase(
      std::remove(digits.begin(), digits.begin() + static_cast<std::ptrdiff_t>(whole.size()), ','),
      digits.begin() + static_cast<std::ptrdiff_t>(whole.size()));
  try {
    std::optional<Rational> number = Rational::parse(digits);
    const std::size_t decimals = point == std::string_view::npos ? 0 : text.size() - point - 1;
    Rational digit(1);
    for (std::size_t k = 0; number && k < thousands; ++k) *number = *number * Rational(1000);
    for (std::size_t k = 0; k < decimals; ++k) digit = digit / Rational(10);
    return number.has_value();
  } catch (const CountOverflow&) {
    return false;
  }
}

bool is_accuracy(const Figure& figure) { return figure.name == "top1" || figure.name == "top5"; }

const ParamSpec* want_param(FieldReader& fields, const ArchSpec& spec, const YamlNode::Entry& entry,
                            std::string_view name) {
  const ParamSpec* param = spec.find_param(name);
  if (param == nullptr) {
    fields.error(entry.where, fmt::format("unknown parameter '{}'{}", name,
                                          suggestion(name, names_of(spec.main().params))));
  }
  return param;
}

void read_settings(FieldReader& fields, const ArchSpec& spec, const YamlNode& map,
                   std::vector<Setting>& settings, std::string* preset) {
  for (const YamlNode::Entry& entry : map.entries) {
    if (preset != nullptr && entry.key == "preset") {
      *preset = fields.text(entry.value, "preset").value_or("");
      if (!preset->empty() && spec.find_preset(*preset) == nullptr) {
        fields.error(entry.value.where, fmt::format("unknown preset '{}'{}", *preset,
                                                    suggestion(*preset, names_of(spec.presets))));
      }
      continue;
    }
    if (want_param(fields, spec, entry, entry.key) == nullptr) continue;
    if (auto value = fields.constant(entry.value, fmt::format("parameter '{}'", entry.key),
                                     spec.main().words)) {
      settings.push_back({entry.key, entry.where, std::move(*value)});
    }
  }
}

// A rule is for one cost, names existing costs, and is explained.
void check_rule(FieldReader& fields, const PublishedRow& row, const std::string& section) {
  const auto costs = std::count_if(row.figures.begin(), row.figures.end(),
                                   [](const Figure& f) { return !is_accuracy(f); });
  const bool share = find_named(row.figures, "share") != nullptr;
  if (row.rule && costs != 1) {
    fields.error(row.rule->where,
                 fmt::format("{}: 'as' is a rule for one figure, and this row has {}; split it",
                             section, costs));
  } else if (row.rule && row.why.empty() && !share) {
    fields.error(row.where,
                 fmt::format("{}: a row with 'as' needs 'why', which explains the rule", section));
  } else if (share && !row.rule) {
    fields.error(row.where,
                 fmt::format("{}: a share needs 'as', as in 100 * macs(conv_1x1) / macs", section));
  }
  if (!row.rule) return;
  std::vector<bool> is_part(row.rule->nodes.size());  // the word in macs(classifier)
  for (const ExpressionNode& node : row.rule->nodes) {
    if (node.op == ExpressionOp::kCall && !find_function(node.text) && !node.operands.empty())
      is_part[node.operands.front()] = true;
  }
  const std::vector<std::string>& known = cost_names();
  for (std::size_t k = 0; k < row.rule->nodes.size(); ++k) {
    const ExpressionNode& node = row.rule->nodes[k];
    const bool named = (node.op == ExpressionOp::kName && !is_part[k]) ||
                       (node.op == ExpressionOp::kCall && !find_function(node.text));
    if (!named || is_one_of(node.text, known)) continue;
    fields.error(node.where, fmt::format("{}: 'as' names no cost '{}'{}", section, node.text,
                                         suggestion(node.text, known)));
  }
}

void read_figure(FieldReader& fields, const YamlNode::Entry& entry, PublishedRow& row) {
  const auto text = fields.text(entry.value, entry.key);
  if (!text) return;
  constexpr std::string_view kUnits = "KMGT";
  std::string_view number = *text;
  const std::size_t thousands = kUnits.find(number.back()) + 1;  // 0: no unit
  if (thousands > 0) number.remove_suffix(1);
  if (is_printed_number(number, thousands)) {
    row.figures.push_back({entry.key, *text, entry.value.where});
  } else {
    fields.error(entry.value.where,
                 fmt::format("'{}' is not a figure; write it as printed: 569M, 4.2M, 71.8", *text));
  }
}

bool read_vary_value(FieldReader& fields, const YamlNode& node, SearchVary& axis) {
  const std::vector<std::string> bounds = split(node.text, ':');
  std::string text;
  if (node.is_scalar() && bounds.size() == 3) {
    for (const std::string& bound : bounds) {
      YamlNode part = node;
      part.text = bound;
      part.literal = false;
      auto expression = fields.expression(part, "vary");
      if (!expression) return false;
      axis.parts.push_back(std::move(*expression));
    }
    text = node.text;
  } else {
    YamlNode inner = node;  // of subsets(LIST) the list
    const std::string_view whole = trim(node.text);
    if (node.is_scalar() && whole.starts_with("subsets(") && whole.ends_with(')')) {
      inner.text = std::string(whole.substr(8, whole.size() - 9));
      inner.literal = false;
    }
    auto expression = fields.expression(inner, "vary");
    if (!expression) return false;
    std::vector<std::string> items;
    for (const YamlNode& item : node.items) items.push_back(item.text);
    text = node.is_list() ? "[" + join(items, ", ") + "]" : node.text;
    axis.parts.push_back(std::move(*expression));
  }
  axis.values += (axis.values.empty() ? "" : ",") + text;
  return true;
}

// One value or range, or a list of them.
bool read_vary(FieldReader& fields, const YamlNode& node, SearchVary& axis) {
  if (node.is_list()) {
    return std::all_of(node.items.begin(), node.items.end(), [&](const YamlNode& item) {
      return !item.is_list() ? read_vary(fields, item, axis) : read_vary_value(fields, item, axis);
    });
  }
  return read_vary_value(fields, node, axis);
}

}  // namespace

void read_presets(FieldReader& fields, ArchSpec& spec, const YamlNode& node) {
  if (!fields.want_map(node, "presets")) return;
  for (const YamlNode::Entry& entry : node.entries) {
    Preset preset = {entry.key, entry.where, {}};
    if (!is_identifier(entry.key)) {
      fields.error(
          entry.where,
          fmt::format("preset '{}' must be named with letters, digits and '_'", entry.key));
    } else if (fields.want_map(entry.value, fmt::format("preset '{}'", entry.key))) {
      read_settings(fields, spec, entry.value, preset.settings, nullptr);
      spec.presets.push_back(std::move(preset));
    }
  }
}

std::vector<PublishedRow> read_rows(FieldReader& fields, const ArchSpec& spec, const YamlNode& node,
                                    const std::string& section) {
  std::vector<PublishedRow> rows;
  if (!fields.want_list(node, section)) return rows;
  std::vector<std::string> keys = figure_names();
  keys.insert(keys.end(), {"at", "source", "recipe", "as", "why"});
  for (const YamlNode& item : node.items) {
    if (!fields.want_map(item, fmt::format("a row of {}", section))) continue;
    fields.check_keys(item, keys, section);
    PublishedRow row;
    row.where = item.where;
    if (const YamlNode* at = item.find("at"); at != nullptr && fields.want_map(*at, "at"))
      read_settings(fields, spec, *at, row.at, &row.preset);
    if (const YamlNode* rule = item.find("as")) row.rule = fields.expression(*rule, "as");
    fields.need(item, "source", section, item.where);
    row.source = fields.text_of(item, "source");
    row.recipe = fields.text_of(item, "recipe");
    row.why = fields.text_of(item, "why");
    bool any = false;
    for (const YamlNode::Entry& entry : item.entries) {
      if (!is_one_of(entry.key, figure_names())) continue;
      any = true;
      read_figure(fields, entry, row);
    }
    if (!any) fields.error(item.where, fmt::format("{}: a row without a figure", section));
    const bool accuracy = std::any_of(row.figures.begin(), row.figures.end(), is_accuracy);
    if (!row.recipe.empty() && !accuracy)
      fields.error(item.where,
                   fmt::format("{}: 'recipe' says how a network was trained, and this row has "
                               "neither top1 nor top5",
                               section));
    check_rule(fields, row, section);
    rows.push_back(std::move(row));
  }
  return rows;
}

SearchSpec read_search(FieldReader& fields, const ArchSpec& spec, const YamlNode& node) {
  SearchSpec search;
  if (!fields.want_map(node, "search")) return search;
  fields.check_keys(node, {"vary", "where"}, "search");
  if (const YamlNode* vary = node.find("vary"); vary != nullptr && fields.want_map(*vary, "vary")) {
    for (const YamlNode::Entry& entry : vary->entries) {
      if (want_param(fields, spec, entry, element_name(entry.key).list) == nullptr) continue;
      SearchVary axis = {entry.key, entry.where, "", {}};
      if (read_vary(fields, entry.value, axis)) search.vary.push_back(std::move(axis));
    }
  }
  if (const YamlNode* where = node.find("where");
      where != nullptr && fields.want_list(*where, "where")) {
    for (const YamlNode& item : where->items) {
      if (auto condition = fields.expression(item, "where"))
        search.conditions.push_back(std::move(*condition));
    }
  }
  return search;
}

namespace {

// "8", "[4, 5]".
std::string text_of_value(const YamlNode& node) {
  if (!node.is_list()) return node.text;
  std::vector<std::string> parts;
  for (const YamlNode& item : node.items) parts.push_back(text_of_value(item));
  return "[" + join(parts, ", ") + "]";
}

}  // namespace

std::vector<RewriteRequest> read_rewrites(FieldReader& fields, const YamlNode& node) {
  std::vector<RewriteRequest> requests;
  if (!fields.want_list(node, "rewrite")) return requests;
  for (const YamlNode& entry : node.items) {
    const bool one = entry.is_map() && entry.entries.size() == 1;
    if (!entry.is_scalar() && !(one && entry.entries[0].value.is_map())) {
      fields.error(entry.where,
                   "a rewrite is its name, or its name with settings: '- separable' or "
                   "'- se: {reduction: 8}'");
      continue;
    }
    RewriteRequest& request = requests.emplace_back();
    request.where = entry.where;
    request.name = one ? entry.entries[0].key : entry.text;
    if (!one) continue;
    for (const YamlNode::Entry& setting : entry.entries[0].value.entries)
      request.settings.push_back({setting.key, text_of_value(setting.value)});
  }
  return requests;
}

}  // namespace archcost::spec
