// SPDX-License-Identifier: Apache-2.0
// Multiply-adds without those on padding, against a count of every tap at every position.
#include <fmt/core.h>

#include "cost/conventions.hpp"
#include "graph/layer_problem.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// In one dimension: taps of windows that lie inside.
std::int64_t taps_inside(std::int64_t positions, std::int64_t kernel, std::int64_t stride,
                         std::int64_t dilation, std::int64_t pad, std::int64_t size) {
  std::int64_t taps = 0;
  for (std::int64_t o = 0; o < positions; ++o) {
    for (std::int64_t k = 0; k < kernel; ++k) {
      const std::int64_t at = o * stride - pad + k * dilation;
      taps += at >= 0 && at < size ? 1 : 0;
    }
  }
  return taps;
}

void check_taps(const std::string& layer, const std::string& input, std::int64_t channel_pairs) {
  INFO(layer << " of " << input);
  const graph::Network network = network_of(spec_with("- " + layer, input));
  const graph::Layer& conv = network.layers[0];
  const bool transposed = conv.kind->name == "conv_transpose";
  const TensorShape walked = transposed ? network.input : conv.output,
                    covered = transposed ? conv.output : network.input;
  const Extent kernel = graph::extent_of(conv, "kernel"), stride = graph::extent_of(conv, "stride"),
               dilation = graph::extent_of(conv, "dilation");
  const Padding pad = *graph::resolved_padding(network, conv);
  const std::int64_t rows =
      taps_inside(walked.height.value(), kernel.height.value(), stride.height.value(),
                  dilation.height.value(), pad.top.value(), covered.height.value());
  const std::int64_t columns =
      taps_inside(walked.width.value(), kernel.width.value(), stride.width.value(),
                  dilation.width.value(), pad.left.value(), covered.width.value());
  CHECK(cost::unpadded_macs(network, conv).value() == channel_pairs * rows * columns);
}

}  // namespace

TEST_CASE("taps on padding are left out, on each side by itself", "[conventions]") {
  check_taps("conv: {out: 5, kernel: 3, pad: 0}", "4x7x6", 20);
  check_taps("conv: {out: 5, kernel: [3, 2], stride: [2, 1], pad: [2, 0, 1, 3]}", "4x9x6", 20);
  check_taps("conv: {out: 6, kernel: [2, 5], stride: [1, 3], pad: [0, 4, 2, 1], groups: 2}",
             "4x5x11", 12);
  check_taps("conv: {out: 3, kernel: [4, 3], dilation: [3, 2], pad: [5, 1, 2, 4]}", "2x8x7", 6);
  check_taps("conv: {out: 3, kernel: [3, 2], dilation: [2, 4], stride: [3, 2], pad: [1, 3, 6, 2]}",
             "2x10x5", 6);
  check_taps("conv: {out: 3, kernel: [7, 1], pad: [6, 0, 6, 0]}", "2x2x3", 6);
  check_taps("conv: {out: 3, kernel: [2, 9], dilation: [9, 1], pad: [9, 8, 9, 8]}", "2x3x4", 6);
  check_taps("conv: {out: 3, kernel: [5, 2], pad: [0, 3, 6, 0]}", "2x2x3", 6);
  check_taps("conv: {out: 3, kernel: [2, 6], pad: [3, 0, 0, 7]}", "2x3x2", 6);
  check_taps("conv_transpose: {out: 3, kernel: [4, 3], stride: [2, 3], pad: [1, 0, 2, 1]}", "2x5x4",
             6);
}

TEST_CASE("what conventions count of single layers", "[conventions]") {
  const auto causes = [](const graph::Network& network, const char* from, const char* to) {
    std::string text;
    for (const cost::Difference& d : cost::explain_difference(network, *cost::find_convention(from),
                                                              *cost::find_convention(to)))
      text += fmt::format("{} {} {}; ", d.cause, d.from.value(), d.to.value());
    return text;
  };
  const auto total = [](const graph::Network& network, const char* name) {
    return cost::convention_total(*cost::find_convention(name), network).value();
  };
  // 3 * 5 weights; of a map whose bias is added by itself: 4 rows of 2.
  const graph::Network map =
      network_of(spec_with("- linear: {out: 5, per_position: true}\n", "3x4x2"));
  CHECK(total(map, "ptflops-aten") == 15 * 8);
  const graph::Network tokens =
      network_of(spec_with("- linear: {out: 5, per_position: true}\n", "3x4x1"));
  CHECK(total(tokens, "ptflops-aten") == 15 * 4 + 5 * 4);
  // The bias of attention's output counts where there is none: 4 tokens of 6.
  const graph::Network attention =
      network_of(spec_with("- multi_head_attention: {heads: 2, bias: false}\n", "6x4x1"));
  CHECK(contains(causes(attention, "macs", "ptflops"), "biases 0 24; "));
  const graph::Network norms =
      network_of(spec_with("- batch_norm\n- prelu: {per_channel: true}\n- layer_norm\n", "3x4x2"));
  CHECK(causes(norms, "macs", "torchinfo") ==
        "batch norm 0 6; parameters of other layers, once 0 3; layer norm 0 6; ");
  const graph::Network product = network_of(
      spec_with("- matmul: {name: m, from: [input, input], transpose: true}\n", "6x4x2"));
  CHECK(total(product, "pycls") == 6 * 4 * 4 * 2);
  graph::Network batch =
      network_of(spec_with("- conv: {out: 4}\n- relu\n- max_pool: {kernel: 2}\n", "3x4x6"));
  batch.batch = 3;
  CHECK(cost::pycls_activations(batch).value() == 3 * (4 * 24 + 4 * 6));
}
