// SPDX-License-Identifier: Apache-2.0
// What figures of whole networks say of kernels that an engine was never seen to run.
#include "latency/engine_model.hpp"

#include <fmt/core.h>

#include "support/catch.hpp"

using namespace archcost;

namespace {

std::string depthwise(int channels) {
  return fmt::format(
      "conv 1x{0}x8x8 > 1x{0}x8x8 {0} 3 3 1 1 1 1 {0} 0 0 0 0 w2 w0 norm relu f32 1T", channels);
}

std::optional<double> estimated(const plan::KernelOption& option, int known, int wanted) {
  const latency::EngineModel model({{depthwise(known), option, 100e-6}});
  return model.estimate(*plan::problem_from_text(depthwise(wanted)), option, {});
}

}  // namespace

TEST_CASE("in blocked layouts channels are computed in full blocks", "[latency]") {
  using plan::Layout;
  const plan::KernelOption blocked = {Layout::kBlocked, Layout::kBlocked},
                           plain = {Layout::kPlain, Layout::kPlain};
  // 12 and 16 channels fill one block, 17 to 32 two.
  CHECK(estimated(blocked, 16, 12).value() == Approx(100e-6));
  CHECK(estimated(blocked, 32, 17).value() == Approx(100e-6));
  CHECK(estimated(blocked, 16, 17).value() > 150e-6);
  CHECK(estimated(plain, 16, 12).value() < 90e-6);
  CHECK_FALSE(latency::EngineModel({{depthwise(16), plain, 100e-6}})
                  .estimate(*plan::problem_from_text(depthwise(12)), blocked, {}));
}
