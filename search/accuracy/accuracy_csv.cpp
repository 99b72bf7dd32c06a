// SPDX-License-Identifier: Apache-2.0
// A person's own table of accuracies.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "cost/published.hpp"
#include "search/accuracy/accuracy_table.hpp"
#include "search/accuracy/own_tables.hpp"
#include "search/space/spec_text.hpp"

namespace archcost::accuracy {
namespace {

struct CsvCell {
  std::string text;
  int column = 1;  // of its first character; counts characters
};

// The cells of a line; nothing when a quote isn't closed.
std::optional<std::vector<CsvCell>> cells_of(std::string_view line) {
  std::vector<CsvCell> cells(1);
  bool quoted = false;
  int column = 0;
  for (std::string_view c : utf8_characters(line)) {
    ++column;
    if (c == "\"") {
      quoted = !quoted;
    } else if (c == "," && !quoted) {
      cells.push_back({"", column + 1});
    } else {
      cells.back().text += c;
    }
  }
  if (quoted) return std::nullopt;
  for (CsvCell& cell : cells) {
    const std::size_t blanks = std::min(cell.text.find_first_not_of(" \t"), cell.text.size());
    cell.column += static_cast<int>(blanks);
    cell.text = std::string(trim(cell.text));
  }
  return cells;
}

constexpr std::string_view kSpecColumn = "spec";

// A line of a table without its end; empty for a comment.
std::string_view line_text(std::string_view line, bool first) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (first && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  return trim(line).starts_with('#') ? std::string_view() : line;
}

class AccuracyCsv {
 public:
  AccuracyCsv(const spec::ArchSpec& spec, const graph::BuildOptions& base, const std::string& name,
              const std::string& text)
      : spec_(&spec), base_(&base), lines_(split(text, '\n')), mistakes_(sources_) {
    sources_.add({name, text});
    table_.family = spec.name;
    table_.recipe = table_.source = name;
  }

  /// Only the rows for this user, if the table has a column 'spec'.
  void set_user(const TableUser& user) { user_ = &user; }
  /// What the column 'spec' names.
  const std::set<std::string>& named() const { return named_; }

  AccuracyTable run() {
    for (std::size_t k = 0; k < lines_.size(); ++k) {
      const std::string_view line = line_text(lines_[k], k == 0);
      if (trim(line).empty()) continue;
      const int number = static_cast<int>(k) + 1;
      const auto cells = cells_of(line);
      if (!cells) {
        mistakes_.add({0, number, 1}, "a double quote isn't closed in this line");
      } else if (!header_) {
        header(*cells, number);
        mistakes_.throw_if_any();
      } else {
        row(*cells, number);
      }
    }
    if (!header_)
      mistakes_.add({0, 0, 0}, "it is empty; " + what_is_wanted());
    else if (table_.rows.empty() && named_.empty() && mistakes_.empty())
      mistakes_.add({0, 0, 0}, "it has no rows below the names of the columns");
    mistakes_.throw_if_any();
    bind_rows(*spec_, table_);
    return std::move(table_);
  }

 private:
  static bool is_accuracy(const std::string& name) { return name == "accuracy" || name == "top1"; }

  std::vector<std::string> params() const {
    std::vector<std::string> names;
    for (const spec::ParamSpec& param : spec_->main().params) names.push_back(param.name);
    return names;
  }

  std::string what_is_wanted() const {
    return fmt::format("the first line names the columns: parameters of '{}' and accuracy, as {}",
                       spec_->name, params().empty() ? "accuracy" : params().front() + ",accuracy");
  }

  void header(const std::vector<CsvCell>& cells, int line) {
    header_ = true;
    const bool for_specs = user_ != nullptr && spec_->find_param(kSpecColumn) == nullptr &&
                           std::any_of(cells.begin(), cells.end(), [](const CsvCell& cell) {
                             return cell.text == kSpecColumn;
                           });
    for (const CsvCell& cell : cells) {
      const SourceRef where = {0, line, cell.column};
      const bool twice = std::find(names_.begin(), names_.end(), cell.text) != names_.end() ||
                         (is_accuracy(cell.text) && accuracy_);
      if (is_accuracy(cell.text)) accuracy_ = names_.size();
      if (for_specs && cell.text == kSpecColumn && !twice) spec_column_ = names_.size();
      names_.push_back(cell.text);
      std::vector<std::string> known = params();
      known.insert(known.end(), {"preset", "accuracy", "top1"});
      if (cell.text.empty()) {
        mistakes_.add(where, "a column without a name; " + what_is_wanted());
      } else if (!for_specs && std::find(known.begin(), known.end(), cell.text) == known.end()) {
        mistakes_.add(where, fmt::format("'{}' has no parameter '{}'{}", spec_->name, cell.text,
                                         suggestion(cell.text, known)));
      } else if (twice) {
        mistakes_.add(where, fmt::format("column '{}' stands twice", cell.text));
      }
    }
    if (!accuracy_ && mistakes_.empty())
      mistakes_.add({0, line, 1}, "no column 'accuracy'; " + what_is_wanted());
  }

  void row(const std::vector<CsvCell>& cells, int line) {
    if (cells.size() != names_.size()) {
      mistakes_.add({0, line, cells.back().column},
                    fmt::format("{} cells, and the first line names {} columns", cells.size(),
                                names_.size()));
      return;
    }
    AccuracyRow row;
    row.at = *base_;
    if (spec_column_) {
      const CsvCell& cell = cells[*spec_column_];
      if (cell.text.empty()) mistakes_.add({0, line, cell.column}, "the spec is missing");
      named_.insert(cell.text);
      const auto own = base_of(cell.text);
      if (!own) return;
      row.at = *own;
    }
    std::vector<std::string> said;
    const std::size_t before = mistakes_.size();
    for (std::size_t k = 0; k < cells.size(); ++k) {
      const SourceRef where = {0, line, cells[k].column};
      if (k == spec_column_) continue;
      if (k == accuracy_) {
        accuracy(cells[k].text, where, row);
      } else if (!cells[k].text.empty()) {
        setting(names_[k], cells[k].text, where, row);
        said.push_back(names_[k] == "preset" ? cells[k].text : names_[k] + "=" + cells[k].text);
      }
    }
    if (mistakes_.size() > before) return;
    row.name = said.empty() ? "defaults" : join(said, " ");
    if (!binds(row, line)) return;
    table_.rows.push_back(std::move(row));
  }

  // What holds for the rows that name the user's spec so; nothing: it is another spec.
  std::optional<graph::BuildOptions> base_of(const std::string& name) const {
    const std::string plain = space::plain_name(user_->label);
    if (name == user_->label && name != plain) return *user_->options;
    if (name == plain) return *base_;
    if (name != spec_->name) return std::nullopt;
    graph::BuildOptions base = *base_;
    base.preset.clear();
    return base;
  }

  void accuracy(const std::string& text, const SourceRef& where, AccuracyRow& row) {
    const auto wrong = [&](const std::string& what) {
      mistakes_.add(where, what + "; write percent, as 70.9");
    };
    std::optional<Rational> value;
    try {
      value = Rational::parse(text);
    } catch (const CountOverflow&) {
    }
    if (text.empty()) return wrong("the accuracy is missing");
    if (!value) return wrong(fmt::format("'{}' is no accuracy", text));
    if (*value < Rational(0) || Rational(100) < *value)
      return wrong(fmt::format("an accuracy lies between 0 and 100, not {}", text));
    if (Rational(0) < *value && *value < Rational(1))
      return wrong(fmt::format("{} looks like a fraction", text));
    row.top1 = *value;
    row.unit = Rational(1);
    const std::size_t point = text.find('.');
    for (std::size_t k = point == std::string::npos ? text.size() : point + 1;
         k < text.size() && text[k] >= '0' && text[k] <= '9'; ++k)
      row.unit = row.unit / Rational(10);
  }

  void setting(const std::string& name, const std::string& text, const SourceRef& where,
               AccuracyRow& row) {
    if (name == "preset" && spec_->find_param("preset") == nullptr) {
      std::vector<std::string> known;
      for (const spec::Preset& preset : spec_->presets) known.push_back(preset.name);
      if (spec_->find_preset(text) == nullptr)
        mistakes_.add(where, fmt::format("unknown preset '{}'{}", text,
                                         known.empty() ? fmt::format("; '{}' has none", spec_->name)
                                                       : suggestion(text, known)));
      row.at.preset = text;
      return;
    }
    try {
      graph::ParameterSetting parsed = graph::parse_setting(*spec_, name + "=" + text, "");
      parsed.place = sources_.place(where);
      row.at.settings.push_back(std::move(parsed));
    } catch (const Error& error) {
      mistakes_.add(where, error.diagnostics().front().message);
    }
  }

  // Values that a parameter doesn't allow, and networks that stand in another line already.
  bool binds(const AccuracyRow& row, int line) {
    try {
      std::vector<spec::Value> values = values_of(*spec_, row.at);
      for (const auto& [other, known] : known_) {
        if (!same_accuracy(*spec_, known, values)) continue;
        mistakes_.add({0, line, 1},
                      fmt::format("the same network as in line {}; one figure for each", other));
        return false;
      }
      known_.emplace(line, std::move(values));
      return true;
    } catch (const Error& error) {
      for (const Diagnostic& diagnostic : error.diagnostics())
        mistakes_.add({0, line, 1}, diagnostic.message);
      return false;
    }
  }

  const spec::ArchSpec* spec_;
  const graph::BuildOptions* base_;
  std::vector<std::string> lines_;
  Sources sources_;
  DiagnosticList mistakes_;
  AccuracyTable table_;
  bool header_ = false;
  std::vector<std::string> names_;
  std::optional<std::size_t> accuracy_, spec_column_;
  const TableUser* user_ = nullptr;
  std::set<std::string> named_;
  std::map<int, std::vector<spec::Value>> known_;  // by line
};

}  // namespace

AccuracyTable read_accuracy_csv(const spec::ArchSpec& spec, const graph::BuildOptions& base,
                                const std::string& name, const std::string& text) {
  return AccuracyCsv(spec, base, name, text).run();
}

namespace {

// What the plain name of a label stands for, and what --set sets.
graph::BuildOptions plain_options(const TableUser& user) {
  graph::BuildOptions options = *user.options;
  const std::string plain = space::plain_name(user.label);
  if (options.preset != plain.substr(0, plain.find('+'))) options.preset.clear();
  std::erase_if(options.settings, [](const graph::ParameterSetting& setting) {
    return !setting.place.starts_with("--set");
  });
  return options;
}

bool has_spec_column(const std::string& text) {
  const std::vector<std::string> lines = split(text, '\n');
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const std::string_view line = line_text(lines[k], k == 0);
    if (trim(line).empty()) continue;
    const auto cells = cells_of(line).value_or(std::vector<CsvCell>());
    return std::any_of(cells.begin(), cells.end(),
                       [](const CsvCell& cell) { return cell.text == kSpecColumn; });
  }
  return false;
}

}  // namespace

OwnTables read_own_tables(const std::vector<TableUser>& users, const std::string& name,
                          const std::string& text) {
  OwnTables own;
  own.names_specs = has_spec_column(text);
  std::set<std::string> plain, named;
  for (const TableUser& user : users) plain.insert(space::plain_name(user.label));
  if (plain.size() > 1 && !own.names_specs) {
    throw Error(name, fmt::format("it doesn't say which rows are for which of '{}'; add a column "
                                  "'spec' with these names",
                                  join({plain.begin(), plain.end()}, "', '")));
  }
  bool any = false;
  for (const TableUser& user : users) {
    const graph::BuildOptions base = plain_options(user);
    AccuracyCsv csv(*user.spec, base, name, text);
    csv.set_user(user);
    AccuracyTable table = csv.run();
    named.insert(csv.named().begin(), csv.named().end());
    any = any || !table.rows.empty();
    own.tables.push_back(table.rows.empty() ? std::nullopt
                                            : std::optional<AccuracyTable>(std::move(table)));
  }
  if (!any) {
    const std::vector<std::string> known(named.begin(), named.end());
    throw Error(name,
                fmt::format("no row is for '{}'; its column 'spec' names '{}'",
                            join({plain.begin(), plain.end()}, "' or '"), join(known, "', '")));
  }
  return own;
}

OwnTables read_own_tables(const std::vector<TableUser>& users, const std::filesystem::path& path) {
  return read_own_tables(users, path.string(), read_text_file(path));
}

}  // namespace archcost::accuracy
