// SPDX-License-Identifier: Apache-2.0
// Tables of specs: a library, the parameters of a spec, published accuracies and their fits.
#include "core/text.hpp"
#include "reports/tables/accuracy_report.hpp"
#include "reports/tables/network_tables.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Kind = accuracy::AccuracyEstimate::Kind;

// Two specs, of which one has presets.
struct SmallLibrary {
  SmallLibrary() {
    folder.write("one.yaml",
                 "name: one\nsource: paper one\nparams: {n: 4}\npresets:\n  one_big: {n: 8}\n"
                 "  one_wide: {n: 16}\ninput: {channels: 3, height: 6, width: 4}\n"
                 "layers:\n  - conv: {out: n, bias: true}\n");
    folder.write("two.yaml",
                 "name: two\nsource: paper two\ninput: {channels: 2, height: 5, width: 7}\n"
                 "layers:\n  - conv: {out: 3, kernel: 3}\n");
  }
  TestFolder folder;
};

spec::ArchSpec spec_of_parameters() {
  return spec::read_spec_text(
      "net.yaml",
      "name: net\nsource: a paper\nparams:\n  a: {default: 4/7, symbol: α, help: width, min: 1/8, "
      "max: 2}\n"
      "  b: {default: 3, min: 1}\n  c: {default: 2, max: 9, help: depth}\n"
      "  m: {default: nearest, choices: [nearest, bilinear]}\n  list: {default: [1, 2]}\n"
      "presets:\n  small: {a: 1/2, b: 1}\n  other: {m: bilinear, list: [3, 4]}\n"
      "input: {channels: 4, height: 8, width: 8}\n"
      "layers:\n  - conv: {out: round(7 * a) + list(1)}\n  - conv: {out: b + list(2)}\n  - "
      "upsample: {factor: c, mode: m}\n",
      ".");
}

// Rows of three recipes: five that vary two numbers, with one apart; three; two.
tables::JudgedTable judged_table(const std::shared_ptr<const spec::ArchSpec>& spec,
                                 const std::string& recipe) {
  const accuracy::AccuracyTable table =
      accuracy::table_of(accuracy::accuracy_tables(*spec), recipe);
  return {spec,
          accuracy::AccuracyModel(*spec, table),
          accuracy::rank_correlations(*spec, table, tables::judged_costs()),
          "",
          {}};
}

std::shared_ptr<const spec::ArchSpec> spec_of_accuracies() {
  return std::make_shared<const spec::ArchSpec>(
      spec::read_spec_text("net.yaml",
                           "name: net\nsource: a paper\nparams:\n  a: {default: 1, symbol: α, min: "
                           "1/8}\n  b: {default: 1, min: 1}\n"
                           "  m: {default: nearest, choices: [nearest, bilinear]}\n"
                           "input: {channels: 4, height: 8, width: 8}\n"
                           "layers:\n  - conv: {out: round(8 * a)}\n  - conv: {out: 4 * b}\n  - "
                           "upsample: {factor: 2, mode: m}\n"
                           "accuracy:\n"
                           "  - {at: {a: 1}, top1: 50.25, source: s1, recipe: first}\n"
                           "  - {at: {a: 2}, top1: 60, source: s1, recipe: first}\n"
                           "  - {at: {a: 4, b: 2}, top1: 70, source: s2, recipe: first}\n"
                           "  - {at: {a: 8, b: 2}, top1: 79.75, source: s2, recipe: first}\n"
                           "  - {at: {a: 2, m: bilinear}, top1: 40, source: s2, recipe: first}\n"
                           "  - {at: {b: 1}, top1: 30, source: s3, recipe: second}\n"
                           "  - {at: {b: 2}, top1: 20, source: s3, recipe: second}\n"
                           "  - {at: {b: 4}, top1: 25, source: s3, recipe: second}\n"
                           "  - {at: {a: 1}, top1: 1, source: s4, recipe: third}\n"
                           "  - {at: {a: 2}, top1: 2, source: s4, recipe: third}\n",
                           "."));
}

}  // namespace

TEST_CASE("a library of specs and presets, with costs and without", "[families]") {
  const SmallLibrary small;
  const spec::SpecLibrary library(small.folder.text());
  CHECK(whole_text(tables::families_report(library)) == R"(
families of networks
2 specs and 2 presets at their default settings
== 
spec "spec or preset" text n22; params "params" integer; macs "macs" integer; input "input" numbertext; source "source" text e1 cut
| 'one' | 16 | 288 | '3x6x4' | 'paper one' |
| '  one_big' | 32 | 576 | '3x6x4' | '' |
| '  one_wide' | 64 | 1152 | '3x6x4' | '' |
| 'two' | 54 | 1890 | '2x5x7' | 'paper two' |
* Made by: archcost list --costs --format markdown
)");
  CHECK(whole_text(tables::families_data(library)) == R"(


== 
spec "" text; family "" text; params "" text; macs "" text; input "" text; source "" text
| 'one' | 'one' | 16 | 288 | '3x6x4' | 'paper one' |
| 'one_big' | 'one' | 32 | 576 | '3x6x4' | 'paper one' |
| 'one_wide' | 'one' | 64 | 1152 | '3x6x4' | 'paper one' |
| 'two' | 'two' | 54 | 1890 | '2x5x7' | 'paper two' |
)");
  CHECK(
      short_json(tables::families_json(library)) ==
      R"({"specs":[{"spec":"one","family":"one","params":16,"macs":288,"input":{"channels":3,"height":6,"width":4},"source":"paper one"},{"spec":"one_big","family":"one","params":32,"macs":576,"input":{"channels":3,"height":6,"width":4},"source":"paper one"},{"spec":"one_wide","family":"one","params":64,"macs":1152,"input":{"channels":3,"height":6,"width":4},"source":"paper one"},{"spec":"two","family":"two","params":54,"macs":1890,"input":{"channels":2,"height":5,"width":7},"source":"paper two"}]})");
  document::Document specs = tables::specs_report(library);
  CHECK(specs.title == "2 specs in " + small.folder.text());
  specs.title = "";
  CHECK(whole_text(specs) == R"(


== 
spec "spec" text n20; source "source" text e1 n20 cut
| 'one' | 'paper one' |
| 'two' | 'paper two' |
== presets, used like specs
* one: one_big one_wide
* A spec's parameters: archcost params SPEC. What everything costs: archcost list --costs.
)");
  CHECK(
      short_json(tables::specs_json(library)) ==
      R"({"specs":[{"spec":"one","source":"paper one","presets":["one_big","one_wide"]},{"spec":"two","source":"paper two","presets":[]}]})");
}

TEST_CASE("the parameters of a spec and what they may be", "[params]") {
  const spec::ArchSpec spec = spec_of_parameters();
  graph::BuildOptions options;
  options.settings = {{"b", spec::Value(spec::Number(5))}};
  const graph::Network network = graph::build_network(spec, options);
  CHECK(whole_text(tables::params_report(spec, network)) == R"(
net
a paper
== 
name "parameter" text; value "value" text; range "may be" text list
| 'a' | 4/7=0.5714285714 | '0.125 to 2' |
| 'b' | '5' | 'at least 1' |
| 'c' | '2' | 'at most 9' |
| 'm' | 'nearest' | 'nearest, bilinear' |
| 'list' | '[1, 2]' | '' |
* - a: width
* - c: depth
== presets
* - small: a=0.5 b=1
* - other: m=bilinear list=[3, 4]
)");
  CHECK(
      short_json(tables::params_json(spec, network)) ==
      R"({"spec":"net","source":"a paper","parameters":[{"name":"a","symbol":"α","value":0.5714285714,"help":"width","min":0.125,"max":2},{"name":"b","symbol":"b","value":5,"help":"","min":1},{"name":"c","symbol":"c","value":2,"help":"depth","max":9},{"name":"m","symbol":"m","value":"nearest","help":"","choices":["nearest","bilinear"]},{"name":"list","symbol":"list","value":[1,2],"help":""}],"presets":[{"name":"small","settings":{"a":0.5,"b":1}},{"name":"other","settings":{"m":"bilinear","list":[3,4]}}]})");
  const spec::ArchSpec plain = spec::read_spec_text(
      "net.yaml", "name: net\ninput: {channels: 4, height: 8, width: 8}\nlayers: [relu]\n", ".");
  CHECK(tables::params_report(plain, graph::build_network(plain, {})).sections.size() == 1);
}

TEST_CASE("published accuracies, their fits and ranks", "[accuracy]") {
  const auto spec = spec_of_accuracies();
  std::vector<tables::JudgedTable> judged;
  for (const char* recipe : {"first", "second", "third"})
    judged.push_back(judged_table(spec, recipe));
  CHECK(whole_text(tables::accuracy_report(judged)) == R"(
published accuracies
top-1 on ImageNet in percent, one table for each training recipe
== published accuracies, and how well a fit predicts them
family "family" text; recipe "recipe" text n16 wrap; part "part" text e2; models "models" integer; low "from" numbertext; high "to" numbertext; rmse "error" numbertext; worst "worst" numbertext; mean "of mean" numbertext; form "fitted in" text e1
| 'net' | 'first' | 'm=nearest' | 4 | '50.2' | '79.8' | '0.10' | '0.11' | '14.68' | 'ln α' |
| 'net' | 'second' | 'all' | 3 | '20.0' | '30.0' | '6.12' | '7.50' | '6.12' | 'mean' |
* error: leave-one-out, root mean square, in points; worst: the largest error; of mean: the error when the mean of the other models is the prediction.
* Too unlike the others of their table for a fit, with their published figures only: 1 model.
* Not shown: 1 table of fewer than 3 models.
== rank correlation of costs with published accuracy
family "family" text; recipe "recipe" text n16 wrap; models "models" integer; entropy "entropy ρ" numbertext; entropy_kendall "τ" numbertext e1; effectiveness "effectiveness ρ" numbertext; effectiveness_kendall "τ" numbertext e1; params "params ρ" numbertext; params_kendall "τ" numbertext e1; macs "macs ρ" numbertext; macs_kendall "τ" numbertext e1
| 'net' | 'first' | 5 | '0.82' | '0.74' | '-0.82' | '-0.74' | '0.82' | '0.74' | '0.82' | '0.74' |
| 'net' | 'second' | 3 | '-0.50' | '-0.33' |  |  | '-0.50' | '-0.33' | '-0.50' | '-0.33' |
* ρ: Spearman's, τ: Kendall's τ_b; 1: the same order, -1: the opposite.
)");
  CHECK(whole_text(tables::accuracy_data(judged)) == R"(


== 
family "" text; recipe "" text; source "" text; varied "" text; at "" text; top1 "" text; part "" text; form "" text; rmse "" text; worst "" text; mean_rmse "" text
| 'net' | 'first' | 's1; s2' | 'α, b, m' | 'a=1' | 50.25 | 'm=nearest' | 'ln α' | 0.09597925891 | 0.1071428571 | 14.68370223 |
| 'net' | 'first' | 's1; s2' | 'α, b, m' | 'a=2' | 60.0 | 'm=nearest' | 'ln α' | 0.09597925891 | 0.1071428571 | 14.68370223 |
| 'net' | 'first' | 's1; s2' | 'α, b, m' | 'a=4 b=2' | 70.0 | 'm=nearest' | 'ln α' | 0.09597925891 | 0.1071428571 | 14.68370223 |
| 'net' | 'first' | 's1; s2' | 'α, b, m' | 'a=8 b=2' | 79.75 | 'm=nearest' | 'ln α' | 0.09597925891 | 0.1071428571 | 14.68370223 |
| 'net' | 'first' | 's1; s2' | 'α, b, m' | 'a=2 m=bilinear' | 40.0 | 'a=2, b=1, m=bilinear' | '' |  |  |  |
| 'net' | 'second' | 's3' | 'b' | 'b=1' | 30.0 | 'all' | 'mean' | 6.123724357 | 7.5 | 6.123724357 |
| 'net' | 'second' | 's3' | 'b' | 'b=2' | 20.0 | 'all' | 'mean' | 6.123724357 | 7.5 | 6.123724357 |
| 'net' | 'second' | 's3' | 'b' | 'b=4' | 25.0 | 'all' | 'mean' | 6.123724357 | 7.5 | 6.123724357 |
| 'net' | 'third' | 's4' | 'α' | 'a=1' | 1.0 | 'all' | '' |  |  |  |
| 'net' | 'third' | 's4' | 'α' | 'a=2' | 2.0 | 'all' | '' |  |  |  |
)");
  CHECK(
      short_json(tables::accuracy_json(judged)) ==
      R"({"tables":[{"family":"net","recipe":"first","source":"s1; s2","models":[{"at":"a=1","top1":50.25},{"at":"a=2","top1":60.0},{"at":"a=4 b=2","top1":70.0},{"at":"a=8 b=2","top1":79.75},{"at":"a=2 m=bilinear","top1":40.0}],"fits":[{"part":"m=nearest","models":4,"form":"ln α","rmse":0.09597925891,"worst":0.1071428571,"mean_rmse":14.68370223}],"ranks":{"entropy":{"spearman":0.8207826817,"kendall":0.7378647874},"effectiveness":{"spearman":-0.8207826817,"kendall":-0.7378647874},"params":{"spearman":0.8207826817,"kendall":0.7378647874},"macs":{"spearman":0.8207826817,"kendall":0.7378647874}}},{"family":"net","recipe":"second","source":"s3","models":[{"at":"b=1","top1":30.0},{"at":"b=2","top1":20.0},{"at":"b=4","top1":25.0}],"fits":[{"part":"all","models":3,"form":"mean","rmse":6.123724357,"worst":7.5,"mean_rmse":6.123724357}],"ranks":{"entropy":{"spearman":-0.5,"kendall":-0.3333333333},"effectiveness":{"spearman":null,"kendall":null},"params":{"spearman":-0.5,"kendall":-0.3333333333},"macs":{"spearman":-0.5,"kendall":-0.3333333333}}},{"family":"net","recipe":"third","source":"s4","models":[{"at":"a=1","top1":1.0},{"at":"a=2","top1":2.0}],"fits":[],"ranks":{"entropy":{"spearman":1.0,"kendall":1.0},"effectiveness":{"spearman":-1.0,"kendall":-1.0},"params":{"spearman":1.0,"kendall":1.0},"macs":{"spearman":1.0,"kendall":1.0}}}]})");
  CHECK(tables::accuracy_report({judged[1]}).sections[0].notes.size() == 1);
  judged[1].ranks.clear();
  CHECK(nlohmann::json::parse(tables::accuracy_json({judged[1]}))["tables"][0]["ranks"].dump() ==
        "{}");
  CHECK(tables::accuracy_report({judged[2], judged[2]}).sections[0].notes.back() ==
        "Not shown: 2 tables of fewer than 3 models.");
}

TEST_CASE("accuracies that were asked for: published ones first, those without an answer last",
          "[accuracy]") {
  const auto spec = spec_of_accuracies();
  std::vector<tables::JudgedTable> judged;
  const std::pair<Kind, double> kinds[] = {
      {Kind::kOutside, 0}, {Kind::kEstimated, 55.5}, {Kind::kPublished, 50.25}, {Kind::kTooFew, 0}};
  for (const auto& [kind, top1] : kinds) {
    judged.push_back(judged_table(spec, "first"));
    judged.back().asked = fmt::format("net {}", judged.size());
    judged.back().estimate.emplace();
    judged.back().estimate->kind = kind;
    judged.back().estimate->top1 = top1;
    judged.back().estimate->error = top1 / 100;
    judged.back().estimate->models = 4;
  }
  judged.push_back(judged_table(spec, "second"));
  const document::Document report = tables::accuracy_report(judged);
  REQUIRE(report.sections.size() == 3);
  CHECK(whole_text(report.sections[0]) == R"(== accuracy of the network that was asked for
network "network" text; recipe "recipe" text n16 wrap; top1 "top-1" numbertext; error "±" numbertext; from "from" text n20 wrap
| 'net 3' | 'first' | '50.25' | '0.50' | 'published, 'first'' |
| 'net 2' | 'first' | '55.50' | '0.56' | 'estimated from the 4 models of 'first', ± 0.56' |
| 'net 1' | 'first' |  |  | 'no estimate: outside what the 4 models of 'first' span' |
| 'net 4' | 'first' |  |  | 'no estimate: too few among the 4 models of 'first' are like it' |
)");
  std::string estimates;
  const auto json = nlohmann::ordered_json::parse(tables::accuracy_json(judged));
  for (const auto& table : json["tables"])
    estimates += table.contains("estimate") ? table["estimate"].dump() + "\n" : "none\n";
  CHECK(
      estimates ==
      R"({"network":"net 1","top1":null,"error":null,"kind":"none","from":"no estimate: outside what the 4 models of 'first' span"}
{"network":"net 2","top1":55.5,"error":0.555,"kind":"estimated","from":"estimated from the 4 models of 'first', ± 0.56"}
{"network":"net 3","top1":50.25,"error":0.5025,"kind":"published","from":"published, 'first'"}
{"network":"net 4","top1":null,"error":null,"kind":"none","from":"no estimate: too few among the 4 models of 'first' are like it"}
none
)");
}
