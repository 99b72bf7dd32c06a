// SPDX-License-Identifier: Apache-2.0
// What can't be exported, and which layers stand for it; paddings that differ by side.
#include "exporter/refusals.hpp"

#include <fmt/core.h>

#include "exporter/torch_text.hpp"
#include "exporter/window_padding.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::string refusals_of(const graph::Network& network) {
  try {
    exporter::refuse_unwritable(network);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string written_one_by_one(const std::string& rest) {
  const spec::ArchSpec spec = spec::read_spec_text(
      "net.yaml", "name: net\ninput: {channels: 8, height: 8, width: 6}\n" + rest, ".");
  const std::string reason =
      exporter::torch_code(spec, {}, graph::build_network(spec), "archcost").flat_because;
  return reason;
}

}  // namespace

TEST_CASE("refused layers are named, the first five of each reason", "[export]") {
  const auto of = [](int count) {
    return refusals_of(network_of(spec_with(
        fmt::format("  - custom: {{name: a, channels: 2, repeat: {}}}\n  - relu\n", count),
        "2x2x2")));
  };
  const std::string reason =
      "test: error: custom: a spec states what it costs, not what it computes ";
  CHECK(of(1) == reason + "('a1')");
  CHECK(of(2) == reason + "('a1', 'a2')");
  CHECK(of(5) == reason + "('a1', 'a2', 'a3', 'a4', 'a5')");
  CHECK(of(6) == reason + "('a1', 'a2', 'a3', 'a4', 'a5' and 1 more)");
  CHECK(of(8) == reason + "('a1', 'a2', 'a3', 'a4', 'a5' and 3 more)");
  CHECK(refusals_of(network_of(spec_with("  - relu\n"))).empty());
  CHECK(refusals_of(network_of(spec_with(
            "  - custom: {name: a, channels: 8}\n  - unsupported: {name: b, channels: 8, height: "
            "16, width: 16, "
            "params: 3}\n  - unsupported: {name: c, channels: 8, height: 1, width: 1}\n"))) ==
        reason +
            "('a')\ntest: error: unsupported: what it does with its learned numbers isn't "
            "known, so it can't be exported; the ONNX file that it was imported from has it "
            "('b')\n2 errors");
}

TEST_CASE("windows are padded by side where their sides differ", "[export]") {
  const auto by_side = [](const std::string& layer) {
    return exporter::pads_by_side(network_of(spec_with("  - " + layer + "\n", "2x9x9")));
  };
  for (const char* layer :
       {"conv: {out: 2, kernel: 3, pad: [1, 0, 0, 0]}",
        "conv: {out: 2, kernel: 3, pad: [0, 1, 0, 0]}", "conv: {out: 2, kernel: 3, pad: same_tf}",
        "max_pool: {kernel: 3, pad: [1, 0, 0, 0]}", "avg_pool: {kernel: 2, pad: same_tf}",
        "conv_transpose: {out: 2, kernel: 3, pad: [0, 0, 0, 1]}"}) {
    INFO(layer);
    CHECK(by_side(layer));
  }
  for (const char* layer :
       {"conv: {out: 2, kernel: 3, pad: [1, 2]}", "conv: {out: 2, kernel: 3}",
        "max_pool: {kernel: 3, pad: 1}", "pad: {pad: [1, 0, 0, 0]}", "relu", "global_avg_pool"}) {
    INFO(layer);
    CHECK_FALSE(by_side(layer));
  }
}

TEST_CASE("paddings of four sides that depend on a parameter are written as numbers", "[export]") {
  const std::string reason =
      "a padding that differs by side, or is TensorFlow's, depends on a parameter";
  const auto conv = [](const std::string& params, const std::string& pad) {
    return written_one_by_one("params: {" + params +
                              "}\nlayers: [conv: {out: 8, kernel: 3, pad: \"" + pad + "\"}]\n");
  };
  CHECK(conv("p: 1", "[1, 0, 0, p]").empty());
  CHECK(conv("p: 1", "1 if p else 2").empty());
  CHECK(conv("p: 1", "[1, 2] if p else [2, 1]").empty());
  CHECK(conv("p: 1", "[1, max(1, p)] if p else 1").empty());
  CHECK(conv("p: 1", "[1, 0, 0, p] if p else 1") == reason);
  CHECK(conv("p: 1", "1 if p else [1, 0, 0, p]") == reason);
  CHECK(conv("p: 1", "same if p else same_tf") == reason);
  CHECK(conv("p: 1", "max(1, 0, 0, p) if p else 1").empty());
}
