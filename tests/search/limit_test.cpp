// SPDX-License-Identifier: Apache-2.0
// Limits of searches: which side of a number they allow, and by how much they are missed.
#include "search/space/limit.hpp"

#include <fmt/core.h>

#include <random>

#include "search/space/sweep_filter.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// The costs a and b of a space with the parameter alpha at 0.25, 0.5 and 1.
struct Scope {
  const spec::ArchSpec& spec = shipped_spec("mobilenet_v1");
  graph::BuildOptions options;
  space::SweepSpace space = space::sweep_space(spec, {"alpha=0.25,0.5,1"});
  std::vector<space::Quantity> quantities = {{"macs", space::QuantityKind::kCost},
                                             {"params", space::QuantityKind::kCost},
                                             {"latency", space::QuantityKind::kSlow, 0},
                                             {"accuracy", space::QuantityKind::kAccuracy},
                                             {"traffic", space::QuantityKind::kCost}};

  double violation(const std::string& text, std::vector<double> values,
                   std::size_t alpha = 2) const {
    const std::size_t at[] = {alpha};
    values.resize(quantities.size());
    return space::Limit({&spec, &options, &space, quantities}, text).violation(at, values.data());
  }
};

}  // namespace

TEST_CASE("a limit allows exactly its side of a number", "[search]") {
  const Scope scope;
  struct Row {
    const char* op;
    bool below, equal, above;
  };
  for (const Row& row : {Row{"<", true, false, false}, Row{"<=", true, true, false},
                         Row{">", false, false, true}, Row{">=", false, true, true},
                         Row{"==", false, true, false}, Row{"!=", true, false, true}}) {
    INFO(row.op);
    const std::string text = fmt::format("macs {} 100", row.op);
    CHECK((scope.violation(text, {99}) == 0) == row.below);
    CHECK((scope.violation(text, {100}) == 0) == row.equal);
    CHECK((scope.violation(text, {101}) == 0) == row.above);
    // The same with the sides exchanged.
    const std::string turned = fmt::format("100 {} macs", row.op);
    CHECK((scope.violation(turned, {101}) == 0) == row.below);
    CHECK((scope.violation(turned, {100}) == 0) == row.equal);
    CHECK((scope.violation(turned, {99}) == 0) == row.above);
    // Real numbers, with a unit.
    const std::string time = fmt::format("latency {} 5 ms", row.op);
    CHECK((scope.violation(time, {0, 0, 4.9e-3}) == 0) == row.below);
    CHECK((scope.violation(time, {0, 0, 5.1e-3}) == 0) == row.above);
  }
}

TEST_CASE("a limit on a cost that is not computed is refused", "[search]") {
  const Scope scope;
  CHECK_THROWS_WITH(
      scope.violation("entropy <= 0", {100}),
      "--limit entropy <= 0: error: 'entropy' is not among the costs that are computed");
}

TEST_CASE("how far a limit is missed", "[search]") {
  const Scope scope;
  CHECK(scope.violation("macs <= 100", {150}) == Approx(0.5));
  CHECK(scope.violation("macs >= 100", {75}) == Approx(0.25));
  CHECK(scope.violation("macs <= 1K and params <= 200", {1500, 300}) == Approx(1.0));
  CHECK(scope.violation("macs <= 1K or params <= 200", {1500, 240}) == Approx(0.2));
  CHECK(scope.violation("macs <= 1M", {1.5e6}) == Approx(0.5));
  CHECK(scope.violation("macs <= 100 + 2 * params", {240, 10}) == Approx(1.0));
  CHECK(scope.violation("macs - params <= 100", {240, 40}) == Approx(1.0));
  CHECK(scope.violation("macs / params <= 4", {80, 10}) == Approx(1.0));
  CHECK(scope.violation("not (macs <= 100)", {50}) == Approx(1.0));
  CHECK(scope.violation("accuracy >= 70", {0, 0, 0, 63}) == Approx(0.1));
}

TEST_CASE("each unit of a limit stands for its number", "[search]") {
  struct Row {
    const char* limit;
    std::size_t quantity;
    double most;  // that it allows
  };
  const Scope scope;
  for (const Row& row :
       {Row{"macs <= 7", 0, 7}, Row{"macs <= 7K", 0, 7000}, Row{"macs <= 7M", 0, 7e6},
        Row{"macs <= 7G", 0, 7e9}, Row{"macs <= 7T", 0, 7e12}, Row{"macs <= 1.5 K", 0, 1500},
        Row{"traffic <= 7 B", 4, 7}, Row{"traffic <= 7KB", 4, 7000}, Row{"traffic <= 7MB", 4, 7e6},
        Row{"traffic <= 7GB", 4, 7e9}, Row{"traffic <= 7KiB", 4, 7168},
        Row{"traffic <= 7MiB", 4, 7340032}, Row{"traffic <= 7GiB", 4, 7516192768}}) {
    INFO(row.limit);
    std::vector<double> values(scope.quantities.size());
    values[row.quantity] = row.most;
    CHECK(scope.violation(row.limit, values) == 0);
    values[row.quantity] = row.most + 1;
    CHECK(scope.violation(row.limit, values) > 0);
    values[row.quantity] = row.most * 1.5;
    CHECK(scope.violation(row.limit, values) == Approx(0.5));
  }
  struct RealRow {
    const char* limit;
    double seconds;
  };
  for (const RealRow& row : {RealRow{"latency <= 7 s", 7}, RealRow{"latency <= 7ms", 7e-3},
                             RealRow{"latency <= 7 us", 7e-6}, RealRow{"latency <= 0.5s", 0.5}}) {
    INFO(row.limit);
    CHECK(scope.violation(row.limit, {0, 0, row.seconds * 0.999}) == 0);
    CHECK(scope.violation(row.limit, {0, 0, row.seconds * 1.5}) == Approx(0.5));
  }
  for (const char* limit : {"accuracy >= 65", "accuracy >= 65%"}) {
    CHECK(scope.violation(limit, {0, 0, 0, 65.1}) == 0);
    CHECK(scope.violation(limit, {0, 0, 0, 52}) == Approx(0.2));
  }
}

TEST_CASE("limits that hold together, or one of them", "[search]") {
  const Scope scope;
  struct Row {
    const char* limit;
    double macs, params, missed;
  };
  for (const Row& row :
       {Row{"macs <= 10 and params <= 10", 10, 10, 0},
        Row{"macs <= 10 and params <= 10", 15, 10, 0.5},
        Row{"macs <= 10 and params <= 10", 15, 12, 0.7},
        Row{"macs <= 10 or params <= 10", 15, 12, 0.2},
        Row{"macs <= 10 or params <= 10", 15, 10, 0},
        Row{"not (macs <= 10 or params <= 10)", 11, 11, 0},
        Row{"not (macs <= 10 or params <= 10)", 11, 10, 1}, Row{"macs == 10", 12, 0, 0.2},
        Row{"macs == 10", 8, 0, 0.2}, Row{"macs != 10", 10, 0, 1}, Row{"-macs >= -10", 12, 0, 0.2},
        Row{"macs >= 10", 4, 0, 0.6}, Row{"macs > 0", 0, 0, 1e-12}, Row{"macs <= 0", 3, 0, 1}}) {
    INFO(row.limit);
    CHECK(scope.violation(row.limit, {row.macs, row.params}) == Approx(row.missed));
  }
}

TEST_CASE("limits on parameters take the point's values", "[search]") {
  const Scope scope;
  for (std::size_t alpha : {0u, 1u, 2u}) {
    CHECK((scope.violation("alpha <= 0.5", {}, alpha) == 0) == (alpha <= 1));
    CHECK((scope.violation("alpha < 0.5", {}, alpha) == 0) == (alpha == 0));
    CHECK((scope.violation("alpha == 1 or macs <= 10", {20}, alpha) == 0) == (alpha == 2));
    CHECK((scope.violation("macs <= 100 * alpha", {50}, alpha) == 0) == (alpha >= 1));
  }
  CHECK(scope.violation("rho == 1", {}) == 0);
  CHECK(scope.violation("rho < 1", {}) > 0);
}

TEST_CASE("a parameter whose default is a table's follows what varies", "[search]") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "table.yaml",
      "name: table\ntables:\n  width: {by: g, 1: 16, 2: 32, 4: 64}\nparams:\n"
      "  g: {default: 1, choices: [1, 2, 4]}\n  c: {default: width}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: c}\n",
      ".");
  const graph::BuildOptions options;
  const space::SweepSpace space = space::sweep_space(spec, {"g=1,2,4"});
  const space::Limit limit({&spec, &options, &space, {}}, "c <= 40");
  for (const std::size_t at : {0, 1, 2}) {
    INFO(at);
    CHECK((limit.violation({&at, 1}, nullptr) == 0) == (at < 2));
  }
}

TEST_CASE("the words of an upper bound", "[search]") {
  const auto words = [](const std::string& condition) {
    const auto bound = space::parse_upper_bound(condition);
    return bound ? fmt::format("{}|{}|{}", bound->name, bound->number, bound->unit) : "-";
  };
  CHECK(words("macs <= 300M") == "macs|300|M");
  CHECK(words("  latency<5.5 ms ") == "latency|5.5|ms");
  CHECK(words("size_int8 <= 20 KiB" + std::string(100'000, ' ')) == "size_int8|20|KiB");
  CHECK(words("params <= 20") == "params|20|");
  for (const std::string other :
       {"accuracy >= 70", "macs <= 1M and params <= 2M", "macs <= params", "2 * macs <= 3M",
        "300M <= macs", "macs <= 1 + 2", "macs <= 10%", "macs = 3", "<= 3", ""})
    CHECK(words(other) == "-");
  CHECK(space::forgotten_suffix("macs <= 300", 3.0e8) ==
        "macs <= 300 means 300; millions are written 300M.");
  CHECK(space::forgotten_suffix("macs <= 300", 299'999) == "");
  CHECK(space::forgotten_suffix("macs <= 300M", 3.0e14) == "");
  CHECK(space::forgotten_suffix("params<1.5", 1.5e3) ==
        "params<1.5 means 1.5; thousands are written 1.5K.");
}
