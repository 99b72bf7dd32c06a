// SPDX-License-Identifier: Apache-2.0
// Networks as the program of the kernels reads them.
#include "runner/network_json.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Json = nlohmann::json;

}  // namespace

TEST_CASE("a network comes back from its JSON as it was", "[measure]") {
  for (const char* name : {"mobilenet_v3_large", "googlenet", "densenet121", "shufflenet_v1"}) {
    INFO(name);
    const graph::Network network = shipped(name);
    const Json text = runner::to_json(network);
    const graph::Network again = runner::network_from_json(Json::parse(text.dump()));
    CHECK(runner::to_json(again) == text);
    CHECK(again.name == network.name);
    CHECK(again.outputs == network.outputs);
    CHECK(again.batch == network.batch);
    CHECK(again.input == network.input);
    REQUIRE(again.layers.size() == network.layers.size());
    for (std::size_t k = 0; k < network.layers.size(); ++k) {
      const graph::Layer &one = network.layers[k], &other = again.layers[k];
      INFO(one.name);
      CHECK(other.name == one.name);
      CHECK(other.kind == one.kind);
      CHECK(other.numbers == one.numbers);
      CHECK(other.words == one.words);
      CHECK(other.reals == one.reals);
      CHECK(other.inputs == one.inputs);
      CHECK(other.output == one.output);
      CHECK(other.weights_of == one.weights_of);
      CHECK(other.cost == one.cost);
    }
  }
}

TEST_CASE("a layer's attributes have their names in JSON", "[measure]") {
  graph::Network network = network_of(spec_with(
      "- conv: {name: c, out: 6, kernel: [3, 5], stride: [2, 1], dilation: [1, 2], groups: 3, "
      "pad: {top: 1, left: 2, bottom: 3, right: 4}}\n"
      "- leaky_relu: {name: r, slope: 0.25}\n- max_pool: {name: p, kernel: [2, 3]}",
      "3x20x17"));
  network.batch = 7;
  const Json text = runner::to_json(network);
  CHECK(text["batch"] == 7);
  CHECK(text["input"] == Json{3, 20, 17});
  CHECK(text["outputs"] == Json{2});
  const Json conv = text["layers"][0];
  CHECK(conv["name"] == "c");
  CHECK(conv["kind"] == "conv");
  CHECK(conv["inputs"] == Json{-1});
  CHECK(conv["weights_of"].is_null());
  CHECK(conv["output"] == Json{6, 11, 15});
  CHECK(conv["attributes"]["out"] == 6);
  CHECK(conv["attributes"]["kernel"] == Json{3, 5});
  CHECK(conv["attributes"]["stride"] == Json{2, 1});
  CHECK(conv["attributes"]["dilation"] == Json{1, 2});
  CHECK(conv["attributes"]["groups"] == 3);
  CHECK(conv["attributes"]["pad"] == Json{1, 2, 3, 4});
  CHECK(conv["attributes"]["bias"] == false);
  CHECK(text["layers"][1]["reals"] == Json{0.25});
  CHECK(text["layers"][1]["attributes"]["slope"] == 0.25);
  CHECK(text["layers"][2]["attributes"]["kernel"] == Json{2, 3});
  CHECK(text["layers"][2]["inputs"] == Json{1});
  const graph::Network again = runner::network_from_json(text);
  CHECK(again.batch == 7);
  CHECK(again.input == network.input);
  CHECK(again.layers[0].output == network.layers[0].output);
  CHECK(runner::to_json(again) == text);
  Json other = text;
  other["layers"][1]["kind"] = "unheard_of";
  CHECK_THROWS_WITH(runner::network_from_json(other), "layer 'r': unknown kind 'unheard_of'");
  other = text;
  other["layers"][2]["weights_of"] = 0;
  CHECK(runner::network_from_json(other).layers[2].weights_of == 0);
  other.erase("outputs");
  CHECK_THROWS_AS(runner::network_from_json(other), Json::exception);
}
