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

TEST_CASE("constant factors are put together, and cancelled by divisors", "[core]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count n = trace.input(3, 1, 100), m = trace.input(5, 0, 100);
  CHECK(trace.node_of(n * 2 * 3) == trace.node_of(n * 6));
  CHECK(trace.node_of(div_floor(n * 6, 3)) == trace.node_of(2 * n));
  CHECK(trace.node_of(div_floor(6 * n * 8, 48)) == trace.node_of(n));
  CHECK(div_floor(n * 6, 4).shown() == 4);  // 18 / 4 has a remainder
  CHECK(trace.node_of(div_floor(n * 6, 4)) != trace.node_of(n));
  CHECK(divides(4, div_ceil(m, 4) * 8));
  CHECK(trace.conditions().empty());
  CHECK_FALSE(divides(4, n * 6));
  CHECK(trace.conditions().size() == 1);
}

TEST_CASE("a product is compared with 0 by the factors that may be 0", "[core]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count area = trace.input(9, 1, 100), channels = trace.input(4, -10, 10);
  CHECK(area * channels > Count(0));
  CHECK(area * 2 * channels != Count(0));
  CHECK_FALSE(channels * area < Count(0));
  REQUIRE(trace.conditions().size() == 3);
  for (const TraceCondition& condition : trace.conditions()) {
    const bool left = condition.a == trace.node_of(channels);
    CHECK((left ? condition.b : condition.a) == trace.node_of(0));
    CHECK((left || condition.b == trace.node_of(channels)));
  }
  CHECK(area * area > Count(0));  // for all
  CHECK(channels * channels >= Count(0));
  CHECK(trace.conditions().size() == 4);
}
