// SPDX-License-Identifier: Apache-2.0
// Bars, columns, steps and lines: data, size and the whole script of each.
#include <fmt/core.h>

#include <regex>

#include "reports/pictures/gnuplot.hpp"
#include "reports/pictures/pictures.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// Numbers of many digits with six of them: the last ones may depend on the machine.
std::string script_text(const document::Picture& picture) {
  static const std::regex number("-?[0-9]+\\.[0-9]{6,}");
  std::string text = "\n", rest = picture.script;
  for (std::smatch found; std::regex_search(rest, found, number); rest = found.suffix())
    text += found.prefix().str() + fmt::format("{:.6g}", std::stod(found.str()));
  return text + rest;
}

std::vector<std::string> numbered_names(std::size_t n) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < n; ++k) names.push_back(fmt::format("n{}", k));
  return names;
}

pictures::Series constant_series(std::size_t n, double value) {
  return {"v", "V", std::vector<std::optional<double>>(n, value)};
}

document::Picture columns_of(std::size_t n) {
  return pictures::column_picture({"p", "A."}, "layer", numbered_names(n), {constant_series(n, 1)});
}

// The places that have a name below steps.
std::string named_places(std::size_t n) {
  const std::string script =
      pictures::step_picture({"p", "A."}, "step", numbered_names(n), constant_series(n, 1), "", 1)
          .script;
  const std::size_t at = script.find("font ',12' (") + 12;
  std::string places;
  const std::string names = script.substr(at, script.find(")\n", at) - at);
  const std::regex place("' ([0-9]+)");
  for (std::sregex_iterator one(names.begin(), names.end(), place), end; one != end; ++one)
    places += (*one)[1].str() + " ";
  return places;
}

}  // namespace

TEST_CASE("bars of two series stand above and below the middle of their row", "[report]") {
  const document::Picture picture = pictures::bar_picture(
      {"shares", "Shares of kinds.", "share, %"}, "kind", {"conv", "it's", "fc"},
      {{"macs", "multiply-adds", {50.0, 12.5, {}}}, {"params", "weights", {25.0, 100.0, 0.0}}}, 2,
      " %");
  CHECK(picture.name == "shares");
  CHECK(picture.alt == "Shares of kinds.");
  CHECK(picture.height == 90 + 3 * 44 + 20);
  CHECK(whole_text(picture.data) ==
        "kind \"kind\" text; macs \"multiply-adds\" number; params \"weights\" number\n"
        "| 'conv' | 50.0 | 25.0 |\n| 'it's' | 12.5 | 100.0 |\n| 'fc' |  | 0.0 |\n");
  CHECK(script_text(picture) == R"(
set xlabel 'share, %'
set key outside top center horizontal
set xrange [0:114]
set yrange [2.5:-0.5]
unset ytics
set ytics scale 0 ('conv' 0, 'it''s' 1, 'fc' 2) textcolor rgb ink
set grid noytics
plot 'shares.csv' using (0):($0+-0.2050):(0):2:($0+-0.2050-0.1845):($0+-0.2050+0.1845) with boxxyerror lt 1 title 'multiply-adds', \
     '' using 2:($0+-0.2050):(sprintf('%.2f%s', $2, ' %')) with labels left offset 0.4,0 textcolor rgb ink font ',12' notitle, \
     'shares.csv' using (0):($0+0.2050):(0):3:($0+0.2050-0.1845):($0+0.2050+0.1845) with boxxyerror lt 2 title 'weights', \
     '' using 3:($0+0.2050):(sprintf('%.2f%s', $3, ' %')) with labels left offset 0.4,0 textcolor rgb ink font ',12' notitle
)");
  CHECK(picture.chart.kind == document::Chart::Kind::kBars);
  CHECK(picture.chart.x == "share, %");
  CHECK(picture.chart.y == "");
  CHECK(picture.chart.decimals == 2);
  CHECK(picture.chart.unit == " %");
}

TEST_CASE("bars of one series need no key", "[report]") {
  const document::Picture picture =
      pictures::bar_picture({"p", "A."}, "kind", {"a", "b"}, {{"v", "V", {3.0, 4.0}}}, 0, "");
  CHECK(picture.height == 90 + 2 * 26);
  CHECK(script_text(picture) == R"(
set key outside top center horizontal
set xrange [0:4.56]
set yrange [1.5:-0.5]
unset ytics
set ytics scale 0 ('a' 0, 'b' 1) textcolor rgb ink
set grid noytics
unset key
plot 'p.csv' using (0):($0+0.0000):(0):2:($0+0.0000-0.3690):($0+0.0000+0.3690) with boxxyerror lt 1 title '', \
     '' using 2:($0+0.0000):(sprintf('%.0f%s', $2, '')) with labels left offset 0.4,0 textcolor rgb ink font ',12' notitle
)");
}

TEST_CASE("bars of three series share the height of a row", "[report]") {
  const pictures::Series one = {"v", "V", {2.0}};
  const document::Picture picture =
      pictures::bar_picture({"p", "A."}, "kind", {"a"}, {one, one, one}, 1, "");
  CHECK(picture.height == 90 + 62);
  for (const char* place : {"using (0):($0+-0.2733):(0):2:($0+-0.2733-0.1230)",
                            "using (0):($0+0.0000):(0):3:($0+0.0000-0.1230)",
                            "using (0):($0+0.2733):(0):4:($0+0.2733-0.1230)"})
    CHECK(contains(picture.script, place));
}

TEST_CASE("the axis of bars ends above the largest value, and above zero", "[report]") {
  const auto range = [](const std::vector<std::optional<double>>& values) {
    const std::string script =
        pictures::bar_picture({"p", "A."}, "k", numbered_names(values.size()), {{"v", "V", values}},
                              1, "")
            .script;
    const std::size_t at = script.find("[0:") + 3;
    return script.substr(at, script.find(']', at) - at);
  };
  CHECK(range({1.0, 200.0, 3.0}) == "228");
  CHECK(range({200.0, 1.0}) == "228");
  CHECK(range({{}, 0.5}) == "0.57");
  CHECK(range({{}, {}}) == "1.14");
  CHECK(range({0.0, 0.0}) == "1.14e-09");
}

TEST_CASE("long names beside bars are cut in the middle", "[report]") {
  const std::string fits(26, 'x');
  const document::Picture picture = pictures::bar_picture(
      {"p", "A."}, "k", {fits, "abcdefghijklmnopqrstuvwxyz0"}, {{"v", "V", {1.0, 1.0}}}, 1, "");
  CHECK(contains(picture.script, "('" + fits + "' 0, 'abcdefghijkl…opqrstuvwxyz0' 1)"));
}

TEST_CASE("columns side by side, with names below", "[report]") {
  const document::Picture picture =
      pictures::column_picture({"c", "Costs.", "", "MACs"}, "stage", {"stem", "ten letter", "αβ"},
                               {{"a", "first", {1.0, 2.0, {}}}, {"b", "second", {4.0, 5.0, 6.5}}});
  CHECK(picture.height == 280 + 6 * 10);
  CHECK(whole_text(picture.data) ==
        "stage \"stage\" text; a \"first\" number; b \"second\" number\n"
        "| 'stem' | 1.0 | 4.0 |\n| 'ten letter' | 2.0 | 5.0 |\n| 'αβ' |  | 6.5 |\n");
  CHECK(script_text(picture) == R"(
set ylabel 'MACs'
set key outside top center horizontal
set yrange [0:*]
set xrange [-0.8:2.8]
set grid noxtics
set xtics scale 0
set bmargin 4.7
set xtics rotate by 90 right font ',12' ('stem' 0, 'ten letter' 1, 'αβ' 2)
plot 'c.csv' using ($0+-0.2100):2:(0.4032) with boxes lt 1 lw 1 title 'first', \
     'c.csv' using ($0+0.2100):3:(0.4032) with boxes lt 2 lw 1 title 'second'
)");
  CHECK(picture.chart.kind == document::Chart::Kind::kColumns);
  CHECK(picture.chart.y == "MACs");
  const document::Picture single = pictures::column_picture(
      {"c", "Costs."}, "stage", {std::string(40, 'x')}, {{"a", "A", {1.0}}});
  CHECK(single.height == 280 + 6 * 26);
  CHECK(contains(script_text(single), "set bmargin 10.3\n"));
  CHECK(contains(single.script, "using ($0+0.0000):2:(0.8064) with boxes"));
  CHECK_FALSE(contains(single.script, "label"));
}

TEST_CASE("more than 32 columns have numbers from 1 instead of names", "[report]") {
  CHECK(contains(columns_of(32).script, "'n31' 31)"));
  CHECK(columns_of(32).height == 280 + 6 * 3);
  CHECK(contains(columns_of(32).script, "set xrange [-0.8:31.8]\n"));
  CHECK(columns_of(33).height == 340);
  CHECK(script_text(columns_of(33)) == R"(
set key outside top center horizontal
set yrange [0:*]
set xrange [0.2:33.8]
set grid noxtics
set xtics scale 0
set xlabel 'number of the layer in the order of execution'
set xtics scale 1
plot 'p.csv' using ($0+1.0000):2:(0.8064) with boxes lt 1 lw 1 title 'V'
)");
  const document::Picture three = pictures::column_picture(
      {"p", "A."}, "layer", numbered_names(40),
      {constant_series(40, 1), constant_series(40, 2), constant_series(40, 3)});
  for (const char* plot :
       {"($0+0.7200):2:(0.2688) with boxes lt 1", "($0+1.0000):3:(0.2688) with boxes lt 2",
        "($0+1.2800):4:(0.2688) with boxes lt 3"})
    CHECK(contains(three.script, plot));
}

TEST_CASE("steps mark their first peak in the unit of the axis", "[report]") {
  const document::Picture picture = pictures::step_picture(
      {"m", "Memory.", "", "MiB"}, "step", {"a", "b c", std::string(20, 'x'), "d"},
      {"bytes", "live", {100.0, 250.0, 400.0, 400.0}}, "MiB", 0.25);
  CHECK(picture.height == 280 + 4 * 20);
  CHECK(whole_text(picture.data) ==
        "step \"step\" text; bytes \"live\" number\n| 'a' | 100.0 |\n| 'b c' | 250.0 |\n"
        "| 'xxxxxxxxxxxxxxxxxxxx' | 400.0 |\n| 'd' | 400.0 |\n");
  CHECK(script_text(picture) == R"(
set ylabel 'MiB'
unset key
set yrange [0:118]
set xrange [-0.5:3.5]
set grid noxtics
set bmargin 6.2
set lmargin 12.4
set rmargin 3
set xtics rotate by 45 right font ',12' ('a' 0, 'b c' 1, 'xxxxxxxxxxxxxxxxxxxx' 2, 'd' 3)
set label 'peak 100.00 MiB, at xxxxxxxxxxxxxxxxxxxx' at 2,100 left offset 0,0.8 textcolor rgb ink
plot 'm.csv' using 0:($2*0.25):(1) with boxes lt 1 lw 1 fs solid border lt 1, \
     '+' using (2):(100) every ::0::0 with points lt 4 pt 7 ps 1
)");
  CHECK(picture.chart.kind == document::Chart::Kind::kSteps);
  CHECK(picture.chart.y == "MiB");
  CHECK(picture.chart.unit == "MiB");
  CHECK(picture.chart.scale == 0.25);
}

TEST_CASE("the label of a peak stays within the picture", "[report]") {
  const auto script = [](const std::vector<std::optional<double>>& values) {
    return script_text(pictures::step_picture({"m", "A."}, "s", numbered_names(values.size()),
                                              {"v", "V", values}, "B", 1));
  };
  CHECK(contains(script({1.0, 2.0, 9.0}), "'peak 9.00 B, at n2' at 2,9 right offset"));
  CHECK(contains(script({1.0, 9.0, 2.0}), "'peak 9.00 B, at n1' at 1,9 left offset"));
  CHECK(contains(script({9.0, 1.0, 9.0}), "'peak 9.00 B, at n0' at 0,9 left offset"));
  CHECK(contains(script({1.0, 2.0, 9.0, 3.0}), "at n2' at 2,9 left offset"));
  CHECK(contains(script({1.0, 2.0, 3.0, 9.0}), "at n3' at 3,9 right offset"));
  CHECK(contains(script({1, 1, 1, 1, 9, 1}), "at n4' at 4,9 right offset"));
  const std::string zero = script({0.0});
  CHECK(contains(zero, "at n0' at 0,0 left offset"));
  CHECK(contains(zero, "set yrange [0:1.18e-09]\nset xrange [-0.5:0.5]\n"));
  CHECK(contains(zero, "set lmargin 9\n"));
  const std::string longest = script_text(
      pictures::step_picture({"m", "A."}, "s", {std::string(30, 'x')}, {"v", "V", {1.0}}, "B", 1));
  CHECK(contains(longest, "set bmargin 7.7\nset lmargin 16.12\n"));
}

TEST_CASE("categories without a name need no room below", "[report]") {
  const pictures::Series one = constant_series(2, 1);
  CHECK(pictures::column_picture({"p", "A."}, "k", {"", ""}, {one}).height == 280);
  CHECK(pictures::step_picture({"p", "A."}, "k", {"", ""}, one, "", 1).height == 280);
}

TEST_CASE("at most 16 steps have a name", "[report]") {
  CHECK(named_places(3) == "0 1 2 ");
  CHECK(named_places(15) == "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 ");
  CHECK(named_places(16) == "0 2 4 6 8 10 12 14 ");
  CHECK(named_places(31) == "0 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 ");
  CHECK(named_places(32) == "0 3 6 9 12 15 18 21 24 27 30 ");
  // A name that isn't shown needs no room.
  std::vector<std::string> names = numbered_names(16);
  names[1] = std::string(20, 'x');
  CHECK(pictures::step_picture({"p", "A."}, "s", names, constant_series(16, 1), "", 1).height ==
        280 + 4 * 3);
}

TEST_CASE("lines over numbers, on the axes that are asked for", "[report]") {
  const std::vector<pictures::Series> series = {{"a", "first", {1.0, {}, 3.0}},
                                                {"b", "second", {4.0, 5.0, 6.0}}};
  const document::Picture plain =
      pictures::line_picture({"l", "Lines.", "alpha", "time"}, "alpha", {0.25, 1, 32}, series, {});
  CHECK(plain.height == 380);
  CHECK(whole_text(plain.data) ==
        "alpha \"alpha\" text; a \"first\" number; b \"second\" number\n"
        "| '0.25' | 1.0 | 4.0 |\n| '1' |  | 5.0 |\n| '32' | 3.0 | 6.0 |\n");
  CHECK(script_text(plain) == R"(
set xlabel 'alpha'
set ylabel 'time'
set key outside top center horizontal
set yrange [0:*]
set offsets graph 0.02, graph 0.02, graph 0.05, 0
plot 'l.csv' using 1:2 with linespoints lt 1 title 'first', \
     'l.csv' using 1:3 with linespoints lt 2 title 'second'
)");
  CHECK(plain.chart.kind == document::Chart::Kind::kLines);
  CHECK(plain.chart.x == "alpha");
  CHECK(plain.chart.y == "time");
  CHECK_FALSE(plain.chart.log_x);
  CHECK_FALSE(plain.chart.log_y);
  const document::Picture log_x =
      pictures::line_picture({"l", "A."}, "n", {1, 2, 4}, series, {.log_x = true});
  CHECK(contains(log_x.script, "horizontal\nset logscale x 2\nset yrange [0:*]\nset offsets"));
  CHECK(log_x.chart.log_x);
  CHECK_FALSE(log_x.chart.log_y);
  const document::Picture log_y =
      pictures::line_picture({"l", "A."}, "n", {1, 2, 4}, series, {.log_y = true});
  CHECK(contains(log_y.script, "horizontal\nset logscale y\nset offsets"));
  CHECK_FALSE(log_y.chart.log_x);
  CHECK(log_y.chart.log_y);
}
