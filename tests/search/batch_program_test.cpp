// SPDX-License-Identifier: Apache-2.0
// Programs over many configurations, against the same trace computed node by node.
#include "search/engine/batch_program.hpp"

#include <algorithm>
#include <functional>
#include <random>

#include "core/trace.hpp"
#include "search/engine/batch_code.hpp"
#include "support/catch.hpp"

using namespace archcost;
using engine::BatchMemory;
using engine::BatchProgram;
using engine::LaneMemory;

namespace {

constexpr double kSentinel = -12345;
constexpr std::size_t kSentinels = 64;

std::int64_t floor_of_quotient(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// The values of all nodes of a trace for the inputs' values.
std::vector<std::int64_t> values_of_nodes(const Trace& trace,
                                          const std::vector<std::int64_t>& inputs) {
  std::vector<std::int64_t> values(trace.nodes().size());
  for (std::size_t k = 1; k < values.size(); ++k) {
    const TraceNode& n = trace.nodes()[k];
    const auto a = static_cast<std::size_t>(n.a), b = static_cast<std::size_t>(n.b);
    switch (n.op) {
      case TraceOp::kConstant:
        values[k] = n.value;
        break;
      case TraceOp::kInput:
        values[k] = inputs[a];
        break;
      case TraceOp::kAdd:
        values[k] = values[a] + values[b];
        break;
      case TraceOp::kSubtract:
        values[k] = values[a] - values[b];
        break;
      case TraceOp::kMultiply:
        values[k] = values[a] * values[b];
        break;
      case TraceOp::kDivideFloor:
        values[k] = floor_of_quotient(values[a], values[b]);
        break;
      case TraceOp::kMax:
        values[k] = std::max(values[a], values[b]);
        break;
    }
  }
  return values;
}

bool meets_conditions(const Trace& trace, const std::vector<std::int64_t>& values) {
  return std::all_of(trace.conditions().begin(), trace.conditions().end(),
                     [&](const TraceCondition& condition) {
                       const auto a = values[static_cast<std::size_t>(condition.a)],
                                  b = values[static_cast<std::size_t>(condition.b)];
                       return (condition.equal ? a == b : a < b) == condition.holds;
                     });
}

// Numbers that end in a sentinel: nothing may be written behind them.
struct SentinelRoom {
  explicit SentinelRoom(std::size_t size) : memory(size + kSentinels), used(size) {
    std::fill_n(memory.data(), size + kSentinels, kSentinel);
  }
  bool kept() const {
    return std::all_of(memory.data() + used, memory.data() + used + kSentinels,
                       [](double x) { return x == kSentinel; });
  }
  LaneMemory memory;
  std::size_t used;
};

struct InputGrid {
  int outers, lanes;
  std::vector<bool> varying;
  // By input, then by outer point or lane.
  std::vector<std::vector<std::int64_t>> values;
};

std::size_t wrong_numbers(const Trace& trace, const std::vector<std::int32_t>& outputs,
                          const InputGrid& grid, std::mt19937& random) {
  const BatchProgram program(trace, outputs, grid.varying, grid.lanes);
  SentinelRoom scalars(program.scalar_room()), pure(program.pure_room()),
      mixed(program.mixed_room());
  program.set_constants(scalars.memory.data());
  const auto memory_at = [&](int outer) {
    return BatchMemory{scalars.memory.data() + outer, pure.memory.data(), mixed.memory.data()};
  };
  for (std::size_t i = 0; i < grid.values.size(); ++i) {
    double* to = program.input(static_cast<int>(i), scalars.memory.data(), memory_at(0));
    if (to != nullptr) std::copy(grid.values[i].begin(), grid.values[i].end(), to);
  }
  program.run_outer(scalars.memory.data(), 0, grid.outers);
  program.run_pure(memory_at(0), grid.lanes);
  std::size_t wrong = 0;
  for (int outer = 0; outer < grid.outers; ++outer) {
    const BatchMemory memory = memory_at(outer);
    const int first =
        random() % 2 == 0 ? 0 : static_cast<int>(random() % static_cast<unsigned>(grid.lanes));
    const int lanes = 1 + static_cast<int>(random() % static_cast<unsigned>(grid.lanes - first));
    const bool serves = program.serves(memory);
    const double* meets = serves ? program.match(memory, first, lanes) : nullptr;
    std::vector<double> matched(static_cast<std::size_t>(lanes), serves ? 1 : 0);
    if (meets != nullptr) std::copy_n(meets, lanes, matched.begin());
    const bool any = std::count(matched.begin(), matched.end(), 1.0) > 0;
    if (any) program.finish(memory, first, lanes);
    for (int lane = 0; lane < lanes; ++lane) {
      std::vector<std::int64_t> inputs;
      for (std::size_t i = 0; i < grid.values.size(); ++i)
        inputs.push_back(
            grid.values[i][static_cast<std::size_t>(grid.varying[i] ? first + lane : outer)]);
      const std::vector<std::int64_t> expected = values_of_nodes(trace, inputs);
      const bool holds = meets_conditions(trace, expected);
      if (matched[static_cast<std::size_t>(lane)] != (holds ? 1 : 0)) ++wrong;
      if (!holds || !any) continue;
      for (std::size_t o = 0; o < outputs.size(); ++o) {
        const auto [lanes_of, outers_of] = program.output(static_cast<int>(o), memory);
        const double found = lanes_of == nullptr ? *outers_of : lanes_of[first + lane];
        if (found != static_cast<double>(expected[static_cast<std::size_t>(outputs[o])])) ++wrong;
      }
    }
  }
  return wrong + (scalars.kept() && pure.kept() && mixed.kept() ? 0 : 1);
}

// Numbers of sums, products, quotients and maxima over the inputs.
Count random_number(std::mt19937& random, const std::vector<Count>& inputs, int depth) {
  const auto pick = [&](std::uint32_t count) { return random() % count; };
  if (depth == 0 || pick(6) == 0)
    return pick(4) == 0 ? Count(1 + pick(9))
                        : inputs[pick(static_cast<std::uint32_t>(inputs.size()))];
  const Count a = random_number(random, inputs, depth - 1),
              b = random_number(random, inputs, depth - 1);
  switch (pick(9)) {
    case 0:
      return a - b;
    case 1:
      return max(a, b);
    case 2:
      return div_floor(a, Count(2 + pick(5)));
    case 3:
      return div_floor(a, inputs[pick(static_cast<std::uint32_t>(inputs.size()))]);
    case 4:
      return a * Count(2 + pick(3)) + b;
    case 5:
    case 6:
      return a * b;
    default:
      return a + b;
  }
}

}  // namespace

TEST_CASE("a program computes what its trace says, for each way that inputs vary", "[search]") {
  std::size_t compared = 0;
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Trace trace;
    const TraceScope scope(trace);
    const std::size_t count = 1 + random() % 4;
    std::vector<Count> inputs;
    const std::int64_t high = random() % 3 == 0 ? 3 : 12;
    for (std::size_t i = 0; i < count; ++i)
      inputs.push_back(trace.input(1 + static_cast<std::int64_t>(random()) % high, 1, high));
    for (std::uint32_t k = random() % 4; k > 0; --k) {
      const Count a = random_number(random, inputs, 2), b = random_number(random, inputs, 1);
      if (random() % 3 == 0)
        (void)(a == b);
      else
        (void)(a < b);
    }
    std::vector<std::int32_t> outputs;
    for (std::uint32_t k = 1 + random() % 6; k > 0; --k)
      outputs.push_back(
          trace.node_of(random_number(random, inputs, 1 + static_cast<int>(random() % 4))));
    if (!trace.exact_in_doubles()) continue;
    ++compared;
    InputGrid grid;
    grid.outers = 1 + static_cast<int>(random() % engine::kOuters);
    grid.lanes = 1 + static_cast<int>(random() % 40);
    for (std::size_t i = 0; i < count; ++i) grid.varying.push_back(random() % 2 == 0);
    if (seed % 4 == 0) grid.varying.assign(count, true);
    if (seed % 4 == 1) grid.varying.assign(count, false);
    for (std::size_t i = 0; i < count; ++i) {
      auto& values = grid.values.emplace_back();
      for (int k = grid.varying[i] ? grid.lanes : grid.outers; k > 0; --k)
        values.push_back(1 + static_cast<std::int64_t>(random()) % high);
    }
    CHECK(wrong_numbers(trace, outputs, grid, random) == 0);
  }
  CHECK(compared > 300);
}

TEST_CASE("a program of many terms, and of long products", "[search]") {
  for (const int mask : {0, 1, 2, 3}) {
    INFO(mask);
    std::mt19937 random(5);
    Trace trace;
    const TraceScope scope(trace);
    const Count u = trace.input(2, 1, 2), v = trace.input(3, 1, 4);
    std::vector<std::int32_t> outputs;
    Count sum(7), squares, product(1);
    for (int k = 1; k <= 12; ++k) {
      const Count part = max(u * Count(k), v) + div_floor(v, u + Count(k));
      sum += part * Count(k % 3 + 1) + v * Count(k);
      squares += part * part * u;
      outputs.push_back(trace.node_of(sum));
      outputs.push_back(trace.node_of(squares + Count(k)));
      outputs.push_back(trace.node_of(sum - squares));
    }
    for (int k = 0; k < 45; ++k) product = product * u;
    outputs.push_back(trace.node_of(product));
    outputs.push_back(trace.node_of(product + v));
    outputs.push_back(trace.node_of(Count(11)));
    // One sum of many scaled terms, one whose terms cancel each other, and one that begins with a
    // factor of 1.
    Count together(5), ones = max(u, v) + div_floor(v * Count(3), u);
    for (int k = 1; k <= 11; ++k) {
      together += max(u * Count(k), v + Count(k)) * Count(k + 1);
      ones += max(u * u, v * Count(k));
    }
    outputs.push_back(trace.node_of(together));
    outputs.push_back(trace.node_of(ones));
    outputs.push_back(trace.node_of((u + v) - u - v));
    outputs.push_back(trace.node_of((u + v) * Count(6) - v * Count(6) - u));
    outputs.push_back(trace.node_of(u));
    REQUIRE(trace.exact_in_doubles());
    InputGrid grid;
    grid.outers = mask == 3 ? 1 : 5;
    grid.lanes = 21;
    grid.varying = {(mask & 1) != 0, (mask & 2) != 0};
    for (std::size_t i = 0; i < 2; ++i) {
      auto& values = grid.values.emplace_back();
      for (int k = grid.varying[i] ? grid.lanes : grid.outers; k > 0; --k)
        values.push_back(1 + static_cast<std::int64_t>(random()) % (i == 0 ? 2 : 4));
    }
    CHECK(wrong_numbers(trace, outputs, grid, random) == 0);
  }
}

TEST_CASE("outer points that meet no condition are passed over", "[search]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count outer = trace.input(5, 1, 40), lane = trace.input(2, 1, 9),
              unused = trace.input(1, 1, 2);
  (void)unused;
  CHECK(!(outer < Count(5)));
  CHECK(!(Count(20) < outer));
  const std::vector<std::int32_t> outputs = {trace.node_of(outer * Count(3)),
                                             trace.node_of(outer * lane)};
  std::mt19937 random(1);
  for (const std::vector<std::int64_t>& values :
       {std::vector<std::int64_t>{1, 2, 3, 4},
        {1, 7, 30, 9, 2, 20},
        {5, 1},
        {4, 5},
        {40, 1, 2, 3, 4, 21, 22, 23, 24, 11, 25, 26, 27, 28, 29, 1, 2, 3, 20, 21, 2}}) {
    const InputGrid grid = {
        static_cast<int>(values.size()),
        9,
        {false, true, false},
        {values, {1, 2, 3, 4, 5, 6, 7, 8, 9}, std::vector<std::int64_t>(values.size(), 1)}};
    for (int turn = 0; turn < 4; ++turn) CHECK(wrong_numbers(trace, outputs, grid, random) == 0);
  }
  const BatchProgram program(trace, outputs, {false, true, false}, 9);
  LaneMemory scalars(program.scalar_room()), pure(program.pure_room()), mixed(program.mixed_room());
  const BatchMemory memory = {scalars.data(), pure.data(), mixed.data()};
  CHECK(program.input(2, scalars.data(), memory) == nullptr);
  CHECK(program.input(0, scalars.data(), memory) != nullptr);
}

TEST_CASE("inputs that all vary have the first registers", "[search]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count a = trace.input(2, 1, 9), b = trace.input(2, 1, 9), c = trace.input(2, 1, 9);
  (void)b;
  const BatchProgram program(trace, {trace.node_of(a + c)}, {true, true, true}, 17);
  LaneMemory mixed(program.mixed_room());
  const BatchMemory memory = {nullptr, nullptr, mixed.data()};
  const double* first = program.input(0, nullptr, memory);
  CHECK(first == mixed.data());
  CHECK(program.input(2, nullptr, memory) - program.input(1, nullptr, memory) ==
        program.input(1, nullptr, memory) - first);
  CHECK(program.input(1, nullptr, memory) - first >= 24);  // whole steps
}

TEST_CASE("doubles become integers, negative ones too", "[search]") {
  constexpr double kLargestWhole = 2251799813685248;  // 2^51
  const std::vector<double> from = {0,          1, -1, 7, -12345678, kLargestWhole, -kLargestWhole,
                                    4294967296, 3};
  std::vector<std::int64_t> to(from.size() + 1, 77);
  engine::to_integers(from.data(), to.data(), static_cast<int>(from.size()));
  for (std::size_t k = 0; k < from.size(); ++k) CHECK(to[k] == static_cast<std::int64_t>(from[k]));
  CHECK(to.back() == 77);
}
