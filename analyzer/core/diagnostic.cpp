// SPDX-License-Identifier: Apache-2.0
#include "core/diagnostic.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"

namespace archcost {
namespace {

constexpr std::size_t kMostShown = 20;
constexpr std::size_t kMostKept = 1000;
constexpr std::size_t kExcerptWidth = 100;

std::string_view line_of(std::string_view text, int line) {
  std::size_t start = 0;
  for (int i = 1; i < line; ++i) {
    start = text.find('\n', start);
    if (start == std::string_view::npos) return {};
    ++start;
  }
  std::string_view rest = text.substr(start, text.find('\n', start) - start);
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

// The line behind four blanks and a caret below the column. A long line is cut around the column.
std::string excerpt_of(std::string_view text, const SourceRef& where, Excerpt excerpt) {
  const std::string_view line = line_of(text, where.line);
  if (trim(line).empty()) return {};
  std::vector<std::string_view> characters = utf8_characters(line);
  const std::size_t caret = std::min<std::size_t>(where.column - 1, characters.size());
  std::size_t first = 0;
  while (excerpt == Excerpt::kTrimmed && first < caret && characters[first] == " ") ++first;
  if (caret - first > kExcerptWidth * 2 / 3) first = caret - kExcerptWidth / 2;
  std::string shown, below;
  for (std::size_t i = first; i < characters.size() && i < first + kExcerptWidth; ++i) {
    // A column each, so that the caret stays below its character.
    shown += characters[i] == "\t" ? " " : find_control(characters[i]) ? "?" : characters[i];
  }
  below.assign(caret - first, ' ');
  return fmt::format("    {}\n    {}^", shown, below);
}

std::string render(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  const std::size_t shown = std::min(diagnostics.size(), kMostShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const Diagnostic& d = diagnostics[i];
    text += d.place.empty() ? fmt::format("error: {}\n", d.message)
                            : fmt::format("{}: error: {}\n", d.place, d.message);
    if (!d.excerpt.empty()) text += d.excerpt + "\n";
  }
  if (diagnostics.size() > shown) {
    text +=
        fmt::format("{}{} errors, the first {} shown\n",
                    diagnostics.size() < kMostKept ? "" : "at least ", diagnostics.size(), shown);
  } else if (diagnostics.size() > 1) {
    text += fmt::format("{} errors\n", diagnostics.size());
  }
  text.pop_back();
  return printable(text);
}

}  // namespace

int Sources::add(SourceFile file) {
  files_.push_back(std::move(file));
  return static_cast<int>(files_.size()) - 1;
}

std::string Sources::place(const SourceRef& where) const {
  const std::string& name = file(where.file).name;
  return where.line > 0 ? fmt::format("{}:{}:{}", name, where.line, where.column) : name;
}

Diagnostic Sources::diagnostic(const SourceRef& where, std::string message, Excerpt excerpt) const {
  std::string lines =
      where.line > 0 ? excerpt_of(file(where.file).text, where, excerpt) : std::string();
  return {place(where), std::move(message), std::move(lines), where};
}

Error::Error(std::vector<Diagnostic> diagnostics)
    : std::runtime_error(render(diagnostics)), diagnostics_(std::move(diagnostics)) {}

Error::Error(std::string message) : Error("", std::move(message)) {}

Error::Error(std::string place, std::string message)
    : Error(std::vector<Diagnostic>{{std::move(place), std::move(message), "", {}}}) {}

void DiagnosticList::add(const SourceRef& where, std::string message, Excerpt excerpt) {
  if (items_.size() >= kMostKept) return;
  if (!known_.emplace(where, where.line > 0 ? std::string() : message).second) return;
  items_.push_back({where, std::move(message), excerpt});
}

void DiagnosticList::amend(const SourceRef& where, std::string_view more) {
  for (Item& item : items_) {
    if (item.where == where) item.message += more;
  }
}

void DiagnosticList::throw_if_any() {
  if (items_.empty()) return;
  std::stable_sort(items_.begin(), items_.end(),
                   [](const Item& a, const Item& b) { return a.where < b.where; });
  std::vector<Diagnostic> diagnostics;
  for (Item& item : items_)
    diagnostics.push_back(sources_->diagnostic(item.where, std::move(item.message), item.excerpt));
  throw Error(std::move(diagnostics));
}

}  // namespace archcost
