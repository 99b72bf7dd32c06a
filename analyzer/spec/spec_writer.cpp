// SPDX-License-Identifier: Apache-2.0
#include "spec/spec_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "spec/inline_includes.hpp"

namespace archcost::spec {
namespace {

constexpr std::size_t kWidth = 110;  // lists and maps are broken beyond

/// "key: value" pairs of one flow map.
using Fields = std::vector<std::string>;

// What YAML takes for a missing value.
bool is_null_word(std::string_view text) {
  return is_one_of(text, std::array<std::string_view, 4>{"~", "null", "Null", "NULL"});
}

// What YAML or the spec language would take for something else is quoted.
std::string scalar(std::string_view text) {
  static constexpr std::string_view kSpecial = "[]{},#&!|>'\"%@`?\\\n\r\t";
  const bool plain = !text.empty() && text.find_first_of(kSpecial) == std::string_view::npos &&
                     !is_null_word(text) && text.find(": ") == std::string_view::npos &&
                     text.back() != ':' && text.front() != ' ' && text.back() != ' ' &&
                     text.front() != '*' &&
                     (text.front() != '-' || (text.size() > 1 && text[1] != ' '));
  if (plain) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : std::string(1, c);
  }
  return quoted + "\"";
}

// The elements of "[a, f(b, c)]".
std::vector<std::string> elements_of(std::string_view list) {
  const std::string_view inside = list.substr(1, list.size() - 2);
  if (trim(inside).empty()) return {};
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : inside) {
    depth += (c == '[' || c == '(') - (c == ']' || c == ')');
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// "[1, 2]", but not "[1] if x else [2]".
bool is_list(std::string_view text) {
  if (!text.starts_with('[')) return false;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += (text[i] == '[') - (text[i] == ']');
    if (depth == 0) return i + 1 == text.size();
  }
  return false;
}

std::string value_text(std::string_view text) {
  if (!is_list(text)) return scalar(text);
  std::vector<std::string> parts;
  for (const std::string& part : elements_of(text)) parts.push_back(value_text(trim(part)));
  return fmt::format("[{}]", join(parts, ", "));
}

std::string field(std::string_view key, const Expression& value) {
  return fmt::format("{}: {}", key, value_text(value.text));
}
std::string field(std::string_view key, const Value& value) {
  return fmt::format("{}: {}", key, value_text(to_string(value)));
}
std::string text_field(std::string_view key, std::string_view text) {
  return fmt::format("{}: {}", key, scalar(text));
}

class Writer {
 public:
  std::string run(const ArchSpec& spec, const std::vector<std::string>& comments) {
    for (const std::string& comment : comments) line(0, "# " + comment);
    line(0, text_field("name", spec.name));
    if (!spec.source.empty()) line(0, text_field("source", spec.source));
    const FileScope& file = spec.main();
    section("params", file.params, [&](const ParamSpec& param) { write_param(param); });
    section("presets", spec.presets,
            [&](const Preset& preset) { entry(1, preset.name, settings(preset.settings)); });
    blank();
    line(0, fmt::format("input: {{{}, {}, {}}}", field("channels", spec.input.channels),
                        field("height", spec.input.height), field("width", spec.input.width)));
    section("tables", file.tables, [&](const LookupTable& table) { write_table(table); });
    section("let", file.lets,
            [&](const NamedExpression& let) { line(1, field(let.name, let.value)); });
    section("blocks", spec.blocks, [&](const BlockSpec& block) { write_block(block); });
    blank();
    line(0, "layers:");
    write_items(1, spec.layers);
    if (!spec.outputs.empty()) {
      blank();
      line(0, references("outputs", spec.outputs));
    }
    section("published", spec.published, [&](const PublishedRow& row) { write_row(row); });
    section("accuracy", spec.accuracy, [&](const PublishedRow& row) { write_row(row); });
    if (spec.search) write_search(*spec.search);
    return std::move(text_);
  }

 private:
  void line(int level, const std::string& text) {
    text_ += std::string(static_cast<std::size_t>(level) * 2, ' ') + text + "\n";
  }
  void blank() { text_ += "\n"; }

  template <class Rows, class Write>
  void section(const char* name, const Rows& rows, Write write) {
    if (rows.empty()) return;
    blank();
    line(0, fmt::format("{}:", name));
    for (const auto& row : rows) write(row);
  }

  // "key: {a: 1, b: 2}", broken after a comma where it is long.
  void entry(int level, const std::string& key, const Fields& fields) {
    const std::string indent(static_cast<std::size_t>(level) * 2, ' ');
    std::string out = indent + key + ": {";
    const std::string under(key.size() + indent.size() + 3, ' ');
    std::size_t column = out.size();
    for (std::size_t k = 0; k < fields.size(); ++k) {
      const bool last = k + 1 == fields.size();
      if (k > 0 && column + fields[k].size() + 2 > kWidth) {
        out += "\n" + under;
        column = under.size();
      } else if (k > 0) {
        out += " ";
        ++column;
      }
      out += fields[k] + (last ? "}" : ",");
      column += fields[k].size() + 1;
    }
    text_ += out + (fields.empty() ? "}" : "") + "\n";
  }

  static Fields settings(const std::vector<Setting>& settings) {
    Fields fields;
    for (const Setting& setting : settings) fields.push_back(field(setting.name, setting.value));
    return fields;
  }

  void write_param(const ParamSpec& param) {
    Fields fields = {field("default", param.fallback)};
    if (!param.symbol.empty()) fields.push_back(text_field("symbol", param.symbol));
    if (!param.help.empty()) fields.push_back(text_field("help", param.help));
    if (!param.choices.empty()) fields.push_back(field("choices", Value(param.choices)));
    if (param.min) fields.push_back(field("min", Value(*param.min)));
    if (param.max) fields.push_back(field("max", Value(*param.max)));
    if (!param.sweep.empty()) fields.push_back(field("sweep", Value(param.sweep)));
    if (param.neutral) fields.emplace_back("neutral: true");
    std::vector<std::string> claims;
    for (const ScalingClaim& claim : param.scaling)
      claims.push_back(fmt::format("{{{}: {}, {}}}", claim.cost, claim.exponent,
                                   text_field("source", claim.source)));
    if (!claims.empty()) fields.push_back(fmt::format("scaling: [{}]", join(claims, ", ")));
    entry(1, param.name, fields);
  }

  void write_table(const LookupTable& table) {
    if (table.value) {
      line(1, field(table.name, *table.value));
      return;
    }
    Fields fields = {field("by", *table.by)};
    for (const LookupRow& row : table.rows) fields.push_back(field(to_string(row.key), row.value));
    entry(1, table.name, fields);
  }

  void write_block(const BlockSpec& block) {
    line(1, block.name + ":");
    Fields args, lets;
    for (const ArgSpec& arg : block.args) {
      const std::string fallback = arg.fallback ? value_text(arg.fallback->text) : "required";
      if (arg.choices.empty()) {
        args.push_back(fmt::format("{}: {}", arg.name, fallback));
      } else {
        const std::string choices = field("choices", Value(arg.choices));
        args.push_back(arg.fallback
                           ? fmt::format("{}: {{default: {}, {}}}", arg.name, fallback, choices)
                           : fmt::format("{}: {{{}}}", arg.name, choices));
      }
    }
    for (const NamedExpression& let : block.lets) lets.push_back(field(let.name, let.value));
    if (!args.empty()) entry(2, "args", args);
    for (const std::string& text : tensor_fields(block.tensors)) line(2, text);
    if (!lets.empty()) entry(2, "let", lets);
    line(2, "layers:");
    write_items(3, block.layers);
  }

  // --- items -----------------------------------------------------------------------------------

  void write_items(int level, const std::vector<Item>& items) {
    for (const Item& item : items) write_item(level, item);
  }

  static std::string references(std::string_view key, const std::vector<Reference>& references) {
    std::vector<std::string> paths;
    for (const Reference& reference : references) paths.push_back(scalar(reference.path));
    return fmt::format("{}: [{}]", key, join(paths, ", "));
  }

  static Fields tensor_fields(const TensorNames& tensors) {
    Fields fields;
    if (!tensors.inputs.empty())
      fields.push_back(fmt::format("inputs: [{}]", join(tensors.inputs, ", ")));
    if (!tensors.outputs.empty()) fields.push_back(references("outputs", tensors.outputs));
    return fields;
  }

  static Fields item_fields(const Item& item) {
    Fields fields;
    if (!item.name.empty()) fields.push_back(text_field("name", item.name));
    if (item.repeat) fields.push_back(field("repeat", *item.repeat));
    for (const NamedExpression& argument : item.arguments)
      fields.push_back(field(argument.name, argument.value));
    if (item.call) fields.push_back(field("call", item.call->value));
    if (item.when) fields.push_back(field("when", *item.when));
    if (item.from.size() == 1 && item.form != Item::Form::kMerge) {
      fields.push_back(text_field("from", item.from[0].path));
    } else if (!item.from.empty()) {
      fields.push_back(references("from", item.from));
    }
    if (item.weights_of) fields.push_back(text_field("weights_of", item.weights_of->path));
    for (std::string& text : tensor_fields(item.tensors)) fields.push_back(std::move(text));
    return fields;
  }

  // A group of plain layers: "- group: {name: 0, layers: [conv: {out: 8}, relu]}". Empty for
  // others.
  static std::string on_one_line(const Item& item, Fields fields) {
    std::vector<std::string> layers;
    for (const Item& layer : item.layers) {
      if (!layer.layers.empty() || !layer.branches.empty()) return {};
      const Fields own = item_fields(layer);
      layers.push_back(own.empty() ? layer.head
                                   : fmt::format("{}: {{{}}}", layer.head, join(own, ", ")));
    }
    if (layers.empty()) return {};
    fields.push_back(fmt::format("layers: [{}]", join(layers, ", ")));
    return fmt::format("- {}: {{{}}}", item.head, join(fields, ", "));
  }

  void write_item(int level, const Item& item) {
    const Fields fields = item_fields(item);
    const bool nested = item.form == Item::Form::kGroup || !item.branches.empty();
    const std::string short_group = nested ? on_one_line(item, fields) : std::string();
    if (!short_group.empty() &&
        short_group.size() + 2 * static_cast<std::size_t>(level) <= kWidth) {
      line(level, short_group);
      return;
    }
    if (!nested && fields.empty()) {
      line(level, "- " + item.head);
    } else if (!nested) {
      entry(level, "- " + item.head, fields);
    } else {
      line(level, fmt::format("- {}:", item.head));
      for (const std::string& text : fields) line(level + 2, text);
      if (item.form == Item::Form::kGroup) {
        line(level + 2, "layers:");
        write_items(level + 3, item.layers);
      } else {
        write_branches(level + 2, item);
      }
    }
  }

  void write_branches(int level, const Item& item) {
    const bool named = std::none_of(item.branches.begin(), item.branches.end(),
                                    [](const Branch& branch) { return branch.name.empty(); });
    if (!named) line(level, "branches:");
    for (const Branch& branch : item.branches) {
      const std::string head = named ? branch.name + ":" : "-";
      const int inner = named ? level + 1 : level + 2;
      if (branch.when) {
        line(named ? level : level + 1, head);
        line(inner, field("when", *branch.when));
        if (branch.layers.empty()) continue;
        line(inner, "layers:");
        write_items(inner + 1, branch.layers);
      } else if (branch.layers.empty()) {
        line(named ? level : level + 1, head + " []");
      } else {
        line(named ? level : level + 1, head);
        write_items(inner, branch.layers);
      }
    }
  }

  // --- figures and searches --------------------------------------------------------------------

  void write_row(const PublishedRow& row) {
    Fields fields, at = settings(row.at);
    if (!row.preset.empty()) at.insert(at.begin(), text_field("preset", row.preset));
    if (!at.empty()) fields.push_back(fmt::format("at: {{{}}}", join(at, ", ")));
    for (const Figure& figure : row.figures) fields.push_back(text_field(figure.name, figure.text));
    if (row.rule) fields.push_back(text_field("as", row.rule->text));
    if (!row.why.empty()) fields.push_back(text_field("why", row.why));
    if (!row.recipe.empty()) fields.push_back(text_field("recipe", row.recipe));
    fields.push_back(text_field("source", row.source));
    std::string text = "- {";
    for (std::size_t k = 0; k < fields.size(); ++k) text += (k > 0 ? ", " : "") + fields[k];
    line(1, text + "}");
  }

  void write_search(const SearchSpec& search) {
    blank();
    line(0, "search:");
    if (!search.vary.empty()) line(1, "vary:");
    for (const SearchVary& axis : search.vary)
      line(2, fmt::format("{}: {}", scalar(axis.name), value_text("[" + axis.values + "]")));
    if (!search.conditions.empty()) line(1, "where:");
    for (const Expression& condition : search.conditions) line(2, "- " + scalar(condition.text));
  }

  std::string text_;
};

}  // namespace

std::string write_spec(const ArchSpec& spec, const std::vector<std::string>& comments) {
  return Writer().run(inline_includes(spec), comments);
}

ArchSpec with_defaults(ArchSpec spec, const std::map<std::string, Value>& values) {
  for (ParamSpec& param : spec.files.front().params) {
    const auto value = values.find(param.name);
    if (value != values.end()) param.fallback.text = to_string(value->second);
  }
  spec.presets.clear();
  spec.published.clear();
  spec.accuracy.clear();
  spec.search.reset();
  return spec;
}

}  // namespace archcost::spec
