// SPDX-License-Identifier: Apache-2.0
// YAML to a report template. Every mistake of form becomes a diagnostic, and reading goes on.
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "core/text_file.hpp"
#include "cost/named_cost.hpp"
#include "reports/templates/figures.hpp"
#include "reports/templates/report_template.hpp"
#include "runner/engine.hpp"
#include "spec/fields.hpp"

namespace archcost::templates {
namespace {

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const BlockKind& kind : block_kinds()) names.emplace_back(kind.name);
  return names;
}

class TemplateReader {
 public:
  explicit TemplateReader(ReportTemplate& made)
      : made_(&made), diagnostics_(made.sources), fields_(diagnostics_) {}

  void run() {
    const spec::YamlNode root = spec::parse_yaml(made_->sources, 0, diagnostics_);
    if (fields_.want_map(root, "a report template")) {
      fields_.check_keys(root, {"title", "networks", "sections"}, "report template");
      if (const spec::YamlNode* title = want_key(root, "title", "report template"))
        made_->title = fields_.text(*title, "title").value_or("");
      if (const spec::YamlNode* networks = root.find("networks")) read_networks(*networks);
      if (const spec::YamlNode* sections = want_key(root, "sections", "report template"))
        read_sections(*sections);
    }
    diagnostics_.throw_if_any();
  }

 private:
  const spec::YamlNode* want_key(const spec::YamlNode& map, std::string_view key,
                                 std::string_view subject) {
    const spec::YamlNode* node = map.find(key);
    if (node == nullptr)
      fields_.error(map.where, fmt::format("{}: missing key '{}'", subject, key));
    return node;
  }

  std::optional<TemplateText> text(const spec::YamlNode& node, const std::string& what) {
    const auto text = fields_.text(node, what);
    if (!text) return {};
    TemplateText read = {std::string(trim(*text)), node.where, node.literal};
    if (node.literal && node.quoted) ++read.where.column;
    return read;
  }

  // One text stands for a list of one.
  std::vector<TemplateText> texts(const spec::YamlNode& node, const std::string& what) {
    std::vector<TemplateText> read;
    for (const spec::YamlNode& item :
         node.is_list() ? node.items : std::vector<spec::YamlNode>{node}) {
      if (auto one = text(item, what)) read.push_back(std::move(*one));
    }
    if (node.is_list() && node.items.empty())
      fields_.error(node.where, fmt::format("{} is empty", what));
    return read;
  }

  void read_networks(const spec::YamlNode& node) {
    if (!fields_.want_map(node, "networks")) return;
    for (const spec::YamlNode::Entry& entry : node.entries) {
      if (!is_identifier(entry.key))
        fields_.error(
            entry.where,
            fmt::format("network '{}' must be named with letters, digits and '_'", entry.key));
      made_->networks.push_back(
          {entry.key, texts(entry.value, fmt::format("network '{}'", entry.key))});
    }
  }

  void read_sections(const spec::YamlNode& node) {
    if (!fields_.want_list(node, "sections")) return;
    bool measured_ended = false;
    for (const spec::YamlNode& item : node.items) {
      if (!fields_.want_map(item, "a section")) continue;
      fields_.check_keys(item, {"heading", "measured", "blocks"}, "section");
      TemplateSection section;
      if (const spec::YamlNode* heading = item.find("heading"))
        section.heading = text(*heading, "heading").value_or(TemplateText());
      if (const spec::YamlNode* measured = item.find("measured"))
        section.measured = fields_.constant(*measured, "measured", {}) == spec::Value(1);
      if (section.measured && measured_ended)
        fields_.error(item.where, "measured sections must follow each other");
      measured_ended |=
          !section.measured && !made_->sections.empty() && made_->sections.back().measured;
      if (const spec::YamlNode* blocks = want_key(item, "blocks", "section"))
        read_blocks(*blocks, section);
      made_->sections.push_back(std::move(section));
    }
  }

  void read_blocks(const spec::YamlNode& node, TemplateSection& section) {
    if (!fields_.want_list(node, "blocks")) return;
    for (const spec::YamlNode& item : node.items) {
      if (!fields_.want_map(item, "a block")) continue;
      if (item.entries.size() != 1) {
        fields_.error(item.where, fmt::format("a block has one key, its kind, not {}; its fields "
                                              "are indented below the kind",
                                              item.entries.size()));
        continue;
      }
      const spec::YamlNode::Entry& entry = item.entries.front();
      const auto kind = std::find_if(block_kinds().begin(), block_kinds().end(),
                                     [&](const BlockKind& one) { return one.name == entry.key; });
      if (kind == block_kinds().end()) {
        fields_.check_keys(item, kind_names(), "blocks", "block");
        continue;
      }
      if (kind->measured && !section.measured)
        fields_.error(
            entry.where,
            fmt::format("{} needs measured times; give its section 'measured: true'", kind->name));
      section.blocks.push_back({&*kind, entry.where, {}});
      read_fields(entry, section.measured, section.blocks.back());
    }
  }

  void read_fields(const spec::YamlNode::Entry& entry, bool measured, TemplateBlock& block) {
    const spec::YamlNode& node = entry.value;
    if (!node.is_map()) {
      if (node.kind != spec::YamlNode::Kind::kNull) {
        block.fields.push_back({&block.kind->fields.front(), {}});
        read_field(node, entry.key, measured, block.fields.back());
      }
    } else {
      std::vector<std::string> known;
      for (const FieldRow& row : block.kind->fields) known.emplace_back(row.key);
      fields_.check_keys(node, known, entry.key);
    }
    for (const FieldRow& row : block.kind->fields) {
      const spec::YamlNode* value = node.find(row.key);
      if (value != nullptr) {
        block.fields.push_back({&row, {}});
        read_field(*value, fmt::format("{} of {}", row.key, entry.key), measured,
                   block.fields.back());
      } else if (row.required && node.kind != spec::YamlNode::Kind::kNull &&
                 block.all(row.key).empty()) {
        fields_.error(entry.where, fmt::format("{}: missing key '{}'", entry.key, row.key));
      }
    }
  }

  void read_field(const spec::YamlNode& node, const std::string& what, bool measured,
                  TemplateField& field) {
    const FieldType type = field.row->type;
    const bool list = type == FieldType::kTexts || type == FieldType::kBudgets ||
                      type == FieldType::kNetworks || type == FieldType::kCosts ||
                      type == FieldType::kChoices || type == FieldType::kEngines;
    if (list) {
      field.values = texts(node, what);
    } else if (auto one = text(node, what)) {
      field.values.push_back(std::move(*one));
    }
    for (const TemplateText& value : field.values) check_value(value, what, measured, *field.row);
  }

  void check_value(const TemplateText& value, const std::string& what, bool measured,
                   const FieldRow& row) {
    try {
      if (row.type == FieldType::kProse) {
        for (const ProsePiece& piece : parse_prose(value)) {
          for (const spec::Expression& figure : piece.figure) figure_calls(figure, measured);
        }
      } else if (row.type == FieldType::kExpression) {
        figure_calls(spec::parse_expression(value.text, value.where, value.literal), measured);
      }
    } catch (const spec::ExpressionFault& fault) {
      fields_.error(fault.where, fmt::format("{}: {}", what, fault.message));
    }
    if (row.type == FieldType::kName) check_name(value, what, measured);
    if (row.type == FieldType::kBudgets && !parse_budget(value.text))
      fields_.error(value.where, fmt::format("{}: '{}' is no number above 0; write it as 150M",
                                             what, value.text));
    if (row.type == FieldType::kCosts) want_word(value, what, "cost", cost::named_costs());
    if (row.type == FieldType::kEngines)
      want_word(value, what, "engine", names_of(runner::engines()));
    if (row.type == FieldType::kChoices)
      want_word(value, what, "word", split(std::string(row.choices), ' '));
  }

  void check_name(const TemplateText& value, const std::string& what, bool measured) {
    if (!is_identifier(value.text))
      fields_.error(value.where, fmt::format("{} names files; use letters, digits and '_'", what));
    else if ((value.text + "_").starts_with("measured_") != measured)
      fields_.error(value.where,
                    fmt::format("{}: names in measured sections, and only there, begin with "
                                "'measured'",
                                what));
  }

  void want_word(const TemplateText& value, const std::string& what, std::string_view noun,
                 const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), value.text) == known.end())
      fields_.error(value.where, fmt::format("{}: unknown {} '{}'{}", what, noun, value.text,
                                             suggestion(value.text, known)));
  }

  ReportTemplate* made_;
  DiagnosticList diagnostics_;
  spec::FieldReader fields_;
};

}  // namespace

ReportTemplate read_template_text(std::string name, std::string text,
                                  const std::filesystem::path& folder) {
  ReportTemplate made;
  made.folder = folder;
  made.sources.add({std::move(name), std::move(text)});
  TemplateReader(made).run();
  return made;
}

ReportTemplate read_template(const std::filesystem::path& path) {
  return read_template_text(path.string(), read_text_file(path), path.parent_path());
}

}  // namespace archcost::templates
