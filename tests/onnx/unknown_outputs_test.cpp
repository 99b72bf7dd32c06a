// SPDX-License-Identifier: Apache-2.0
// Unknown operators with several outputs, not all of which are read or have stated sizes.
#include "onnx/written_items.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("an output of an unknown operator that nothing reads needs no sizes", "[onnx]") {
  TestNode odd = {.type = "Odd", .inputs = {"x"}, .outputs = {"a", "b"}};
  odd.domain = "com.acme";
  TestModel model = image_model({odd, {.type = "Relu", .inputs = {"a"}, .outputs = {"y"}}});
  model.stated = {{"a", {1, 8, 4, 5}}};
  CHECK(items_of(model) == "unsupported: {channels: 8, height: 4, width: 5}; relu -> 8x4x5");
}
