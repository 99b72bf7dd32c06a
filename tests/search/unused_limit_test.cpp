// SPDX-License-Identifier: Apache-2.0
// When a search proposes values between those that it tried, and which.
#include "search/methods/unused_limit.hpp"

#include <fmt/core.h>

#include "search/methods/plan.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;

namespace {

// Of one pixel: b (a + a²) multiply-adds.
struct UnusedCase {
  std::string a = "default: 4, min: -9, max: 3000000000, sweep: [2, 4, 8]";
  std::string out = "a";
  std::vector<std::string> limits = {"macs <= 71"};
  std::vector<std::string> vary;
  std::string more = "b: {default: 1, min: 1, max: 99}";
  std::string search;
  int specs = 1;
};

methods::SearchPlan unused_plan(const UnusedCase& one, methods::SearchRequest request) {
  std::vector<methods::OpenedSpec> specs;
  for (int k = 0; k < one.specs; ++k) {
    const std::string text = fmt::format(
        "name: net\nparams: {{a: {{{}}}, {}}}\ninput: {{channels: b, height: 1, width: 1}}\n"
        "layers: [conv: {{name: x, out: \"{}\"}}, conv: {{out: \"b * ({})\", from: x}}]\n{}",
        one.a, one.more, one.out, one.out, one.search);
    specs.push_back({fmt::format("net{}", k), spec::read_spec_text("net.yaml", text, "."), {}});
  }
  request.vary = one.vary;
  request.limits = one.limits;
  const auto figure = [](const graph::Network& network) {
    return std::optional(
        space::Uncertain{static_cast<double>(network.layers[0].output.channels.value())});
  };
  return methods::plan_search(request, std::move(specs), {{"pain", "", figure, {}}});
}

std::string hint_of(const UnusedCase& one, const std::string& maximize = "params") {
  const methods::SearchPlan plan = unused_plan(one, {.maximize = {maximize}});
  return methods::unused_limit_hint(plan, methods::run_search(plan, {}));
}

const std::string kOthers = "other values may use more, as --vary ";

}  // namespace

TEST_CASE("values in between are some 40 at most, in round steps", "[search]") {
  struct Values {
    std::string sweep, finer;  // empty: there are none in between
    std::string limit = "macs <= 71", percent = "";
    std::string out = "a";
  };
  for (const Values& values : std::vector<Values>{
           {"2, 4, 8", "2:8:1", "macs <= 71", "28"},
           {"8, 2, 4", "2:8:1", "macs <= 71", "28"},
           {"1, 3", "1:3:1", "macs <= 11", "18"},
           {"2, 3", "", "macs <= 11"},
           {"2, 3, 4, 5", "", "macs <= 11"},
           {"2, 5, 3", "2:5:1", "macs <= 28", "43"},
           {"1, 41", "1:41:1", "macs <= 1700", "0"},
           {"1, 42", "2:42:2", "macs <= 1700", "0"},
           {"1, 64", "2:64:2", "macs <= 4100", "0"},
           {"3, 203", "5:200:5", "macs <= 40000", "0"},
           {"100, 40100", "1000:40000:1000", "macs <= 100M", "0"},
           {"100, 41100", "1000:41000:1000", "macs <= 100M", "0"},
           {"100, 42100", "", "macs <= 100M"},
           {"1, 1000000001", "", "macs <= 100M"},
           {"1000001, 1000011, 1000021", "1000001:1000021:1", "macs <= 400", "33", "a - 1000000"},
           {"0, 4", "0:4:1", "macs <= 19", "11", "1 + a"},
           {"-1, 4", "-1:4:1", "macs <= 19", "32", "2 if a < 0 else a + 1"},
           {"0.25, 0.5, 1", "0.25:1:0.025", "macs <= 400", "28", "round(20 * a)"},
           {"0.5, 2", "0.5:2:0.05", "macs <= 1639", "7", "round(20 * a)"},
           {"0.1, 0.3", "0.1:0.3:0.01", "macs <= 900", "12", "round(100 * a)"},
           {"0.13, 0.9", "0.15:0.9:0.025", "macs <= 8000", "2", "round(100 * a)"},
       }) {
    INFO(values.sweep);
    UnusedCase one{.a = "default: 2, min: -9, max: 3000000000, sweep: [" + values.sweep + "]",
                   .out = values.out,
                   .limits = {values.limit}};
    CHECK(hint_of(one) == (values.finer.empty()
                               ? ""
                               : "The best uses " + values.percent + " % of " + values.limit +
                                     ": " + kOthers + "a=" + values.finer));
  }
}

TEST_CASE("values in between are proposed where the best design leaves much of a limit",
          "[search]") {
  const auto used = [](const std::string& percent, const std::string& limit) {
    return "The best uses " + percent + " % of " + limit + ": " + kOthers + "a=2:8:1";
  };
  CHECK(hint_of({}) == used("28", "macs <= 71"));
  // Of 20 multiply-adds that the best has, and 30 that the next value would have.
  CHECK(hint_of({.limits = {"macs <= 33.4"}}) == used("60", "macs <= 33.4"));
  CHECK(hint_of({.limits = {"macs <= 33.2"}}) == "");
  CHECK(hint_of({.limits = {"macs <= 34.4"}}) == used("58", "macs <= 34.4"));
  // All of the limit may be used.
  CHECK(hint_of({.a = "default: 4, min: 1, max: 9, sweep: [2, 4]", .limits = {"macs <= 12"}}) ==
        "The best uses 50 % of macs <= 12: " + kOthers + "a=2:4:1");
  // Nothing in between fits.
  CHECK(hint_of({.a = "default: 4, min: 1, max: 9, sweep: [2, 8, 4]", .limits = {"macs <= 29"}}) ==
        "");
  CHECK(hint_of({.limits = {"macs <= 72"}}) == "");                              // all are met
  CHECK(hint_of({.limits = {"macs <= 5"}}) == "");                               // none is
  CHECK(hint_of({.out = "a if a < 7 else 1", .limits = {"macs <= 40"}}) == "");  // all are
  // The limit of which most is used counts, of two that are alike the first.
  CHECK(hint_of({.limits = {"macs <= 71", "macs <= 71.0"}}) == used("28", "macs <= 71"));
  CHECK(hint_of({.limits = {"macs <= 71", "params <= 1000"}}) == used("28", "macs <= 71"));
  CHECK(hint_of({.limits = {"params <= 1000", "macs <= 71"}}) == used("28", "macs <= 71"));
  CHECK(hint_of({.limits = {"macs <= 71", "activations <= 9"}}) == "");
  // Lower limits don't matter; what else isn't a number on a cost does.
  CHECK(hint_of({.limits = {"params >= 3", "macs <= 71"}}) == used("28", "macs <= 71"));
  CHECK(hint_of({.limits = {"macs <= 71", "a <= 9"}}) == "");
  CHECK(hint_of({.limits = {"macs <= 71", "pain <= 90"}}) == "");
  CHECK(hint_of({.limits = {"macs + a <= 75"}}) == "");
  // The objective.
  CHECK(hint_of({}, "macs") == used("28", "macs <= 71"));
  CHECK(hint_of({}, "pain") == "");
  CHECK(hint_of({}, "entropy") == used("28", "macs <= 71"));
}

TEST_CASE("nothing is proposed for other searches than a whole enumeration for a maximum",
          "[search]") {
  const UnusedCase one;
  const methods::SearchPlan plan = unused_plan(one, {.maximize = {"params"}});
  const methods::SearchResult result = methods::run_search(plan, {});
  CHECK(methods::unused_limit_hint(plan, result) != "");
  methods::SearchResult other = result;
  other.whole = false;
  CHECK(methods::unused_limit_hint(plan, other) == "");
  other = result;
  other.designs.clear();
  CHECK(methods::unused_limit_hint(plan, other) == "");
  for (const auto method : {methods::SearchMethod::kEvolve, methods::SearchMethod::kChain}) {
    other = result;
    other.method = method;
    CHECK(methods::unused_limit_hint(plan, other) == "");
  }
  for (const methods::SearchRequest& request :
       {methods::SearchRequest{.minimize = {"params"}},
        methods::SearchRequest{.minimize = {"weights"}, .maximize = {"params"}}}) {
    const methods::SearchPlan changed = unused_plan(one, request);
    CHECK(methods::unused_limit_hint(changed, methods::run_search(changed, {})) == "");
  }
}

TEST_CASE("values in between are those of a parameter with bounds and values of its own",
          "[search]") {
  CHECK(hint_of({.a = "default: 4, min: 1, sweep: [2, 4, 8]"}) == "");
  CHECK(hint_of({.a = "default: 4, max: 9, sweep: [2, 4, 8]"}) == "");
  CHECK(hint_of({.a = "default: 4, choices: [2, 4, 8], sweep: [2, 4, 8]"}) == "");
  CHECK(hint_of({.vary = {"a=2,4,9"}}) == "");
  CHECK(hint_of({.vary = {"a=4,8"}}) == "The best uses 28 % of macs <= 71: " + kOthers + "a=4:8:1");
  CHECK(hint_of({.search = "search: {vary: {a: [2, 4, 8]}}\n"}) == "");
  CHECK(hint_of({.a = "default: [4, 3], min: 1, max: 99, sweep: [2, 4, 8]",
                 .out = "a(1)",
                 .vary = {"a(1)=2,4,8", "a(2)=2"}}) == "");
}

TEST_CASE("other parameters keep what was varied", "[search]") {
  const auto with = [](const std::string& b, const std::vector<std::string>& vary,
                       const std::string& limit = "macs <= 160", int specs = 1) {
    return hint_of({.a = "default: 4, min: 1, max: 99, sweep: [2, 4, 20]",
                    .limits = {limit},
                    .vary = vary,
                    .more = "b: {default: 1, " + b + "}",
                    .specs = specs});
  };
  // Of b = 1 and 3 the second is best, with a = 4: 60 of 160.
  const std::string best = "The best uses 38 % of macs <= 160: " + kOthers;
  CHECK(with("min: 1, max: 9, sweep: [1, 3]", {}) == best + "b --vary a=2:20:1");
  CHECK(with("min: 1, max: 9, sweep: [1, 3, 7]", {"a", "b=1,3"}) == best + "b=1,3 --vary a=2:20:1");
  CHECK(with("min: 1, max: 9", {"a", "b=1,3"}) == best + "b=1,3 --vary a=2:20:1");
  // Up to eight values are listed.
  CHECK(with("min: 1, max: 99", {"a", "b=1,3,50,51,52,53,54,55"}) ==
        best + "b=1,3,50,51,52,53,54,55 --vary a=2:20:1");
  CHECK(with("min: 1, max: 99", {"a", "b=1,3,50,51,52,53,54,55,56"}) == "");
  // An element of a list can't be said for all.
  UnusedCase list{.a = "default: 4, min: 1, max: 99, sweep: [2, 4, 20]",
                  .out = "a * c",
                  .limits = {"macs <= 160"},
                  .vary = {"a", "c=1,2"},
                  .more = "b: {default: 1}, c: {default: 1}"};
  CHECK(hint_of(list) == "The best uses 45 % of macs <= 160: " + kOthers + "c=1,2 --vary a=2:20:1");
  list.out = "a * c(1)";
  list.vary[1] = "c(1)=1,2";
  list.more = "b: {default: 1}, c: {default: [1, 5]}";
  CHECK(hint_of(list) == "");
  CHECK(with("min: 1, max: 99", {"b=1,3", "a"}) == best + "b=1,3 --vary a=2:20:1");
  // With 10 of b, which is best, nothing in between fits.
  CHECK(with("min: 1, max: 99", {"a", "b=1,10"}, "macs <= 119") == "");
  // Of several specs the first one's.
  CHECK(with("min: 1, max: 9, sweep: [1, 3]", {}, "macs <= 160", 2) ==
        best + "net0:b --vary net0:a=2:20:1");
}

TEST_CASE("values in between must be better, not only use more", "[search]") {
  // What a linear layer has is no part of the entropy.
  const std::string text =
      "name: net\nparams: {a: {default: 4, min: 1, max: 9, sweep: [2, 4, 8]}}\n"
      "input: {channels: 3, height: 4, width: 4}\n"
      "layers: [conv: {out: 5}, global_avg_pool, linear: {out: 100 * a}]\n";
  std::vector<methods::OpenedSpec> specs;
  specs.push_back({"net", spec::read_spec_text("net.yaml", text, "."), {}});
  const methods::SearchPlan plan =
      methods::plan_search({.limits = {"macs <= 4200"}, .maximize = {"entropy"}}, std::move(specs));
  const methods::SearchResult result = methods::run_search(plan, {});
  REQUIRE(!result.designs.empty());
  CHECK(result.tally.limits[0].broken == 1);
  CHECK(methods::unused_limit_hint(plan, result) == "");
}

TEST_CASE("by accuracy, values in between are those of what the table varies", "[search]") {
  const test::TestFolder folder;
  folder.write("acc.csv", "a,accuracy\n1,60\n2,63.1\n4,66\n8,69\n");
  const UnusedCase one{.a = "default: 4, min: 1, max: 9, sweep: [1, 2, 4, 8]",
                       .more = "b: {default: 1, min: 1, max: 9, sweep: [1]}"};
  methods::SearchRequest request{.maximize = {"accuracy"}};
  request.accuracy.file = folder / "acc.csv";
  const methods::SearchPlan plan = unused_plan(one, request);
  CHECK(methods::unused_limit_hint(plan, methods::run_search(plan, {})) ==
        "The best uses 28 % of macs <= 71: " + kOthers + "a=1:8:1");
  // Accuracies that fall with a: no more of the limit is better.
  folder.write("acc.csv", "a,accuracy\n1,69\n2,66\n4,63.1\n8,60\n");
  const methods::SearchPlan falling = unused_plan(one, request);
  CHECK(methods::unused_limit_hint(falling, methods::run_search(falling, {})) == "");
}
