// SPDX-License-Identifier: Apache-2.0
// LaTeX: a booktabs tabular for each table; titles and notes are comments.
#include <algorithm>
#include <array>
#include <utility>

#include "reports/writers/text_table.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::writers {
namespace {

// What pdflatex does not print as it stands.
constexpr std::array<std::pair<std::string_view, std::string_view>, 31> kEscapes = {{
    {"\\", "\\textbackslash{}"},
    {"&", "\\&"},
    {"%", "\\%"},
    {"$", "\\$"},
    {"#", "\\#"},
    {"_", "\\_"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"~", "\\textasciitilde{}"},
    {"^", "\\textasciicircum{}"},
    {"<", "\\textless{}"},
    {">", "\\textgreater{}"},
    {"|", "\\textbar{}"},
    {"\"", "\\textquotedbl{}"},
    {"\n", " "},
    {"\r", " "},
    {"α", "$\\alpha$"},
    {"ρ", "$\\rho$"},
    {"φ", "$\\varphi$"},
    {"Δ", "$\\Delta$"},
    {"×", "$\\times$"},
    {"·", "$\\cdot$"},
    {"±", "$\\pm$"},
    {"²", "$^2$"},
    {"³", "$^3$"},
    {"≤", "$\\leq$"},
    {"≥", "$\\geq$"},
    {"≈", "$\\approx$"},
    {"→", "$\\rightarrow$"},
    {"…", "\\ldots{}"},
    {"µ", "$\\mu$"},
}};

std::string comment(const std::string& text) {
  std::string line = "% " + text;
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\r', ' ');
  return line + "\n";
}

std::string table_line(const std::vector<std::string>& cells) {
  std::string line = " ";
  for (std::size_t c = 0; c < cells.size(); ++c)
    line += (c == 0 ? " " : " & ") + escape_latex(cells[c]);
  return line + " \\\\\n";
}

std::string latex_table(const Table& table, bool exact) {
  std::string alignment;
  std::vector<std::string> titles;
  for (const Column& column : table.columns) {
    alignment += column.format == kText ? 'l' : 'r';
    titles.push_back(column.title);
  }
  std::string text =
      "\\begin{tabular}{" + alignment + "}\n  \\toprule\n" + table_line(titles) + "  \\midrule\n";
  const TextRows rows = text_rows(table, exact);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (table.last_is_total && r > 0 && r + 1 == rows.size()) text += "  \\midrule\n";
    text += table_line(rows[r]);
  }
  return text + "  \\bottomrule\n\\end{tabular}\n";
}

}  // namespace

std::string escape_latex(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const auto found = std::find_if(kEscapes.begin(), kEscapes.end(), [&](const auto& escape) {
      return text.starts_with(escape.first);
    });
    escaped += found == kEscapes.end() ? text.substr(0, 1) : found->second;
    text.remove_prefix(found == kEscapes.end() ? 1 : found->first.size());
  }
  return escaped;
}

std::string write_latex(const Document& document, const TextOptions& options) {
  std::string text = "% \\usepackage{booktabs,textcomp}\n";
  if (!document.title.empty()) text += comment(document.title);
  if (!document.subtitle.empty()) text += comment(document.subtitle);
  for (const Section& section : document.sections) {
    text += "\n";
    if (!section.heading.empty()) text += comment(section.heading);
    if (!section.table.columns.empty()) text += latex_table(section.table, options.exact);
    for (const std::string& note : section.notes) text += comment(note);
  }
  return text;
}

}  // namespace archcost::writers
