// SPDX-License-Identifier: Apache-2.0
// Reports of invented searches, whole: values, figures, errors, commands, what accuracies rest on.
#include <functional>
#include <limits>
#include <map>

#include "reports/tables/search_report.hpp"
#include "search/methods/plan.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Lines = std::vector<std::string>;
using Kind = accuracy::AccuracyEstimate::Kind;
constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

spec::ArchSpec searched_spec(const std::string& name, const std::string& params,
                             const std::string& symbol = "α") {
  return spec::read_spec_text(
      name + ".yaml",
      "name: " + name + "\nsource: paper\nparams: {alpha: {default: 1, symbol: " + symbol +
          ", sweep: [1/4, 1/2, 4/7, 1]}" + params +
          "}\ninput: {channels: 3, height: 8, width: 8}\nlayers: [conv: {out: round(8 * alpha) + "
          "more}]\npublished:\n"
          "  - {at: {alpha: 1/4}, top1: 50, source: one}\n  - {at: {alpha: 1/2}, top1: 61, source: "
          "one}\n"
          "  - {at: {alpha: 1}, top1: 70, source: one}\n",
      ".");
}

// Accuracy, a time, a slow cost of another unit and three costs, over two specs.
methods::SearchPlan searched_plan(bool one_spec = false, const Lines& limits = {"macs <= 9K"}) {
  std::vector<methods::OpenedSpec> specs;
  specs.push_back({"net:alpha=1", searched_spec("net", ", more: 2"), {}, Lines{"alpha"}});
  if (!one_spec) {
    specs.push_back({"other",
                     searched_spec("other", ", more: {default: 1, sweep: [1, 3]}", "β"),
                     {},
                     Lines{"more", "alpha"}});
  }
  const auto nothing = [](const graph::Network&) { return std::optional<space::Uncertain>(); };
  methods::SearchPlan plan = methods::plan_search(
      {.limits = limits,
       .minimize = {"latency,entropy"},
       .maximize = {"accuracy"},
       .columns = "peak_memory,energy"},
      std::move(specs), {{"latency", "s", nothing, {}}, {"energy", "J", nothing, {}}});
  plan.notes = {"a note of the plan"};
  return plan;
}

// Values by name; what is not named is not known.
methods::Design searched_design(const methods::SearchPlan& plan, std::size_t job,
                                std::vector<std::size_t> at,
                                const std::map<std::string, double>& values) {
  methods::Design design;
  design.job = job;
  design.at = std::move(at);
  for (const space::Quantity& quantity : plan.quantities) {
    const auto found = values.find(quantity.name);
    design.values.push_back(found == values.end() ? kNoValue : found->second);
    design.errors.emplace_back(0.0);
  }
  for (const space::Objective& objective : plan.objectives)
    design.key.push_back(
        objective.key(design.values[static_cast<std::size_t>(objective.quantity)]));
  design.missed.assign(plan.limits.size(), 0.0);
  return design;
}

accuracy::AccuracyEstimate estimate_of(Kind kind, double top1, double error) {
  accuracy::AccuracyEstimate estimate;
  estimate.kind = kind;
  estimate.top1 = top1;
  estimate.error = error;
  estimate.models = 3;
  return estimate;
}

methods::SearchResult searched_result(const methods::SearchPlan& plan) {
  methods::SearchResult result;
  result.tally.points = result.tally.feasible = 12;
  result.tally.limits.resize(plan.limits.size());
  result.designs = {searched_design(plan, 0, {2},
                                    {{"macs", 8000},
                                     {"peak_memory", 4096},
                                     {"entropy", 12345.678},
                                     {"accuracy", 63},
                                     {"latency", 2e-3},
                                     {"energy", 1.5}}),
                    searched_design(plan, 1, {1, 0},
                                    {{"macs", 7000},
                                     {"peak_memory", 2048},
                                     {"entropy", 12.5},
                                     {"accuracy", 50},
                                     {"latency", 3e-3},
                                     {"energy", 2.5}}),
                    searched_design(plan, 1, {0, 3},
                                    {{"macs", 6000}, {"peak_memory", 1024}, {"entropy", 99.99}})};
  result.designs[0].accuracy = estimate_of(Kind::kEstimated, 63, 0.25);
  result.designs[1].accuracy = estimate_of(Kind::kPublished, 50, 0.5);
  const auto q = [&](const char* name) {
    return static_cast<std::size_t>(space::find_quantity(plan.quantities, name));
  };
  result.designs[0].errors[q("latency")] = 1e-4;
  result.designs[0].errors[q("accuracy")] = 0.25;
  result.designs[1].errors[q("energy")] = {};
  result.designs[1].estimated = true;
  result.designs[2].accuracy = estimate_of(Kind::kOutside, 0, 0);
  return result;
}

}  // namespace

TEST_CASE("a search over two specs as a table, as data and as JSON lines", "[report]") {
  const methods::SearchPlan plan = searched_plan();
  methods::SearchResult result = searched_result(plan);
  CHECK(whole_text(tables::search_report(plan, result, false)) == R"(
search of net:alpha=1, other
maximize accuracy, minimize latency, minimize entropy under macs <= 9K
== 
spec "spec" text; alpha "α" numbertext; more "more" numbertext; accuracy "top-1" numbertext; latency "latency" seconds; latency_figure "figure" text; entropy "entropy" numbertext; macs "macs" count e1; peak_memory "peak memory" bytes e1; energy "energy" number; energy_figure "figure" text; best "best" text e1
| 'net:alpha=1' | '4/7' |  | '63.00 ± 0.25 %' | 0.002 | 'predicted' | '12,345.68' | 8000 | 4096 | 1.5 | 'predicted' | 'accuracy, latency' |
| 'other' | '0.25' | '3' | '50 %' | 0.003 | 'estimated' | '12.5' | 7000 | 2048 | 2.5 | 'estimated' | 'entropy' |
| 'other' | '1' | '1' |  |  |  | '99.99' | 6000 | 1024 |  |  | '' |
* 12 candidates, all evaluated: the front is exact.
* a note of the plan
* 12 of 12 fit; macs <= 9K rules out 0.
* Accuracy of net: estimated from the 3 models of 'one', ± 0.25.
* Accuracy of other: published, 'one'.
* The first: archcost analyze net:alpha=1 --set alpha=4/7
)");
  CHECK(
      whole_text(tables::search_report(plan, result, true).sections[0].table) ==
      R"(spec "spec" text; alpha "α" numbertext; more "more" numbertext; accuracy "top-1" numbertext; accuracy_error "error" text; latency "latency" seconds; latency_error "error" text; latency_figure "figure" text; entropy "entropy" numbertext; macs "macs" count e1; peak_memory "peak memory" bytes e1; energy "energy" number; energy_error "error" text; energy_figure "figure" text; best "best" text e1; command "command" text
| 'net:alpha=1' | '0.5714285714285714' |  | 63.0 | 0.25 | 0.002 | 0.0001 | 'predicted' | 12345.678 | 8000 | 4096 | 1.5 | 0.0 | 'predicted' | 'accuracy, latency' | 'archcost analyze net:alpha=1 --set alpha=4/7' |
| 'other' | '0.25' | '3' | 50.0 | 0.0 | 0.003 | 0.0 | 'estimated' | 12.5 | 7000 | 2048 | 2.5 |  | 'estimated' | 'entropy' | 'archcost analyze other --set more=3 --set alpha=0.25' |
| 'other' | '1' | '1' |  |  |  |  |  | 99.99 | 6000 | 1024 |  |  |  | '' | 'archcost analyze other --set more=1 --set alpha=1' |
)");
  CHECK(
      tables::search_json_lines(plan, result) ==
      R"({"spec":"net:alpha=1","parameters":{"alpha":0.5714285714285714},"accuracy":63.0,"accuracy_error":0.25,"accuracy_published":false,"latency":0.002,"latency_error":0.0001,"latency_figure":"predicted","entropy":12345.678,"macs":8000,"peak_memory":4096,"energy":1.5,"energy_figure":"predicted","feasible":true,"best":"accuracy, latency","command":"archcost analyze net:alpha=1 --set alpha=4/7"}
{"spec":"other","parameters":{"more":3,"alpha":0.25},"accuracy":50.0,"accuracy_error":0.5,"accuracy_published":true,"latency":0.003,"latency_figure":"estimated","entropy":12.5,"macs":7000,"peak_memory":2048,"energy":2.5,"energy_figure":"estimated","feasible":true,"best":"entropy","command":"archcost analyze other --set more=3 --set alpha=0.25"}
{"spec":"other","parameters":{"more":1,"alpha":1},"entropy":99.99,"macs":6000,"peak_memory":1024,"feasible":true,"best":"","command":"archcost analyze other --set more=1 --set alpha=1"}
)");
  result.designs[1].measured = space::Uncertain{4e-3};
  result.designs[1].values.back() = kNoValue;  // the energy
  result.corrected = "what was corrected";
  result.beside = {result.designs[1], result.designs[0]};
  result.beside_labels = {"besides", "more"};
  CHECK(whole_text(tables::search_report(plan, result, false)) == R"(
search of net:alpha=1, other
maximize accuracy, minimize latency, minimize entropy under macs <= 9K
== 
spec "spec" text; alpha "α" numbertext; more "more" numbertext; accuracy "top-1" numbertext; latency "latency" seconds; latency_figure "figure" text; entropy "entropy" numbertext; macs "macs" count e1; peak_memory "peak memory" bytes e1; energy "energy" number; energy_figure "figure" text; measured "measured" seconds; best "best" text e1
| 'net:alpha=1' | '4/7' |  | '63.00 ± 0.25 %' | 0.002 | 'predicted' | '12,345.68' | 8000 | 4096 | 1.5 | 'predicted' |  | 'accuracy, latency' |
| 'other' | '0.25' | '3' | '50 %' | 0.003 | 'measured' | '12.5' | 7000 | 2048 |  |  | 0.004 | 'entropy' |
| 'other' | '1' | '1' |  |  |  | '99.99' | 6000 | 1024 |  |  |  | '' |
* 12 candidates, all evaluated: the front is exact.
* a note of the plan
* 12 of 12 fit; macs <= 9K rules out 0.
* Accuracy of net: estimated from the 3 models of 'one', ± 0.25.
* Accuracy of other: published, 'one'.
* what was corrected
* The first: archcost analyze net:alpha=1 --set alpha=4/7
== beside
spec "network" text n24; accuracy "top-1" numbertext; latency "latency" seconds; latency_figure "figure" text; entropy "entropy" numbertext; macs "macs" count e1; peak_memory "peak memory" bytes e1; energy "energy" number; energy_figure "figure" text
| 'besides' | '50 %' | 0.003 | 'measured' | '12.5' | 7000 | 2048 |  |  |
| 'more' | '63.00 ± 0.25 %' | 0.002 | 'predicted' | '12,345.68' | 8000 | 4096 | 1.5 | 'predicted' |
)");
  CHECK(
      whole_text(tables::search_report(plan, result, true).sections[1].table) ==
      R"(spec "network" text n24; accuracy "top-1" numbertext; accuracy_error "error" text; latency "latency" seconds; latency_error "error" text; latency_figure "figure" text; entropy "entropy" numbertext; macs "macs" count e1; peak_memory "peak memory" bytes e1; energy "energy" number; energy_error "error" text; energy_figure "figure" text
| 'besides' | 50.0 | 0.0 | 0.003 | 0.0 | 'measured' | 12.5 | 7000 | 2048 |  |  |  |
| 'more' | 63.0 | 0.25 | 0.002 | 0.0001 | 'predicted' | 12345.678 | 8000 | 4096 | 1.5 | 0.0 | 'predicted' |
)");
  CHECK(contains(tables::search_json_lines(plan, result),
                 R"("latency_figure":"measured","entropy":12.5,)"));
  CHECK(contains(tables::search_json_lines(plan, result), R"("measured":0.004,"feasible":true)"));
}

TEST_CASE("a search without a design that fits", "[report]") {
  const methods::SearchPlan plan = searched_plan(true, {"macs <= 9K", "params <= 10"});
  methods::SearchResult result = searched_result(plan);
  result.designs.resize(1);
  result.nearest = result.designs;
  result.designs.clear();
  result.nearest[0].missed = {0.005, 0.25};
  result.tally.feasible = 0;
  CHECK(whole_text(tables::search_report(plan, result, false)) == R"(
search of net:alpha=1
maximize accuracy, minimize latency, minimize entropy under macs <= 9K and params <= 10
== no design meets the limits; these come nearest
alpha "α" numbertext; accuracy "top-1" numbertext; latency "latency" seconds; latency_figure "figure" text; entropy "entropy" numbertext; macs "macs" count e1; params "params" count e1; peak_memory "peak memory" bytes e1; energy "energy" number; energy_figure "figure" text; missed "misses" text e1
| '4/7' | '63.00 ± 0.25 %' | 0.002 | 'predicted' | '12,345.68' | 8000 |  | 4096 | 1.5 | 'predicted' | 'macs <= 9K by 0.5 %, params <= 10 by 25 %' |
* 12 candidates, all evaluated.
* a note of the plan
)");
  CHECK(
      tables::search_json_lines(plan, result) ==
      R"({"spec":"net:alpha=1","parameters":{"alpha":0.5714285714285714},"accuracy":63.0,"accuracy_error":0.25,"accuracy_published":false,"latency":0.002,"latency_error":0.0001,"latency_figure":"predicted","entropy":12345.678,"macs":8000,"peak_memory":4096,"energy":1.5,"energy_figure":"predicted","feasible":false,"missed":"macs <= 9K by 0.5 %, params <= 10 by 25 %","command":"archcost analyze net:alpha=1 --set alpha=4/7"}
)");
}

TEST_CASE("figures of a search in words", "[report]") {
  const methods::SearchPlan plan = searched_plan();
  const auto text = [&](const char* name, double value) {
    return tables::figure_text(
        plan, static_cast<std::size_t>(space::find_quantity(plan.quantities, name)), value);
  };
  CHECK(text("accuracy", 63.456) == "63.46 %");
  CHECK(text("latency", 9.1e-3) == "9.100 ms");
  CHECK(text("macs", 149'500'000) == "149.50M");
  CHECK(text("peak_memory", 3 << 20) == "3.00 MiB");
  CHECK(text("entropy", 10178.606) == "10,178.61");
  CHECK(text("entropy", 1234.009) == "1,234.01");
  CHECK(text("entropy", 100.04) == "100.04");
  CHECK(text("entropy", 99.944) == "99.94");
  CHECK(text("entropy", 99.5) == "99.5");
  CHECK(text("entropy", 100) == "100.00");
  CHECK(text("entropy", 0.55931) == "0.5593");
}

TEST_CASE("what accuracies rest on, and which can't be told apart", "[report]") {
  std::vector<methods::OpenedSpec> specs;
  specs.push_back({"net", searched_spec("net", ", more: 2"), {}, Lines{"alpha"}});
  methods::SearchPlan plan =
      methods::plan_search({.maximize = {"accuracy"}, .columns = ""}, std::move(specs));
  plan.notes.clear();
  methods::SearchResult result;
  result.tally.points = 6;
  for (int k = 0; k < 6; ++k) {
    result.designs.push_back(searched_design(plan, 0, {0}, {{"accuracy", 70.0 - k}}));
    result.designs.back().accuracy = estimate_of(Kind::kEstimated, 70 - 0.25 * k, 0.25 + 0.125 * k);
  }
  result.designs[5].accuracy = estimate_of(Kind::kEstimated, 68.5, 0.25);
  CHECK(tables::search_report(plan, result, false).sections[0].notes ==
        Lines{"6 candidates, all evaluated: the order is exact.",
              "Accuracy of net: estimated from the 3 models of 'one', ± 0.25.",
              "Accuracy of net: estimated from the 3 models of 'one', ± 0.38.",
              "Accuracy of net: estimated from the 3 models of 'one', ± 0.50.",
              "Accuracy of net: estimated from the 3 models of 'one', ± 0.62.",
              "The accuracy of 4 of the others does not differ significantly from the first: the "
              "difference is within the errors.",
              "The first: archcost analyze net --set alpha=0.25"});
  result.designs.resize(2);
  CHECK(tables::search_report(plan, result, false).sections[0].notes[3] ==
        "The accuracy of 1 of the others does not differ significantly from the first: the "
        "difference is within the errors.");
  result.designs.resize(1);
  CHECK(tables::search_report(plan, result, false).sections[0].notes.size() == 3);
}

TEST_CASE("limits that are met are not missed, and their costs are shown", "[report]") {
  std::vector<methods::OpenedSpec> specs;
  specs.push_back({"net", searched_spec("net", ", more: 2"), {}, Lines{"alpha"}});
  const methods::SearchPlan plan = methods::plan_search(
      {.limits = {"macs <= 9K", "params <= 10", "macs >= 3"},
       .minimize = {"latency"},
       .columns = ""},
      std::move(specs),
      {{"latency",
        "s",
        [](const graph::Network&) { return std::optional<space::Uncertain>(); },
        {}}});
  methods::SearchResult result;
  result.nearest = {searched_design(plan, 0, {0}, {{"macs", 8000}, {"params", 12}})};
  result.nearest[0].missed = {0, 0.2, methods::kNotAsked};
  result.tally.limits.resize(3);
  const document::Table table = tables::search_report(plan, result, false).sections[0].table;
  CHECK(
      whole_text(table) ==
      R"(alpha "α" numbertext; latency "latency" seconds; latency_figure "figure" text; macs "macs" count e1; params "params" count e1; missed "misses" text e1
| '0.25' |  |  | 8000 | 12 | 'params <= 10 by 20 %' |
)");
}

TEST_CASE("what became of single candidates is told", "[report]") {
  const methods::SearchPlan plan = searched_plan(true, {"macs <= 9", "params <= 10"});
  using Tally = methods::SearchTally;
  const auto lines = [&](const std::function<void(Tally&)>& change) {
    methods::SearchResult result;
    result.tally.points = 9;
    result.tally.limits.resize(2);
    change(result.tally);
    return tables::tally_lines(plan, result);
  };
  CHECK(lines([](Tally&) {}) == Lines{"a note of the plan"});
  CHECK(lines([](Tally& tally) { tally.outside = 1; }).size() == 2);
  CHECK(lines([](Tally& tally) { tally.unbuildable = 1; })[1] == "1 of 9 can't be built.");
  CHECK(lines([](Tally& tally) {
          tally.unanswered = 1;
          tally.unanswered_why = {{"so", 1}};
        }).size() == 2);
  CHECK(lines([](Tally& tally) {
          tally.without_figure = 1;
          tally.without_figure_why = {{"so", 1}};
        }).size() == 2);
  CHECK(lines([](Tally& tally) { tally.equal = 1; })[1] ==
        "1 candidate is not shown: it builds the network of a design that is, with other "
        "settings.");
  CHECK(lines([](Tally& tally) { tally.equal = 2; })[1] ==
        "2 candidates are not shown: they build the network of a design that is, with other "
        "settings.");
  CHECK(lines([](Tally& tally) {
          tally.feasible = 1;
          tally.infeasible = 5;
          tally.limits[0].broken = 2;
          tally.limits[1].broken = 4;
        })[1] == "1 of 6 fit; macs <= 9 rules out 2, params <= 10 rules out 4.");
  CHECK(lines([](Tally& tally) { tally.infeasible = 1; })[1] ==
        "Each limit can be met by some design, all together by none.");
  // Values by quantity: entropy, macs, params, accuracy and what the columns and goals ask for.
  const Lines suffix = lines([&](Tally& tally) {
    tally.infeasible = 2;
    tally.limits[0].least_missed = 2;
    tally.limits[0].nearest.assign(plan.quantities.size(), 9'500'000);
  });
  CHECK(suffix == Lines{"a note of the plan",
                        "macs <= 9 binds: the nearest misses it by 200 % (macs 9.50M).",
                        "macs <= 9 means 9; millions are written 9M."});
  CHECK(lines([](Tally& tally) {
          tally.without_figure = 10;
          tally.without_figure_why = {{"a", 4}, {"b", 3}, {"c of x", 2}, {"c of y", 1}};
        })[1] ==
        "10 of 9 have no figure for an objective or limit: 4: a; 3: b; 3: 2 other reasons (c of x, "
        "y).");
  methods::SearchResult result;
  result.tally.infeasible = 1;
  result.tally.limits.resize(1);
  CHECK(tables::tally_lines(searched_plan(true), result) == Lines{"a note of the plan"});
}

TEST_CASE("a front needs two objectives, and many candidates are rounded", "[report]") {
  std::vector<methods::OpenedSpec> specs;
  specs.push_back({"net", searched_spec("net", ", more: 2"), {}, Lines{"alpha"}});
  const methods::SearchPlan two =
      methods::plan_search({.minimize = {"macs,params"}, .columns = ""}, std::move(specs));
  specs.clear();
  methods::SearchResult result;
  result.tally.infeasible = 1;
  result.tally.limits = {{1, 2, {9'500'000}}};
  specs.push_back({"net", searched_spec("net", ", more: 2"), {}, Lines{"alpha"}});
  const methods::SearchPlan limited = methods::plan_search(
      {.limits = {"macs <= 9"}, .minimize = {"macs"}, .columns = ""}, std::move(specs));
  CHECK(tables::tally_lines(limited, result).back() ==
        "macs <= 9 means 9; millions are written 9M.");
  result.tally = {};
  result.designs.resize(1);
  result.tally.points = 4;
  CHECK(tables::method_lines(two, result) ==
        Lines{"4 candidates, all evaluated: the front is exact."});
  result.method = methods::SearchMethod::kChain;
  result.proof = "so";
  result.space = 1;
  CHECK(tables::method_lines(two, result) ==
        Lines{"Branch and bound along the chain of layers, 1 candidate: so"});
  result.space = 1e15L;
  CHECK(tables::method_lines(two, result) ==
        Lines{"Branch and bound along the chain of layers, 1e+15 candidates: so"});
  result.method = methods::SearchMethod::kEvolve;
  result.stopped = "it is enough";
  result.space = 3;
  CHECK(tables::method_lines(two, result) ==
        Lines{"NSGA-II: 4 evaluations of 3 candidates, some of them in several parts. All rows "
              "meet the limits, and no evaluated candidate is better; others may be.",
              "Stop reason: it is enough."});
  result.space = 4;
  CHECK(tables::method_lines(two, result)[0].starts_with("NSGA-II: 4 of 4 candidates evaluated."));
}
