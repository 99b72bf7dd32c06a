// SPDX-License-Identifier: Apache-2.0
#include "reports/templates/template_page.hpp"

#include <fmt/core.h>

#include <set>

#include "core/sha256.hpp"
#include "core/text.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/templates/block_builders.hpp"

namespace archcost::templates {
namespace {

// The message of an error that has no place in a file; nothing for one that has.
std::optional<std::string> plain_message(const Error& error) {
  if (error.diagnostics().size() != 1 || !error.diagnostics().front().excerpt.empty()) return {};
  const Diagnostic& one = error.diagnostics().front();
  return one.place.empty() ? one.message : one.place + ": " + one.message;
}

// The figures of a field.
std::vector<FigureCall> calls_in(const TemplateField& field) {
  std::vector<FigureCall> calls;
  const auto add = [&](const spec::Expression& expression) {
    for (FigureCall& call : figure_calls(expression, true)) calls.push_back(std::move(call));
  };
  for (const TemplateText& value : field.values) {
    if (field.row->type == FieldType::kExpression)
      add(spec::parse_expression(value.text, value.where, value.literal));
    if (field.row->type != FieldType::kProse) continue;
    for (const ProsePiece& piece : parse_prose(value)) {
      for (const spec::Expression& figure : piece.figure) add(figure);
    }
  }
  return calls;
}

// The names of networks in a field: as such, or in figures.
std::vector<TemplateText> networks_in(TemplateData& data, const TemplateField& field) {
  if (field.row->type == FieldType::kNetwork) return field.values;
  if (field.row->type == FieldType::kNetworks) return data.expanded(field.values);
  std::vector<TemplateText> names;
  for (FigureCall& call : calls_in(field)) names.push_back(std::move(call.network));
  return names;
}

// Unknown networks are told together, before anything is computed.
void open_networks(TemplateData& data) {
  DiagnosticList diagnostics(data.source().sources);
  for (const TemplateSection& section : data.source().sections) {
    for (const TemplateBlock& block : section.blocks) {
      for (const TemplateField& field : block.fields) {
        for (const TemplateText& name : networks_in(data, field)) {
          try {
            data.spec(name);
          } catch (const Error& error) {
            const auto message = plain_message(error);
            if (!message) throw;
            diagnostics.add(name.where, *message);
          }
        }
      }
    }
  }
  diagnostics.throw_if_any();
}

// The tables and pictures of a page have a file each.
void check_names(const Parts& parts, std::set<std::string>& names) {
  for (const PagePart& part : parts) {
    const auto* table = std::get_if<PageTable>(&part);
    const auto* picture = std::get_if<Picture>(&part);
    if (table == nullptr && picture == nullptr) continue;
    const std::string& name = table != nullptr ? table->name : picture->name;
    if (!names.insert(name).second)
      throw Error(fmt::format(
          "'{}' is the name of another table or picture too; change the block's name", name));
  }
}

Parts build_block(TemplateData& data, const TemplateBlock& block, std::set<std::string>& names) {
  const Sources& sources = data.source().sources;
  try {
    Parts parts = block.kind->build(data, block);
    check_names(parts, names);
    return parts;
  } catch (const spec::ExpressionFault& fault) {
    throw Error({sources.diagnostic(fault.where, fault.message)});
  } catch (const Error& error) {
    const auto message = plain_message(error);
    if (!message) throw;
    throw Error(
        {sources.diagnostic(block.where, fmt::format("{}: {}", block.kind->name, *message))});
  }
}

// When, where and how it was measured, once: before the first measured section's blocks.
Parts measured_introduction(TemplateData& data, const TemplateSection& section) {
  for (const TemplateBlock& block : section.blocks) {
    const std::vector<TemplateText> names = data.expanded(block.all("networks"));
    if (!block.kind->measured || names.empty()) continue;
    return pages::measured_origin(*data.measured(names.front()).measurement,
                                  data.input().origin.measured_command);
  }
  return {};
}

// The template stands first among the files.
Parts origin_of(const TemplateData& data) {
  Parts parts = pages::origin_parts(data.specs(), data.input().origin);
  const SourceFile& file = data.source().sources.file(0);
  auto& rows = std::get<PageTable>(parts.back()).table.rows;
  rows.insert(rows.begin(),
              {std::filesystem::path(file.name).filename().string(), sha256(file.text)});
  return parts;
}

}  // namespace

std::vector<std::string> engines_of(const ReportTemplate& source) {
  std::vector<std::string> engines;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && !is_one_of(name, engines)) engines.push_back(name);
  };
  for (const TemplateSection& section : source.sections) {
    for (const TemplateBlock& block : section.blocks) {
      for (const TemplateField& field : block.fields) {
        for (const FigureCall& call : calls_in(field)) add(call.engine);
        if (field.row->type != FieldType::kEngines) continue;
        for (const TemplateText& value : field.values) add(value.text);
      }
    }
  }
  return engines;
}

Page template_page(const ReportTemplate& source, const TemplateInput& input) {
  TemplateData data(source, input);
  open_networks(data);
  Page page;
  page.title = source.title;
  std::string kept = input.origin.kept;
  std::set<std::string> names = {"specs"};
  bool introduced = false;
  for (const TemplateSection& section : source.sections) {
    if (section.measured && !input.measure) {
      if (!kept.empty()) page.sections.push_back({"", {}, true, std::move(kept)});
      kept.clear();
      continue;
    }
    PageSection made = {section.heading.text, {}, section.measured};
    if (section.measured && !introduced) {
      made.parts = measured_introduction(data, section);
      introduced = !made.parts.empty();
    }
    for (const TemplateBlock& block : section.blocks) {
      for (PagePart& part : build_block(data, block, names)) made.parts.push_back(std::move(part));
    }
    page.sections.push_back(std::move(made));
  }
  page.sections.push_back({"Where this comes from", origin_of(data)});
  return page;
}

}  // namespace archcost::templates
