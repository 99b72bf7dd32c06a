// SPDX-License-Identifier: Apache-2.0
// HTML reports: what is in the file. tests/browser drives them in a browser.
#include <fmt/core.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "core/text.hpp"
#include "core/text_file.hpp"
#include "reports/pictures/pictures.hpp"
#include "reports/writers/html_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

document::Page page_with(const std::string& text) {
  document::Table table;
  table.columns = {{"name", text}, {"macs", "macs", document::Format::kCount}};
  table.rows = {{text, Count(568740352)}, {"total", Count(1)}};
  table.last_is_total = true;
  document::Tree tree = {"tree", table, {0}};
  const document::Picture picture =
      pictures::scatter_picture({"points", text, text, text}, "macs", "params",
                                {{.group = text, .label = text, .x = 1, .y = 2}},
                                {.budgets = {{text, 1.5}}, .points_of = "table"});
  return {text,
          text,
          {{text,
            {document::Paragraph{text}, document::Bullets{{text}}, document::Subheading{text},
             document::Listing{"mermaid", text},
             document::PageTable{"table", table, table, {text}, text}, picture, tree}}}};
}

// Everything between the tags of scripts and of the style is taken out.
std::string markup_of(std::string html) {
  for (const std::string tag : {"script", "style"}) {
    for (std::size_t at = html.find("<" + tag); at != std::string::npos;
         at = html.find("<" + tag, at + 1)) {
      const std::size_t from = html.find('>', at) + 1;
      html.erase(from, html.find("</" + tag + ">", from) - from);
    }
  }
  return html;
}

std::set<std::string> tags_of(const std::string& html) {
  std::set<std::string> tags;
  const std::regex tag("<(/?[a-zA-Z]+)");
  for (std::sregex_iterator at(html.begin(), html.end(), tag), end; at != end; ++at)
    tags.insert((*at)[1]);
  return tags;
}

std::vector<nlohmann::json> embedded_json(const std::string& html) {
  const std::string start = "<script type=\"application/json\">";
  std::vector<nlohmann::json> all;
  for (std::size_t at = html.find(start); at != std::string::npos; at = html.find(start, at)) {
    at += start.size();
    all.push_back(nlohmann::json::parse(html.substr(at, html.find("</script>", at) - at)));
  }
  return all;
}

fs::path temporary(const std::string& name) {
  return fs::temp_directory_path() / fmt::format("archcost_html_{}_{}", getpid(), name);
}

}  // namespace

TEST_CASE("names in an HTML report are text, whatever they hold", "[writers][hostile][html]") {
  const std::string plain = writers::write_html_page(page_with("plain"));
  for (const std::string text :
       {"<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>",
        "</style></title><h6>", "\" onload=\"alert(1)", "' x='", "--><!-- <!--<script>",
        "&lt;b&gt; &amp;", "\x1b[2J\u202Ex"}) {
    CAPTURE(text);
    const std::string html = writers::write_html_page(page_with(text));
    CHECK(tags_of(markup_of(html)) == tags_of(markup_of(plain)));
    CHECK(std::ranges::count(markup_of(html), '"') == std::ranges::count(markup_of(plain), '"'));
    CHECK(html.find("\x1b") == std::string::npos);
    const std::vector<nlohmann::json> data = embedded_json(html);
    REQUIRE(data.size() == 2);
    CHECK(data[0].get<std::string>().starts_with("name,macs\n"));
    CHECK(data[1]["rows"].size() == 1);
  }
  CHECK(writers::escape_html("<img onerror='x'>&\"") ==
        "&lt;img onerror=&#39;x&#39;&gt;&amp;&quot;");
}

TEST_CASE("an HTML report loads nothing and is small beside its data", "[writers][html]") {
  CHECK(writers::kHtmlStyle.size() + writers::kHtmlScript.size() < 60'000);
  const std::string html = writers::write_html_page(page_with("arXiv:1704.04861."));
  CHECK(html.find("src=") == std::string::npos);
  CHECK(html.find("<link") == std::string::npos);
  CHECK(html.find("innerHTML") == std::string::npos);
  CHECK(html.find("<p><a href=\"https://arxiv.org/abs/1704.04861\" "
                  "rel=\"noreferrer\">arXiv:1704.04861</a>.</p>") != std::string::npos);
  const std::regex policy(
      "content=\"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; script-src "
      "'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'\"");
  CHECK(std::regex_search(html, policy));
}

TEST_CASE("tables of an HTML report have raw figures", "[writers][html]") {
  const std::string html = writers::write_html_page(page_with("x"));
  CHECK(html.find("<tr><td>x</td><td class=\"n\" data-v=\"568740352\">568.74M</td></tr>\n</tbody>\n"
                  "<tfoot>\n<tr><td>total</td><td class=\"n\" data-v=\"1\">1</td></tr>\n</tfoot>\n"
                  "</table></div>") != std::string::npos);
  CHECK(html.find("<tr data-level=\"0\"><td>x</td>") != std::string::npos);
  const nlohmann::json chart = embedded_json(html)[1];
  CHECK(chart["kind"] == "scatter");
  CHECK(chart["points_of"] == "table");
  CHECK(chart["lines"] == nlohmann::json::parse(R"([["x", 1.5]])"));
  CHECK(chart["rows"][0] == nlohmann::json::parse(R"(["x", "x", 1.0, 2.0, 0, 0.0, 0])"));
}

TEST_CASE("archcost report writes one HTML file", "[report][html]") {
  const fs::path file = temporary("net.html");
  const Run run =
      run_program(fmt::format("report mobilenet_v1 --sweep alpha -o '{}'", file.string()));
  CHECK(run.status == 0);
  CHECK(run.out == file.string() + "\n");
  const std::string html = read_text_file(file);
  CHECK(html.starts_with("<!DOCTYPE html>\n<!-- made by archcost report -->\n"));
  CHECK(html.find("archcost report mobilenet_v1 --sweep alpha -o report.html") !=
        std::string::npos);
  CHECK(html.find("<tr data-level=\"1\">") != std::string::npos);
  std::vector<std::string> kinds;
  for (const nlohmann::json& json : embedded_json(html)) {
    if (json.is_object()) kinds.push_back(json["kind"]);
  }
  CHECK(kinds == std::vector<std::string>{"bars", "columns", "steps", "bars", "scatter"});
  CHECK(run_program(
            fmt::format("report mobilenet_v1 --sweep alpha --format html -o '{}'", file.string()))
            .status == 0);
  CHECK(read_text_file(file) == html);  // an earlier report is replaced, with the same bytes
  fs::remove(file);
}

TEST_CASE("an HTML report doesn't replace what it did not write", "[report][html]") {
  const fs::path file = temporary("mine.html");
  std::ofstream(file) << "<p>mine</p>";
  Run run = run_program(fmt::format("report mobilenet_v1 -o '{}'", file.string()));
  CHECK(run.status == 1);
  CHECK(run.err == fmt::format("error: '{}' was not written by archcost report and is not "
                               "replaced; name another file\n",
                               file.string()));
  CHECK(read_text_file(file) == "<p>mine</p>");
  fs::remove(file);
  run = run_program("report mobilenet_v1 --format html -o /tmp");
  CHECK(run.err == "error: -o /tmp: an HTML report is one file; name it, as /tmp/report.html\n");
  run = run_program(fmt::format("report mobilenet_v1 --keep-measured -o '{}'", file.string()));
  CHECK(run.err == "error: --keep-measured is for reports in Markdown\n");
  CHECK_FALSE(fs::exists(file));
}
