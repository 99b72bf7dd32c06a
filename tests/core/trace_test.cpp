// SPDX-License-Identifier: Apache-2.0
// What a trace keeps of arithmetic.
#include "core/trace.hpp"

#include "support/catch.hpp"

using namespace archcost;

TEST_CASE("constants that are added one after another are one", "[core]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count x = trace.input(10, 1, 100);
  const Count one(1), two(2), three(3);
  CHECK(trace.node_of(x - one + one) == trace.node_of(x));
  CHECK(trace.node_of(x + two - three + one) == trace.node_of(x));
  CHECK(trace.node_of(two + x - three) == trace.node_of(x - one));
  CHECK(trace.node_of(div_floor(x - one, two) + one) ==
        trace.node_of(div_floor(x + one - two, two) + three - two));
  CHECK((x + two - three + one).shown() == 10);
  CHECK((three + x - one).shown() == 12);
  CHECK(trace.nodes()[trace.node_of(x + three - one)].low == 3);
}

TEST_CASE("constants beyond what doubles hold aren't put together", "[core]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count x = trace.input(-10, -100, -1), huge(9'000'000'000'000'000'000);
  CHECK((x + huge - huge).shown() == -10);
  CHECK(!trace.exact_in_doubles());
}
