// SPDX-License-Identifier: Apache-2.0
// Clouds of points, maps and rooflines: data, ranges and the whole script of each.
#include <fmt/core.h>

#include "reports/pictures/gnuplot.hpp"
#include "reports/pictures/pictures.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// The ranges of both axes.
std::string ranges_of(const document::Picture& picture) {
  const std::size_t from = picture.script.find("set xrange");
  const std::size_t line = picture.script.find("set yrange", from);
  return picture.script.substr(from, picture.script.find('\n', line) - from);
}

std::string scatter_ranges(const std::vector<pictures::ScatterPoint>& points, bool log_x) {
  return ranges_of(pictures::scatter_picture({"p", "A."}, "x", "y", points, {.log_x = log_x}));
}

std::string xtics_of(const std::string& script) {
  const std::size_t from = script.find("set xtics (");
  return from == std::string::npos ? "" : script.substr(from, script.find('\n', from) - from);
}

std::string scatter_tics(double low, double high) {
  return xtics_of(pictures::scatter_picture({"p", "A."}, "x", "y", {{"", "", low}, {"", "", high}},
                                            {.log_x = true})
                      .script);
}

pictures::HeatMap map_of(std::size_t columns, std::size_t rows) {
  pictures::HeatMap map = {"a", "b", "v", {}, {}, {}, {}};
  for (std::size_t k = 0; k < columns; ++k) map.x.emplace_back(fmt::format("x{}", k));
  for (std::size_t k = 0; k < rows; ++k) map.y.emplace_back(fmt::format("y{}", k));
  map.values.assign(rows, std::vector<std::optional<double>>(columns, 7.0));
  return map;
}

// What is written in the cell of a value.
document::Cell cell_for(double value) {
  pictures::HeatMap map = map_of(1, 1);
  map.values = {{value}};
  return pictures::heat_picture({"p", "A."}, map).data.rows.at(0).at(5);
}

// The points of a budget's line in a map of two equal rows; empty: it has none.
std::string budget_line(const std::vector<std::optional<double>>& row, double budget) {
  pictures::HeatMap map = map_of(row.size(), 2);
  map.values = {row, row};
  map.budgets = {{"b", budget}};
  const std::string script = pictures::heat_picture({"p", "A."}, map).script;
  const std::string start = "$budget1 << EOD\nx,y\n";
  const std::size_t at = script.find(start);
  if (at == std::string::npos) return "";
  return script.substr(at + start.size(),
                       script.find("EOD\n", at + start.size()) - at - start.size());
}

}  // namespace

TEST_CASE("a cloud of points has groups, a front, bars of errors and budgets", "[report]") {
  const document::Picture picture = pictures::scatter_picture(
      {"designs", "Designs.", "MACs", "accuracy"}, "macs", "top1",
      {{.group = "front's", .label = "best", .x = 12, .y = 70, .labelled = true, .front = true},
       {.group = "rest", .label = "", .x = 2, .y = 60, .error = 0.5, .muted = true},
       {.group = "front's", .label = "small", .x = 4, .y = 65, .front = true},
       {.group = "rest", .label = "r", .x = 8, .y = 62}},
      {.budgets = {{"ten", 10}, {"five", 5}}, .points_of = "found"});
  CHECK(picture.height == 460);
  CHECK(whole_text(picture.data) ==
        "group \"\" text; label \"\" text; macs \"macs\" number; top1 \"top1\" number; "
        "front \"front\" integer; error \"error\" number; labelled \"labelled\" integer\n"
        "| 'front's' | 'best' | 12.0 | 70.0 | 1 | 0.0 | 1 |\n"
        "| 'rest' | '' | 2.0 | 60.0 | 0 | 0.5 | 0 |\n"
        "| 'front's' | 'small' | 4.0 | 65.0 | 1 | 0.0 | 0 |\n"
        "| 'rest' | 'r' | 8.0 | 62.0 | 0 | 0.0 | 0 |\n");
  CHECK("\n" + picture.script == R"(
set xlabel 'MACs'
set ylabel 'accuracy'
set key outside top center horizontal
set xrange [1.2:12.8]
set yrange [59.2:70.8]
$front << EOD
x,y
4,65
12,70
EOD
set arrow from first 10, graph 0 to first 10, graph 1 nohead lc rgb '#c4420a' lw 2 dt 1
set arrow from first 5, graph 0 to first 5, graph 1 nohead lc rgb '#8e44ad' lw 2 dt 2
plot $front using 1:2 with lines lc rgb axis lw 1.5 dt 2 title 'front', \
     NaN with lines lc rgb '#c4420a' lw 2 dt 1 title 'ten', \
     NaN with lines lc rgb '#8e44ad' lw 2 dt 2 title 'five', \
     'designs.csv' using (strcol(1) eq 'rest' ? $3 : NaN):4 with points lc rgb '#a8b0b9' pt 5 ps 0.9 title 'rest', \
     'designs.csv' using (strcol(1) eq 'front''s' ? $3 : NaN):4 with points lt 1 pt 5 ps 0.9 title 'front''s', \
     'designs.csv' using (strcol(1) eq 'rest' ? $3 : NaN):4 with points lt 2 pt 7 ps 0.9 title 'rest', \
     'designs.csv' using ($6 > 0 ? $3 : NaN):($4-$6):(0):(2*$6) with vectors nohead lc rgb ink lw 1.5 notitle, \
     'designs.csv' using ($7 == 1 ? $3 : NaN):4:2 with labels left offset 0.8,-0.3 textcolor rgb ink font ',12' notitle
)");
  const document::Chart& chart = picture.chart;
  CHECK(chart.kind == document::Chart::Kind::kScatter);
  CHECK(chart.x == "MACs");
  CHECK(chart.y == "accuracy");
  CHECK_FALSE(chart.log_x);
  CHECK_FALSE(chart.log_y);
  REQUIRE(chart.lines.size() == 2);
  CHECK(chart.lines[1].title == "five");
  CHECK(chart.muted == std::vector<std::string>{"rest"});
  CHECK(chart.points_of == "found");
}

TEST_CASE("a cloud without front and errors has neither line", "[report]") {
  const document::Picture picture =
      pictures::scatter_picture({"p", "A.", "x", "y"}, "x", "y",
                                {{.group = "g", .label = "l", .x = 10, .y = 3}}, {.log_x = true});
  CHECK("\n" + picture.script == R"(
set xlabel 'x'
set ylabel 'y'
set key outside top center horizontal
set logscale x
set xrange [8.69565:11.5]
set yrange [2:4]
set xtics (10)
plot 'p.csv' using (strcol(1) eq 'g' ? $3 : NaN):4 with points lt 1 pt 5 ps 0.9 title 'g', \
     'p.csv' using ($7 == 1 ? $3 : NaN):4:2 with labels left offset 0.8,-0.3 textcolor rgb ink font ',12' notitle
)");
  CHECK(picture.chart.log_x);
  CHECK(picture.chart.muted.empty());
}

TEST_CASE("eight groups differ in colour or sign, four budgets in dashes", "[report]") {
  std::vector<pictures::ScatterPoint> points;
  for (int k = 0; k < 8; ++k)
    points.push_back({.group = fmt::format("g{}", k), .label = "", .x = 1.0 + k, .y = 2});
  const std::string script =
      pictures::scatter_picture({"p", "A."}, "x", "y", points,
                                {.budgets = {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}}})
          .script;
  const char* styles[] = {"lt 1 pt 5",  "lt 2 pt 7", "lt 3 pt 9", "lt 4 pt 11",
                          "lt 5 pt 13", "lt 6 pt 5", "lt 1 pt 7", "lt 2 pt 9"};
  for (int k = 0; k < 8; ++k)
    CHECK(contains(script, fmt::format("'g{}' ? $3 : NaN):4 with points {} ps 0.9 title 'g{}'", k,
                                       styles[k], k)));
  const char* lines[] = {"'#c4420a' lw 2 dt 1 title 'a'", "'#8e44ad' lw 2 dt 2 title 'b'",
                         "'#00805e' lw 2 dt 3 title 'c'", "'#c4420a' lw 2 dt 4 title 'd'"};
  for (const char* line : lines) CHECK(contains(script, line));
}

TEST_CASE("axes of a cloud leave room around its points", "[report]") {
  CHECK(scatter_ranges({{"", "", 2, 30}, {"", "", 12, 10}, {"", "", 7, 20}}, false) ==
        "set xrange [1.2:12.8]\nset yrange [8.4:31.6]");
  CHECK(scatter_ranges({{"", "", 50, -50}}, false) == "set xrange [45:55]\nset yrange [-55:-45]");
  CHECK(scatter_ranges({{"", "", 2, 0}}, false) == "set xrange [1:3]\nset yrange [-1:1]");
  CHECK(scatter_ranges({{"", "", 5, -8}, {"", "", 10, -3}}, false) ==
        "set xrange [4.6:10.4]\nset yrange [-8.4:-2.6]");
  CHECK(scatter_ranges({{"", "", 0.25, 0.5}, {"", "", 0.75, 0.25}}, false) ==
        "set xrange [0.21:0.79]\nset yrange [0.23:0.52]");
  // A logarithmic axis: at least 15 %, and 8 % of the decades.
  CHECK(scatter_ranges({{"", "", 10, 0}, {"", "", 20, 100}}, true) ==
        "set xrange [8.69565:23]\nset yrange [-8:108]");
  CHECK(scatter_ranges({{"", "", 1000, 0}, {"", "", 10, 100}}, true) ==
        "set xrange [6.91831:1445.44]\nset yrange [-8:108]");
}

TEST_CASE("a logarithmic axis of few decades names 1, 2 and 5 of each", "[report]") {
  CHECK(scatter_tics(10, 20) == "set xtics (10, 20)");
  CHECK(scatter_tics(10, 1000) == "set xtics (10, 20, 50, 100, 200, 500, 1000)");
  CHECK(scatter_tics(0.03, 2) == "set xtics (0.05, 0.1, 0.2, 0.5, 1, 2)");
  CHECK(scatter_tics(3.4e6, 3.6e6) == "set xtics ()");
  // With the room around the points, the axis reaches 467 and 521 times as far as it begins.
  CHECK(scatter_tics(1, 100) != "");
  CHECK(scatter_tics(1, 200) == "set xtics (1, 2, 5, 10, 20, 50, 100, 200)");
  CHECK(scatter_tics(1, 220) == "");
  CHECK(scatter_tics(7, 70'000) == "");
}

TEST_CASE("a map of costs with lines of its budgets", "[report]") {
  pictures::HeatMap map = {"alpha",
                           "rho",
                           "macs",
                           {"half", document::NumberText{"4/7", 4.0 / 7}, "full"},
                           {"low", "high"},
                           {{1.0, 10.0, 100.0}, {10.0, {}, 1234.5}},
                           {{"thirty", 30}, {"two rows", 5}}};
  map.values[1][1] = {};
  const document::Picture picture =
      pictures::heat_picture({"map", "Map.", "width", "resolution"}, map);
  CHECK(picture.height == 242);
  CHECK(whole_text(picture.data) ==
        "alpha \"\" text; rho \"\" text; macs \"macs\" number; column \"column\" integer; "
        "row \"row\" integer; text \"\" text\n"
        "| 'half' | 'low' | 1.0 | 0 | 0 | '1' |\n"
        "| 4/7=0.5714285714 | 'low' | 10.0 | 1 | 0 | '10' |\n"
        "| 'full' | 'low' | 100.0 | 2 | 0 | '100' |\n"
        "| 'half' | 'high' | 10.0 | 0 | 1 | '10' |\n"
        "| 4/7=0.5714285714 | 'high' |  | 1 | 1 | '–' |\n"
        "| 'full' | 'high' | 1234.5 | 2 | 1 | '1,235' |\n");
  CHECK("\n" + picture.script == R"(
set xlabel 'width'
set ylabel 'resolution'
set key outside top center horizontal
unset colorbox
set style textbox opaque noborder
set logscale cb
set palette defined (0 '#f1f6fb', 1 '#7fb2dc')
set border 0
unset grid
set xrange [-0.6:2.6]
set yrange [-0.6:1.6]
set xtics scale 0 ('half' 0, '4/7' 1, 'full' 2)
set ytics scale 0 ('low' 0, 'high' 1)
plot 'map.csv' using 4:5:($4-0.48):($4+0.48):($5-0.47):($5+0.47):3 with boxxyerror palette notitle, \
     'map.csv' using 4:5:6 with labels center textcolor rgb '#1b1f24' font ',13' notitle
)");
  CHECK(picture.chart.kind == document::Chart::Kind::kHeat);
  CHECK(picture.chart.x == "width");
  CHECK(picture.chart.y == "resolution");
  CHECK(picture.chart.lines.size() == 2);
}

TEST_CASE("lines of budgets are numbered without those that cross fewer than two rows",
          "[report]") {
  pictures::HeatMap map = map_of(2, 3);
  map.values = {{1.0, 100.0}, {1.0, 10'000.0}, {5.0, 6.0}};
  map.budgets = {{"no row", 50'000}, {"one row", 5'000}, {"a", 10},
                 {"b", 20},          {"c", 30},          {"d's", 40}};
  const std::string script = pictures::heat_picture({"p", "A."}, map).script;
  CHECK(script.starts_with("$budget1 << EOD\nx,y\n0.5000,0\n0.2500,1\nEOD\n$budget2 << EOD\n"));
  CHECK(contains(script, R"(palette notitle, \
     $budget1 using 1:2 with lines lc rgb '#c4420a' lw 3 dt 1 title 'a', \
     $budget2 using 1:2 with lines lc rgb '#8e44ad' lw 3 dt 2 title 'b', \
     $budget3 using 1:2 with lines lc rgb '#00805e' lw 3 dt 3 title 'c', \
     $budget4 using 1:2 with lines lc rgb '#c4420a' lw 3 dt 4 title 'd''s', \
     'p.csv' using 4:5:6 with labels boxed offset 0,-0.6 textcolor)"));
}

TEST_CASE("figures of a map stand beside the line of a single budget", "[report]") {
  pictures::HeatMap map = map_of(2, 2);
  map.values = {{1.0, 100.0}, {1.0, 100.0}};
  map.budgets = {{"b", 10}};
  CHECK(contains(pictures::heat_picture({"p", "A."}, map).script, "labels boxed offset 0,-0.6 "));
}

TEST_CASE("a row meets a budget between its first two values on either side", "[report]") {
  CHECK(budget_line({1.0, 4.0}, 2) == "0.5000,0\n0.5000,1\n");
  CHECK(budget_line({1.0, 4.0, 16.0, 64.0}, 32) == "2.5000,0\n2.5000,1\n");
  CHECK(budget_line({16.0, 4.0, 1.0}, 2) == "1.5000,0\n1.5000,1\n");
  CHECK(budget_line({1.0, 4.0, 1.0, 4.0}, 2) == "0.5000,0\n0.5000,1\n");
  CHECK(budget_line({1.0, 4.0, 8.0}, 4) == "1.0000,0\n1.0000,1\n");
  CHECK(budget_line({4.0, 8.0}, 4) == "0.0000,0\n0.0000,1\n");
  CHECK(budget_line({1.0, 4.0}, 4) == "");
  CHECK(budget_line({1.0, 4.0}, 0.5) == "");
  CHECK(budget_line({1.0}, 1) == "");
  // Between a missing value or zero and another there is no place that the logarithm says.
  CHECK(budget_line({1.0, {}, 4.0}, 2) == "");
  CHECK(budget_line({{}, 1.0, 4.0}, 2) == "1.5000,0\n1.5000,1\n");
  CHECK(budget_line({0.0, 1.0, 4.0}, 0.5) == "");
  CHECK(budget_line({8.0, 0.0, 1.0, 4.0}, 2) == "2.5000,0\n2.5000,1\n");
  CHECK(budget_line({0.25, 1.0}, 0.5) == "0.5000,0\n0.5000,1\n");
}

TEST_CASE("cells of a map have at most four digits", "[report]") {
  CHECK(cell_for(12) == document::Cell("12"));
  CHECK(cell_for(0.123456) == document::Cell("0.1235"));
  CHECK(cell_for(999.4) == document::Cell("999.4"));
  CHECK(cell_for(1000.4) == document::Cell("1,000"));
  CHECK(cell_for(1000.6) == document::Cell("1,001"));
  CHECK(cell_for(568'740'352) == document::Cell("568.74M"));
}

TEST_CASE("a map is as high as its rows, within bounds", "[report]") {
  const auto height = [](std::size_t rows) {
    return pictures::heat_picture({"p", "A."}, map_of(2, rows)).height;
  };
  CHECK(height(1) == 242);
  CHECK(height(2) == 242);
  CHECK(height(3) == 150 + 3 * 46);
  CHECK(height(9) == 150 + 9 * 46);
  CHECK(height(10) == 570);
  CHECK(height(30) == 570);
}

TEST_CASE("cells have figures in a map of at most 12 by 12", "[report]") {
  const auto has_figures = [](std::size_t columns, std::size_t rows) {
    return contains(pictures::heat_picture({"p", "A."}, map_of(columns, rows)).script, "labels");
  };
  CHECK(has_figures(12, 12));
  CHECK_FALSE(has_figures(13, 12));
  CHECK_FALSE(has_figures(12, 13));
  CHECK(has_figures(1, 1));
}

TEST_CASE("an axis of a map names at most 24 values", "[report]") {
  const auto places = [](std::size_t columns) {
    const std::string script = pictures::heat_picture({"p", "A."}, map_of(columns, 1)).script;
    const std::size_t from = script.find("xtics scale 0 (") + 15;
    return script.substr(from, script.find(')', from) - from);
  };
  CHECK(contains(places(23), "'x0' 0, 'x1' 1, 'x2' 2, "));
  CHECK(places(24).starts_with("'x0' 0, 'x2' 2, 'x4' 4, "));
  CHECK(places(47).ends_with("'x44' 44, 'x46' 46"));
  CHECK(places(48).starts_with("'x0' 0, 'x3' 3, 'x6' 6, "));
  pictures::HeatMap map = map_of(1, 2);
  map.y = {std::string(14, 'y'), "abcdefghijklmno"};
  CHECK(contains(pictures::heat_picture({"p", "A."}, map).script,
                 "set ytics scale 0 ('yyyyyyyyyyyyyy' 0, 'abcdef…ijklmno' 1)\n"));
}

TEST_CASE("layers under the roofs of a machine", "[report]") {
  const document::Picture picture = pictures::roofline_picture(
      {"roof", "Roofline."}, {{"a", "conv", 60, 150}, {"b", "it's", 3, 30}, {"c", "conv", 12, 90}},
      200, {{"L2", 123.456}, {"DRAM", 20}});
  CHECK(picture.height == 480);
  CHECK(whole_text(picture.data) ==
        "layer \"\" text; kind \"\" text; intensity \"ops/byte\" number; "
        "gflops \"GFLOP/s\" number\n"
        "| 'a' | 'conv' | 60.0 | 150.0 |\n| 'b' | 'it's' | 3.0 | 30.0 |\n"
        "| 'c' | 'conv' | 12.0 | 90.0 |\n");
  CHECK("\n" + picture.script == R"(
set xlabel 'operations a byte moved'
set ylabel 'GFLOP/s'
set logscale xy
set key outside top center horizontal
set xrange [2:108]
set yrange [20:360]
least(a, b) = a < b ? a : b
set xtics (2, 5, 10, 20, 50, 100)
set ytics (20, 50, 100, 200)
set label 'peak 200 GFLOP/s' at graph 0.02, first 200 left offset 0,0.7 textcolor rgb ink
plot least(200, 123.456 * x) with lines lc rgb axis lw 1.5 dt 1 title 'L2 123 GB/s', \
     least(200, 20 * x) with lines lc rgb axis lw 1.5 dt 2 title 'DRAM 20 GB/s', \
     'roof.csv' using (strcol(2) eq 'conv' ? $3 : NaN):4 with points lt 1 pt 5 ps 0.9 title 'conv', \
     'roof.csv' using (strcol(2) eq 'it''s' ? $3 : NaN):4 with points lt 2 pt 7 ps 0.9 title 'it''s'
)");
  const document::Chart& chart = picture.chart;
  CHECK(chart.kind == document::Chart::Kind::kRoofline);
  CHECK(chart.x == "operations a byte moved");
  CHECK(chart.y == "GFLOP/s");
  CHECK(chart.log_x);
  CHECK(chart.log_y);
  CHECK(chart.peak == 200);
  REQUIRE(chart.lines.size() == 2);
  CHECK(chart.lines[0].title == "L2 123 GB/s");
  CHECK(chart.lines[0].value == 123.456);
}

TEST_CASE("the ends of a roofline's axis have tics, and an axis of zeros has none", "[report]") {
  const auto tics = [](const std::vector<pictures::RooflinePoint>& points) {
    return xtics_of(pictures::roofline_picture({"p", "A."}, points, 60, {}).script);
  };
  CHECK(tics({{"a", "k", 1.5, 60}, {"b", "k", 25.0 / 9, 60}}) == "set xtics (1, 2, 5)");
  CHECK(tics({{"a", "k", 0.3, 60}, {"b", "k", 0.45, 60}}) == "set xtics (0.2, 0.5)");
  CHECK(tics({{"a", "k", 0, 60}}) == "");
}

TEST_CASE("a roofline reaches from its slowest point to above the fastest", "[report]") {
  const document::Picture fast =
      pictures::roofline_picture({"p", "A."}, {{"a", "k", 6, 500}, {"b", "k", 3, 900}}, 600, {});
  CHECK(ranges_of(fast) == "set xrange [2:10.8]\nset yrange [333.333:1620]");
  const document::Picture slow =
      pictures::roofline_picture({"p", "A."}, {{"a", "k", 3, 1.5}, {"b", "k", 900, 0.15}}, 60, {});
  CHECK(ranges_of(slow) == "set xrange [2:1620]\nset yrange [0.1:108]");
  // Axes of many decades have the tics of gnuplot.
  CHECK_FALSE(contains(slow.script, "set xtics"));
  CHECK_FALSE(contains(slow.script, "set ytics"));
  // The room around the points included: 499.5 and 500.6 times.
  CHECK(contains(
      pictures::roofline_picture({"p", "A."}, {{"a", "k", 1, 60}, {"b", "k", 185, 60}}, 60, {})
          .script,
      "set xtics (1, 2, 5, 10, 20, 50, 100, 200)\n"));
  CHECK_FALSE(contains(
      pictures::roofline_picture({"p", "A."}, {{"a", "k", 1, 60}, {"b", "k", 185.4, 60}}, 60, {})
          .script,
      "set xtics"));
  std::vector<pictures::RooflinePoint> points;
  for (int k = 0; k < 7; ++k) points.push_back({"l", fmt::format("k{}", k), 10, 10});
  const std::string script = pictures::roofline_picture({"p", "A."}, points, 10, {}).script;
  const char* styles[] = {"lt 1 pt 5",  "lt 2 pt 7", "lt 3 pt 9", "lt 4 pt 11",
                          "lt 5 pt 13", "lt 6 pt 5", "lt 1 pt 7"};
  for (int k = 0; k < 7; ++k)
    CHECK(contains(script, fmt::format("'k{}' ? $3 : NaN):4 with points {} ps", k, styles[k])));
}
