// SPDX-License-Identifier: Apache-2.0
// Random combinations of rewrites on random specs: the multiply-adds and weights of the rewritten
// network against those that follow from the layers of the network before it.
#include <fmt/core.h>

#include <functional>
#include <random>
#include <set>

#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"
#include "rewrite/rewrites.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct Conv {
  std::int64_t in, out, kernel_area, groups, area;
  std::int64_t weights() const { return out * (in / groups) * kernel_area; }
};

struct Work {
  std::int64_t weights = 0, macs = 0;
  friend bool operator==(const Work&, const Work&) = default;
};

std::optional<Conv> conv_of(const graph::Network& network, const graph::Layer& layer) {
  if (!layer.is(layers::kinds::conv_kind)) return std::nullopt;
  const layers::LayerView view = {layer.numbers, layer.words, {}};
  const auto at = [&](std::string_view name) {
    return layers::slot_of(layer.kind->attributes, layers::find_attribute(*layer.kind, name));
  };
  const Extent kernel = view.extent(at("kernel"));
  return Conv{network.shape(layer.inputs[0]).channels.value(), layer.output.channels.value(),
              (kernel.height * kernel.width).value(), view.number(at("groups")).value(),
              (layer.output.height * layer.output.width).value()};
}

// Counted from the layers' sizes, not by their formulas.
Work count(const graph::Network& network) {
  Work work;
  for (const graph::Layer& layer : network.layers) {
    if (const auto conv = conv_of(network, layer)) {
      work.weights += conv->weights();
      work.macs += conv->weights() * conv->area;
    } else if (layer.is(layers::kinds::linear_kind)) {
      const std::int64_t weights =
          (network.shape(layer.inputs[0]).channels * layer.output.channels).value();
      work.weights += weights;
      work.macs += weights;
    }
  }
  return work;
}

// Stages by the sizes of the convolutions' outputs.
std::map<std::int64_t, int> stages_of(const graph::Network& network) {
  std::set<std::int64_t, std::greater<>> areas;
  for (const graph::Layer& layer : network.layers) {
    if (const auto conv = conv_of(network, layer)) areas.insert(conv->area);
  }
  std::map<std::int64_t, int> stages;
  for (const std::int64_t area : areas) stages.emplace(area, static_cast<int>(stages.size()) + 1);
  return stages;
}

bool is_full(const Conv& conv) { return conv.kernel_area > 1 && conv.groups == 1; }

std::set<int> separable_stages(const graph::Network& network) {
  const auto numbers = stages_of(network);
  std::set<int> stages;
  bool first = true;
  for (const graph::Layer& layer : network.layers) {
    const auto conv = conv_of(network, layer);
    if (!conv) continue;
    if (!first && is_full(*conv)) stages.insert(numbers.at(conv->area));
    first = false;
  }
  return stages;
}

std::set<int> sum_stages(const graph::Network& network) {
  const auto numbers = stages_of(network);
  std::set<int> stages;
  for (const graph::Layer& layer : network.layers) {
    if (layer.is(layers::kinds::add_kind))
      stages.insert(numbers.at((layer.output.height * layer.output.width).value()));
  }
  return stages;
}

// The network's work when each convolution is changed by `change`.
Work with_convs(const graph::Network& network,
                const std::function<Work(const Conv&, bool)>& change) {
  Work work = count(network);
  bool first = true;
  for (const graph::Layer& layer : network.layers) {
    const auto conv = conv_of(network, layer);
    if (!conv) continue;
    const Work changed = change(*conv, first);
    work.weights += changed.weights - conv->weights();
    work.macs += changed.macs - conv->weights() * conv->area;
    first = false;
  }
  return work;
}

Work same(const Conv& conv) { return {conv.weights(), conv.weights() * conv.area}; }

// The first convolution stays.
Work separable(const graph::Network& network, const std::set<int>& stages) {
  const auto numbers = stages_of(network);
  return with_convs(network, [&](const Conv& conv, bool first) {
    if (!is_full(conv) || first || (!stages.empty() && !stages.contains(numbers.at(conv.area))))
      return same(conv);
    const std::int64_t weights = conv.in * conv.kernel_area + conv.in * conv.out;
    return Work{weights, weights * conv.area};
  });
}

// 1x1 convolutions; all of them in a network without.
Work grouped(const graph::Network& network, std::int64_t g) {
  bool points = false;
  for (const graph::Layer& layer : network.layers) {
    const auto conv = conv_of(network, layer);
    points = points || (conv && conv->kernel_area == 1);
  }
  return with_convs(network, [&](const Conv& conv, bool) {
    const bool can = (conv.kernel_area == 1 || !points) && conv.groups == 1 && conv.in % g == 0 &&
                     conv.out % g == 0;
    const std::int64_t weights = can ? conv.weights() / g : conv.weights();
    return Work{weights, weights * conv.area};
  });
}

Work gated(const graph::Network& network, std::int64_t reduction, const std::set<int>& stages) {
  Work work = count(network);
  const auto numbers = stages_of(network);
  for (const graph::Layer& layer : network.layers) {
    if (!layer.is(layers::kinds::add_kind)) continue;
    const std::int64_t area = (layer.output.height * layer.output.width).value();
    if (!stages.empty() && !stages.contains(numbers.at(area))) continue;
    const std::int64_t channels = layer.output.channels.value();
    const std::int64_t weights = 2 * channels * std::max<std::int64_t>(1, channels / reduction);
    work.weights += weights;
    work.macs += weights;
  }
  return work;
}

// "[1, 3]".
std::string list_of(const std::set<int>& stages) {
  std::string text = "[";
  for (const int stage : stages) text += (text.size() > 1 ? ", " : "") + std::to_string(stage);
  return text + "]";
}

class RandomSpec {
 public:
  explicit RandomSpec(unsigned seed) : random_(seed) {}

  int pick(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }

  // Nothing, or some of several stages.
  std::set<int> some_of(const std::set<int>& stages) {
    std::set<int> some;
    if (stages.size() < 2 || pick(0, 1) == 0) return some;
    for (const int stage : stages) {
      if (pick(0, 1) == 1) some.insert(stage);
    }
    return some;
  }

  // A stem, and stages of units from shared blocks, some with their numbers from parameters.
  std::string text() {
    std::string stages;
    const int count = pick(1, 4);
    int channels = 8 * pick(1, 3);
    const std::string stem = fmt::format("{}", channels);
    for (int k = 0; k < count; ++k) {
      channels = 8 * pick(1, 8);
      const char* unit = kUnits[pick(0, 3)];
      stages += fmt::format(
          "  - {}: {{c: {}, repeat: {}, s: {}}}\n", unit,
          pick(0, 1) ? fmt::format("{}", channels) : fmt::format("twice * {}", channels / 2),
          pick(1, 3), pick(0, 1) ? "2 if i == 1 else 1" : "1");
    }
    return fmt::format(kSpec, pick(1, 3), stem, stages);
  }

 private:
  static constexpr const char* kUnits[] = {"bottleneck", "basic", "mobile", "module"};
  static constexpr const char* kSpec =
      "name: random\n"
      "params:\n"
      "  twice: 2\n"
      "  spare: {{default: {}, choices: [1, 2, 3]}}\n"
      "input: {{channels: 3, height: 64, width: 64}}\n"
      "blocks:\n"
      "  unit:\n"
      "    args: {{out: required, kernel: 1, stride: 1, groups: 1, act: true}}\n"
      "    layers:\n"
      "      - conv: {{out: out, kernel: kernel, stride: stride, groups: groups}}\n"
      "      - batch_norm\n"
      "      - relu: {{when: act}}\n"
      "  bottleneck:\n"
      "    args: {{c: required, s: 1}}\n"
      "    layers:\n"
      "      - add:\n"
      "          residual:\n"
      "            - unit: {{name: a, out: c // 4}}\n"
      "            - unit: {{name: b, out: c // 4, kernel: 3, stride: s}}\n"
      "            - unit: {{name: c, out: c, act: false}}\n"
      "          shortcut:\n"
      "            - unit: {{name: project, out: c, stride: s, act: false,\n"
      "                     when: s != 1 or in != c}}\n"
      "      - relu\n"
      "  basic:\n"
      "    args: {{c: required, s: 1}}\n"
      "    layers:\n"
      "      - add:\n"
      "          residual:\n"
      "            - unit: {{name: a, out: c, kernel: 3, stride: s}}\n"
      "            - unit: {{name: b, out: c, kernel: [3, 3], act: false}}\n"
      "          shortcut:\n"
      "            - unit: {{name: project, out: c, stride: s, act: false,\n"
      "                     when: s != 1 or in != c}}\n"
      "      - relu\n"
      "  mobile:\n"
      "    args: {{c: required, s: 1}}\n"
      "    layers:\n"
      "      - unit: {{name: depthwise, out: in, kernel: 3, stride: s, groups: in}}\n"
      "      - unit: {{name: pointwise, out: c}}\n"
      "  module:\n"
      "    args: {{c: required, s: 1}}\n"
      "    layers:\n"
      "      - unit: {{name: squeeze, out: c // 2, stride: s}}\n"
      "      - concat:\n"
      "          one: [unit: {{out: c // 2}}]\n"
      "          three: [unit: {{out: c // 2, kernel: 2 * spare + 1}}]\n"
      "layers:\n"
      "  - unit: {{name: stem, out: {}, kernel: 3, stride: 2}}\n"
      "{}"
      "  - bottleneck: {{c: 8, repeat: 0}}\n"
      "  - basic: {{c: 8, repeat: 0}}\n"
      "  - mobile: {{c: 8, repeat: 0}}\n"
      "  - module: {{c: 8, repeat: 0}}\n"
      "  - global_avg_pool\n"
      "  - linear: {{out: 5 * twice}}\n";
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("random rewrites of random specs cost what their layers say", "[rewrite]") {
  int done = 0;
  for (unsigned seed = 1; done < 500 && seed < 4000; ++seed) {
    RandomSpec random(seed);
    const std::string text = random.text();
    Opened opened = open_text(text);
    std::string applied;
    for (int step = random.pick(1, 3); step > 0; --step) {
      const graph::Network before = opened.network();
      Work expected;
      std::string suffix;
      const int kind = random.pick(0, 2);
      const std::set<int> stages =
          random.some_of(kind == 0 ? separable_stages(before) : sum_stages(before));
      const std::string list = stages.empty() ? "" : ",stages=" + list_of(stages);
      switch (kind) {
        case 0:
          suffix = "+separable:first=0" + list;
          expected = separable(before, stages);
          break;
        case 1: {
          const int g = random.pick(2, 4);
          suffix = fmt::format("+groups:g={}", g);
          expected = grouped(before, g);
          break;
        }
        default: {
          const int reduction = random.pick(2, 16);
          suffix = fmt::format("+se:reduction={}{}", reduction, list);
          expected = gated(before, reduction, stages);
        }
      }
      INFO(text << applied << suffix);
      try {
        opened = rewritten(opened, suffix);
      } catch (const Error& error) {
        REQUIRE(contains(error.what(), "changes nothing"));
        break;
      }
      applied += suffix;
      const graph::Network after = opened.network();
      const Work counted = count(after);
      if (contains(suffix, "se:") && expected == count(before)) break;  // no sum: on units' ends
      CHECK(counted.weights == expected.weights);
      CHECK(counted.macs == expected.macs);
      CHECK(totals(after).macs == counted.macs);
      ++done;
    }
  }
  CHECK(done >= 500);
}
