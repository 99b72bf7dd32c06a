// SPDX-License-Identifier: Apache-2.0
// LaTeX: a booktabs tabular for each table; titles and notes are comments.
#include <fmt/core.h>

#include <utility>

#include "core/text.hpp"
#include "reports/writers/text_table.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::writers {
namespace {

// What pdflatex does not print as it stands.
constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {
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
    {"↑", "$\\uparrow$"},
    {"…", "\\ldots{}"},
    {"–", "--"},
    {"µ", "$\\mu$"},
};
// From alpha to omega.
constexpr const char* kGreek[] = {
    "alpha", "beta",   "gamma",   "delta",  "varepsilon", "zeta",      "eta",  "theta", "iota",
    "kappa", "lambda", "mu",      "nu",     "xi",         "mathit{o}", "pi",   "rho",   "varsigma",
    "sigma", "tau",    "upsilon", "varphi", "chi",        "psi",       "omega"};

// Letters of western Europe are printed; what pdflatex has no command for is shown as its code
// point.
std::string latex_character(std::string_view character) {
  for (const auto& [plain, escaped] : kEscapes) {
    if (character == plain) return std::string(escaped);
  }
  if (character.size() == 1) return std::string(character);
  const std::uint32_t code = code_point(character);
  if (code >= 0x3B1 && code <= 0x3C9) return fmt::format("$\\{}$", kGreek[code - 0x3B1]);
  const bool icelandic = code == 0xD0 || code == 0xDE || code == 0xF0 || code == 0xFE;
  if (code >= 0xC0 && code <= 0xFF && !icelandic) return std::string(character);
  return fmt::format("[U+{:04X}]", code);
}

std::string comment(const std::string& text) { return "% " + one_line(text) + "\n"; }

// "[" and "*" after the end of a row would be options of it.
std::string table_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t c = 0; c < cells.size(); ++c)
    line += (c == 0 ? "" : " & ") + escape_latex(cells[c]);
  return (line.find_first_of("[*") == 0 ? "  {}" : "  ") + line + " \\\\\n";
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
  const std::string line = one_line(text);
  std::string escaped;
  for (const std::string_view character : utf8_characters(line))
    escaped += latex_character(character);
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
