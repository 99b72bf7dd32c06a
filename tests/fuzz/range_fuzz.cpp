// SPDX-License-Identifier: Apache-2.0
// Values of a sweep, and limits of a search. The first line is what --vary takes, the second what
// --limit takes; a limit and a filter of the same text must agree on the same figures. A filter has
// no answer where an exact number needs more than 64 bits; a limit computes on.
#include <cmath>
#include <optional>

#include "fuzz/fuzz.hpp"
#include "fuzz/fuzz_spec.hpp"
#include "search/space/limit.hpp"
#include "search/space/sweep_filter.hpp"
#include "search/space/sweep_space.hpp"
#include "search/sweep/shard.hpp"

using namespace archcost;

namespace {

constexpr double kFigures[] = {123'456, 789};

void compare_limit_and_filter(const std::string& text) {
  const spec::ArchSpec& spec = fuzz::spec_with_parameters();
  static const graph::BuildOptions kOptions;
  static const space::SweepSpace kSpace = space::sweep_space(spec, {"alpha=0.5,1,2"});
  static const std::vector<space::Quantity> kQuantities = {{"macs", space::QuantityKind::kCost},
                                                           {"params", space::QuantityKind::kCost}};
  const std::size_t at[] = {1};
  bool met = false;
  std::optional<bool> passed;
  fuzz::expect_error_or_result([&] {
    const space::Limit limit({&spec, &kOptions, &kSpace, kQuantities}, text);
    const double violation = limit.violation(at, kFigures);
    if (std::isnan(violation) || violation < 0) fuzz::fail("a violation that is not a distance");
    met = violation == 0;
    const spec::List list = {spec::Value(std::int64_t{8}), spec::Value(std::int64_t{16})},
                     stages = {spec::Value(std::int64_t{1}), spec::Value(std::int64_t{2})};
    passed = space::passes(
        {space::parse_filter(spec, text)},
        {spec::Value(std::int64_t{1}), spec::Value(std::int64_t{1}), spec::Value(std::int64_t{2}),
         spec::Value(spec::Word{"relu"}), spec::Value(list), spec::Value(stages)},
        [](const std::string& name) {
          return Count(static_cast<std::int64_t>(kFigures[name == "params"]));
        });
  });
  if (passed && met != *passed) fuzz::fail("a limit and a filter differ: " + text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t end = text.find('\n');
  const std::string vary(text.substr(0, end));
  fuzz::expect_error_or_result(
      [&] { space::sweep_space(fuzz::spec_with_parameters(), {vary}, {}, 10'000); });
  fuzz::expect_error_or_result([&] { sweep::parse_shard(vary); });
  if (end != std::string_view::npos) compare_limit_and_filter(std::string(text.substr(end + 1)));
  return 0;
}
