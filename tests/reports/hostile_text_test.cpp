// SPDX-License-Identifier: Apache-2.0
// Names come from files of strangers: whatever they hold, it is shown as text and nothing more.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "core/text.hpp"
#include "graph/build.hpp"
#include "reports/pictures/gnuplot.hpp"
#include "reports/tables/network_tables.hpp"
#include "reports/writers/diagram.hpp"
#include "reports/writers/page_writer.hpp"
#include "reports/writers/writers.hpp"
#include "spec/arch_spec.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const std::vector<std::string> kHostile = {
    "\x1b[2J\x1b[31mred",
    "line\nbreak\r\nand\ttab",
    "\u202Egnp.exe\u202C \u2066x\u2069 \u200F",
    "\u0085\u009B31m \u2028 \u2029",
    "a|b `code` *bold* _i_ [x](javascript:y) ![i](z) ~~s~~ <script>alert(1)</script> &amp;",
    "# heading",
    "- item",
    "1. item",
    "--> end <!-- measured --> ```",
    "$(touch x) `touch x` ${x} \\input{/etc/passwd} \\end{tabular} % $ # & _ ^ ~ {}",
    "'; system('touch x'); print '\" ; set output 'y",
    "\"];\n  evil -> graph [label=\"x\\",
    "\xff\xfe broken \xc3",
    std::string("nul\0byte", 8),
    "",
};

std::string random_bytes(std::mt19937& random) {
  std::string text;
  const std::size_t length = random() % 24;
  // Half of the bytes from those that some format treats specially.
  const std::string special = "|`*_\\[]<>&\"'#\n\r\t$%{}~^;-=\x1b\x9b\xe2\x80\xae\xc2";
  while (text.size() < length)
    text +=
        random() % 2 == 0 ? special[random() % special.size()] : static_cast<char>(random() % 256);
  return text;
}

std::vector<std::string> hostile_texts() {
  std::vector<std::string> texts = kHostile;
  std::mt19937 random(1);
  for (int k = 0; k < 400; ++k) texts.push_back(random_bytes(random));
  return texts;
}

// Control characters, marks that change the direction of text, and bytes that are no UTF-8.
std::string unsafe_characters(const std::string& text) {
  std::string found;
  if (find_invalid_utf8(text)) found += "invalid UTF-8; ";
  for (const std::string_view character : utf8_characters(text)) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (first < 0x20 && first != '\n') found += "control; ";
    if (first == 0x7F) found += "delete; ";
    for (const char* mark : {"\u061C", "\u200E", "\u200F", "\u2028", "\u2029", "\u202A", "\u202B",
                             "\u202C", "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"})
      if (character == mark) found += "mark; ";
    if (character.size() == 2 && first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0)
      found += "C1 control; ";
  }
  return found;
}

document::Document document_with(const std::string& text) {
  document::Section section = {text, {}, {text}};
  section.table.columns = {{"name", text}, {"macs", "macs", document::Format::kCount}};
  section.table.rows = {{text, Count(1)}, {"plain", Count(2)}};
  return {text, text, {section}};
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Bars of a Markdown table that are not escaped.
std::size_t bars_of(const std::string& line) {
  std::size_t bars = 0;
  for (std::size_t k = 0; k < line.size(); ++k) {
    if (line[k] == '\\')
      ++k;
    else if (line[k] == '|')
      ++bars;
  }
  return bars;
}

// Quotes that are not escaped.
std::size_t quotes_of(const std::string& line) {
  std::size_t quotes = 0;
  for (std::size_t k = 0; k < line.size(); ++k) {
    if (line[k] == '\\')
      ++k;
    else if (line[k] == '"')
      ++quotes;
  }
  return quotes;
}

graph::Network small_network() {
  return graph::build_network(spec::read_spec_text("net.yaml", R"(name: net
input: {channels: 3, height: 8, width: 8}
layers:
  - conv: {name: a, out: 4}
  - relu: {name: b}
)",
                                                   "."),
                              {});
}

}  // namespace

TEST_CASE("hostile names cannot change the form of a document", "[writers][hostile]") {
  const document::Document plain = document_with("name");
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text);
    const document::Document document = document_with(text);
    for (const char* name : {"table", "markdown", "latex"}) {
      INFO(name);
      const std::string written = writers::find_output_format(name)->write(
          document, {200, writers::kUnlimited, false, false});
      CHECK(unsafe_characters(written) == "");
    }
    const std::string markdown = writers::write_markdown(document, {});
    CHECK(markdown.find('<') == std::string::npos);
    for (const std::string& line : split(markdown, '\n')) {
      if (line.starts_with("|")) CHECK(bars_of(line) == 3);
    }
    const std::string csv = writers::write_csv(document);
    CHECK(csv.find("\nplain,2\n") != std::string::npos);
    CHECK(nlohmann::json::parse(writers::write_json(document)).at("sections").size() == 1);
    CHECK(lines_of(writers::write_json_lines(document)) == 2);
  }
}

TEST_CASE("hostile names are one quoted text for Graphviz, Mermaid and gnuplot",
          "[writers][hostile]") {
  graph::Network network = small_network();
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text);
    network.name = text;
    for (graph::Layer& layer : network.layers) layer.name = text;
    const std::string dot = tables::write_dot(network),
                      mermaid = writers::mermaid_diagram(tables::layer_diagram(network));
    CHECK(unsafe_characters(dot) == "");
    CHECK(unsafe_characters(mermaid) == "");
    for (const std::string& line : split(dot, '\n')) CHECK(quotes_of(line) % 2 == 0);
    CHECK(lines_of(dot) == 2 * network.layers.size() + 4);
    for (const std::string& line : split(mermaid, '\n'))
      CHECK(std::count(line.begin(), line.end(), '"') % 2 == 0);
    CHECK(mermaid.find("<script") == std::string::npos);
    CHECK(lines_of(mermaid) == 2 * network.layers.size() + 2);
    const std::string quoted = pictures::gnuplot_quoted(text);
    CHECK(unsafe_characters(quoted) == "");
    CHECK(quoted.find('\n') == std::string::npos);
    CHECK(std::count(quoted.begin(), quoted.end(), '\'') % 2 == 0);
  }
}

TEST_CASE("the data of a picture has a line for each row", "[writers][hostile]") {
  for (const std::string& text : hostile_texts()) {
    CAPTURE(text);
    document::Picture picture = {"p", text, {}, 100, ""};
    picture.data.columns = {{"label"}, {"x"}};
    picture.data.rows = {{text, 1.5}, {"plain", 2.5}};
    const document::Page page = {"t", "", {{"s", {picture}}}};
    const std::vector<writers::ReportFile> files = writers::page_data(page);
    REQUIRE(files.size() == 1);
    CHECK(lines_of(files[0].text) == 3);
    CHECK(unsafe_characters(files[0].text) == "");
    CHECK(unsafe_characters(writers::write_page(page, {}, text)) == "");
  }
}

TEST_CASE("JSON lines of a file whose name is no UTF-8 are JSON", "[hostile]") {
  const TestFolder folder;
  const std::string file = "p\xff.yaml";
  folder.write(file,
               "name: net\nparams:\n  c: {default: 8, sweep: [8, 16]}\n"
               "input: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: c}\n");
  const std::vector<std::string> commands = {
      "sweep '" + file + "' --format jsonl", "sweep '" + file + "' --format json",
      "sweep '" + file + "' --laws total --format jsonl",
      "search '" + file + "' --minimize macs --format jsonl"};
  for (const std::string& command : commands) {
    const Run run = run_program(command, folder.text());
    INFO(command << "\n" << run.err);
    CHECK(run.status == 0);
    const std::string first = command.ends_with("json") ? run.out : split(run.out, '\n').front();
    CHECK(nlohmann::json::accept(first));
  }
}
