// SPDX-License-Identifier: Apache-2.0
// What runs as one kernel.
#include "plan/execution_plan.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// "conv[affine folded] relu": the steps of a network, a line each.
std::string steps_of(const std::string& layers, const std::string& input = "8x16x16",
                     plan::Fusion fusion = plan::Fusion::kAll) {
  const graph::Network network = network_of(spec_with(layers, input));
  std::string text;
  for (const plan::Step& step : plan::plan_execution(network, fusion).steps) {
    text += std::string(network.layers[step.main].kind->name);
    for (std::size_t i = 0; i < step.folded.size(); ++i) text += " folded";
    const char* separator = " ";
    for (const plan::PointwiseOp& op : step.pointwise) {
      text += separator + std::string(plan::name_of(op));
      separator = "+";
    }
    text += "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a convolution fuses what follows it", "[plan]") {
  CHECK(steps_of("- conv: {out: 8}\n- batch_norm\n- relu") == "conv folded relu\n");
  CHECK(steps_of("- conv: {out: 8}\n- relu\n- batch_norm") == "conv relu\nbatch_norm affine\n");
  CHECK(steps_of("- conv: {out: 8}\n- dropout\n- batch_norm\n- scale\n- hard_swish") ==
        "conv folded folded hard_swish\n");
}

TEST_CASE("without fusion every layer is a step of its own", "[plan]") {
  CHECK(steps_of("- conv: {out: 8}\n- batch_norm\n- relu", "8x16x16", plan::Fusion::kNone) ==
        "conv\nbatch_norm affine\nrelu relu\n");
  CHECK(steps_of("- conv: {out: 8}\n- add: [[], [conv: {out: 8}, dropout: {}]]\n- relu6", "8x16x16",
                 plan::Fusion::kNone) == "conv\nconv\nadd add\nrelu6 relu6\n");
  CHECK(steps_of("- concat: [[], [relu: {}]]\n- relu", "8x16x16", plan::Fusion::kNone) ==
        "relu relu\nconcat\nrelu relu\n");
}

TEST_CASE("the later of two branches fuses the sum", "[plan]") {
  CHECK(steps_of("- add: [[conv: {out: 8}], [conv: {out: 8}, batch_norm: {}]]\n- relu") ==
        "conv\nconv folded add+relu\n");
  CHECK(steps_of("- conv: {out: 8}\n- add: [[], [conv: {out: 8}]]\n- relu") ==
        "conv\nconv add+relu\n");
}

TEST_CASE("a value that is read twice ends its step", "[plan]") {
  CHECK(steps_of("- conv: {out: 8}\n- relu\n- concat: [[], [batch_norm: {}]]\n- relu") ==
        "conv relu\nbatch_norm affine\nconcat relu\n");
}

TEST_CASE("a gate, a sum and an activation are one step", "[plan]") {
  CHECK(
      steps_of("- add: [[], [conv: {out: 8}, multiply: [[], [global_avg_pool: {}, conv: {out: 8}, "
               "sigmoid: {}]]]]\n- relu") ==
      "conv\nglobal_avg_pool\nconv sigmoid\nmultiply gate+add+relu\n");
}

TEST_CASE("flatten before linear, reshape that keeps channels and dropout need no step", "[plan]") {
  CHECK(steps_of("- flatten\n- dropout\n- linear: {out: 10}\n- relu") == "linear relu\n");
  CHECK(steps_of("- reshape: {channels: 8, height: 256}\n- layer_norm") == "layer_norm\n");
  CHECK(steps_of("- reshape: {channels: 16, height: 16, width: 8}\n- relu") ==
        "reshape\nrelu relu\n");
}

TEST_CASE("every layer of every shipped family belongs to one step or is a view", "[plan]") {
  for (const std::string spec :
       {"mobilenet_v1", "shufflenet_v1", "resnet50", "se_resnet50", "inception_v3", "xception",
        "densenet121", "vit", "efficientnet_b0"}) {
    const graph::Network network = shipped(spec);
    const plan::ExecutionPlan plan = plan::plan_execution(network);
    std::vector<int> times(network.layers.size(), 0);
    Count macs(0);
    for (const plan::Step& step : plan.steps) {
      for (const graph::LayerId id : step.layers) ++times[id];
      macs += plan::macs_of(network, step);
    }
    Count expected(0);
    for (std::size_t i = 0; i < times.size(); ++i) {
      const std::string_view kind = network.layers[i].kind->name;
      const bool view = kind == "flatten" || kind == "reshape" || kind == "dropout";
      INFO(spec << " " << network.layers[i].name);
      CHECK((view ? times[i] <= 1 : times[i] == 1));
      expected += network.layers[i].cost.macs;
    }
    CHECK(macs == expected);
  }
}
