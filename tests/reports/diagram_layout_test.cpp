// SPDX-License-Identifier: Apache-2.0
// Places of boxes and arrows of a diagram, and its text for Mermaid.
#include <fmt/core.h>

#include <algorithm>
#include <regex>

#include "reports/writers/diagram.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Boxes that are named by their numbers.
document::Diagram numbered_boxes(std::size_t n, std::vector<std::pair<int, int>> arrows) {
  document::Diagram diagram;
  for (std::size_t k = 0; k < n; ++k) diagram.boxes.push_back({{fmt::format("b{}", k)}, false});
  diagram.arrows = std::move(arrows);
  return diagram;
}

// The numbers of the boxes from the left in each row, from the top.
std::string order_of(const document::Diagram& diagram) {
  const std::string svg = writers::svg_diagram(diagram, false);
  const std::regex text("<text x=\"([0-9.]+)\" y=\"([0-9.]+)\"[^>]*>b([0-9]+)<");
  std::vector<std::tuple<double, double, std::string>> places;
  for (std::sregex_iterator at(svg.begin(), svg.end(), text), end; at != end; ++at)
    places.emplace_back(std::stod((*at)[2]), std::stod((*at)[1]), (*at)[3].str());
  std::sort(places.begin(), places.end());
  std::string order;
  double above = 0;
  for (const auto& [y, x, number] : places) {
    order += (order.empty() ? "" : y > above ? " / " : " ") + number;
    above = y;
  }
  return order;
}

}  // namespace

TEST_CASE("every place of a small diagram", "[report]") {
  const document::Diagram diagram = {
      "a \"b\"", {{{"input"}, true}, {{"x", "a & b"}}, {{"sum"}}}, {{0, 1}, {0, 2}, {1, 2}}};
  const std::string parts =
      R"svg(<path d="M53.5 36.0C53.5 49.0 37.5 49.0 37.5 62.0m-3.5 -6l3.5 6l3.5 -6"/>
<path d="M53.5 36.0C53.5 49.0 93.0 49.0 93.0 62.0V104.0C93.0 117.0 53.5 117.0 53.5 130.0m-3.5 -6l3.5 6l3.5 -6"/>
<path d="M37.5 104.0C37.5 117.0 53.5 117.0 53.5 130.0m-3.5 -6l3.5 6l3.5 -6"/>
<rect x="26.0" y="10.0" width="55.0" height="26.0" rx="12"/>
<text x="53.5" y="27.0" fill="currentColor" stroke="none">input</text>
<rect x="10.0" y="62.0" width="55.0" height="42.0" rx="2"/>
<text x="37.5" y="79.0" fill="currentColor" stroke="none">x</text>
<text x="37.5" y="95.0" fill="currentColor" stroke="none">a &amp; b</text>
<rect x="33.0" y="130.0" width="41.0" height="26.0" rx="2"/>
<text x="53.5" y="147.0" fill="currentColor" stroke="none">sum</text>
</g>
</svg>
)svg";
  const std::string group =
      "<g fill=\"none\" stroke=\"currentColor\" font-family=\"sans-serif\" font-size=\"12\" "
      "text-anchor=\"middle\">\n";
  CHECK(writers::svg_diagram(diagram, false) ==
        "<svg width=\"107\" height=\"166\" viewBox=\"0 0 107 166\" role=\"img\" "
        "aria-label=\"a &quot;b&quot;\">\n" +
            group + parts);
  CHECK(writers::svg_diagram(diagram, true) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"107\" height=\"166\" "
        "viewBox=\"0 0 107 166\" role=\"img\" aria-label=\"a &quot;b&quot;\">\n"
        "<title>a &quot;b&quot;</title>\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
            group + parts);
}

TEST_CASE("an arrow between boxes of one middle is straight", "[report]") {
  const document::Diagram diagram = {"a", {{{"in"}, true}, {{"wide one"}}}, {{0, 1}}};
  const std::string svg = writers::svg_diagram(diagram, false);
  CHECK(svg.starts_with("<svg width=\"96\" height=\"98\" "));
  CHECK(contains(svg, "<path d=\"M48.0 36.0V62.0m-3.5 -6l3.5 6l3.5 -6\"/>\n"));
  CHECK(contains(svg, "<rect x=\"31.0\" y=\"10.0\" width=\"34.0\" height=\"26.0\" rx=\"12\"/>"));
  CHECK(contains(svg, "<rect x=\"10.0\" y=\"62.0\" width=\"76.0\" height=\"26.0\" rx=\"2\"/>"));
}

TEST_CASE("a box without text has its margins", "[report]") {
  const std::string svg = writers::svg_diagram({"a", {{{""}, true}}, {}}, false);
  CHECK(svg.starts_with("<svg width=\"40\" height=\"46\" "));
}

TEST_CASE("an arrow that passes several rows has a place in each", "[report]") {
  // 1 and 2 lie between; the place of the long arrow is beside each of them.
  const std::string svg =
      writers::svg_diagram(numbered_boxes(4, {{0, 1}, {1, 2}, {0, 3}, {2, 3}}), false);
  CHECK(svg.starts_with("<svg width=\"86\" height=\"202\" "));
  CHECK(contains(svg,
                 "<path d=\"M43.0 36.0C43.0 49.0 72.0 49.0 72.0 62.0V88.0V114.0V140.0"
                 "C72.0 153.0 43.0 153.0 43.0 166.0m"));
}

TEST_CASE("arrows begin at the lower sides of boxes of different heights", "[report]") {
  const document::Diagram diagram = {
      "a", {{{"in"}, true}, {{"b", "c", "d"}}, {{"sum"}}, {{"e"}}}, {{0, 2}, {1, 2}, {1, 3}}};
  const std::string svg = writers::svg_diagram(diagram, false);
  // Two boxes above, 34 and 27 wide, and two below, 41 and 27 wide.
  CHECK(svg.starts_with("<svg width=\"112\" height=\"130\" "));
  CHECK(contains(svg, "<rect x=\"13.5\" y=\"10.0\" width=\"34.0\" height=\"26.0\" rx=\"12\"/>"));
  CHECK(contains(svg, "<path d=\"M30.5 36.0V94.0m"));
  CHECK(contains(svg, "<path d=\"M85.0 68.0"));
}

TEST_CASE("boxes are in rows below those that their arrows come from", "[report]") {
  CHECK(order_of(numbered_boxes(1, {})) == "0");
  CHECK(order_of(numbered_boxes(3, {{0, 1}, {0, 2}})) == "0 / 1 2");
  CHECK(order_of(numbered_boxes(4, {{0, 1}, {0, 2}, {1, 2}, {0, 3}})) == "0 / 1 3 / 2");
  CHECK(order_of(numbered_boxes(3, {{0, 2}, {1, 2}})) == "0 1 / 2");
}

TEST_CASE("boxes of a row are ordered so that fewer arrows cross", "[report]") {
  // Below what is above them.
  CHECK(order_of(numbered_boxes(5, {{0, 1}, {0, 2}, {2, 3}, {1, 4}})) == "0 / 1 2 / 4 3");
  CHECK(order_of(numbered_boxes(8, {{0, 1}, {0, 2}, {0, 3}, {3, 4}, {2, 5}, {1, 6}, {4, 7}})) ==
        "0 / 1 2 3 / 6 5 4 / 7");
  // Above what is below them, where the row above says nothing.
  CHECK(order_of(numbered_boxes(6, {{0, 1}, {0, 2}, {0, 3}, {1, 4}, {3, 4}, {2, 5}})) ==
        "0 / 1 3 2 / 4 5");
  // A box without arrows from it keeps its place.
  CHECK(order_of(numbered_boxes(5, {{0, 1}, {0, 2}, {0, 3}, {1, 4}, {2, 4}})) == "0 / 1 2 3 / 4");
  CHECK(order_of(numbered_boxes(5, {{0, 1}, {0, 2}, {0, 3}, {2, 4}, {3, 4}})) == "0 / 1 2 3 / 4");
  CHECK(order_of(numbered_boxes(6, {{0, 1}, {0, 2}, {0, 3}, {1, 4}, {3, 5}})) == "0 / 1 2 3 / 4 5");
  CHECK(order_of(numbered_boxes(6, {{0, 1}, {0, 2}, {0, 3}, {2, 4}, {3, 5}})) == "0 / 1 2 3 / 4 5");
  CHECK(order_of(numbered_boxes(6, {{0, 5}, {1, 5}, {2, 5}, {3, 5}, {4, 5}})) == "0 1 2 3 4 / 5");
  CHECK(order_of(numbered_boxes(7, {{0, 1}, {0, 2}, {2, 3}, {1, 4}, {3, 5}, {4, 6}})) ==
        "0 / 1 2 / 4 3 / 6 5");
  // By the mean of several: 8 has 3 and 4 above it, 7 has 4 only.
  CHECK(order_of(numbered_boxes(5, {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {1, 4}})) == "0 / 1 2 / 4 3");
  CHECK(order_of(numbered_boxes(
            9, {{0, 1}, {0, 2}, {0, 3}, {0, 4}, {1, 5}, {2, 6}, {4, 7}, {3, 8}, {4, 8}})) ==
        "0 / 1 2 3 4 / 5 6 8 7");
}

TEST_CASE("a diagram for Mermaid: an arrow after the box that it goes to", "[report]") {
  const document::Diagram diagram = {
      "alt",
      {{{"in <1>", "3x8x8"}, true}, {{"a"}}, {{"b"}, true}, {{"c", "", "d"}}},
      {{0, 1}, {0, 3}, {1, 3}}};
  CHECK("\n" + writers::mermaid_diagram(diagram) == R"(
flowchart TD
  input(["in #60;1#62;<br/>3x8x8"])
  n0["a"]
  input --> n0
  n1(["b"])
  n2["c<br/><br/>d"]
  input --> n2
  n0 --> n2
)");
  CHECK(writers::escape_mermaid("a\\b\tαβ") == "a#92;b αβ");
}
