// SPDX-License-Identifier: Apache-2.0
// A trace of random arithmetic gives the numbers of every configuration that meets its conditions.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/trace.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

struct InputRange {
  std::int64_t low, high;
};

// The values of all nodes for other inputs.
std::vector<std::int64_t> replayed(const Trace& trace, const std::vector<std::int64_t>& inputs) {
  std::vector<std::int64_t> values;
  for (const TraceNode& node : trace.nodes()) {
    const auto at = [&](std::int32_t k) { return values[static_cast<std::size_t>(k)]; };
    switch (node.op) {
      case TraceOp::kConstant:
        values.push_back(node.value);
        break;
      case TraceOp::kInput:
        values.push_back(inputs[static_cast<std::size_t>(node.a)]);
        break;
      case TraceOp::kAdd:
        values.push_back(at(node.a) + at(node.b));
        break;
      case TraceOp::kSubtract:
        values.push_back(at(node.a) - at(node.b));
        break;
      case TraceOp::kMultiply:
        values.push_back(at(node.a) * at(node.b));
        break;
      case TraceOp::kDivideFloor: {
        const std::int64_t b = at(node.b) == 0 ? 1 : at(node.b);
        values.push_back(div_floor(at(node.a), b).value());
        break;
      }
      case TraceOp::kMax:
        values.push_back(std::max(at(node.a), at(node.b)));
        break;
    }
  }
  return values;
}

// A program over the inputs: each step an operation on two earlier numbers. The numbers of the
// comparisons are 1 where they hold.
struct TraceStep {
  int op;  // add, subtract, multiply, divide by a positive number, maximum, less, equal
  std::size_t a, b;
};

std::vector<Count> all_numbers(const std::vector<TraceStep>& steps, std::vector<Count> numbers) {
  for (const TraceStep& step : steps) {
    const Count a = numbers[step.a], b = numbers[step.b];
    switch (step.op) {
      case 0:
        numbers.push_back(a + b);
        break;
      case 1:
        numbers.push_back(a - b);
        break;
      case 2:
        numbers.push_back(a * b);
        break;
      case 3:
        numbers.push_back(div_floor(a, max(b, 1)));
        break;
      case 4:
        numbers.push_back(max(a, b));
        break;
      case 5:
        numbers.push_back(a < b ? 1 : 0);
        break;
      default:
        numbers.push_back(a == b ? 1 : 0);
    }
  }
  return numbers;
}

// Two numbers that vary, while a trace is recorded.
struct TwoInputs {
  Trace trace;
  TraceScope scope{trace};
  Count x = trace.input(3, 1, 9), y = trace.input(4, 2, 8);

  std::int32_t node(Count number) { return trace.node_of(number); }
};

}  // namespace

TEST_CASE("a trace gives the numbers of all configurations that meet its conditions", "[core]") {
  std::mt19937 random(5);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto between = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::size_t>(high - low + 1)));
  };
  const std::vector<InputRange> ranges = {{1, 6}, {-3, 4}, {0, 9}, {-5, -1}, {7, 7}};
  const std::vector<std::int64_t> constants = {0, 1, -1, 2, 3, 6, -4, 12};
  std::size_t wrong = 0, met = 0, out_of_bounds = 0;
  for (int round = 0; round < 400; ++round) {
    std::vector<TraceStep> steps;
    for (std::size_t k = 0; k < 9; ++k) {
      const std::size_t known = ranges.size() + constants.size() + k;
      steps.push_back({static_cast<int>(below(7)), below(known), below(known)});
    }
    Trace trace;
    const TraceScope scope(trace);
    std::vector<Count> inputs;
    for (const InputRange& range : ranges)
      inputs.push_back(trace.input(between(range.low, range.high), range.low, range.high));
    for (const std::int64_t constant : constants) inputs.emplace_back(constant);
    const std::vector<Count> traced = all_numbers(steps, inputs);
    std::vector<std::int32_t> nodes;
    for (const Count& number : traced) nodes.push_back(trace.node_of(number));
    std::vector<std::int32_t> again;
    for (const Count& number : all_numbers(steps, inputs)) again.push_back(trace.node_of(number));
    wrong += again != nodes;

    for (int other = 0; other < 12; ++other) {
      std::vector<Count> plain;
      std::vector<std::int64_t> varied;
      for (std::size_t k = 0; k < ranges.size(); ++k) {
        const std::int64_t value =
            other == 0 ? inputs[k].shown() : between(ranges[k].low, ranges[k].high);
        plain.emplace_back(value);
        if (ranges[k].low != ranges[k].high) varied.push_back(value);
      }
      for (const std::int64_t constant : constants) plain.emplace_back(constant);
      const std::vector<Count> expected = all_numbers(steps, plain);
      const std::vector<std::int64_t> values = replayed(trace, varied);
      bool holds = true;
      for (const TraceCondition& condition : trace.conditions()) {
        const std::int64_t a = values[static_cast<std::size_t>(condition.a)];
        const std::int64_t b = values[static_cast<std::size_t>(condition.b)];
        holds = holds && (condition.equal ? a == b : a < b) == condition.holds;
      }
      wrong += other == 0 && !holds;
      if (!holds) continue;
      ++met;
      for (std::size_t k = 0; k < nodes.size(); ++k) {
        const auto node = static_cast<std::size_t>(nodes[k]);
        const std::int64_t value = values[node];
        wrong += value != expected[k].value();
        wrong += other == 0 && (traced[k].shown() != value || trace.nodes()[node].value != value);
        const auto real = static_cast<double>(value);
        out_of_bounds += real < trace.nodes()[node].low || real > trace.nodes()[node].high;
      }
    }
  }
  CHECK(wrong == 0);
  CHECK(out_of_bounds == 0);
  CHECK(met > 1000);
}

TEST_CASE("bounds of single operations", "[core]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count a = trace.input(2, -3, 5), b = trace.input(7, 4, 11), c = trace.input(-6, -8, -2);
  const auto bounds = [&](Count number) {
    const TraceNode& node = trace.nodes()[static_cast<std::size_t>(trace.node_of(number))];
    return std::pair(node.low, node.high);
  };
  using Pair = std::pair<double, double>;
  CHECK(bounds(a) == Pair(-3, 5));
  CHECK(bounds(a + b) == Pair(1, 16));
  CHECK(bounds(a - b) == Pair(-14, 1));
  CHECK(bounds(b - a) == Pair(-1, 14));
  CHECK(bounds(a * b) == Pair(-33, 55));
  CHECK(bounds(a * c) == Pair(-40, 24));
  CHECK(bounds(b * c) == Pair(-88, -8));
  CHECK(bounds(c * c) == Pair(4, 64));
  CHECK(bounds(a * a) == Pair(-15, 25));
  CHECK(bounds(div_floor(a, b)) == Pair(-1, 1));
  CHECK(bounds(div_floor(c, b)) == Pair(-2, -1));
  CHECK(bounds(div_floor(b, a)) == Pair(0, 11));  // divisors are positive
  CHECK(bounds(div_floor(b, 3)) == Pair(1, 3));
  CHECK(bounds(max(a, c)) == Pair(-3, 5));
  CHECK(bounds(max(trace.input(0, -1, 3), trace.input(0, -2, 4))) == Pair(-1, 4));
  CHECK(bounds(9) == Pair(9, 9));
  CHECK(bounds(a + 3) == Pair(0, 8));
  CHECK(bounds(a - 3) == Pair(-6, 2));
}

TEST_CASE_METHOD(TwoInputs, "what algebra knows has no node of its own", "[core]") {
  const auto is_constant = [&](Count number, std::int64_t value) {
    return !number.is_traced() && number.value() == value;
  };
  CHECK(node(x + 0) == node(x));
  CHECK(node(0 + x) == node(x));
  CHECK(node(x - 0) == node(x));
  CHECK(is_constant(x - x, 0));
  CHECK(is_constant(x * 0, 0));
  CHECK(is_constant(0 * x, 0));
  CHECK(node(x * 1) == node(x));
  CHECK(node(1 * x) == node(x));
  CHECK(node(div_floor(x, 1)) == node(x));
  CHECK(is_constant(div_floor(x, x), 1));
  CHECK(node(max(x, x)) == node(x));
  CHECK(node(x + y) == node(y + x));
  CHECK(node(x * y) == node(y * x));
  CHECK(node(x - y) != node(y - x));
  CHECK(node(div_floor(x, y)) != node(div_floor(y, x)));
  CHECK(node(max(x, y)) == node(max(y, x)));
  CHECK(node(max(x, 1)) == node(x));
  CHECK(node(max(1, x)) == node(x));
  CHECK(is_constant(max(x, 9), 9));
  CHECK(is_constant(max(9, x), 9));
  CHECK(node(max(x, 2)) != node(x));
  CHECK(max(x, 8).is_traced());
  CHECK(node(x + 1) != node(x));
  CHECK(node(x * 2) != node(x));
  CHECK(!trace.input(5, 5, 5).is_traced());
  CHECK(node(div_floor(x * 6, 3)) == node(x * 2));
  CHECK(node(div_floor(x * 6, 6)) == node(x));
  CHECK(node(div_floor(x * 6, 4)) == node(div_floor(x * 3, 2)));
  CHECK(node(div_floor(x * -6, 4)) == node(div_floor(x * -3, 2)));
  CHECK(node(div_floor(x * 3, 6)) == node(div_floor(x, 2)));
  CHECK(node(div_floor(x * 5, 4)) != node(div_floor(x, 4)));
  CHECK(node(0 - x) == node(x * -1));
  CHECK(node(0 - (0 - x)) == node(x));
  CHECK(node(2 * (x * 3)) == node(x * 6));
  CHECK(node(2 * (3 * x)) == node(6 * x));
  CHECK(node(1 + (x - 1)) == node(x));
  CHECK(node(4 + (x - 1)) == node(x + 3));
  constexpr std::int64_t kLargest = std::int64_t{1} << 51;
  CHECK(node(x + kLargest - kLargest) == node(x));
  CHECK(node(x + (kLargest + 1) - (kLargest + 1)) != node(x));
  CHECK(node((x * y) * 3 * 4) == node(12 * (x * y)));
  CHECK(trace.conditions().empty());
}

TEST_CASE_METHOD(TwoInputs, "terms that cancel leave no node", "[core]") {
  CHECK(node(x + (y - x)) == node(y));
  CHECK(node((y - x) + x) == node(y));
  CHECK(node((x + y) - x) == node(y));
  CHECK(node((x + y) - y) == node(x));
  CHECK(node(x - (x - y)) == node(y));
  CHECK(node(x + (x - y)) != node(y));
  CHECK(node(y + (y - x)) != node(y));
  CHECK(node(x - (y - x)) != node(y));
  CHECK(node(x - (x + y)) != node(y));
  CHECK(node((x - y) - x) != node(y));
  CHECK((x + (y - x)).shown() == 4);
}

TEST_CASE_METHOD(TwoInputs, "multiples of one number are one multiple", "[core]") {
  CHECK(node(x * 2 + x * 3) == node(x * 5));
  CHECK(node(x * 2 - x * 3) == node(x * -1));
  CHECK(node(x * 8 - x) == node(x * 7));
  CHECK(node(x + x * 8) == node(x * 9));
  CHECK(node(x * 3 - x * 2) == node(x));
  CHECK((x * 8 - x).shown() == 21);
  CHECK(!(x * 2 + x * -2).is_traced());
  CHECK((x * 2 + x * -2).shown() == 0);
  CHECK(node(x * 2 + y * 3) != node(x * 5));
  constexpr std::int64_t kLargest = std::int64_t{1} << 51;  // larger constants stay apart
  CHECK((x * (kLargest + 1) - x * (kLargest + 1)).shown() == 0);
  CHECK(node(y * (kLargest + 2) - y) != node(y * (kLargest + 1)));
}

TEST_CASE_METHOD(TwoInputs, "a multiple that is divided and multiplied is itself again", "[core]") {
  const auto whole = [&](Count number, std::int64_t divisor) {
    return node(div_floor(number, divisor) * divisor) == node(number);
  };
  CHECK(whole(x * 8 - 24, 4));
  CHECK(whole(x * 8 + y * 12, 4));
  CHECK(whole(y * (x * 8 - 24), 4));
  CHECK(whole(max(x * 8, y * 12), 4));
  CHECK(node(div_floor(x * 8 - 24, 4) * 12) == node((x * 8 - 24) * 3));
  CHECK(node(div_floor(x * 8 - 24, 4) * -4) == node((x * 8 - 24) * -1));
  CHECK(!whole(x * 8 - 23, 4));
  CHECK(!whole(x * 6 - 24, 4));
  CHECK(!whole(x * 6 + y * 12, 4));
  CHECK(!whole(max(x * 6, y * 12), 4));
  CHECK(!whole(x + 4, 4));
  CHECK(!whole(div_floor(x, 2) * 3 + 4, 4));
  CHECK(node(div_floor(x * 8 - 24, 4) * 6) != node((x * 8 - 24) * 1));
  CHECK(node(div_floor(x * 8 - 24, 8) * 4) != node(x * 8 - 24));
  CHECK(trace.conditions().empty());
}

TEST_CASE("a divisor is looked for in few nodes", "[core]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count x = trace.input(3, 1, 9), y = trace.input(4, 2, 8);
  Count a = x * 4, b = y * 4;
  for (int level = 0; level < 22; ++level) {  // 2^22 paths to the inputs
    const Count larger = max(a, b);
    b = a - b;
    a = larger;
    const bool found = trace.node_of(div_floor(a, 4) * 4) == trace.node_of(a);
    CHECK(found == (level < 4));
  }
}

TEST_CASE("constants are put together whichever was known first", "[core]") {
  Trace trace;
  const TraceScope scope(trace);
  for (const int constant : {6, 2, 3, 1, -3}) trace.node_of(constant);
  const Count x = trace.input(3, 1, 9);
  const auto node = [&](Count number) { return trace.node_of(number); };
  CHECK(node(x * 2 * 3) == node(x * 6));
  CHECK(node(2 * (x * 3)) == node(6 * x));
  CHECK(node(div_floor(x * 6, 3)) == node(2 * x));
  CHECK(node(x + 3 - 3) == node(x));
  CHECK(node(1 + (x + 2)) == node(x + 3));
  CHECK((x * 2 * 3).shown() == 18);
  CHECK((x + 3 - 1).shown() == 5);
}

TEST_CASE("what holds for all configurations is no condition", "[core]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count x = trace.input(3, 1, 9), y = trace.input(12, 10, 20), z = trace.input(5, 9, 30);
  CHECK(x < y);
  CHECK_FALSE(y < x);
  CHECK(x != y);
  CHECK(x == x);
  CHECK_FALSE(x < x);
  CHECK(x > Count(0));
  CHECK(x >= Count(1));
  CHECK_FALSE(x > Count(9));
  CHECK_FALSE(x == Count(10));
  CHECK_FALSE(x == Count(0));
  CHECK(trace.conditions().empty());
  CHECK(x < z);  // 9 and 9 may meet
  REQUIRE(trace.conditions().size() == 1);
  CHECK(!trace.conditions()[0].equal);
  CHECK(trace.conditions()[0].holds);
  CHECK_FALSE(x == z);
  REQUIRE(trace.conditions().size() == 2);
  CHECK(trace.conditions()[1].equal);
  CHECK(!trace.conditions()[1].holds);
  CHECK_FALSE(x == z);
  CHECK(trace.conditions().size() == 2);  // once
  CHECK(x.value() == 3);
  REQUIRE(trace.conditions().size() == 3);
  CHECK(trace.conditions()[2].equal);
  CHECK(trace.conditions()[2].holds);
  CHECK(trace.conditions()[2].a == trace.node_of(x));
  CHECK(trace.conditions()[2].b == trace.node_of(3));
  CHECK(x.shown() == 3);
  CHECK(trace.conditions().size() == 3);
}

TEST_CASE("only factors that are positive everywhere are left out of a comparison with 0",
          "[core]") {
  // The node that is compared with 0 of a product of two inputs: 1 the first, 2 the second, 3 both.
  const auto compared = [](InputRange one, InputRange other) {
    Trace trace;
    const TraceScope scope(trace);
    const Count a = trace.input(1, one.low, one.high), b = trace.input(2, other.low, other.high);
    CHECK(Count(0) < a * b);
    REQUIRE(trace.conditions().size() == 1);
    const TraceCondition& condition = trace.conditions()[0];
    CHECK(condition.a == trace.node_of(0));
    return condition.b == trace.node_of(a) ? 1 : condition.b == trace.node_of(b) ? 2 : 3;
  };
  CHECK(compared({1, 6}, {-3, 4}) == 2);
  CHECK(compared({1, 6}, {0, 4}) == 2);
  CHECK(compared({-3, 4}, {1, 6}) == 1);
  CHECK(compared({0, 4}, {1, 6}) == 1);
  CHECK(compared({0, 4}, {-3, 4}) == 3);
  CHECK(compared({-3, 4}, {0, 4}) == 3);
  CHECK(compared({0, 4}, {0, 4}) == 3);
}

TEST_CASE("numbers that doubles don't hold exactly are noticed", "[core]") {
  constexpr std::int64_t kLargest = std::int64_t{1} << 51;
  const auto exact = [](std::int64_t low, std::int64_t high) {
    Trace trace;
    trace.input(low, low, high);
    return trace.exact_in_doubles();
  };
  CHECK(exact(0, kLargest));
  CHECK(!exact(0, kLargest + 1));
  CHECK(exact(-kLargest, 0));
  CHECK(!exact(-kLargest - 1, 0));
  Trace trace;
  const TraceScope scope(trace);
  const Count x = trace.input(3, 1, 9);
  CHECK_THROWS_AS(x * INT64_MAX, CountOverflow);
  CHECK(!trace.exact_in_doubles());
}

TEST_CASE("plain numbers overflow without a trace", "[core]") {
  CHECK_THROWS_AS(Count(INT64_MAX) + 1, CountOverflow);
  CHECK_THROWS_AS(Count(INT64_MIN) - 1, CountOverflow);
  CHECK_THROWS_AS(Count(INT64_MAX / 2) * 3, CountOverflow);
}

TEST_CASE("a traced number belongs to its trace", "[core]") {
  Trace outer, inner;
  Count x;
  {
    const TraceScope first(outer);
    x = outer.input(3, 1, 9);
    {
      const TraceScope second(inner);
      const Count y = inner.input(4, 1, 9);
      CHECK((y + 1).shown() == 5);
    }
    CHECK((x + 1).shown() == 4);  // the outer one is recorded again
    CHECK(outer.nodes().size() == 4);
    CHECK(inner.nodes().size() == 4);
  }
  CHECK_THROWS_AS(x + 1, std::logic_error);
}
