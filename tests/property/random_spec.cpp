// SPDX-License-Identifier: Apache-2.0
#include "property/random_spec.hpp"

#include <fmt/core.h>

#include <random>
#include <vector>

namespace archcost::test {
namespace {

class Writer {
 public:
  explicit Writer(const std::function<std::uint32_t()>& next) : next_(next) {}

  std::string spec() {
    std::string layers;
    const int items = pick(3, 8);
    for (int k = 0; k < items; ++k) layers += item("  ", 2);
    return fmt::format(
        "name: random\nparams:\n  alpha: {{default: 1, sweep: [0.5, 1]}}\n  rho: 1\n  deep: 1\n  "
        "times: 1\n"
        "input: {{channels: 8, height: round(32 * rho), width: round(40 * rho)}}\n"
        "layers:\n  - conv: {{name: first, out: 8 * round(alpha * {}), kernel: 3}}\n{}"
        "  - relu: {{name: last, when: deep, repeat: times}}\n  - global_avg_pool\n  - linear: "
        "{{out: 10}}\n",
        pick(1, 4), layers);
  }

 private:
  int pick(int low, int high) {
    return low + static_cast<int>(next_() % static_cast<std::uint32_t>(high - low + 1));
  }

  std::string keeps_shape(const std::string& indent) {
    switch (pick(0, 7)) {
      case 0:
        return indent + "- batch_norm\n";
      case 1:
        return indent + "- relu\n";
      case 2:
        return indent + "- conv: {out: in, kernel: 3, groups: in}\n";
      case 3:
        return indent + "- conv: {out: in, groups: 4, bias: true}\n";
      case 4:
        return indent + "- channel_shuffle: {groups: 2}\n";
      case 5:
        return indent + "- hard_swish\n";
      case 6:
        return indent + "- max_pool: {kernel: 3, stride: 1, pad: 1}\n";
      default:
        return indent + "- multiply:\n" + indent + "    value: []\n" + indent +
               "    gate: [global_avg_pool, conv: {out: in, bias: true}, sigmoid]\n";
    }
  }

  std::string item(const std::string& indent, int depth) {
    const int choice = pick(0, depth > 0 ? 7 : 4);
    if (choice < 3) return keeps_shape(indent);
    if (choice == 3)
      return fmt::format("{}- conv: {{out: 8 * round(alpha * {}), kernel: {}, when: deep}}\n",
                         indent, pick(1, 6), 2 * pick(0, 2) + 1);
    if (choice == 4)
      return fmt::format("{}- conv: {{out: in, kernel: 3, repeat: {} * times}}\n", indent,
                         pick(1, 3));
    std::string inner;
    if (choice == 5) {
      for (int k = pick(1, 3); k > 0; --k) inner += keeps_shape(indent + "      ");
      return indent + "- add:\n" + indent + "    residual:\n" + inner + indent +
             "    shortcut: []\n";
    }
    if (choice == 6) {
      for (int k = pick(1, 2); k > 0; --k) inner += item(indent + "      ", depth - 1);
      return indent + "- concat:\n" + indent + "    left:\n" + inner + indent + "    right:\n" +
             indent + fmt::format("      - conv: {{out: 8 * {}}}\n", pick(1, 3));
    }
    for (int k = pick(1, 2); k > 0; --k) inner += item(indent + "        ", depth - 1);
    return fmt::format("{}- group:\n{}    repeat: {}\n{}    layers:\n{}", indent, indent,
                       pick(1, 2), indent, inner);
  }

  const std::function<std::uint32_t()>& next_;
};

}  // namespace

std::string random_spec(std::uint32_t seed) {
  std::mt19937 random(seed);
  return chosen_spec([&] { return static_cast<std::uint32_t>(random()); });
}

std::string chosen_spec(const std::function<std::uint32_t()>& next) { return Writer(next).spec(); }

}  // namespace archcost::test
