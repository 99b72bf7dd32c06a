// SPDX-License-Identifier: Apache-2.0
// Pages to Markdown, CSV and gnuplot.
#include <fmt/core.h>

#include <regex>

#include "core/diagnostic.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "reports/pictures/gnuplot.hpp"
#include "reports/pictures/pictures.hpp"
#include "reports/tables/network_tables.hpp"
#include "reports/writers/diagram.hpp"
#include "reports/writers/page_writer.hpp"
#include "support/catch.hpp"
#include "support/report_checks.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::string folded_mermaid(const graph::Network& network) {
  return writers::mermaid_diagram(tables::block_diagram(network));
}

struct Rectangle {
  double x = 0, y = 0, width = 0, height = 0;
};

// The boxes of an SVG, in the order of its rows.
std::vector<Rectangle> rectangles_of(const std::string& svg) {
  const std::regex box(
      "<rect x=\"([0-9.]+)\" y=\"([0-9.]+)\" width=\"([0-9.]+)\" height=\"([0-9.]+)\"");
  std::vector<Rectangle> boxes;
  for (std::sregex_iterator at(svg.begin(), svg.end(), box), end; at != end; ++at)
    boxes.push_back(
        {std::stod((*at)[1]), std::stod((*at)[2]), std::stod((*at)[3]), std::stod((*at)[4])});
  return boxes;
}

bool overlap(const Rectangle& a, const Rectangle& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

}  // namespace

TEST_CASE("a page in Markdown", "[report]") {
  document::Page page;
  page.title = "a_b";
  page.subtitle = "# 1";
  document::PageTable table{"t", {}, {}, {"1. one", "- two"}, {}};
  table.table.columns = {{"k", "k|l"}, {"n", "n", document::Format::kCount}};
  table.table.rows = {{std::string("x\ny|`z`"), std::int64_t{1234567}}};
  page.sections.push_back(
      {"S",
       {document::Paragraph{"see arXiv:1704.04861."}, document::Bullets{{"+ a", "b"}}, table},
       false});
  page.sections.push_back({"M", {document::Listing{"sh", "a ``` b"}}, true});
  CHECK(writers::write_page(page, {}, "") ==
        "<!-- made by archcost report -->\n\n# a\\_b\n\n\\# 1\n\n## S\n\n"
        "see [arXiv:1704.04861](https://arxiv.org/abs/1704.04861).\n\n- \\+ a\n- b\n\n"
        "| k\\|l       |     n |\n| ---------- | ----: |\n| x y\\|\\`z\\` | 1.23M |\n\n1\\. "
        "one\n\n\\- two\n\n"
        "Raw figures: [t.csv](report_files/t.csv)\n\n<!-- measured -->\n\n## M\n\n````sh\na ``` "
        "b\n````\n\n"
        "<!-- end of measured -->\n");
  const std::vector<writers::ReportFile> files = writers::page_data(page);
  REQUIRE(files.size() == 1);
  CHECK(files[0].name == "t.csv");
  CHECK(files[0].text == "k,n\n\"x\ny|`z`\",1234567\n");
  page.sections[1].parts.push_back(table);
  CHECK_THROWS_AS(writers::page_data(page), std::logic_error);
}

TEST_CASE("a long table is folded away, a missing picture leaves its data", "[report]") {
  document::Page page;
  document::PageTable table{"t", {}, {}, {}, "All <rows>"};
  table.table.columns = {{"k", "k"}};
  const document::Picture picture =
      pictures::bar_picture({"p", "Bars."}, "kind", {"a"}, {{"v", "v", {1.0}}}, 1, "");
  page.sections.push_back({"S", {table, picture}, false});
  CHECK(contains(writers::write_page(page, {}, "none"),
                 "\n<details>\n<summary>All &lt;rows&gt;</summary>\n\n| k   |\n| --- |\n"));
  CHECK(contains(writers::write_page(page, {}, "none"),
                 "\n(No picture: Bars.) Its figures: [p.csv](report_files/p.csv)\n"));
  CHECK(contains(writers::write_page(page, {}, "none"),
                 "\nSome pictures are missing: none. The figures of each stand in its CSV.\n"));
  CHECK(contains(writers::write_page(page, {"p"}, ""), "\n![Bars.](report_files/p.svg)\n"));
}

TEST_CASE("a budget crosses a map where the logarithm says", "[report]") {
  pictures::HeatMap map = {
      "a", "b", "macs", {"1", "2", "3"}, {"x", "y"}, {}, {{"ten", 10}, {"none", 5000}}};
  map.values = {{1.0, 100.0, 1000.0}, {10.0, 1000.0, {}}};
  const document::Picture picture = pictures::heat_picture({"p", "Map."}, map);
  CHECK(contains(picture.script, "$budget1 << EOD\nx,y\n0.5000,0\n0.0000,1\nEOD\n"));
  CHECK_FALSE(contains(picture.script, "$budget2"));
  REQUIRE(picture.data.rows.size() == 6);
  CHECK(std::holds_alternative<std::monostate>(picture.data.rows[5][2]));
}

TEST_CASE("texts in scripts and shells are quoted", "[report]") {
  CHECK(pictures::gnuplot_quoted("it's\n\"x\" `y`") == "'it''s ''x'' `y`'");
  CHECK(shell_quoted("rho=4/7,1") == "rho=4/7,1");
  CHECK(shell_quoted("a b'c") == "'a b'\\''c'");
  CHECK(shell_quoted("") == "''");
  CHECK(writers::escape_mermaid("a\"b<c>#`\n&") == "a#34;b#60;c#62;#35;#96; #38;");
}

TEST_CASE("SHA-256 of the standard's examples", "[core]") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("the graph folds equal blocks that follow each other, and only those", "[report]") {
  const std::string folded = folded_mermaid(shipped("mobilenet_v1"));
  CHECK(contains(folded, "block7 to block11: 5 equal<br/>depthwise 3x3, conv 1x1<br/>512x14x14, "));
  CHECK(contains(folded, "  input --> n0\n"));
  const std::string residual = folded_mermaid(shipped("resnet18"));
  CHECK(split(residual, '\n').size() < 60);
  // A block whose output two others read is not folded.
  const graph::Network network = network_of(
      spec_with("  - stage: {name: a, layers: [relu]}\n  - stage: {name: b, layers: [relu]}\n"
                "  - add: {from: [a, b]}"));
  CHECK_FALSE(contains(folded_mermaid(network), "equal"));
}

TEST_CASE("diagrams as SVG: every box once, none over another, arrows go down", "[report]") {
  for (const std::string name : {"mobilenet_v1", "resnet18", "googlenet", "shufflenet_v1"}) {
    CAPTURE(name);
    const graph::Network network = shipped(name);
    const document::Diagram diagram = tables::layer_diagram(network);
    REQUIRE(diagram.boxes.size() == network.layers.size() + 1);
    const std::string svg = writers::svg_diagram(diagram, true);
    CHECK(xml_fault(svg) == "");
    const std::vector<Rectangle> boxes = rectangles_of(svg);
    REQUIRE(boxes.size() == diagram.boxes.size());
    for (std::size_t k = 0; k < boxes.size(); ++k) {
      for (std::size_t other = k + 1; other < boxes.size(); ++other)
        REQUIRE_FALSE(overlap(boxes[k], boxes[other]));
    }
    for (const auto& [from, to] : diagram.arrows)
      CHECK(boxes[from].y + boxes[from].height < boxes[to].y);
    for (const graph::Layer& layer : network.layers)
      CHECK(contains(svg, fmt::format(">{}</text>", layer.name)));
  }
}

TEST_CASE("an arrow beside the box that it passes", "[report]") {
  const document::Diagram diagram = {
      "a <b>", {{{"input"}, true}, {{"x & y"}}, {{"sum"}}}, {{0, 1}, {0, 2}, {1, 2}}};
  const std::string svg = writers::svg_diagram(diagram, false);
  CHECK(
      svg.starts_with("<svg width=\"107\" height=\"150\" viewBox=\"0 0 107 150\" role=\"img\" "
                      "aria-label=\"a &lt;b&gt;\">\n"));
  CHECK(contains(svg, ">x &amp; y</text>"));
  CHECK(writers::mermaid_diagram(diagram) ==
        "flowchart TD\n  input([\"input\"])\n  n0[\"x #38; y\"]\n  input --> n0\n"
        "  n1[\"sum\"]\n  input --> n1\n  n0 --> n1\n");
}

TEST_CASE("the check of XML sees what is wrong", "[report]") {
  CHECK(xml_fault("<?xml version=\"1.0\"?><a b='1'><c/>x &amp; y</a>") == "");
  CHECK(xml_fault("<a><b></a>") == "</a> closes nothing");
  CHECK(xml_fault("<a>") == "<a> is not closed");
  CHECK(xml_fault("<a>x & y</a>") == "an & in 'x & y'");
  CHECK(xml_fault("<a b=1/>") == "a value in < b=1>");
  CHECK(xml_fault("<a/><b/>") == "2 roots");
}
