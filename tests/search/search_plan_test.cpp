// SPDX-License-Identifier: Apache-2.0
// From a request to a plan: what is varied, quantities and their order, messages, fingerprints.
#include <fmt/core.h>

#include <cmath>
#include <functional>
#include <set>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "search/methods/candidate_evaluator.hpp"
#include "search/methods/plan.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;

namespace {

struct PlannedSpec {
  std::string name, params, search;
  std::vector<std::string> settings;
  std::optional<std::vector<std::string>> vary = {};
};

std::string planned_text(const PlannedSpec& one) {
  std::string uses;
  for (const std::string& part : split(one.params, ';'))
    uses += (uses.empty() ? "" : " + ") + std::string(trim(part.substr(0, part.find(':')))) +
            (part.find("default: [") != std::string::npos ? "(1)" : "");
  std::string params = one.params;
  for (char& c : params) c = c == ';' ? ',' : c;
  return fmt::format(
      "name: {}\nparams: {{{}}}\ninput: {{channels: 3, height: 4, width: 2}}\n"
      "layers: [conv: {{out: {}}}]\n{}",
      one.name, params, uses, one.search);
}

methods::SearchPlan planned(const std::vector<PlannedSpec>& specs, methods::SearchRequest request) {
  std::vector<methods::OpenedSpec> opened;
  for (const PlannedSpec& one : specs) {
    methods::OpenedSpec spec{
        one.name, spec::read_spec_text(one.name + ".yaml", planned_text(one), "."), {}, one.vary};
    for (const std::string& setting : one.settings)
      spec.options.settings.push_back(graph::parse_setting(spec.spec, setting, "--set"));
    opened.push_back(std::move(spec));
  }
  const auto slow = [](double factor) {
    return [factor](const graph::Network& network) -> std::optional<space::Uncertain> {
      const std::int64_t width = network.layers[0].output.channels.value();
      if (width > 50) return {};
      return space::Uncertain{factor * static_cast<double>(width), factor, width % 2 == 1};
    };
  };
  return methods::plan_search(request, std::move(opened),
                              {{"pain", "", slow(2), {}}, {"heat", "", slow(3), {}}});
}

// "one: a=1,2 b=3; two: ..."
std::string planned_axes(const methods::SearchPlan& plan) {
  std::vector<std::string> jobs;
  for (const sweep::SweepJob& job : plan.jobs) {
    std::string text = job.label + ":";
    for (const space::SweepAxis& axis : job.space.axes) {
      std::vector<std::string> values;
      for (const spec::Value& value : axis.values) values.push_back(spec::to_string(value));
      text += fmt::format(" {}={}", axis.label(), join(values, ","));
    }
    jobs.push_back(text);
  }
  return join(jobs, "; ");
}

std::string plan_refusal(const std::vector<PlannedSpec>& specs, methods::SearchRequest request) {
  if (request.minimize.empty() && request.maximize.empty()) request.minimize = {"macs"};
  try {
    planned(specs, request);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const PlannedSpec kOne{
    "one", "a: {default: 1, max: 9, sweep: [1, 2]}; b: {default: 3, sweep: [3, 4]}", "", {}};
const PlannedSpec kTwo{"two", "a: {default: 5}; e: {default: 1, sweep: [6, 7, 8]}", "", {}};

}  // namespace

TEST_CASE("what a search varies: the request, the spec's section, its own values", "[search]") {
  const auto axes = [](const std::vector<PlannedSpec>& specs, std::vector<std::string> vary) {
    return planned_axes(planned(specs, {.vary = std::move(vary), .minimize = {"macs"}}));
  };
  CHECK(axes({kOne}, {}) == "one: a=1,2 b=3,4");
  CHECK(axes({kOne}, {"b=9,8"}) == "one: b=9,8");
  CHECK(axes({kOne}, {"b", "a=4"}) == "one: b=3,4 a=4");
  PlannedSpec set = kOne;
  set.settings = {"a=7"};
  CHECK(axes({set}, {}) == "one: b=3,4");
  // Of several specs each varies what it has, or what is said for it alone.
  CHECK(axes({kOne, kTwo}, {}) == "one: a=1,2 b=3,4; two: e=6,7,8");
  CHECK(axes({kOne, kTwo}, {"a=2,3", "e=6"}) == "one: a=2,3; two: a=2,3 e=6");
  PlannedSpec own = kTwo;
  own.vary = std::vector<std::string>{"a=5,6"};
  CHECK(axes({kOne, own}, {"a=2,3"}) == "one: a=2,3; two: a=5,6");
  // The section of the spec; the command line takes the place of what it says of a parameter.
  PlannedSpec section{"net",
                      "a: {default: [1, 1, 1]}; b: {default: 1}",
                      "search: {vary: {a(2): [1, 2], b: [3, 4], a(1): [5, 6]}}\n",
                      {}};
  CHECK(axes({section}, {}) == "net: a(1)=5,6 a(2)=1,2 b=3,4");
  CHECK(axes({section}, {"b=7"}) == "net: a(1)=5,6 a(2)=1,2 b=7");
  CHECK(axes({section}, {"a(3)=7,8"}) == "net: b=3,4 a(3)=7,8");
  section.settings = {"b=9"};
  CHECK(axes({section}, {}) == "net: a(1)=5,6 a(2)=1,2");
  section.settings = {"a=[1, 2, 3]"};
  CHECK(axes({section}, {}) == "net: b=3,4");
}

TEST_CASE("what is tried without a request is noted for up to three specs", "[search]") {
  const auto notes = [](const std::vector<PlannedSpec>& specs, std::vector<std::string> vary = {}) {
    return join(planned(specs, {.vary = std::move(vary), .minimize = {"macs"}}).notes, "|");
  };
  const std::string others = " (--vary NAME=VALUES tries others).";
  CHECK(notes({kOne}) == "Tried: one a=1,2 b=3,4" + others);
  CHECK(notes({kOne}, {"a"}) == "");
  PlannedSpec three = kTwo, four = kOne;
  three.name = "three";
  four.name = "four";
  CHECK(notes({kOne, kTwo, three}) ==
        "Tried: one a=1,2 b=3,4; two e=6,7,8; three e=6,7,8" + others);
  CHECK(notes({kOne, kTwo, three, four}) == "");
  PlannedSpec many{"many", "a: {default: 1, sweep: [1, 2, 3, 4, 5, 6, 7, 8]}", "", {}};
  CHECK(notes({many}) == "Tried: many a=1,2,3,4,5,6,7,8" + others);
  many.params = "a: {default: 1, sweep: [1, 2, 3, 4, 5, 6, 7, 8, 9]}";
  CHECK(notes({many}) == "Tried: many a=1,2,3,4,5,6,7,8,... (9 values)" + others);
}

TEST_CASE("quantities: objectives, limits and columns by name, costs before what is slow",
          "[search]") {
  const auto quantities = [](methods::SearchRequest request) {
    const methods::SearchPlan plan = planned({kOne}, request);
    std::vector<std::string> texts;
    for (const space::Quantity& quantity : plan.quantities)
      texts.push_back(fmt::format("{}/{}", quantity.name, quantity.parts) +
                      (quantity.slow < 0 ? "" : "=" + plan.slow[quantity.slow].name));
    for (const space::Objective& objective : plan.objectives)
      texts.push_back(fmt::format("{}{}", objective.maximize ? "+" : "-", objective.quantity));
    return join(texts, " ") + fmt::format(" of {}", plan.slow.size());
  };
  CHECK(quantities({.minimize = {"macs"}, .columns = ""}) == "macs/1 -0 of 0");
  CHECK(quantities({.minimize = {"macs"}}) == "macs/1 params/1 -0 of 0");
  CHECK(
      quantities({.minimize = {"heat, entropy", "params"}, .maximize = {"macs,"}, .columns = ""}) ==
      "macs/1 entropy/1000000 params/1 heat/1=heat +0 -3 -1 -2 of 1");
  CHECK(quantities({.limits = {"pain <= a + b", "activations <= 9K"},
                    .minimize = {"params"},
                    .columns = " heat ,,params"}) ==
        "params/1 activations/1 pain/1=pain heat/1=heat -0 of 2");
}

TEST_CASE("requests that can't be planned are refused with place and remedy", "[search]") {
  const std::string error = "error: ";
  CHECK(plan_refusal({kOne}, {.maximize = {","}}) ==
        error +
            "say what is best: --minimize macs, or --maximize accuracy; --limit alone says "
            "what is allowed");
  CHECK(plan_refusal({kOne}, {.minimize = {"macs"}, .maximize = {"params,macs"}}) ==
        error + "'macs' is an objective twice");
  CHECK(plan_refusal({kOne}, {.maximize = {"mac"}}) ==
        "--maximize mac: error: no cost 'mac'; did you mean 'macs'?");
  CHECK(plan_refusal({kOne}, {.columns = "macs,parms"}) ==
        "--columns parms: error: no cost 'parms'; did you mean 'params'?");
  PlannedSpec set = kOne;
  set.settings = {"a=7", "b=8"};
  CHECK(plan_refusal({set}, {}) ==
        error + "'one': nothing is left to vary; every parameter with 'sweep' values is set");
  CHECK(plan_refusal({set}, {.vary = {"a=1,2"}}) ==
        error + "'a' is set and varied; it can't be both");
  // Of several specs the option is told as it was given.
  CHECK(plan_refusal({kOne}, {.vary = {"a=1,10"}}) ==
        "--vary a=1,10: error: parameter 'a' must be at most 9, not 10");
  CHECK(plan_refusal({kOne, kTwo}, {.vary = {"a=1,10"}}) ==
        "--vary a=1,10: error: 'one': parameter 'a' must be at most 9, not 10; --vary "
        "SPEC:NAME=VALUES is for one of the specs");
  PlannedSpec own = kOne;
  own.vary = std::vector<std::string>{"a=1,10"};
  CHECK(plan_refusal({own, kTwo}, {.vary = {"two:a=3", "one:a=1,10"}}) ==
        "--vary one:a=1,10: error: parameter 'a' must be at most 9, not 10");
  CHECK(plan_refusal({kOne, kTwo}, {.vary = {"z=1"}}).starts_with("--vary z=1: error: 'one': "));
  CHECK(plan_refusal({set, kTwo}, {}) ==
        error + "'one': nothing is left to vary; every parameter with 'sweep' values is set");
  // In the spec's section, with its place.
  const PlannedSpec section{"net",
                            "a: {default: 1, max: 9}; b: {default: 1}",
                            "search:\n  vary:\n    b: [1, 2]\n    a: [1, 10]\n",
                            {}};
  CHECK(test::contains(plan_refusal({section}, {}),
                       "net.yaml:8:5: error: parameter 'a' must be at most 9, not 10"));
  CHECK(plan_refusal({section}, {.vary = {"a=1,11"}}) ==
        "--vary a=1,11: error: parameter 'a' must be at most 9, not 11");
}

TEST_CASE("a network beside the space has figures of all quantities", "[search]") {
  const test::TestFolder folder;
  folder.write("acc.csv", "a,b,accuracy\n1,3,60.5\n2,3,61\n");
  methods::SearchRequest request{.minimize = {"macs,heat,pain"}, .maximize = {"accuracy,entropy"}};
  request.accuracy.file = folder / "acc.csv";
  const methods::SearchPlan plan = planned({kOne}, request);
  const auto beside = [&](const std::vector<std::string>& settings) {
    graph::BuildOptions options;
    for (const std::string& setting : settings)
      options.settings.push_back(graph::parse_setting(plan.jobs[0].spec, setting, "--set"));
    return methods::design_beside(plan, 0, options);
  };
  const auto value = [&](const methods::Design& design, const char* name) {
    return design.values[static_cast<std::size_t>(space::find_quantity(plan.quantities, name))];
  };
  const auto error = [&](const methods::Design& design, const char* name) {
    return design.errors[static_cast<std::size_t>(space::find_quantity(plan.quantities, name))];
  };
  const methods::Design even = beside({});  // one channel and three
  REQUIRE(even.values.size() == plan.quantities.size());
  CHECK(even.job == 0);
  CHECK(even.at.empty());
  CHECK(value(even, "macs") == 3 * 4 * 8);
  CHECK(value(even, "entropy") == Approx(8 * std::log(8 * 4) * std::log(3)));
  CHECK(value(even, "pain") == 8);
  CHECK(value(even, "heat") == 12);
  CHECK(value(even, "accuracy") == 60.5);
  CHECK(error(even, "macs") == 0);
  CHECK(error(even, "heat") == 3);
  CHECK(error(even, "accuracy") == Approx(0.05));
  CHECK(!even.estimated);
  CHECK(even.accuracy.top1 == 60.5);
  const methods::Design odd = beside({"b=4"});
  CHECK(odd.estimated);
  CHECK(value(odd, "pain") == 10);
  const methods::Design wide = beside({"b=70"});
  CHECK(std::isnan(value(wide, "pain")));
  CHECK(!error(wide, "pain"));
  CHECK(!wide.estimated);
}

TEST_CASE("a limit must hold for each of several specs", "[search]") {
  CHECK(plan_refusal({kOne, kTwo}, {.limits = {"b <= 3"}}) ==
        "--limit b <= 3: error: 'b' is neither a parameter of 'two' nor a cost");
  CHECK(plan_refusal({kOne, kTwo}, {.limits = {"e <= 3"}}) ==
        "--limit e <= 3: error: 'e' is neither a parameter of 'one' nor a cost");
  CHECK(plan_refusal({kOne, kTwo}, {.limits = {"a <= 3"}}) == "");
  const methods::SearchPlan plan = planned({kOne, kTwo}, {.minimize = {"macs"}});
  const methods::Design second = methods::design_beside(plan, 1, {});
  CHECK(second.job == 1);
  CHECK(second.values[0] == 3 * 6 * 8);
}

TEST_CASE("accuracy may be the only quantity of a search", "[search]") {
  const test::TestFolder folder;
  folder.write("acc.csv", "a,b,accuracy\n1,3,60\n2,3,61\n2,5,62\n");
  const PlannedSpec odd{
      "one", "a: {default: 1, sweep: [1, 2]}; b: {default: 3, sweep: [3, 5]}", "", {}};
  methods::SearchRequest request{.maximize = {"accuracy"}, .columns = ""};
  request.accuracy.file = folder / "acc.csv";
  const methods::SearchPlan plan = planned({odd}, request);
  REQUIRE(plan.quantities.size() == 1);
  REQUIRE(plan.accuracy.size() == 1);
  CHECK(plan.accuracy[0]->table().rows.size() == 3);
  CHECK(plan.notes.size() == 2);  // what is tried, and where accuracies come from
  const methods::SearchResult result = methods::run_search(plan, {});
  REQUIRE(result.designs.size() == 3);
  CHECK(result.designs[0].values == std::vector<double>{62});
  CHECK(result.designs[0].key == std::vector<double>{-62});
  CHECK(result.designs[0].errors == std::vector<std::optional<double>>{0.5});
  CHECK(result.tally.without_figure == 1);
  // Beside other objectives a design without a figure is one all the same.
  request.maximize = {"macs"};
  request.columns = "accuracy";
  const methods::SearchResult beside = methods::run_search(planned({odd}, request), {});
  CHECK(beside.designs.size() == 4);
  CHECK(beside.tally.without_figure == 0);
}

TEST_CASE("a plan's fingerprint tells all that its result depends on", "[search]") {
  const test::TestFolder folder;
  folder.write("acc.csv", "a,b,accuracy\n1,3,60\n2,3,61\n");
  folder.write("other.csv", "a,b,accuracy\n1,3,60\n2,3,62\n");
  struct Asked {
    PlannedSpec spec = kOne;
    methods::SearchRequest request{.limits = {"macs <= 500"}, .minimize = {"params"}};
    int batch = 1;
    std::optional<TensorShape> input = {};
    bool twice = false;
  };
  const auto print = [](const Asked& asked) {
    std::vector<PlannedSpec> specs = {asked.spec};
    if (asked.twice) specs.push_back(kTwo);
    methods::SearchPlan plan = planned(specs, asked.request);
    plan.jobs[0].options.batch = asked.batch;
    plan.jobs[0].options.input = asked.input;
    return methods::fingerprint(plan);
  };
  std::vector<Asked> all(13);
  all[1].request.maximize = {"params"}, all[1].request.minimize = {};
  all[2].request.limits = {"macs <= 501"};
  all[3].request.limits = {};
  all[4].request.columns = "activations";
  all[5].request.types.weights = DataType::kInt8;
  all[6].batch = 2;
  all[7].input = TensorShape{Count(3), Count(5), Count(2)};
  all[8].request.vary = {"a=1,3"};
  all[9].spec.search = "search: {vary: {a: [1, 2], b: [3, 4]}, where: [a < b]}\n";
  all[10].spec.search = "search: {vary: {a: [1, 2], b: [3, 4]}, where: [a <= b]}\n";
  all[11].twice = true;
  all[12].request.minimize = {"macs"};
  all[12].request.columns = "params";
  for (const char* file : {"acc.csv", "other.csv"}) {
    Asked& with = all.emplace_back();
    with.request.columns = "accuracy";
    with.request.accuracy.file = folder / file;
  }
  std::set<std::string> prints;
  for (const Asked& asked : all) {
    prints.insert(print(asked));
    CHECK(print(asked) == print(asked));
  }
  CHECK(prints.size() == all.size());
}
