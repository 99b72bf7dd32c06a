// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/page_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "core/text.hpp"
#include "reports/writers/diagram.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::writers {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// "arXiv:1704.04861" as a link to the paper.
std::string with_links(const std::string& text) {
  constexpr std::string_view kPrefix = "arXiv:";
  std::string linked;
  std::size_t at = 0;
  while (true) {
    const std::size_t found = text.find(kPrefix, at);
    if (found == std::string::npos) return linked + text.substr(at);
    std::size_t end = found + kPrefix.size();
    while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) ++end;
    while (text[end - 1] == '.') --end;  // of the sentence
    const std::string number = text.substr(found + kPrefix.size(), end - found - kPrefix.size());
    linked += text.substr(at, found - at);
    linked += number.empty() ? std::string(kPrefix)
                             : fmt::format("[arXiv:{}](https://arxiv.org/abs/{})", number, number);
    at = end;
  }
}

std::string paragraph(const std::string& text) { return with_links(markdown_line(text)); }

std::string data_link(const std::string& name) {
  return fmt::format("[{}.csv]({}/{}.csv)", escape_markdown(name), kReportFiles, name);
}

class PartWriter {
 public:
  explicit PartWriter(const std::set<std::string>& drawn) : drawn_(drawn) {}

  std::string operator()(const Paragraph& part) const { return "\n" + paragraph(part.text) + "\n"; }

  std::string operator()(const Bullets& part) const {
    std::string text = "\n";
    for (const std::string& item : part.items) text += "- " + paragraph(item) + "\n";
    return text;
  }

  std::string operator()(const Subheading& part) const {
    return "\n### " + escape_markdown(part.text) + "\n";
  }

  // The fence is longer than any run of backticks inside.
  std::string operator()(const Listing& part) const {
    std::size_t longest = 2, run = 0;
    for (char c : part.text) {
      run = c == '`' ? run + 1 : 0;
      longest = std::max(longest, run);
    }
    const std::string fence(longest + 1, '`');
    const bool ends = part.text.ends_with('\n');
    return "\n" + fence + part.language + "\n" + part.text + (ends ? "" : "\n") + fence + "\n";
  }

  std::string operator()(const PageTable& part) const {
    std::string text;
    if (!part.folded.empty())
      text += "\n<details>\n<summary>" + escape_markdown(part.folded) + "</summary>\n";
    text += "\n" + markdown_table(part.table, false);
    for (const std::string& note : part.notes) text += "\n" + paragraph(note) + "\n";
    text += "\nRaw figures: " + data_link(part.name) + "\n";
    if (!part.folded.empty()) text += "\n</details>\n";
    return text;
  }

  std::string operator()(const document::Tree&) const { return ""; }

  std::string operator()(const document::Diagram& part) const {
    return (*this)(Listing{"mermaid", mermaid_diagram(part)});
  }

  std::string operator()(const Picture& part) const {
    if (!drawn_.contains(part.name))
      return fmt::format("\n(No picture: {}) Its figures: {}\n", escape_markdown(part.alt),
                         data_link(part.name));
    return fmt::format("\n![{}]({}/{}.svg)\n\nFigures of the picture: {}\n",
                       escape_markdown(part.alt), kReportFiles, part.name, data_link(part.name));
  }

 private:
  const std::set<std::string>& drawn_;
};

}  // namespace

std::string write_page(const Page& page, const std::set<std::string>& drawn,
                       const std::string& missing) {
  std::string text = fmt::format("{}\n\n# {}\n", kReportMark, escape_markdown(page.title));
  if (!page.subtitle.empty()) text += "\n" + paragraph(with_commas_for_gaps(page.subtitle)) + "\n";
  if (!missing.empty())
    text += "\nSome pictures are missing: " + escape_markdown(missing) +
            ". The figures of each stand in its CSV.\n";
  const PartWriter writer(drawn);
  for (const PageSection& section : page.sections) {
    if (!section.kept.empty()) {
      text += "\n" + section.kept;
      continue;
    }
    if (section.measured) text += fmt::format("\n{}\n", kMeasuredStart);
    if (!section.heading.empty()) text += "\n## " + escape_markdown(section.heading) + "\n";
    for (const PagePart& part : section.parts) text += std::visit(writer, part);
    if (section.measured) text += fmt::format("\n{}\n", kMeasuredEnd);
  }
  return text;
}

std::string measured_part(const std::string& document) {
  const std::size_t start = document.find(kMeasuredStart), end = document.rfind(kMeasuredEnd);
  if (start == std::string::npos || end == std::string::npos || end < start) return {};
  return document.substr(start, end + kMeasuredEnd.size() - start) + "\n";
}

namespace {

// gnuplot reads it: a row is a line, and a quote ends a text.
Table with_plain_texts(Table table) {
  for (std::vector<Cell>& row : table.rows) {
    for (Cell& cell : row) {
      auto* text = std::get_if<std::string>(&cell);
      if (text == nullptr) continue;
      *text = one_line(*text);
      std::ranges::replace(*text, '"', '\'');
    }
  }
  for (Column& column : table.columns) column.key = one_line(column.key);
  return table;
}

}  // namespace

std::vector<ReportFile> page_data(const Page& page) {
  std::vector<ReportFile> files;
  std::set<std::string> names;
  const auto add = [&](const std::string& name, const Table& table) {
    if (!names.insert(name).second) throw std::logic_error("two parts of a report are " + name);
    files.push_back({name + ".csv", csv_table(table)});
  };
  for (const PageSection& section : page.sections) {
    for (const PagePart& part : section.parts) {
      if (const auto* table = std::get_if<PageTable>(&part))
        add(table->name, table->data ? *table->data : table->table);
      if (const auto* picture = std::get_if<Picture>(&part))
        add(picture->name, with_plain_texts(picture->data));
    }
  }
  return files;
}

std::vector<const Picture*> pictures_of(const Page& page) {
  std::vector<const Picture*> pictures;
  for (const PageSection& section : page.sections) {
    for (const PagePart& part : section.parts) {
      if (const auto* picture = std::get_if<Picture>(&part)) pictures.push_back(picture);
    }
  }
  return pictures;
}

}  // namespace archcost::writers
