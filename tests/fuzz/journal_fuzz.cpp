// SPDX-License-Identifier: Apache-2.0
// What an earlier run left: the journal of a sweep or search, its state, and a table of accuracies.
// The first byte says which.
#include "fuzz/fuzz.hpp"
#include "fuzz/fuzz_spec.hpp"
#include "search/accuracy/accuracy_table.hpp"
#include "search/methods/plan.hpp"
#include "search/methods/search_state.hpp"
#include "search/sweep/journal.hpp"

using namespace archcost;

namespace {

const methods::SearchPlan& plan_of_two_points() {
  static const methods::SearchPlan kPlan = [] {
    std::vector<methods::OpenedSpec> specs;
    specs.push_back({"fuzz", fuzz::spec_with_parameters(), {}});
    return methods::plan_search(
        {.vary = {"alpha=0.5,1"}, .limits = {"params <= 1M"}, .minimize = {"macs"}},
        std::move(specs));
  }();
  return kPlan;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(fuzz::text_of(data + 1, size - 1));
  fuzz::expect_error_or_result([&] {
    switch (data[0] % 3) {
      case 0:
        sweep::read_journal(text, "fuzz.journal", "sweep", "request");
        return;
      case 1: {
        const methods::SearchPlan& plan = plan_of_two_points();
        methods::SearchState state = methods::read_search_state(plan, {text}, "fuzz.state");
        const std::string once = methods::to_text(state);
        if (methods::to_text(methods::read_search_state(plan, {once}, "again.state")) != once)
          fuzz::fail("a state changes when it is written and read");
        methods::join_parts(plan, {}, {std::move(state)});
        return;
      }
      default:
        accuracy::read_accuracy_csv(fuzz::spec_with_parameters(), {}, "fuzz.csv", text);
    }
  });
  return 0;
}
