// SPDX-License-Identifier: Apache-2.0
// Published figures beside computed ones: units, digits, deviations, verdicts.
#include <fmt/core.h>

#include <variant>

#include "core/text.hpp"
#include "reports/tables/network_tables.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

cost::VerifiedFigure verified(const std::string& printed, Rational computed,
                              cost::FigureStatus status = cost::FigureStatus::kMatch) {
  cost::VerifiedFigure figure;
  figure.name = "macs";
  figure.printed = printed;
  figure.computed = computed;
  figure.status = status;
  return figure;
}

std::string cell(const document::Table& table, std::size_t row, std::size_t column) {
  const document::Cell& cell = table.rows[row][column];
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return "no text";
}

}  // namespace

TEST_CASE("a computed figure has the unit of the print and one digit more", "[report]") {
  const std::vector<std::pair<cost::VerifiedFigure, std::string>> rows = {
      {verified("569", 568'740'352), "568,740,352"},
      {verified("4.2M", 4'231'976), "4.23M"},
      {verified("569M", 568'740'352), "568.7M"},
      {verified("1.7K", 1'749), "1.75K"},
      {verified("4.09G", 4'089'184'256), "4.089G"},
      {verified("1T", 1'250'000'000'000), "1.2T"},
      {verified("0.36", Rational(13, 36)), "0.361"},
      {verified("74.6", Rational(373, 5)), "74.600"}};
  tables::VerifiedSpec spec;
  for (const auto& [figure, text] : rows) spec.figures.push_back(figure);
  const document::Table table = tables::verify_report({spec}).sections[0].table;
  for (std::size_t k = 0; k < rows.size(); ++k) CHECK(cell(table, k, 3) == rows[k].second);
}

TEST_CASE("deviations are shares in percent, with their sign", "[report]") {
  tables::VerifiedSpec spec;
  for (const Rational& deviation : {Rational(1, 100), Rational(-1, 8), Rational(0)}) {
    spec.figures.push_back(verified("1", 1));
    spec.figures.back().deviation = deviation;
  }
  const document::Table table = tables::verify_report({spec}).sections[0].table;
  CHECK(cell(table, 0, 4) == "+1.00 %");
  CHECK(cell(table, 1, 4) == "-12.50 %");
  CHECK(cell(table, 2, 4) == "+0.00 %");
}

TEST_CASE("verdicts are counted, none where there is none", "[report]") {
  using enum cost::FigureStatus;
  tables::VerifiedSpec spec;
  spec.name = "net";
  const auto last_note = [&] { return tables::verify_report({spec}).sections.back().notes[0]; };
  CHECK(last_note() == "0 figures.");
  spec.figures = {verified("1", 1, kSourceError)};
  CHECK(last_note() == "1 figure: 1 is an error of its source.");
  spec.figures = {verified("1", 1), verified("1", 1), verified("1", 1, kMatchByRule),
                  verified("1", 2, kDiffers)};
  CHECK(last_note() ==
        "4 figures: 2 match, 1 matches under the rule that its row names, 1 "
        "differs.");
  const tables::VerifyCounts counts = tables::tally({spec, spec});
  CHECK(counts.match == 4);
  CHECK(counts.by_rule == 2);
  CHECK(counts.source_errors == 0);
  CHECK(counts.differ == 2);
  const document::Table table = tables::verify_report({spec}).sections[0].table;
  CHECK(cell(table, 0, 5) == "match");
  CHECK(cell(table, 2, 5) == "match by rule");
  CHECK(cell(table, 3, 5) == "DIFFERS");
}
