// SPDX-License-Identifier: Apache-2.0
// Printed figures: their value, the unit of their last digit, and what matches them.
#include "cost/published.hpp"

#include "spec/library.hpp"
#include "support/catch.hpp"

using namespace archcost;

TEST_CASE("a printed figure has a value and the unit of its last digit", "[cost]") {
  struct Row {
    const char* text;
    Rational value, unit;
  };
  for (const Row& row :
       {Row{"569M", 569'000'000, 1'000'000}, Row{"4.2M", 4'200'000, 100'000},
        Row{"4.23M", 4'230'000, 10'000}, Row{"1.1K", 1'100, 100},
        Row{"3.9G", 3'900'000'000, 100'000'000}, Row{"2T", 2'000'000'000'000, 1'000'000'000'000},
        Row{"71.8", Rational(718, 10), Rational(1, 10)}, Row{"108", 108, 1},
        Row{"4,231,976", 4'231'976, 1}}) {
    INFO(row.text);
    const cost::PrintedFigure printed = cost::parse_figure(row.text);
    CHECK(printed.value == row.value);
    CHECK(printed.unit == row.unit);
  }
}

TEST_CASE("a figure matches within one unit of the last printed digit", "[cost]") {
  const cost::PrintedFigure printed = cost::parse_figure("569M");
  CHECK(cost::matches(569'000'000, printed));
  CHECK(cost::matches(568'000'001, printed));
  CHECK(cost::matches(569'999'999, printed));
  CHECK(!cost::matches(568'000'000, printed));
  CHECK(!cost::matches(570'000'000, printed));
  // A unit as large as the figure itself: less than half of it may be missing.
  const cost::PrintedFigure one = cost::parse_figure("2M");
  CHECK(cost::matches(1'000'001, one));
  CHECK(!cost::matches(1'000'000, one));
  CHECK(cost::matches(2'999'999, one));
  CHECK(!cost::matches(3'000'000, one));
  CHECK(cost::matches(0, cost::parse_figure("0")));
}

TEST_CASE("a figure far from the computed one has a large deviation", "[cost]") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "far.yaml",
      "name: far\nsource: x\ninput: {channels: 64, height: 224, width: 224}\nlayers:\n"
      "  - conv: {out: 640, kernel: 3}\npublished:\n  - {macs: 0.3, source: x}\n",
      ".");
  const std::vector<cost::VerifiedFigure> figures = cost::verify_published(spec);
  REQUIRE(figures.size() == 1);
  const double macs = 64.0 * 640 * 9 * 224 * 224;
  CHECK(figures[0].deviation.to_double() == Approx(macs / 0.3 - 1));
}
