// SPDX-License-Identifier: Apache-2.0
// The C++ library: what it gives is what the program prints, and every mistake is its own error.
#include "archcost/analyzer.hpp"

#include <limits>

#include "onnx/model_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::int64_t macs_of(api::NetworkRequest request) {
  api::use_specs((source_dir() / "arch_specs").string());
  return api::costs_of(request).totals.at("macs");
}

std::string refusal(const api::NetworkRequest& request) {
  try {
    macs_of(request);
  } catch (const api::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("the library counts networks", "[api]") {
  CHECK(macs_of({.spec = "mobilenet_v1"}) == 568'740'352);
  CHECK(macs_of({.spec = "mobilenet_v1", .settings = {"alpha=0.5"}}) == 149'497'088);
  CHECK(macs_of({.spec = "vgg16", .rewrites = {"width:alpha=1/2"}}) ==
        macs_of({.spec = "vgg16", .settings = {"alpha=1/2"}}));
}

TEST_CASE("rewrites with lists, and settings without a value", "[api]") {
  CHECK(macs_of({.spec = "resnet50", .rewrites = {"se:stages=[4,5],reduction=8"}}) >
        macs_of({.spec = "resnet50"}));
  CHECK(refusal({.spec = "resnet50", .rewrites = {"se:reduction8"}}) ==
        "+se:reduction8: error: 'reduction8': settings are NAME=VALUE");
}

TEST_CASE("sizes of the request", "[api]") {
  CHECK(refusal({.spec = "resnet50", .input = {3, 0, 224}}) ==
        "input: error: channels, height and width are at least 1, or all 0");
  CHECK(refusal({.spec = "resnet50", .input = {0, 224, 224}}) ==
        "input: error: channels, height and width are at least 1, or all 0");
  CHECK(refusal({.spec = "resnet50", .batch = 0}) ==
        "batch: error: a batch has at least one image");
  CHECK(contains(refusal({.spec = "resnet50", .batch = std::numeric_limits<std::int64_t>::max()}),
                 "64 bits"));
  // A file of ONNX that leaves its sizes open.
  const TestFolder folder;
  folder.write("open.onnx",
               encode(image_model({{"Relu", {"x"}, {"y"}}}, {"N", 3, "height", "width"})));
  const std::string file = folder / "open.onnx";
  CHECK(api::costs_of({.spec = file, .input = {3, 5, 7}}).layers.at(0).output ==
        std::array<std::int64_t, 3>{3, 5, 7});
  CHECK(contains(refusal({.spec = file}), "the file leaves sizes open"));
}
