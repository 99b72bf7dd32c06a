// SPDX-License-Identifier: Apache-2.0
// What the database of latencies takes from others. The first byte says what the rest is: lines of
// figures, the figures of a machine, a kernel's problem, a kernel's option.
#include <sstream>

#include "fuzz/fuzz.hpp"
#include "latency/latency_db.hpp"
#include "latency/latency_estimate.hpp"
#include "latency/machine.hpp"
#include "plan/kernel_problem.hpp"

using namespace archcost;

namespace {

// What was read is written, and read again as the same.
void read_and_write_lines(const std::string& text) {
  std::istringstream in(text);
  const auto contents = latency::read_lines(in, "fuzz.jsonl");
  std::ostringstream once, twice;
  latency::write_lines(contents, once);
  std::istringstream again(once.str());
  latency::write_lines(latency::read_lines(again, "again.jsonl"), twice);
  if (once.str() != twice.str()) fuzz::fail("figures change when they are written and read");
}

void read_problem(const std::string& text) {
  const auto problem = plan::problem_from_text(text);
  if (!problem) return;
  if (plan::problem_from_text(plan::to_text(*problem)) != problem)
    fuzz::fail("a problem changes when it is written and read");
  latency::problem_size(*problem);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(fuzz::text_of(data + 1, size - 1));
  fuzz::expect_error_or_result([&] {
    switch (data[0] % 4) {
      case 0:
        return read_and_write_lines(text);
      case 1:
        latency::machine_from_json(text, "fuzz.json");
        return;
      case 2:
        return read_problem(text);
      default:
        plan::option_from_text(text);
    }
  });
  return 0;
}
