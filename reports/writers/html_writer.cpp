// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/html_writer.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <set>
#include <stdexcept>

#include "core/sha256.hpp"
#include "core/text.hpp"
#include "reports/document/json.hpp"
#include "reports/writers/diagram.hpp"
#include "reports/writers/page_writer.hpp"
#include "reports/writers/text_table.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::writers {

using document::Chart, document::Json, document::Tree;

namespace {

constexpr std::size_t kWrappedText = 40;  // longer texts of a table's cells are wrapped

// RFC 4648 of the bytes that hexadecimal digits stand for.
std::string base64_of_hex(const std::string& hex) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < hex.size(); at += 6) {
    std::string three = hex.substr(at, 6);
    const std::size_t bytes = three.size() / 2;
    three.resize(6, '0');
    const unsigned long bits = std::strtoul(three.c_str(), nullptr, 16);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= bytes ? kDigits[(bits >> (18 - 6 * k)) & 63U] : '=';
  }
  return text;
}

std::string policy_source(std::string_view text) {
  return "'sha256-" + base64_of_hex(sha256(text)) + "'";
}

// As the content of <script type="application/json">, which no text can end.
std::string embedded(const Json& json) {
  std::string text;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace))
    text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return "<script type=\"application/json\">" + text + "</script>";
}

// "arXiv:1704.04861" as a link to the paper.
std::string linked(std::string_view text) {
  constexpr std::string_view kPrefix = "arXiv:";
  std::string html;
  while (true) {
    const std::size_t found = text.find(kPrefix);
    if (found == std::string_view::npos) return html + escape_html(text);
    std::size_t end = text.find_first_not_of("0123456789.", found + kPrefix.size());
    end = std::min(end, text.size());
    while (text[end - 1] == '.') --end;  // of the sentence
    const std::string name(text.substr(found, end - found));
    const std::string number = name.substr(kPrefix.size());
    html += escape_html(text.substr(0, found));
    html += number.empty()
                ? name
                : fmt::format("<a href=\"https://arxiv.org/abs/{}\" rel=\"noreferrer\">{}</a>",
                              number, name);
    text.remove_prefix(end);
  }
}

// The raw number of a cell, by which it is sorted; empty for texts.
std::string raw_number(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  if (const auto* shown = std::get_if<document::NumberText>(&cell))
    return fmt::format("{}", shown->number);
  return {};
}

std::string cell_html(const Cell& cell, const std::string& shown, const Column& column) {
  const std::string raw = raw_number(cell);
  const bool number = column.format != kText;
  std::string attributes = number                                ? " class=\"n\""
                           : display_width(shown) > kWrappedText ? " class=\"wrap\""
                                                                 : "";
  if (!raw.empty()) attributes += " data-v=\"" + raw + "\"";
  return "<td" + attributes + ">" + linked(shown) + "</td>";
}

// `levels` of a tree, or empty.
std::string table_html(const Table& table, const std::string& name,
                       const std::vector<int>& levels) {
  std::string html = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>\n<thead><tr>",
      escape_html(spaced(name)));
  for (const Column& column : table.columns) {
    html += fmt::format("<th scope=\"col\"{} data-key=\"{}\"><span>{}</span></th>",
                        column.format == kText ? "" : " class=\"n\"",
                        escape_html(column.key.empty() ? column.title : column.key),
                        escape_html(column.title));
  }
  html += "</tr></thead>\n<tbody>\n";
  const TextRows shown = text_rows(table, false);
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    const bool total = table.last_is_total && r + 1 == table.rows.size();
    if (total) html += "</tbody>\n<tfoot>\n";
    html += levels.empty() || total ? "<tr>" : fmt::format("<tr data-level=\"{}\">", levels[r]);
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      html += cell_html(table.rows[r][c], shown[r][c], table.columns[c]);
    html += "</tr>\n";
    if (total) html += "</tfoot>\n";
  }
  if (!table.last_is_total || table.rows.empty()) html += "</tbody>\n";
  return html + "</table></div>\n";
}

Json chart_cell(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return one_line(*text);
  if (const auto* whole = std::get_if<std::int64_t>(&cell)) return *whole;
  if (const auto* number = std::get_if<double>(&cell)) return *number;
  if (const auto* shown = std::get_if<document::NumberText>(&cell)) return shown->text;
  return nullptr;
}

Json chart_json(const Picture& picture) {
  constexpr const char* kKinds[] = {"bars",    "columns", "steps",   "lines",
                                    "scatter", "heat",    "roofline"};  // by Chart::Kind
  const Chart& chart = picture.chart;
  Json json = {{"name", picture.name},         {"kind", kKinds[static_cast<int>(chart.kind)]},
               {"alt", one_line(picture.alt)}, {"x", one_line(chart.x)},
               {"y", one_line(chart.y)},       {"log_x", chart.log_x},
               {"log_y", chart.log_y},         {"unit", chart.unit},
               {"scale", chart.scale},         {"peak", chart.peak},
               {"muted", chart.muted},         {"points_of", chart.points_of}};
  json["decimals"] = chart.decimals ? Json(*chart.decimals) : Json();
  json["lines"] = Json::array();
  for (const document::ChartLine& line : chart.lines)
    json["lines"].push_back(Json::array({one_line(line.title), line.value}));
  json["columns"] = Json::array();
  for (const Column& column : picture.data.columns)
    json["columns"].push_back(
        {{"key", one_line(column.key)},
         {"title", one_line(column.title.empty() ? column.key : column.title)}});
  json["rows"] = Json::array();
  for (const std::vector<Cell>& row : picture.data.rows) {
    Json cells = Json::array();
    for (const Cell& cell : row) cells.push_back(chart_cell(cell));
    json["rows"].push_back(std::move(cells));
  }
  return json;
}

class HtmlParts {
 public:
  std::string operator()(const Paragraph& part) { return "<p>" + linked(part.text) + "</p>\n"; }

  std::string operator()(const Bullets& part) {
    std::string html = "<ul>\n";
    for (const std::string& item : part.items) html += "<li>" + linked(item) + "</li>\n";
    return html + "</ul>\n";
  }

  std::string operator()(const Subheading& part) {
    return "<h3>" + escape_html(part.text) + "</h3>\n";
  }

  std::string operator()(const Listing& part) {
    std::string lines;
    for (const std::string& line : split(part.text, '\n')) lines += escape_html(line) + "\n";
    while (lines.ends_with("\n\n")) lines.pop_back();
    std::string block = "<pre tabindex=\"0\">" + lines + "</pre>\n";
    if (part.language.empty()) return block;
    return "<details><summary>" +
           escape_html(part.language == "sh" ? "The command" : "As text for " + part.language) +
           "</summary>\n" + block + "</details>\n";
  }

  std::string operator()(const document::Diagram& part) {
    return "<div class=\"diagram\">\n" + svg_diagram(part, false) + "</div>\n" +
           (*this)(Listing{"Mermaid", mermaid_diagram(part)});
  }

  std::string operator()(const PageTable& part) {
    add_name(part.name);
    std::string html = fmt::format("<div class=\"data\" data-name=\"{}\">\n{}", part.name,
                                   table_html(part.table, part.name, {}));
    if (part.data) html += embedded(csv_table(*part.data)) + "\n";
    html += "</div>\n";
    for (const std::string& note : part.notes)
      html += "<p class=\"note\">" + linked(note) + "</p>\n";
    if (part.folded.empty()) return html;
    return "<details><summary>" + escape_html(part.folded) + "</summary>\n" + html + "</details>\n";
  }

  std::string operator()(const Picture& part) {
    add_name(part.name);
    return fmt::format("<figure id=\"{}\">\n<figcaption>{}</figcaption>\n{}\n</figure>\n",
                       part.name, escape_html(part.alt), embedded(chart_json(part)));
  }

  std::string operator()(const Tree& part) {
    add_name(part.name);
    return fmt::format("<div class=\"data tree\" data-name=\"{}\">\n{}</div>\n", part.name,
                       table_html(part.table, part.name, part.levels));
  }

 private:
  void add_name(const std::string& name) {
    if (!names_.insert(name).second) throw std::logic_error("two parts of a report are " + name);
  }
  std::set<std::string> names_;
};

std::string head_html(const Page& page) {
  return fmt::format(
      "<!DOCTYPE html>\n{}\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; "
      "script-src {}; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{}</style>\n"
      "</head>\n",
      kHtmlMark, policy_source(kHtmlStyle), policy_source(kHtmlScript), escape_html(page.title),
      kHtmlStyle);
}

std::string contents_html(const Page& page) {
  std::string html = "<nav aria-label=\"contents\"><details><summary>Contents</summary><ul>\n";
  for (std::size_t s = 0; s < page.sections.size(); ++s) {
    if (!page.sections[s].heading.empty())
      html += fmt::format("<li><a href=\"#s{}\">{}</a></li>\n", s + 1,
                          escape_html(page.sections[s].heading));
  }
  return html + "</ul></details></nav>\n";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string html;
  for (const char c : one_line(text)) {
    if (c == '"')
      html += "&quot;";
    else if (c == '\'')
      html += "&#39;";
    else if (c == '<' || c == '>' || c == '&')
      html += c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;";
    else
      html += c;
  }
  return html;
}

std::string write_html_page(const Page& page) {
  std::string html =
      head_html(page) + "<body>\n<header>\n<h1>" + escape_html(page.title) + "</h1>\n";
  if (!page.subtitle.empty())
    html += "<p class=\"soft\">" + linked(with_commas_for_gaps(page.subtitle)) + "</p>\n";
  html += "</header>\n" + contents_html(page) + "<main>\n";
  html +=
      "<noscript><p>Without JavaScript there are no pictures, and tables keep their "
      "order.</p></noscript>\n";
  HtmlParts parts;
  for (std::size_t s = 0; s < page.sections.size(); ++s) {
    const PageSection& section = page.sections[s];
    if (!section.kept.empty()) continue;
    html += fmt::format("<section id=\"s{}\">\n", s + 1);
    if (!section.heading.empty()) html += "<h2>" + escape_html(section.heading) + "</h2>\n";
    for (const PagePart& part : section.parts) html += std::visit(parts, part);
    html += "</section>\n";
  }
  return html + "</main>\n<script>" + std::string(kHtmlScript) + "</script>\n</body>\n</html>\n";
}

}  // namespace archcost::writers
