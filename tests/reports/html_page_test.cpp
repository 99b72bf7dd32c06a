// SPDX-License-Identifier: Apache-2.0
// The whole markup of small HTML reports, without their style and script.
#include <fmt/core.h>

#include <stdexcept>

#include "core/sha256.hpp"
#include "reports/writers/html_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// What is between the note for browsers without scripts and the script.
std::string main_markup(const document::Page& page) {
  const std::string html = writers::write_html_page(page), start = "</noscript>\n";
  const std::size_t from = html.find(start) + start.size();
  return html.substr(from, html.find("</main>\n<script>", from) - from);
}

// The markup of one part in a section without a heading.
std::string part_html(const document::PagePart& part) {
  const std::string html = main_markup({"t", "", {{"", {part}}}});
  const std::string start = "<section id=\"s1\">\n", end = "</section>\n";
  REQUIRE(html.starts_with(start));
  REQUIRE(html.ends_with(end));
  return html.substr(start.size(), html.size() - start.size() - end.size());
}

// The rows of a table: from its head's end to its end.
std::string rows_html(const document::Table& table) {
  const std::string html = part_html(document::PageTable{"t", table, {}, {}});
  const std::size_t from = html.find("</thead>\n") + 9;
  return html.substr(from, html.find("</table>") - from);
}

std::string paragraph_html(const std::string& text) {
  const std::string html = part_html(document::Paragraph{text});
  return html.substr(3, html.size() - 3 - 5);
}

// RFC 4648, bit by bit.
std::string base64_of_digits(const std::string& hex) {
  std::string bits, text;
  for (const char c : hex) {
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    for (int k = 3; k >= 0; --k) bits += (digit >> k & 1) != 0 ? '1' : '0';
  }
  while (bits.size() % 6 != 0) bits += '0';
  for (std::size_t at = 0; at < bits.size(); at += 6)
    text += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[std::stoi(
        bits.substr(at, 6), nullptr, 2)];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string paper_link(const std::string& number) {
  return "<a href=\"https://arxiv.org/abs/" + number + "\" rel=\"noreferrer\">arXiv:" + number +
         "</a>";
}

}  // namespace

TEST_CASE("an HTML report from its first to its last line", "[writers][html]") {
  const document::Page page = {"A <b>",
                               "α 1   see arXiv:1.2.",
                               {{"One & two", {document::Paragraph{"p"}}},
                                {"", {document::Subheading{"x"}}},
                                {"Three", {}}}};
  std::string html = writers::write_html_page(page);
  const auto cut_out = [&](std::string_view text, const std::string& name) {
    const std::size_t at = html.find(text);
    REQUIRE(at != std::string::npos);
    html.replace(at, text.size(), name);
  };
  cut_out(writers::kHtmlStyle, "STYLE");
  cut_out(writers::kHtmlScript, "SCRIPT");
  cut_out("sha256-" + base64_of_digits(sha256(writers::kHtmlStyle)), "hash of style");
  cut_out("sha256-" + base64_of_digits(sha256(writers::kHtmlScript)), "hash of script");
  CHECK("\n" + html == R"html(
<!DOCTYPE html>
<!-- made by archcost report -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'hash of style'; script-src 'hash of script'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>A &lt;b&gt;</title>
<style>STYLE</style>
</head>
<body>
<header>
<h1>A &lt;b&gt;</h1>
<p class="soft">α 1, see <a href="https://arxiv.org/abs/1.2" rel="noreferrer">arXiv:1.2</a>.</p>
</header>
<nav aria-label="contents"><details><summary>Contents</summary><ul>
<li><a href="#s1">One &amp; two</a></li>
<li><a href="#s3">Three</a></li>
</ul></details></nav>
<main>
<noscript><p>Without JavaScript there are no pictures, and tables keep their order.</p></noscript>
<section id="s1">
<h2>One &amp; two</h2>
<p>p</p>
</section>
<section id="s2">
<h3>x</h3>
</section>
<section id="s3">
<h2>Three</h2>
</section>
</main>
<script>SCRIPT</script>
</body>
</html>
)html");
  CHECK_FALSE(contains(writers::write_html_page({"t", "", {}}), "class=\"soft\""));
}

TEST_CASE("sections of an earlier report are not in an HTML report", "[writers][html]") {
  document::PageSection kept = {"", {document::Paragraph{"gone"}}, true, "## kept\n"};
  CHECK(main_markup({"t", "", {{"", {}}, kept, {"", {}}}}) ==
        "<section id=\"s1\">\n</section>\n<section id=\"s3\">\n</section>\n");
}

TEST_CASE("names of papers are links in HTML", "[writers][html]") {
  CHECK(paragraph_html("no & name") == "no &amp; name");
  CHECK(paragraph_html("arXiv:1704.04861") == paper_link("1704.04861"));
  CHECK(paragraph_html("<a> arXiv:1.2, arXiv:34.") ==
        "&lt;a&gt; " + paper_link("1.2") + ", " + paper_link("34") + ".");
  CHECK(paragraph_html("arXiv:9... and arXiv: & arXiv:x") ==
        paper_link("9") + "... and arXiv: &amp; arXiv:x");
  CHECK(paragraph_html("arXiv:...") == "arXiv:...");
}

TEST_CASE("texts of an HTML report", "[writers][html]") {
  CHECK(part_html(document::Bullets{{"a <b>", "see arXiv:1"}}) ==
        "<ul>\n<li>a &lt;b&gt;</li>\n<li>see " + paper_link("1") + "</li>\n</ul>\n");
  CHECK(part_html(document::Subheading{"a & b"}) == "<h3>a &amp; b</h3>\n");
  CHECK(part_html(document::Listing{"", "a < b\n  c"}) ==
        "<pre tabindex=\"0\">a &lt; b\n  c\n</pre>\n");
  CHECK(part_html(document::Listing{"sh", "run\n\n\n"}) ==
        "<details><summary>The command</summary>\n<pre tabindex=\"0\">run\n</pre>\n</details>\n");
  CHECK(part_html(document::Listing{"C&C", "x"}) ==
        "<details><summary>As text for C&amp;C</summary>\n<pre tabindex=\"0\">x\n</pre>\n"
        "</details>\n");
  const std::string diagram =
      part_html(document::Diagram{"Boxes.", {{{"in"}, true}, {{"out"}}}, {{0, 1}}});
  CHECK(diagram.starts_with("<div class=\"diagram\">\n<svg width=\"61\" "));
  CHECK(
      diagram.ends_with("</svg>\n</div>\n<details><summary>As text for Mermaid</summary>\n"
                        "<pre tabindex=\"0\">flowchart TD\n  input([&quot;in&quot;])\n"
                        "  n0[&quot;out&quot;]\n  input --&gt; n0\n</pre>\n</details>\n"));
}

TEST_CASE("a table of an HTML report with its data, notes and fold", "[writers][html]") {
  document::Table table;
  table.columns = {{"kind", "kind <k>"}, {"", "no key"}, {"n", "N", document::Format::kCount}};
  table.rows = {{"a", "b & c", std::int64_t{1'234'567}}};
  document::Table data = {{{"raw", "raw"}}, {{"x<y"}, {2.5}}};
  const std::string whole = R"(<div class="data" data-name="by_kind">
<div class="scroll" tabindex="0" role="region" aria-label="by kind"><table>
<thead><tr><th scope="col" data-key="kind"><span>kind &lt;k&gt;</span></th><th scope="col" data-key="no key"><span>no key</span></th><th scope="col" class="n" data-key="n"><span>N</span></th></tr></thead>
<tbody>
<tr><td>a</td><td>b &amp; c</td><td class="n" data-v="1234567">1.23M</td></tr>
</tbody>
</table></div>
)";
  CHECK(part_html(document::PageTable{"by_kind", table, {}, {}}) == whole + "</div>\n");
  CHECK(
      part_html(document::PageTable{"by_kind", table, data, {"one & two", "arXiv:1"}, "All <n>"}) ==
      "<details><summary>All &lt;n&gt;</summary>\n" + whole +
          "<script type=\"application/json\">\"raw\\nx\\u003cy\\n2.5\\n\"</script>\n</div>\n"
          "<p class=\"note\">one &amp; two</p>\n<p class=\"note\">" +
          paper_link("1") + "</p>\n</details>\n");
}

TEST_CASE("cells of an HTML table by their kind and length", "[writers][html]") {
  const auto cell = [](const document::Cell& value, document::Format format) {
    const std::string html = rows_html({{{"c", "c", format}}, {{value}}});
    const std::size_t from = html.find("<td");
    return html.substr(from, html.find("</tr>") - from);
  };
  using enum document::Format;
  CHECK(cell("x", kText) == "<td>x</td>");
  const std::string forty(40, 'w');
  CHECK(cell(forty, kText) == "<td>" + forty + "</td>");
  CHECK(cell(forty + "w", kText) == "<td class=\"wrap\">" + forty + "w</td>");
  CHECK(cell(forty + "w", kNumberText) == "<td class=\"n\">" + forty + "w</td>");
  CHECK(cell(std::int64_t{0}, kCount) == "<td class=\"n\" data-v=\"0\">-</td>");
  CHECK(cell(12.34567, kPercent) == "<td class=\"n\" data-v=\"12.34567\">12.35</td>");
  CHECK(cell(document::NumberText{"1/4", 0.25}, kText) == "<td data-v=\"0.25\">1/4</td>");
  CHECK(cell({}, kNumber) == "<td class=\"n\"></td>");
}

TEST_CASE("the total of an HTML table is its foot", "[writers][html]") {
  const document::Table two = {{{"c", "c"}}, {{"a"}, {"b"}}};
  document::Table total = two;
  total.last_is_total = true;
  CHECK(rows_html(two) == "<tbody>\n<tr><td>a</td></tr>\n<tr><td>b</td></tr>\n</tbody>\n");
  CHECK(rows_html(total) ==
        "<tbody>\n<tr><td>a</td></tr>\n</tbody>\n<tfoot>\n<tr><td>b</td></tr>\n</tfoot>\n");
  CHECK(rows_html({{{"c", "c"}}, {}, true}) == "<tbody>\n</tbody>\n");
  CHECK(rows_html({{{"c", "c"}}, {{"t"}}, true}) ==
        "<tbody>\n</tbody>\n<tfoot>\n<tr><td>t</td></tr>\n</tfoot>\n");
  const std::string tree =
      part_html(document::Tree{"a_tree", {{{"c", "c"}}, {{"a"}, {"b"}, {"t"}}, true}, {0, 1, 0}});
  CHECK(
      tree.starts_with("<div class=\"data tree\" data-name=\"a_tree\">\n<div class=\"scroll\" "
                       "tabindex=\"0\" role=\"region\" aria-label=\"a tree\"><table>\n"));
  CHECK(tree.ends_with(
      "<tbody>\n<tr data-level=\"0\"><td>a</td></tr>\n<tr data-level=\"1\"><td>b</td>"
      "</tr>\n</tbody>\n<tfoot>\n<tr><td>t</td></tr>\n</tfoot>\n</table></div>\n</div>\n"));
}

TEST_CASE("a picture of an HTML report is its figures", "[writers][html]") {
  document::Picture picture = {"p", "A <p>\nof it.", {}, 100, ""};
  picture.data.columns = {{"k", "kind\nof"}, {"v", ""}};
  picture.data.rows = {
      {"a\tb", std::int64_t{3}}, {0.5, document::NumberText{"4/7", 0.571}}, {{}, "x"}};
  picture.chart = {.kind = document::Chart::Kind::kHeat,
                   .x = "x\n1",
                   .y = "y",
                   .log_y = true,
                   .decimals = 2,
                   .unit = " %",
                   .scale = 0.25,
                   .lines = {{"l\n1", 1.5}, {"m", 2}},
                   .peak = 7.5,
                   .muted = {"grey"},
                   .points_of = "t"};
  CHECK(part_html(picture) ==
        R"json(<figure id="p">
<figcaption>A &lt;p&gt; of it.</figcaption>
<script type="application/json">{"name":"p","kind":"heat","alt":"A \u003cp> of it.","x":"x 1","y":"y","log_x":false,"log_y":true,"unit":" %","scale":0.25,"peak":7.5,"muted":["grey"],"points_of":"t","decimals":2,"lines":[["l 1",1.5],["m",2.0]],"columns":[{"key":"k","title":"kind of"},{"key":"v","title":"v"}],"rows":[["a b",3],[0.5,"4/7"],[null,"x"]]}</script>
</figure>
)json");
  const char* kinds[] = {"bars", "columns", "steps", "lines", "scatter", "heat", "roofline"};
  for (int k = 0; k < 7; ++k) {
    document::Picture empty = {"p", "", {}, 100, ""};
    empty.chart.kind = static_cast<document::Chart::Kind>(k);
    CHECK(contains(part_html(empty), fmt::format("\"kind\":\"{}\",", kinds[k])));
    CHECK(contains(part_html(empty), "\"decimals\":null,\"lines\":[],\"columns\":[],\"rows\":[]}"));
  }
}

TEST_CASE("tables, pictures and trees of an HTML report have names of their own",
          "[writers][html]") {
  const document::PagePart parts[] = {document::PageTable{"x", {}, {}, {}},
                                      document::Picture{"x", "", {}, 1, ""},
                                      document::Tree{"x", {}, {}}};
  for (const document::PagePart& first : parts) {
    for (const document::PagePart& second : parts) {
      try {
        writers::write_html_page({"t", "", {{"", {first}}, {"", {second}}}});
        FAIL("no error");
      } catch (const std::logic_error& error) {
        CHECK(std::string(error.what()) == "two parts of a report are x");
      }
    }
  }
}
