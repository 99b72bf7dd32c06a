// SPDX-License-Identifier: Apache-2.0
// Conventions and published figures as tables: every row, totals, which one a printed figure is of.
#include "core/text.hpp"
#include "reports/tables/json.hpp"
#include "reports/tables/network_tables.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Lines = std::vector<std::string>;

// 4 * 3 * 9 * 24 multiply-adds, a norm of 4 * 24 numbers, a pool, 4 * 5 multiply-adds.
graph::Network network_of_conventions() {
  return network_of(spec_with(
      "- conv: {name: a, out: 4, kernel: 3, bias: true}\n- batch_norm: {name: n}\n"
      "- relu: {name: r}\n- max_pool: {name: p, kernel: 2}\n- global_avg_pool: {name: g}\n"
      "- linear: {name: l, out: 5}\n",
      "3x6x4"));
}

const cost::Convention& convention_named(const std::string& name) {
  return *cost::find_convention(name);
}

cost::VerifiedFigure verified_figure(const std::string& name, const std::string& printed,
                                     Rational computed, Rational deviation,
                                     cost::FigureStatus status, const std::string& rule = "",
                                     const std::string& why = "") {
  cost::VerifiedFigure figure;
  figure.at = "alpha=0.5";
  figure.name = name;
  figure.printed = printed;
  figure.computed = computed;
  figure.deviation = deviation;
  figure.status = status;
  figure.rule = rule;
  figure.why = why;
  figure.source = "table 1";
  return figure;
}

}  // namespace

TEST_CASE("a row for each convention, with its ratio to macs", "[conventions]") {
  for (const graph::Network& network :
       {network_of_conventions(), network_of(spec_with("- relu\n", "3x6x4"))}) {
    const document::Document report = tables::conventions_report(network);
    CHECK(report.title == "test");
    CHECK(report.subtitle == "3x6x4   batch 1");
    REQUIRE(report.sections.size() == 1);
    CHECK(report.sections[0].notes.size() == 2);
    const document::Table& table = report.sections[0].table;
    CHECK(whole_text(document::Table{table.columns, {}}) ==
          "convention \"convention\" text; figure \"figure\" integer; ratio \"to macs\" ratio; "
          "counts \"what it counts\" text n30 cut\n");
    REQUIRE(table.rows.size() == cost::conventions().size());
    const auto json = nlohmann::json::parse(tables::conventions_json(network));
    CHECK(json["spec"] == "test");
    CHECK(json["pycls_activations"] == cost::pycls_activations(network).value());
    const double macs =
        static_cast<double>(cost::convention_total(convention_named("macs"), network).value());
    for (std::size_t k = 0; k < table.rows.size(); ++k) {
      const cost::Convention& convention = cost::conventions()[k];
      const std::int64_t total = cost::convention_total(convention, network).value();
      CHECK(table.rows[k][0] == document::Cell(convention.name));
      CHECK(table.rows[k][1] == document::Cell(total));
      CHECK(table.rows[k][2] ==
            (macs == 0 ? document::Cell() : document::Cell(static_cast<double>(total) / macs)));
      CHECK(table.rows[k][3] == document::Cell(convention.counts));
      CHECK(json["conventions"][k]["name"] == convention.name);
      CHECK(json["conventions"][k]["figure"] == total);
      CHECK(json["conventions"][k]["counts"] == convention.counts);
      CHECK(json["conventions"][k]["rules"] == convention.rules);
      CHECK(json["conventions"][k]["source"] == convention.source);
    }
  }
}

TEST_CASE("which convention gives a printed figure", "[conventions]") {
  const graph::Network network = network_of_conventions();
  const auto told = [&](const std::string& printed) {
    const document::Section section = tables::conventions_report(network, printed).sections[0];
    CHECK(section.notes.size() == 3);
    return section.notes[0];
  };
  const std::int64_t macs = 4 * 27 * 24 + 20, params = 108 + 4 + 8 + 25;
  Lines same;
  for (const cost::Convention& convention : cost::conventions()) {
    if (cost::convention_total(convention, network) == Count(macs))
      same.emplace_back(convention.name);
  }
  CHECK(told(std::to_string(macs)) ==
        fmt::format("{} is the figure of {}.", macs, join(same, ", ")));
  CHECK(told(std::to_string(params)) ==
        "145 is the number of parameters, 145; conventions count operations.");
  const std::string other =
      " The print counts other work than multiply-adds too, or is of another network.";
  CHECK(told("1000") ==
        "No convention gives 1000. macs comes nearest, +161.2 %: macs 2,612." + other);
  CHECK(told("1M") ==
        "No convention gives 1M. flops comes nearest, -99.4 %: macs 2,612 + 2,612, multiply and "
        "add as two operations + 101, biases + 192, batch norm + 96, activations + 96, pooling "
        "windows + 24, global and adaptive pools = 5,733." +
            other);
}

TEST_CASE("the difference of two conventions, cause by cause", "[conventions]") {
  const graph::Network network = network_of_conventions();
  const cost::Convention &macs = convention_named("macs"), &thop = convention_named("thop");
  const document::Document report = tables::difference_report(network, macs, thop);
  CHECK(whole_text(document::Document{
            report.title, report.subtitle, {{"", report.sections[0].table, {}}}}) == R"(
test
from macs to thop
== 
cause "" text n30; amount "" numbertext; sides "" text n20 list
| 'macs' | '2,612' | '' |
| 'batch norm' | '+ 384' | 'macs 0, thop 384' |
| 'global and adaptive pools' | '+ 28' | 'macs 0, thop 28' |
= 'thop' | '3,024' | '' |
)");
  CHECK(report.sections[0].notes.size() == 2);
  for (const std::string& note : report.sections[0].notes)
    CHECK(note.find('\n') == std::string::npos);
  CHECK(report.sections[0].notes[0].starts_with("macs: "));
  CHECK(report.sections[0].notes[1].starts_with("thop: "));
  CHECK(whole_text(document::Table{
            {}, tables::difference_report(network, thop, macs).sections[0].table.rows}) ==
        R"(| 'thop' | '3,024' | '' |
| 'batch norm' | '- 384' | 'thop 384, macs 0' |
| 'global and adaptive pools' | '- 28' | 'thop 28, macs 0' |
| 'macs' | '2,612' | '' |
)");
  CHECK(whole_text(tables::difference_data(network, macs, thop)) == R"(


== 
cause "" text; difference "" text; from "" text; to "" text
| 'batch norm' | 384 | 0 | 384 |
| 'global and adaptive pools' | 28 | 0 | 28 |
| 'total' | 412 | 2612 | 3024 |
)");
  CHECK(
      short_json(tables::difference_json(network, thop, macs)) ==
      R"({"spec":"test","from":{"convention":"thop","figure":3024},"to":{"convention":"macs","figure":2612},"causes":[{"cause":"batch norm","from":384,"to":0,"difference":-384},{"cause":"global and adaptive pools","from":28,"to":0,"difference":-28}]})");
}

TEST_CASE("amounts of a difference have a sign, and what is counted less is taken off",
          "[conventions]") {
  const graph::Network one = network_of(spec_with("- relu\n", "1x1x1"));
  const auto amount = [&](const std::string& from, const std::string& to) {
    return tables::difference_report(one, convention_named(from), convention_named(to))
        .sections[0]
        .table.rows[1][1];
  };
  CHECK(amount("macs", "flops") == document::Cell("+ 1"));
  CHECK(amount("flops", "macs") == document::Cell("- 1"));
  // Of conventions that come equally near the first; thop knows no products of matrices.
  const auto told = [](const std::string& layers, const std::string& input,
                       const std::string& printed) {
    const std::string note =
        tables::conventions_report(network_of(spec_with(layers, input)), printed)
            .sections[0]
            .notes[0];
    return note.substr(0, note.find(" The print counts"));
  };
  CHECK(told("- conv: {out: 4, kernel: 3}\n", "3x6x4", "2580") ==
        "No convention gives 2580. macs comes nearest, +0.5 %: macs 2,592.");
  CHECK(told("- matmul: {name: m, from: [input, input], transpose: true}\n", "6x4x1", "10") ==
        "No convention gives 10. thop comes nearest, -100.0 %: macs 96 - 96, attention = 0.");
}

TEST_CASE("the rules of every convention", "[conventions]") {
  const document::Document rules = tables::convention_rules(),
                           data = tables::convention_rules_data();
  const auto json = nlohmann::json::parse(tables::convention_rules_json())["conventions"];
  REQUIRE(rules.sections.size() == cost::conventions().size());
  REQUIRE(data.sections[0].table.rows.size() == cost::conventions().size());
  REQUIRE(json.size() == cost::conventions().size());
  CHECK(rules.title == "counting conventions");
  for (std::size_t k = 0; k < rules.sections.size(); ++k) {
    const cost::Convention& convention = cost::conventions()[k];
    CHECK(rules.sections[k].heading == fmt::format("{}: {}", convention.name, convention.counts));
    Lines lines;
    for (const std::string& rule : split(convention.rules, '\n')) lines.push_back("- " + rule);
    lines.push_back(fmt::format("- Source: {}", convention.source));
    CHECK(rules.sections[k].notes == lines);
    std::string one_line(convention.rules);
    for (char& c : one_line) c = c == '\n' ? ' ' : c;
    CHECK(data.sections[0].table.rows[k] == std::vector<document::Cell>{convention.name,
                                                                        convention.counts, one_line,
                                                                        convention.source});
    CHECK(json[k]["rules"] == convention.rules);
    CHECK_FALSE(json[k].contains("figure"));
  }
}

TEST_CASE("published figures beside computed ones, whole", "[report]") {
  using enum cost::FigureStatus;
  const std::vector<tables::VerifiedSpec> specs = {
      {"net",
       {verified_figure("macs", "5.6M", Rational(5'612'345), Rational(1, 400), kMatch, "", "kept"),
        verified_figure("macs", "1.5M", Rational(3'000'001, 2), Rational(-1, 200), kMatchByRule,
                        "macs - conv", "without the stem"),
        verified_figure("share", "74.6", Rational(7461, 100), Rational(1, 1000), kMatchByRule,
                        "conv_1x1", "of the total"),
        verified_figure("params", "4", Rational(5), Rational(1, 4), kDiffers, "", "it differs"),
        verified_figure("params", "4", Rational(5), Rational(1, 4), kSourceError, "", "it differs"),
        verified_figure("params", "7", Rational(8), Rational(1, 7), kSourceError)}},
      {"empty", {}},
      {"other",
       {verified_figure("macs", "2K", Rational(2000), Rational(0), kMatchByRule, "rule")}}};
  CHECK(whole_text(tables::verify_report(specs)) == R"(
published figures against computed ones
a figure matches within one unit of its last printed digit and half of itself
== net
at "at" text n20; cost "cost" text; published "published" numbertext; computed "computed" numbertext; deviation "deviation" numbertext e1; verdict "verdict" text n13
| 'alpha=0.5' | 'macs' | '5.6M' | '5.61M' | '+0.25 %' | 'match' |
| 'alpha=0.5' | 'macs' | '1.5M' | '1.50M' | '-0.50 %' | 'match by rule' |
| 'alpha=0.5' | '% conv_1x1' | '74.6' | '74.610' | '+0.10 %' | 'match by rule' |
| 'alpha=0.5' | 'params' | '4' | '5' | '+25.00 %' | 'DIFFERS' |
| 'alpha=0.5' | 'params' | '4' | '5' | '+25.00 %' | 'source errs' |
| 'alpha=0.5' | 'params' | '7' | '8' | '+14.29 %' | 'source errs' |
* - macs - conv: without the stem
* - of the total
* - it differs
== other
at "at" text n20; cost "cost" text; published "published" numbertext; computed "computed" numbertext; deviation "deviation" numbertext e1; verdict "verdict" text n13
| 'alpha=0.5' | 'macs' | '2K' | '2.0K' | '+0.00 %' | 'match by rule' |
== 
* 7 figures: 1 matches, 3 match under the rule that their row names, 2 are errors of their sources, 1 differs.
)");
  CHECK(whole_text(tables::verify_data(specs)) == R"(


== 
spec "spec" text; at "at" text; cost "cost" text; published "published" text; computed "computed" text; deviation "deviation" text; verdict "verdict" text; rule "rule" text; why "why" text; source "source" text
| 'net' | 'alpha=0.5' | 'macs' | '5.6M' | 5612345 | 0.0025 | 'match' | '' | 'kept' | 'table 1' |
| 'net' | 'alpha=0.5' | 'macs' | '1.5M' | 1500000.5 | -0.005 | 'match by rule' | 'macs - conv' | 'without the stem' | 'table 1' |
| 'net' | 'alpha=0.5' | 'share' | '74.6' | 74.61 | 0.001 | 'match by rule' | 'conv_1x1' | 'of the total' | 'table 1' |
| 'net' | 'alpha=0.5' | 'params' | '4' | 5 | 0.25 | 'DIFFERS' | '' | 'it differs' | 'table 1' |
| 'net' | 'alpha=0.5' | 'params' | '4' | 5 | 0.25 | 'source errs' | '' | 'it differs' | 'table 1' |
| 'net' | 'alpha=0.5' | 'params' | '7' | 8 | 0.1428571429 | 'source errs' | '' | '' | 'table 1' |
| 'other' | 'alpha=0.5' | 'macs' | '2K' | 2000 | 0.0 | 'match by rule' | 'rule' | '' | 'table 1' |
)");
  const std::string json = tables::verify_json(specs);
  CHECK(json == nlohmann::ordered_json::parse(json).dump(2) + "\n");
  CHECK(
      short_json(json) ==
      R"({"figures":[{"spec":"net","at":"alpha=0.5","cost":"macs","published":"5.6M","computed":5612345,"deviation":0.0025,"verdict":"match","rule":"","why":"kept","source":"table 1"},{"spec":"net","at":"alpha=0.5","cost":"macs","published":"1.5M","computed":1500000.5,"deviation":-0.005,"verdict":"match by rule","rule":"macs - conv","why":"without the stem","source":"table 1"},{"spec":"net","at":"alpha=0.5","cost":"share","published":"74.6","computed":74.61,"deviation":0.001,"verdict":"match by rule","rule":"conv_1x1","why":"of the total","source":"table 1"},{"spec":"net","at":"alpha=0.5","cost":"params","published":"4","computed":5,"deviation":0.25,"verdict":"DIFFERS","rule":"","why":"it differs","source":"table 1"},{"spec":"net","at":"alpha=0.5","cost":"params","published":"4","computed":5,"deviation":0.25,"verdict":"source errs","rule":"","why":"it differs","source":"table 1"},{"spec":"net","at":"alpha=0.5","cost":"params","published":"7","computed":8,"deviation":0.1428571429,"verdict":"source errs","rule":"","why":"","source":"table 1"},{"spec":"other","at":"alpha=0.5","cost":"macs","published":"2K","computed":2000,"deviation":0.0,"verdict":"match by rule","rule":"rule","why":"","source":"table 1"}],"counts":{"match":1,"match by rule":3,"source errs":2,"differ":1}})");
  CHECK(tables::verify_report({specs[1]}).sections[0].notes == Lines{"0 figures."});
  CHECK(short_json(tables::verify_json({})) ==
        R"({"figures":[],"counts":{"match":0,"match by rule":0,"source errs":0,"differ":0}})");
  const auto counts = [&](const std::vector<cost::VerifiedFigure>& figures) {
    return tables::verify_report({{"net", figures}}).sections.back().notes[0];
  };
  const auto of = [](cost::FigureStatus status) {
    return verified_figure("macs", "1", Rational(1), Rational(0), status);
  };
  CHECK(counts({of(kMatch)}) == "1 figure: 1 matches.");
  CHECK(counts({of(kMatchByRule), of(kMatchByRule), of(kSourceError), of(kSourceError),
                of(kDiffers), of(kDiffers)}) ==
        "6 figures: 2 match under the rule that their row names, 2 are errors of their sources, 2 "
        "differ.");
}

TEST_CASE("how a setting is described", "[analyze]") {
  graph::Network network = network_of(spec_with("- relu\n", "3x6x4"));
  const spec::Value half(spec::Number(Rational(1, 2)));
  network.parameters = {{"a", "α", half, true}, {"b", "b", half, true}, {"c", "c", half, false}};
  network.batch = 4;
  CHECK(tables::describe_setting(network) == "α 0.5   c 0.5   3x6x4   batch 4");
  network.input_given = true;
  CHECK(tables::describe_setting(network, ", ") == "α 0.5, c 0.5, 3x6x4 (given), batch 4");
}
