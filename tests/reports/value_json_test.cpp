// SPDX-License-Identifier: Apache-2.0
// Values, costs and shapes as JSON, as text and as cells.
#include "core/glossary.hpp"
#include "reports/document/json.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

spec::Value fraction_value(std::int64_t numerator, std::int64_t denominator = 1) {
  return spec::Value(spec::Number(Rational(numerator, denominator)));
}

}  // namespace

TEST_CASE("values as JSON, as decimals and as cells", "[json]") {
  const spec::Value word(spec::Word{"a/b"}), empty(spec::List{});
  const spec::Value list(
      spec::List{fraction_value(4, 7), word, empty,
                 spec::Value(spec::List{fraction_value(-3), fraction_value(5, 2)})});
  struct Case {
    spec::Value value;
    std::string json, decimal, cell;
  };
  for (const Case& each : {
           Case{fraction_value(12), "12", "12", "'12'"},
           Case{fraction_value(0), "0", "0", "'0'"},
           Case{fraction_value(-7), "-7", "-7", "'-7'"},
           Case{fraction_value(5, 4), "1.25", "1.25", "'1.25'"},
           Case{fraction_value(-4, 7), "-0.5714285714285714", "-0.5714285714285714",
                "-4/7=-0.5714285714"},
           Case{word, "\"a/b\"", "a/b", "'a/b'"},
           Case{empty, "[]", "[]", "'[]'"},
           Case{list, "[0.5714285714285714,\"a/b\",[],[-3,2.5]]",
                "[0.5714285714285714, a/b, [], [-3, 2.5]]", "'[4/7, a/b, [], [-3, 2.5]]'"},
       }) {
    INFO(each.decimal);
    CHECK(document::to_json(each.value).dump() == each.json);
    CHECK(document::decimal_text(each.value) == each.decimal);
    CHECK(whole_text(document::value_cell(each.value)) == each.cell);
  }
}

TEST_CASE("every counter of a cost as JSON, in the order of the glossary", "[json]") {
  LayerCost cost;
  std::string expected = "{";
  std::int64_t next = 3;
  for (const CostName& name : glossary()) {
    if (name.counter == nullptr) continue;
    cost.*name.counter = next;
    expected += fmt::format("{}\"{}\":{}", expected == "{" ? "" : ",", name.name, next);
    next = 2 * next + 1;
  }
  CHECK(document::to_json(cost).dump() == expected + "}");
  CHECK(document::to_json(TensorShape{3, 4, 5}, 2).dump() == "[2,3,4,5]");
}
