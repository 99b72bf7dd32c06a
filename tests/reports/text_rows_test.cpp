// SPDX-License-Identifier: Apache-2.0
// How cells of each format are shown, rounded and with all digits.
#include <fmt/core.h>

#include "core/text.hpp"
#include "reports/writers/text_table.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::writers;

namespace {

// "rounded | exact".
std::string shown(const Cell& cell, Format format) {
  const Table table = {.columns = {{"c", "c", format}}, .rows = {{cell}}};
  return text_rows(table, false)[0][0] + " | " + text_rows(table, true)[0][0];
}

}  // namespace

TEST_CASE("whole numbers by the format of their column", "[writers]") {
  const auto whole = [](std::int64_t number, Format format) { return shown(Cell(number), format); };
  CHECK(whole(0, kCount) == "- | -");
  CHECK(whole(99'999, kCount) == "99,999 | 99,999");
  CHECK(whole(1'234'567, kCount) == "1.23M | 1,234,567");
  CHECK(whole(0, kInteger) == "0 | 0");
  CHECK(whole(1'234'567, kInteger) == "1,234,567 | 1,234,567");
  CHECK(whole(0, kBytes) == "- | 0");
  CHECK(whole(1536, kBytes) == "1.50 KiB | 1,536");
  CHECK(whole(0, kChange) == "- | -");
  CHECK(whole(1, kCount) == "1 | 1");
  CHECK(whole(1, kBytes) == "1 B | 1");
  CHECK(whole(1, kChange) == "+1 | +1");
  CHECK(whole(-1, kChange) == "-1 | -1");
  CHECK(whole(5, kChange) == "+5 | +5");
  CHECK(whole(-5, kChange) == "-5 | -5");
  CHECK(whole(1'234'567, kChange) == "+1.23M | +1,234,567");
  CHECK(whole(-1'234'567, kChange) == "-1.23M | -1,234,567");
}

TEST_CASE("real numbers by the format of their column", "[writers]") {
  const auto real = [](double number, Format format) { return shown(Cell(number), format); };
  CHECK(real(0, kPercent) == "- | -");
  CHECK(real(1, kPercent) == "1.00 | 1.000");
  CHECK(real(1, kSeconds) == "1.000 s | 1.000 s");
  CHECK(real(1, kDecimal) == "1.00 | 1");
  CHECK(real(0.005, kDecimal) == "0.01 | 0.005");
  CHECK(real(0.12345678, kDecimal) == "0.12 | 0.123457");
  CHECK(real(-0.0049, kDecimal) == "-0.0049 | -0.0049");
  CHECK(real(12.3456, kPercent) == "12.35 | 12.346");
  CHECK(real(99.996, kPercent) == "100.00 | 99.996");
  CHECK(real(0, kSeconds) == "- | -");
  CHECK(real(0.0123456, kSeconds) == "12.35 ms | 12.35 ms");
  CHECK(real(1234.5678, kDecimal) == "1,234.57 | 1,234.5678");
  CHECK(real(0, kDecimal) == "0.00 | 0");
  CHECK(real(70.9, kDecimal) == "70.90 | 70.9");
  CHECK(real(0.0005, kDecimal) == "0.0005 | 0.0005");
  CHECK(real(100, kDecimal) == "100.00 | 100");
  CHECK(real(12.3456, kNumber) == "12.35 | 12.35");
  CHECK(real(3, kNumber) == "3.000 | 3.000");
  CHECK(real(0.3456, kRatio) == "0.346 | 0.346");
  CHECK(real(1, kRatio) == "1.000 | 1.000");
  CHECK(shown(Cell(), kCount) == " | ");
  CHECK(shown(Cell(std::string("a\nb")), kText) == one_line("a\nb") + " | " + one_line("a\nb"));
}

TEST_CASE("columns are as wide as their widest cell, and numbers stand to the right", "[writers]") {
  const Column number = {"n", "n", kCount}, text = {"t", "t", kText};
  CHECK(aligned("ab", text, 4) == "ab  ");
  CHECK(aligned("12", number, 4) == "  12");
  CHECK(aligned("αβ", text, 3) == "αβ ");
  const Table table = {
      .columns = {{"name", "name"}, {"n", "n", kCount}},
      .rows = {{std::string("abcdef"), std::int64_t{5}}, {std::string("a"), std::int64_t{12'345}}}};
  CHECK(natural_widths(table, text_rows(table, false)) == std::vector<std::size_t>{6, 6});
}
