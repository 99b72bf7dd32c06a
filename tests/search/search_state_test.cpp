// SPDX-License-Identifier: Apache-2.0
// States of searches as files of others hold them, and parts of fewer points than there are parts.
#include "search/methods/search_state.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "search/methods/plan.hpp"
#include "search/sweep/journal.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const std::string kSpec =
    "name: two\nparams: {alpha: {default: 1, sweep: [0.5, 1]}}\n"
    "input: {channels: 3, height: 8, width: 8}\nlayers: [conv: {out: round(8 * alpha)}]\n";

methods::SearchPlan plan_of_two_points(const std::vector<std::string>& limits = {}) {
  std::vector<methods::OpenedSpec> specs;
  specs.push_back({"two", spec::read_spec_text("two.yaml", kSpec, "."), {}});
  return methods::plan_search({.limits = limits, .minimize = {"macs"}}, std::move(specs));
}

// Of a whole enumeration of these two points.
const std::string kState =
    R"({"designs":[[0,[0],[768.0,12.0],[768.0],[],[0.0,0.0],0.0,[2,0.0,0.0,-1,0,-1],false],)"
    R"([0,[1],[1536.0,24.0],[1536.0],[],[0.0,0.0],0.0,[2,0.0,0.0,-1,0,-1],false]],"done":2,)"
    R"("nearest":[],"parts":0,"range":[0,2],"tally":{"counts":[2,0,0,0,0,0,2,0],"jobs":1,)"
    R"("limits":[],"unanswered":{},"without_figure":{}}})";

std::string refusal(const std::string& text) {
  try {
    methods::read_search_state(plan_of_two_points(), {text}, "part");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a state comes back as it was written", "[search]") {
  const methods::SearchPlan plan = plan_of_two_points();
  const methods::SearchState state = methods::read_search_state(plan, {"older", kState}, "part");
  CHECK(methods::to_text(state) == kState);
  // As an earlier version wrote it.
  std::string older = kState;
  for (const auto& [now, before] :
       {std::pair(",0,-1]", ",0]"), std::pair(",0,-1]", ",0]"), std::pair("0,2,0]", "0,2]")})
    older.replace(older.find(now), std::string(now).size(), before);
  CHECK(methods::to_text(methods::read_search_state(plan, {older}, "part")) == kState);
  methods::SearchState written;
  methods::run_search(plan, {.checkpoint = [&](const auto& last) { written = last; }});
  CHECK(methods::to_text(written) == kState);
}

TEST_CASE("a state that no search of the plan writes is refused", "[search][hostile]") {
  CHECK(refusal(kState) == "");
  struct Damage {
    const char *from, *to;
  };
  for (const Damage& damage : {
           Damage{"[0,[1],", "[0,[2],"},    // no such value of alpha
           Damage{"[0,[1],", "[0,[],"},     // no value of alpha
           Damage{"[0,[1],", "[0,[0,0],"},  // of two parameters
           Damage{"[0,[1],", "[0,[-1],"},   //
           Damage{"[0,[1],", "[0,[0.5],"},  //
           Damage{"[0,[1],", "[1,[1],"},    // of another spec
           Damage{"[1536.0,24.0],[1536.0]", "[1536.0],[1536.0]"},
           Damage{"[1536.0,24.0],[1536.0]", "[1536.0,24.0],[]"},
           Damage{"24.0],[1536.0],[],[0.0,0.0]", "24.0],[1536.0],[],[0.0]"},
           Damage{"24.0],[1536.0],[]", "24.0],[1536.0],[1.0]"},  // of a limit that isn't there
           Damage{"[2,0.0,0.0,-1,0,-1],false]]", "[5,0.0,0.0,-1,0],false]]"},
           Damage{"[2,0.0,0.0,-1,0,-1],false]]", "[2,0.0,0.0,1,0],false]]"},
           Damage{"[2,0.0,0.0,-1,0,-1],false]]", "[2,0.0,0.0,-2,0],false]]"},
           Damage{"\"done\":2", "\"done\":3"},
           Damage{"\"range\":[0,2]", "\"range\":[0,3]"},
           Damage{"\"range\":[0,2]", "\"range\":[2,0]"},
           Damage{"\"counts\":[2,0", "\"counts\":[-2,0"},
           Damage{"\"jobs\":1", "\"jobs\":2"},
           Damage{"\"limits\":[]", "\"limits\":[[0,0.0,[]]]"},
           Damage{"\"tally\"", "\"tully\""},
           Damage{"768.0", "\"x\""},
           Damage{"}}", "}"},
       }) {
    INFO(damage.from << " -> " << damage.to);
    std::string text = kState;
    const std::size_t at = text.rfind(damage.from);
    REQUIRE(at != std::string::npos);
    text.replace(at, std::string(damage.from).size(), damage.to);
    CHECK(refusal(text) == "error: 'part' has no state of a search, or is damaged");
  }
}

TEST_CASE("more parts than points join to the result of one run", "[search]") {
  const TestFolder folder;
  folder.write("two.yaml", kSpec);
  const std::string search = "search two.yaml --minimize macs --format csv ";
  std::string parts;
  for (int k = 1; k <= 5; ++k) {
    const Run run =
        run_program(fmt::format("{} --shard {}/5 -o part{}", search, k, k), folder.text());
    CHECK(run.status == 0);
    parts += fmt::format(" part{}", k);
  }
  CHECK(run_program(search + "--join" + parts, folder.text()).out ==
        run_program(search, folder.text()).out);
}
