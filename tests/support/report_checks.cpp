// SPDX-License-Identifier: Apache-2.0
#include "support/report_checks.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <vector>

#include "core/text.hpp"
#include "reports/writers/page_writer.hpp"
#include "support/support.hpp"

namespace archcost::test {
namespace {

namespace fs = std::filesystem;

// Pipes that part cells.
int cells_of(const std::string& line) {
  int pipes = 0;
  for (std::size_t k = 0; k < line.size(); ++k)
    pipes += line[k] == '|' && (k == 0 || line[k - 1] != '\\');
  return pipes - 1;
}

std::string table_faults(const std::string& document) {
  std::string faults;
  int cells = 0, number = 0;
  for (const std::string& line : split(document, '\n')) {
    ++number;
    if (line.empty() || line[0] != '|') {
      cells = 0;
      continue;
    }
    if (cells == 0) cells = cells_of(line);
    if (cells_of(line) != cells || line.back() != '|')
      faults += fmt::format("line {}: {} cells instead of {}\n", number, cells_of(line), cells);
  }
  return faults;
}

std::string link_faults(const fs::path& folder, const std::string& document) {
  std::string faults;
  for (std::size_t at = document.find("]("); at != std::string::npos;
       at = document.find("](", at + 2)) {
    if (at > 0 && document[at - 1] == '\\') continue;  // text, no link
    const std::string target = document.substr(at + 2, document.find(')', at) - at - 2);
    if (target.starts_with("https://")) continue;
    if (target.starts_with("/") || !fs::is_regular_file(folder / target))
      faults += fmt::format("link to '{}'\n", target);
  }
  return faults;
}

// Fields of each record; RFC 4180.
std::vector<std::vector<std::string>> csv_records(const std::string& text) {
  std::vector<std::vector<std::string>> records(1, {""});
  bool quoted = false;
  for (std::size_t k = 0; k < text.size(); ++k) {
    const char c = text[k];
    std::string& field = records.back().back();
    if (quoted && c == '"' && k + 1 < text.size() && text[k + 1] == '"') {
      field += text[++k];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      records.back().emplace_back();
    } else if (!quoted && c == '\n') {
      if (k + 1 < text.size()) records.push_back({""});
    } else {
      field += c;
    }
  }
  return records;
}

std::string csv_faults(const std::string& name, const std::string& text) {
  std::string faults;
  const auto records = csv_records(text);
  const std::set<std::string> keys(records[0].begin(), records[0].end());
  if (keys.size() != records[0].size() || keys.contains("")) faults += name + ": titles\n";
  for (const auto& record : records) {
    if (record.size() != records[0].size())
      faults +=
          fmt::format("{}: {} fields instead of {}\n", name, record.size(), records[0].size());
  }
  return faults;
}

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '_' || c == '-' ||
         c == '.';
}

// The attributes behind a tag's name: NAME = "VALUE", with no < inside, and none twice.
std::string attribute_fault(const std::string& tag) {
  std::set<std::string> names;
  std::size_t at = 0;
  while (true) {
    while (at < tag.size() && std::isspace(static_cast<unsigned char>(tag[at])) != 0) ++at;
    if (at == tag.size()) return {};
    const std::size_t start = at;
    while (at < tag.size() && is_name(tag[at])) ++at;
    const std::string name = tag.substr(start, at - start);
    while (at < tag.size() && std::isspace(static_cast<unsigned char>(tag[at])) != 0) ++at;
    if (name.empty() || at == tag.size() || tag[at] != '=') return "an attribute in <" + tag + ">";
    ++at;
    while (at < tag.size() && std::isspace(static_cast<unsigned char>(tag[at])) != 0) ++at;
    const char quote = at < tag.size() ? tag[at] : ' ';
    const std::size_t end = tag.find(quote, at + 1);
    if ((quote != '"' && quote != '\'') || end == std::string::npos)
      return "a value in <" + tag + ">";
    if (tag.substr(at, end - at).find('<') != std::string::npos) return "a < in <" + tag + ">";
    if (!names.insert(name).second) return "attribute '" + name + "' twice in <" + tag + ">";
    at = end + 1;
  }
}

std::string entity_fault(const std::string& text) {
  for (std::size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
    const std::size_t end = text.find(';', at);
    const std::string name = end == std::string::npos ? "" : text.substr(at + 1, end - at - 1);
    const std::set<std::string> known = {"lt", "gt", "amp", "quot", "apos"};
    if (!known.contains(name) && !name.starts_with("#")) return "an & in '" + text + "'";
  }
  return {};
}

}  // namespace

std::string xml_fault(const std::string& text) {
  if (find_invalid_utf8(text)) return "not UTF-8";
  std::vector<std::string> open;
  std::size_t at = 0;
  int roots = 0;
  while (true) {
    const std::size_t tag = text.find('<', at);
    const std::string between = text.substr(at, tag == std::string::npos ? tag : tag - at);
    if (const std::string fault = entity_fault(between); !fault.empty()) return fault;
    if (open.empty() && !trim(between).empty()) return "text outside of the root";
    if (tag == std::string::npos) break;
    const bool comment = text.compare(tag, 4, "<!--") == 0;
    const std::string closing = comment ? "-->" : ">";
    const std::size_t end = text.find(closing, tag);
    if (end == std::string::npos) return "a tag without an end";
    at = end + closing.size();
    if (comment || text[tag + 1] == '?' || text[tag + 1] == '!') continue;
    std::string inside = text.substr(tag + 1, end - tag - 1);
    if (inside.starts_with("/")) {
      const std::string name(trim(inside.substr(1)));
      if (open.empty() || open.back() != name) return "</" + name + "> closes nothing";
      open.pop_back();
      continue;
    }
    const bool empty = inside.ends_with("/");
    if (empty) inside.pop_back();
    const auto stop = std::find_if_not(inside.begin(), inside.end(), is_name);
    const std::string name(inside.begin(), stop);
    if (const std::string fault = attribute_fault(std::string(stop, inside.end())); !fault.empty())
      return fault;
    roots += open.empty();
    if (!empty) open.push_back(name);
  }
  if (!open.empty()) return "<" + open.back() + "> is not closed";
  return roots == 1 ? "" : fmt::format("{} roots", roots);
}

std::string report_faults(const fs::path& folder) {
  const std::string document = read_file(folder / writers::kReportName);
  if (!document.starts_with(writers::kReportMark)) return "no report\n";
  std::string faults = table_faults(document) + link_faults(folder, document);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / writers::kReportFiles)) {
    const std::string name = entry.path().filename().string();
    if (document.find("](" + std::string(writers::kReportFiles) + "/" + name + ")") ==
        std::string::npos)
      faults += "nothing links to " + name + "\n";
    if (name.ends_with(".csv")) faults += csv_faults(name, read_file(entry.path()));
    if (name.ends_with(".svg")) {
      const std::string fault = xml_fault(read_file(entry.path()));
      if (!fault.empty()) faults += name + ": " + fault + "\n";
    }
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name != writers::kReportName && name != writers::kReportFiles)
      faults += "left behind: " + name + "\n";
  }
  return faults;
}

std::map<std::string, std::string> report_texts(const fs::path& folder) {
  std::map<std::string, std::string> texts;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".md" || extension == ".csv")
      texts[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
  }
  return texts;
}

std::string analytic_part(const std::string& document) {
  std::string text = document;
  while (true) {
    const std::size_t start = text.find("\n" + std::string(writers::kMeasuredStart));
    if (start == std::string::npos) return text;
    const std::size_t end = text.find(writers::kMeasuredEnd, start);
    if (end == std::string::npos) return text;
    text.erase(start, end + writers::kMeasuredEnd.size() + 1 - start);
  }
}

}  // namespace archcost::test
