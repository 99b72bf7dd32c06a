// SPDX-License-Identifier: Apache-2.0
// The shipped families can be varied layer by layer.
#include <set>

#include "cost/cost_table.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

Count params_of(const graph::Network& network) {
  Count params;
  for (const graph::Layer& layer : network.layers) params += layer.cost.params;
  return params;
}

// Every element of the list, set to one and a half times its default, gives another network.
void check_elements(const std::string& family, const std::string& list, const spec::List& widths) {
  const Count before = params_of(shipped(family));
  for (std::size_t k = 0; k < widths.size(); ++k) {
    spec::List varied = widths;
    varied[k] = widths[k].number() * spec::Number(Rational(3, 2));
    INFO(family << ": " << list << "(" << k + 1 << ")");
    CHECK_FALSE(params_of(shipped(family, {list + "=" + to_string(spec::Value(varied))})) ==
                before);
  }
}

}  // namespace

TEST_CASE("every family has a list of widths, and each element counts", "[spec]") {
  // All layers of a vision transformer add to their input: its one width is `hidden`.
  const std::set<std::string> kOneWidth = {"vit"};
  int families = 0, elements = 0;
  for (const std::string& name : shipped_library().names()) {
    const spec::ArchSpec& spec = shipped_spec(name);
    if (spec.accuracy.empty() && spec.published.empty()) continue;  // a single block
    ++families;
    INFO(name);
    if (kOneWidth.contains(name)) {
      CHECK(spec.find_param("hidden") != nullptr);
      continue;
    }
    REQUIRE(spec.find_param("widths") != nullptr);
    for (const graph::Parameter& parameter : shipped(name).parameters) {
      const bool widths =
          parameter.name == "widths" || parameter.name == "exps" || parameter.name == "squeezes";
      if (!widths) continue;
      check_elements(name, parameter.name, parameter.value.list());
      elements += static_cast<int>(parameter.value.list().size());
    }
  }
  CHECK(families == 22);
  CHECK(elements > 300);
}
