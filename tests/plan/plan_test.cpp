// What runs as one kernel.
#include <fmt/core.h>

#include "plan/execution_plan.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

/// "conv[affine folded] relu": the steps of a network, a line each.
std::string steps_of(const std::string& layers, const std::string& input = "8x16x16",
                     Fusion fusion = Fusion::kAll) {
  const Network network = network_of(spec_with(layers, input));
  std::string text;
  for (const Step& step : plan_execution(network, fusion).steps) {
    text += std::string(network.layers[step.main].kind->name);
    for (std::size_t i = 0; i < step.folded.size(); ++i) text += " folded";
    if (!step.pointwise.empty()) text += " " + pointwise_text(step.pointwise);
    if (step.keeps_unshuffled > 1) text += fmt::format(" unshuffled {}", step.keeps_unshuffled);
    if (step.reads_shuffled > 1) text += fmt::format(" shuffled {}", step.reads_shuffled);
    text += "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a convolution takes along what follows it", "[plan]") {
  CHECK(steps_of("- conv: {out: 8}\n- batch_norm\n- relu") == "conv folded relu\n");
  CHECK(steps_of("- conv: {out: 8}\n- relu\n- batch_norm") == "conv relu\nbatch_norm affine\n");
  CHECK(steps_of("- conv: {out: 8}\n- dropout\n- batch_norm\n- scale\n- hard_swish") ==
        "conv folded folded hard_swish\n");
}

TEST_CASE("without fusion every layer is a step of its own", "[plan]") {
  CHECK(steps_of("- conv: {out: 8}\n- batch_norm\n- relu", "8x16x16", Fusion::kNone) ==
        "conv\nbatch_norm affine\nrelu relu\n");
  CHECK(steps_of("- conv: {out: 8}\n- add: [[], [conv: {out: 8}, dropout: {}]]\n- relu6", "8x16x16",
                 Fusion::kNone) == "conv\nconv\nadd add\nrelu6 relu6\n");
  CHECK(steps_of("- concat: [[], [relu: {}]]\n- relu", "8x16x16", Fusion::kNone) ==
        "relu relu\nconcat\nrelu relu\n");
}

TEST_CASE("the later of two branches takes the sum along", "[plan]") {
  CHECK(steps_of("- add: [[conv: {out: 8}], [conv: {out: 8}, batch_norm: {}]]\n- relu") ==
        "conv\nconv folded add+relu\n");
  CHECK(steps_of("- conv: {out: 8}\n- add: [[], [conv: {out: 8}]]\n- relu") ==
        "conv\nconv add+relu\n");
}

TEST_CASE("a value that is read twice ends its step", "[plan]") {
  CHECK(steps_of("- conv: {out: 8}\n- relu\n- concat: [[], [batch_norm: {}]]\n- relu") ==
        "conv relu\nbatch_norm affine\nconcat relu\n");
}

TEST_CASE("a gate, a sum and an activation run as one", "[plan]") {
  CHECK(
      steps_of("- add: [[], [conv: {out: 8}, multiply: [[], [global_avg_pool: {}, conv: {out: 8}, "
               "sigmoid: {}]]]]\n- relu") ==
      "conv\nglobal_avg_pool\nconv sigmoid\nmultiply gate+add+relu\n");
}

TEST_CASE("flattening for a linear layer, reshaping that keeps channels and dropout are no steps",
          "[plan]") {
  CHECK(steps_of("- flatten\n- dropout\n- linear: {out: 10}\n- relu") == "linear relu\n");
  CHECK(steps_of("- reshape: {channels: 8, height: 256}\n- layer_norm") == "layer_norm\n");
  CHECK(steps_of("- reshape: {channels: 16, height: 16, width: 8}\n- relu") ==
        "reshape\nrelu relu\n");
}

TEST_CASE("a grouped 1x1 convolution reads what a channel shuffle would move", "[plan]") {
  const auto steps = [](const std::string& layers) { return steps_of(layers, "24x8x8"); };
  const std::string depthwise = "- conv: {out: in, kernel: 3, groups: in}\n";
  CHECK(steps("- channel_shuffle: {groups: 4}\n- conv: {out: 12, groups: 2}\n- relu") ==
        "conv relu shuffled 4\n");
  CHECK(steps("- channel_shuffle: {groups: 3}\n" + depthwise +
              "- batch_norm\n- relu\n- conv: {out: 12, groups: 3}") ==
        "conv folded relu unshuffled 3\nconv shuffled 3\n");
  // Not where something else needs the channels in their order, or another layer lies in between.
  CHECK(steps("- channel_shuffle: {groups: 3}\n- concat: [[], [conv: {out: 12, groups: 3}]]") ==
        "channel_shuffle\nconv\nconcat\n");
  CHECK(steps("- channel_shuffle: {groups: 3}\n" + depthwise +
              "- prelu\n- conv: {out: 12, groups: 3}") ==
        "channel_shuffle\nconv\nprelu prelu\nconv\n");
  CHECK(steps("- channel_shuffle: {groups: 3}\n" + depthwise + depthwise +
              "- conv: {out: 12, groups: 3}") == "channel_shuffle\nconv\nconv\nconv\n");
  CHECK(steps("- channel_shuffle: {groups: 3}\n- conv: {out: 12}") == "channel_shuffle\nconv\n");
  CHECK(steps_of("- channel_shuffle: {groups: 4}\n- conv: {out: 12, groups: 2}", "24x8x8",
                 Fusion::kNone) == "channel_shuffle\nconv\n");
}

TEST_CASE("every layer of every shipped family belongs to one step or is a view", "[plan]") {
  for (const std::string spec :
       {"mobilenet_v1", "shufflenet_v1", "resnet50", "se_resnet50", "inception_v3", "xception",
        "densenet121", "vit", "efficientnet_b0"}) {
    const Network network = shipped(spec);
    const ExecutionPlan plan = plan_execution(network);
    std::vector<int> times(network.layers.size(), 0);
    Count macs(0);
    for (const Step& step : plan.steps) {
      for (const LayerId id : step.layers) ++times[id];
      macs += macs_of(network, step);
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
