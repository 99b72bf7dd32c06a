// SPDX-License-Identifier: Apache-2.0
// What the papers' formulas say of rewritten networks, by hand.
#include "rewrite/theory.hpp"

#include "rewrite/rewrites.hpp"
#include "rewrite/techniques.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// 5 positions; 3 * 8 * 9 = 216, 8 * 16 * 9 = 1152 and 16 * 12 = 192 multiply-adds for each.
const std::string kThree = spec_with(
    "- conv: {name: first, out: 8, kernel: 3, bias: false}\n- batch_norm\n- relu\n"
    "- conv: {name: second, out: 16, kernel: 3, bias: false}\n- batch_norm\n- relu\n"
    "- conv: {name: third, out: 12, bias: false}\n",
    "3x1x5");

}  // namespace

TEST_CASE("theory of separable convolutions: 1/N + 1/D2 of what is taken apart", "[rewrite]") {
  const Opened base = open_text(kThree);
  const graph::Network after = rewritten(base, "+separable").network();
  CHECK(rewrite::separable_theory(base.network(), after) ==
        Approx((216 + 1152 * (1.0 / 16 + 1.0 / 9) + 192) / (216 + 1152 + 192)));
  CHECK(rewrite::separable_theory(base.network(), base.network()) == 1);
  // A window of 3 x 5.
  const std::string wide = spec_with(
      "- conv: {out: 8, bias: false}\n- conv: {out: 16, kernel: [3, 5], bias: false}\n", "4x4x5");
  const Opened other = open_text(wide);
  CHECK(rewrite::separable_theory(other.network(), rewritten(other, "+separable").network()) ==
        Approx((32 + 1920 * (1.0 / 16 + 1.0 / 15)) / (32 + 1920)));  // 4 * 8 and 8 * 16 * 15
}

TEST_CASE("theory of grouped convolutions: 1/g of what is grouped", "[rewrite]") {
  const Opened base = open_text(kThree);
  const graph::Network after = rewritten(base, "+groups:g=4").network();
  double expected = 0;
  for (const graph::Layer& layer : base.network().layers) {
    if (layer.kind->name != "conv") continue;
    for (const graph::Layer& now : after.layers) {
      if (now.name == layer.name)
        expected += static_cast<double>(layer.cost.macs.value()) *
                    (now.cost.macs == layer.cost.macs ? 1 : 1.0 / 4);
    }
  }
  CHECK(rewrite::groups_theory(base.network(), after) == Approx(expected / (1560 * 5)));
  CHECK(expected < 1560 * 5);
  CHECK(rewrite::groups_theory(base.network(), base.network()) == 1);
}

TEST_CASE("theory of squeeze and excitation: 2C2/r for each new gate", "[rewrite]") {
  const auto with_linear = [](const std::string& more) {
    return network_of(spec_with("- conv: {out: 8, bias: false}\n- global_avg_pool\n" + more +
                                    "- linear: {name: last, out: 10, bias: false}\n",
                                "4x3x5"));
  };
  const graph::Network before = with_linear("");  // 4 * 8 * 15 + 80
  const graph::Network after = with_linear(
      "- linear: {name: down, out: 2, bias: false}\n"
      "- linear: {name: up, out: 8, bias: false}\n");
  CHECK(rewrite::squeeze_excite_theory(before, after) == Approx(1 + 32.0 / 560));
  CHECK(rewrite::squeeze_excite_theory(before, before) == 1);
  // Of two layers with the same channels one was there before.
  const graph::Network twice = with_linear(
      "- linear: {name: fresh, out: 10, bias: false}\n"
      "- linear: {name: back, out: 8, bias: false}\n");
  CHECK(rewrite::squeeze_excite_theory(before, twice) == Approx(1 + (80.0 + 80.0) / 560));
}

TEST_CASE("theory of width and resolution: squares of alpha and rho", "[rewrite]") {
  const std::string text =
      "name: test\ninput: {channels: 3, height: 6, width: round(20 * rho)}\n"
      "params:\n  alpha: {default: 1}\n  rho: {default: 1}\n"
      "layers:\n  - conv: {name: a, out: round(8 * alpha)}\n"
      "  - conv: {name: b, out: round(64 * alpha)}\n  - conv: {name: c, out: round(30 * alpha)}\n"
      "  - global_avg_pool\n  - linear: {name: classes, out: 1000}\n";
  const graph::Network base = network_of(text);
  // The widest layer that changes has 64 channels.
  CHECK(rewrite::width_theory(base, network_of(text, {"alpha=0.75"})) == Approx(0.75 * 0.75));
  CHECK(rewrite::width_theory(base, network_of(text, {"alpha=0.52"})) ==
        Approx(33.0 / 64 * 33.0 / 64));
  CHECK(rewrite::width_theory(base, base) == 1);
  CHECK(rewrite::resolution_theory(base, network_of(text, {"rho=0.5"})) == 0.5);
}

TEST_CASE("theory of a network without or with hardly any multiply-adds", "[rewrite]") {
  const graph::Network none = network_of(spec_with("- relu\n", "1x1x1")),
                       one = network_of(
                           spec_with("- conv: {name: a, out: 1, bias: false}\n", "1x1x1")),
                       two = network_of(
                           spec_with("- conv: {name: a, out: 2, bias: false}\n", "1x1x1")),
                       gate = network_of(spec_with("- linear: {out: 3, bias: false}\n", "1x1x1"));
  CHECK(rewrite::separable_theory(none, one) == 1);
  CHECK(rewrite::separable_theory(one, none) == 2);  // 1/N + 1/D2 of one channel and 1x1
  CHECK(rewrite::squeeze_excite_theory(none, gate) == 1);
  CHECK(rewrite::squeeze_excite_theory(one, gate) == 4);
  CHECK(rewrite::width_theory(one, two) == 4);
  CHECK(rewrite::width_theory(none, none) == 1);
}

TEST_CASE("theory of width: of equally wide layers the first one counts", "[rewrite]") {
  const std::string text =
      "name: net\nparams: {a: 1, b: 1}\ninput: {channels: 3, height: 2, width: 2}\n"
      "layers:\n  - conv: {name: x, out: 64 * a}\n  - conv: {name: y, out: 64 * b}\n";
  const graph::Network base = network_of(text);
  CHECK(rewrite::width_theory(base, network_of(text, {"a=0.5", "b=0.25"})) == 0.25);
  CHECK(rewrite::width_theory(base, network_of(text, {"b=0.25"})) == 0.0625);
}

TEST_CASE("sizes of a convolution", "[rewrite]") {
  const graph::Network network = network_of(
      "name: net\ninput: {channels: 8, height: 5, width: 7}\n"
      "layers:\n"
      "  - conv: {name: a, out: 6, kernel: [3, 1], groups: 2}\n"
      "  - conv: {name: b, out: 12, kernel: [1, 5], groups: in}\n"
      "  - conv: {name: c, out: 9}\n  - conv: {name: d, out: 4, kernel: 3}\n  - relu\n");
  const auto a = rewrite::conv_sizes(network, network.layers[0]),
             b = rewrite::conv_sizes(network, network.layers[1]),
             c = rewrite::conv_sizes(network, network.layers[2]);
  REQUIRE((a && b && c));
  CHECK((a->kernel_height == 3 && a->kernel_width == 1 && a->groups == 2 && a->in == 8 &&
         a->out == 6));
  CHECK((b->kernel_height == 1 && b->kernel_width == 5 && b->groups == 6 && b->in == 6 &&
         b->out == 12));
  CHECK((a->spatial() && !a->depthwise() && b->spatial() && b->depthwise()));
  CHECK((!c->spatial() && !c->depthwise()));
  CHECK_FALSE(rewrite::conv_sizes(network, network.layers[4]));
  std::string full;
  for (const graph::Layer& layer : network.layers) {
    if (rewrite::is_full_convolution(network, layer)) full += layer.name;
  }
  CHECK(full == "d");
}
