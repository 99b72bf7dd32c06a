// SPDX-License-Identifier: Apache-2.0
// Expressions: parsed, evaluated without names, and as conditions over parameters and costs.
#include "fuzz/fuzz.hpp"
#include "fuzz/fuzz_spec.hpp"
#include "graph/build.hpp"
#include "search/space/sweep_filter.hpp"
#include "spec/expression.hpp"

using namespace archcost;

namespace {

std::vector<std::optional<spec::Value>> parameters() {
  const spec::List list = {spec::Value(std::int64_t{8}), spec::Value(std::int64_t{16})};
  return {spec::Value(std::int64_t{1}),
          spec::Value(std::int64_t{1}),
          spec::Value(std::int64_t{2}),
          spec::Value(spec::Word{"relu"}),
          spec::Value(list),
          spec::Value(list)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  try {
    spec::parse_expression(text, {0, 1, 1});
  } catch (const spec::ExpressionFault& fault) {
    if (fault.message.empty()) fuzz::fail("a fault without a message");
  }
  const spec::ArchSpec& spec = fuzz::spec_with_parameters();
  fuzz::expect_error_or_result([&] { graph::parse_setting(spec, "rho=" + text, "--set"); });
  fuzz::expect_error_or_result([&] {
    const space::SweepFilter filter = space::parse_filter(spec, text);
    if (!space::is_condition(filter.condition)) return;
    space::passes({filter}, parameters(), [](const std::string&) { return Count(12'345); });
  });
  return 0;
}
