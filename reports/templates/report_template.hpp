// SPDX-License-Identifier: Apache-2.0
// A report template as plain values: what the YAML says, every key checked, nothing computed yet.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostic.hpp"
#include "reports/document/page.hpp"

namespace archcost::templates {

using document::Cell, document::Column, document::Document, document::Format, document::Page,
    document::PagePart, document::PageSection, document::PageTable, document::Paragraph,
    document::Picture, document::Section, document::Subheading, document::Table;

class TemplateData;
struct TemplateBlock;

/// What a field of a block holds.
enum class FieldType {
  kProse,       ///< text with placeholders: "{macs(resnet50) | count}"
  kText,        ///< text as it is
  kTexts,       ///< one text or a list
  kName,        ///< of the block's tables and pictures, and so of their files
  kNetwork,     ///< a name of the template's `networks`, or SPEC as on the command line
  kNetworks,    ///< one or more of them
  kBudgets,     ///< one or more numbers: "50M"
  kCosts,       ///< costs that a sweep can have as columns
  kChoices,     ///< one or more words of the field's own list
  kEngines,     ///< one or more names of engines: "onnxruntime"
  kExpression,  ///< over costs of networks: "macs(a) / macs(b)"
};

struct FieldRow {
  std::string_view key;
  FieldType type;
  bool required = false;
  std::string_view choices = {};  ///< of kChoices, separated by blanks
};

/// A kind of block: its fields. A block that isn't written as a map has the first field only.
struct BlockKind {
  std::string_view name;
  std::span<const FieldRow> fields;
  std::vector<PagePart> (*build)(TemplateData&, const TemplateBlock&);
  bool measured = false;  ///< only in sections that are measured
};
std::span<const BlockKind> block_kinds();

struct TemplateText {
  std::string text;
  SourceRef where;
  bool literal =
      false;  ///< stands in the file as it is, so that its parts have places of their own
};

struct TemplateField {
  const FieldRow* row;
  std::vector<TemplateText> values;  ///< at least one
};

struct TemplateBlock {
  const BlockKind* kind;
  SourceRef where;
  std::vector<TemplateField> fields;

  /// The values of a field; empty if the block doesn't have it.
  std::span<const TemplateText> all(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  /// The first value, or `fallback`.
  std::string text(std::string_view key, std::string_view fallback = {}) const;
};

struct TemplateSection {
  TemplateText heading;  ///< empty: none
  bool measured = false;
  std::vector<TemplateBlock> blocks;
};

/// A name for a network, or for several that blocks take as a list.
struct NetworkName {
  std::string name;
  std::vector<TemplateText> specs;  ///< SPEC as on the command line
};

struct ReportTemplate {
  Sources sources;
  std::filesystem::path folder;  ///< files of networks are relative to it
  std::string title;
  std::vector<NetworkName> networks;
  std::vector<TemplateSection> sections;

  const NetworkName* find_network(std::string_view name) const;
};

/// Throws Error with every mistake of form.
ReportTemplate read_template(const std::filesystem::path& path);
/// The same from a text; `name` is what messages call it.
ReportTemplate read_template_text(std::string name, std::string text,
                                  const std::filesystem::path& folder);

/// The file of a template: a path, or the name of one that ships with archcost. Throws Error.
std::filesystem::path find_template(const std::string& name);
/// Names of the shipped templates, sorted.
std::vector<std::string> template_names();

}  // namespace archcost::templates
