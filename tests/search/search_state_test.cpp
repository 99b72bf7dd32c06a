// SPDX-License-Identifier: Apache-2.0
// States of searches as files of others hold them, and parts of fewer points than there are parts.
#include "search/methods/search_state.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>

#include "core/diagnostic.hpp"
#include "search/methods/plan.hpp"
#include "search/methods/search_journal.hpp"
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
    R"({"asked_slow":true,"designs":[[0,[0],[768.0,12.0],[768.0],[],[0.0,0.0],0.0,[2,0.0,0.0,-1,0,-1],false],)"
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

// The last place where it stands is changed.
struct Damage {
  const char *from, *to;
};

void check_refused(std::string text, const Damage& damage) {
  INFO(damage.from << " -> " << damage.to);
  const std::size_t at = text.rfind(damage.from);
  REQUIRE(at != std::string::npos);
  text.replace(at, std::string(damage.from).size(), damage.to);
  CHECK(refusal(text) == "error: 'part' has no state of a search, or is damaged");
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
  // A limit can be missed by more than a number holds.
  methods::SearchState far = state;
  far.nearest = {far.designs.front()};
  far.nearest.front().violation = std::numeric_limits<double>::infinity();
  const std::string text = methods::to_text(far);
  CHECK(methods::to_text(methods::read_search_state(plan, {text}, "part")) == text);
  methods::SearchState written;
  methods::run_search(plan, {.checkpoint = [&](const auto& last) { written = last; }});
  CHECK(methods::to_text(written) == kState);
}

TEST_CASE("a state that no search of the plan writes is refused", "[search][hostile]") {
  CHECK(refusal(kState) == "");
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
       })
    check_refused(kState, damage);
}

namespace {

// After the first generation, which has both points.
const std::string kEvolution =
    R"({"asked_slow":true,"designs":[[0,[0],[768.0,12.0],[768.0],[],[0.0,0.0],0.0,[2,0.0,0.0,-1,0,-1],false]],)"
    R"("done":0,"evolution":{"checksum":2844319735,"ended":"","idle":0,"job":0,"parents":)"
    R"([[[1],0,true,null,[1536.0],1,null],[[0],1,true,0.5,[],0,1.25]],"points":2,"random":9},)"
    R"("nearest":[],"parts":1,"range":[0,1],"tally":{"counts":[2,0,0,0,0,0,2,0],"jobs":1,)"
    R"("limits":[],"unanswered":{},"without_figure":{}}})";

}  // namespace

TEST_CASE("the state of an evolution comes back as it was written", "[search][hostile]") {
  const methods::SearchPlan plan = plan_of_two_points();
  const methods::SearchState state = methods::read_search_state(plan, {kEvolution}, "part");
  CHECK(methods::to_text(state) == kEvolution);
  REQUIRE(state.evolution);
  CHECK(state.evolution->random == 9);
  CHECK(std::isinf(state.evolution->parents.at(0).crowding));
  CHECK(state.evolution->parents.at(1).verdict == methods::Verdict::kInfeasible);
  for (const Damage& damage : {
           Damage{"\"job\":0", "\"job\":1"},        // of another spec
           Damage{"\"points\":2", "\"points\":0"},  // parents that are no points
           Damage{"\"points\":2", "\"points\":-2"},
           Damage{"\"idle\":0", "\"idle\":\"x\""},
           Damage{"\"idle\":0", "\"idle\":70000000"},
           Damage{",1,null]", ",1.5,null]"},  // a rank
           Damage{"\"random\":9", "\"random\":0.5"},
           Damage{"[[1],0,true", "[[2],0,true"},  // no such value of alpha
           Damage{"[[1],0,true", "[[],0,true"},
           Damage{"[[1],0,true", "[[1],5,true"},    // no such verdict
           Damage{"[[1],0,true", "[[1],256,true"},  //
           Damage{"[[1],0,true", "[[1],0,1"},
           Damage{"null,[1536.0],1", "null,[],1"},  // feasible without a key
           Damage{"0.5,[],0", "0.5,[7.0],0"},
           Damage{"\"done\":0", "\"done\":1"},    // an unfinished evolution that is done
           Damage{"\"parts\":1", "\"parts\":0"},  // an enumeration
           Damage{"\"evolution\"", "\"evolved\""},
       })
    check_refused(kEvolution, damage);
}

TEST_CASE("an evolution whose points are damaged begins again", "[search][hostile]") {
  const TestFolder folder;
  const methods::SearchPlan plan = plan_of_two_points();
  const std::string file = folder / "best.csv", points = file + ".points-1";
  const std::vector<std::uint32_t> known = {1, 0};
  {
    methods::SearchState state = methods::read_search_state(plan, {kEvolution}, "part");
    state.evolution->known = known;
    methods::SearchJournal(plan, file, "request", false).save(state);
  }
  const std::string kept = read_file(points);
  REQUIRE(kept == std::string("\1\0\0\0\0\0\0\0", 8));
  const auto damage = [&] {
    const methods::SearchJournal journal(plan, file, "request", true);
    CHECK((journal.before() == nullptr) == !journal.damage().empty());
    if (journal.before() != nullptr) {
      CHECK(methods::to_text(*journal.before()) == kEvolution);
      const auto read = journal.before()->evolution->known;
      CHECK(std::vector<std::uint32_t>(read.begin(), read.end()) == known);
    }
    return journal.damage();
  };
  CHECK(damage() == "");
  // What was appended after the last state goes.
  folder.write("best.csv.points-1", kept + "more");
  CHECK(damage() == "");
  CHECK(read_file(points) == kept);
  const std::string damaged =
      fmt::format("'{}' is damaged or missing: the search begins at its start", points);
  for (const std::string& text :
       {kept.substr(1), std::string(), "\2" + kept.substr(1), std::string("\1\0\0\0\1\0\0\0", 8)}) {
    folder.write("best.csv.points-1", text);
    CHECK(damage() == damaged);
  }
  // With a value that the space doesn't have.
  folder.write("best.csv.points-1", kept);
  {
    methods::SearchJournal journal(plan, file, "request", true);
    methods::SearchState state = *journal.before();
    const std::vector<std::uint32_t> other = {1, 0, 2};
    state.evolution->known = other;
    state.evolution->points = 3;
    journal.save(state);
  }
  CHECK(damage() == damaged);
  std::filesystem::remove(points);
  CHECK(damage() == damaged);
  // It writes all points anew then.
  methods::SearchJournal journal(plan, file, "request", true);
  methods::SearchState state = methods::read_search_state(plan, {kEvolution}, "part");
  state.evolution->known = known;
  journal.save(state);
  CHECK(read_file(points) == kept);
  folder.write("best.csv.points-2", "of another plan");
  journal.remove();
  for (const char* end : {".state", ".points-1"}) CHECK(!std::filesystem::exists(file + end));
  CHECK(std::filesystem::exists(file + ".points-2"));
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
