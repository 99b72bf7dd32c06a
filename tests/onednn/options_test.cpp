// SPDX-License-Identifier: Apache-2.0
// Every way to run every kind of layer, and every fusion, against the plain interpreter.
#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <random>

#include "interpreter/layer_run.hpp"
#include "interpreter/reference.hpp"
#include "layers/layer_table.hpp"
#include "runner/network_json.hpp"
#include "runner/onednn/primitives.hpp"
#include "runner/onednn/program.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

nlohmann::json network_json(const std::string& yaml, int batch) {
  graph::Network network = network_of(yaml);
  network.batch = batch;
  return runner::to_json(network);
}

/// Nothing where the library has no such kernel.
std::optional<plan::KernelOrigin> option_origin(const onednn::Option& option) {
  try {
    onednn::MemoryPool pool;
    return option.make(pool).origin;
  } catch (const dnnl::error&) {
    return {};
  }
}

/// Places of the options that work: reference kernels only where nothing else does.
std::vector<int> usable_options(const std::vector<onednn::Option>& options) {
  std::vector<int> usable, references;
  for (std::size_t k = 0; k < options.size(); ++k) {
    const auto origin = option_origin(options[k]);
    if (!origin) continue;
    (*origin == plan::KernelOrigin::kReference ? references : usable)
        .push_back(static_cast<int>(k));
  }
  return usable.empty() ? references : usable;
}

/// Runs the network with every option of every step, the others at their first that works; the
/// worst error is checked for each. Returns how many programs ran.
int check_options(const std::string& yaml, int threads, int batch = 1) {
  onednn::Setup p(network_json(yaml, batch), {{"threads", threads}, {"seed", 7}});
  const onednn::Tasks tasks(p);
  const std::vector<interpreter::Tensor> expected =
      interpreter::run_reference(p.network, p.weights, p.input);
  std::vector<std::vector<int>> works(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    works[i] = usable_options(tasks.options(i));
    // The database stores options as text.
    for (const onednn::Option& option : tasks.options(i))
      CHECK(plan::option_from_text(plan::to_text(option.id)) == option.id);
    INFO(yaml);
    REQUIRE(!works[i].empty());
  }
  int ran = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    for (const int option : works[i]) {
      plan::ChosenOptions choice;
      for (std::size_t k = 0; k < tasks.size(); ++k) {
        choice.emplace_back(tasks.options(k)[k == i ? option : works[k].front()].id);
      }
      onednn::MemoryPool packed;
      const onednn::Program program = onednn::build_program(tasks, choice, packed);
      std::copy(p.input.begin(), p.input.end(), program.input);
      // Twice: whatever a run leaves behind in the shared memory must not matter.
      for (int run = 0; run < 2; ++run) {
        for (const onednn::ProgramRow& row : program.rows) row.run();
      }
      std::vector<interpreter::Tensor> results;
      for (std::size_t k = 0; k < p.network.outputs.size(); ++k) {
        const graph::LayerId value = p.plan.value_of(p.network.outputs[k]);
        results.push_back(onednn::plain_output(program.outputs[k], graph::dims_of(p.network, value),
                                               p.context.block));
      }
      const plan::KernelOption& id = tasks.options(i)[option].id;
      INFO(yaml << "\n"
                << tasks.key(i) << " as " << plan::to_text(id) << ", " << threads << " threads");
      const bool winograd = id.method == plan::Method::kWinograd;
      for (std::size_t k = 0; k < results.size(); ++k) {
        CHECK(interpreter::largest_error(results[k], expected[p.network.outputs[k]]) <
              (winograd ? 1e-3 : 1e-4));
      }
      ++ran;
    }
  }
  return ran;
}

void check_both(const std::string& layers, const std::string& input) {
  CHECK(check_options(spec_with(layers, input), 1) > 0);
  CHECK(check_options(spec_with(layers, input), 2) > 0);
}

/// A layer of one kind, over an input that suits it.
struct KindCase {
  std::string layers, input;
};

std::vector<KindCase> kind_cases(std::mt19937& random) {
  const auto number = [&](int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random);
  };
  const int channels = number(1, 4) * 8, height = number(5, 19), width = number(5, 19);
  const std::string image = fmt::format("{}x{}x{}", channels, height, width);
  const std::string tokens = fmt::format("{}x{}x1", channels, number(2, 30));
  std::vector<KindCase> cases;
  for (const std::string kind : {"relu",
                                 "relu6",
                                 "sigmoid",
                                 "hard_sigmoid",
                                 "hard_swish",
                                 "swish",
                                 "gelu",
                                 "tanh",
                                 "softmax",
                                 "batch_norm",
                                 "channel_shuffle: {groups: 4}",
                                 "global_avg_pool",
                                 "global_max_pool",
                                 "lrn",
                                 "flatten",
                                 "layer_norm",
                                 "layer_norm: {over: all}",
                                 "group_norm: {groups: 4}",
                                 "prelu",
                                 "prelu: {per_channel: false}",
                                 "scale: {bias: true}",
                                 "leaky_relu: {slope: 0.2}",
                                 "split: {parts: 4, take: 3}",
                                 "split: {parts: [3, in - 3], take: 2}",
                                 "slice: {channels: 5, start: 2}",
                                 "crop: {size: [3, 4]}",
                                 "crop: {size: [5, 2], align: end}",
                                 "elu: {alpha: 0.7}",
                                 "adaptive_max_pool: {size: [3, 2]}",
                                 "upsample: {size: [21, 17]}",
                                 "upsample: {size: [23, 19], mode: bilinear}",
                                 "add: [[], [global_avg_pool: {}]]",
                                 "multiply: [[], [reduce: {channels: true}]]",
                                 "position_embedding",
                                 "upsample: {factor: [2, 3]}",
                                 "upsample: {factor: 2, mode: bilinear}",
                                 "pad: {pad: [1, 2, 3, 0]}",
                                 "pad: {pad: 2, mode: reflect}",
                                 "pad: {pad: 2, mode: replicate}"}) {
    cases.push_back({"- " + kind, image});
  }
  cases.push_back(
      {fmt::format("- adaptive_avg_pool: {{size: [{}, {}]}}", number(1, 4), number(1, 7)), image});
  cases.push_back({fmt::format("- reshape: {{channels: {}, height: 4, width: {}}}", channels / 2,
                               height * width / 2),
                   fmt::format("{}x{}x{}", channels, height * width, 1)});
  for (int i = 0; i < 3; ++i) {
    cases.push_back(
        {fmt::format("- max_pool: {{kernel: [{}, {}], stride: {}, dilation: {}, pad: 1, "
                     "ceil_mode: {}}}",
                     number(2, 3), number(2, 3), number(1, 2), number(1, 2),
                     number(0, 1) != 0 ? "true" : "false"),
         image});
    cases.push_back(
        {fmt::format("- avg_pool: {{kernel: {}, stride: {}, pad: {}, ceil_mode: {}, "
                     "count_include_pad: {}}}",
                     number(2, 4), number(1, 3), number(0, 1), number(0, 1) != 0 ? "true" : "false",
                     number(0, 1) != 0 ? "true" : "false"),
         image});
    const int kernel = number(1, 2) * 2 - 1, groups = 1 << number(0, 3);
    cases.push_back(
        {fmt::format(
             "- conv: {{out: {}, kernel: [{}, {}], stride: [{}, {}], groups: {}, bias: {}}}",
             number(1, 5) * 8, kernel, number(0, 2) * 2 + 1, number(1, 2), number(1, 3), groups,
             number(0, 1) != 0 ? "true" : "false"),
         image});
    cases.push_back({fmt::format("- conv: {{out: {}, kernel: 3, stride: {}, dilation: {}, pad: [1, "
                                 "{}, 2, 0]}}",
                                 number(1, 40), number(1, 2), number(1, 2), number(0, 2)),
                     image});
    cases.push_back(
        {fmt::format("- conv: {{out: in, kernel: {}, stride: {}, groups: in, bias: true}}",
                     number(1, 3) * 2 - 1, number(1, 2)),
         image});
    cases.push_back(
        {fmt::format("- conv_transpose: {{out: {}, kernel: {}, stride: 2, groups: {}, pad: "
                     "{}, output_pad: [{}, {}], bias: true}}",
                     number(1, 4) * 8, number(2, 4), 1 << number(0, 2), number(0, 1), number(0, 1),
                     number(0, 1)),
         image});
    cases.push_back(
        {fmt::format("- linear: {{out: {}, per_position: true}}", number(1, 50)), image});
    cases.push_back({fmt::format("- flatten\n- linear: {{out: {}, bias: {}}}", number(1, 50),
                                 number(0, 1) != 0 ? "true" : "false"),
                     image});
  }
  cases.push_back({"- class_token", tokens});
  cases.push_back({"- take_token", tokens});
  cases.push_back({"- multi_head_attention: {heads: 4}", tokens});
  cases.push_back({"- multi_head_attention: {heads: 2, bias: false}", tokens});
  cases.push_back({"- multi_head_attention: {heads: 4, kv_heads: 2, head_channels: 3}", tokens});
  cases.push_back({"- conv_transpose: {out: 7, kernel: 3, stride: 2, pad: same_tf}", image});
  return cases;
}

}  // namespace

TEST_CASE("every kind of layer has a reference", "[kernels]") {
  for (const layers::LayerKind* kind : layers::layer_table()) {
    INFO(kind->name);
    CHECK(interpreter::find_reference(kind->name) != nullptr);
  }
}

TEST_CASE("every option of every kind of layer agrees with the plain interpreter", "[kernels]") {
  std::mt19937 random(20);
  for (int round = 0; round < 2; ++round) {
    for (const KindCase& c : kind_cases(random)) check_both(c.layers, c.input);
  }
}

TEST_CASE("fusions agree with the plain interpreter", "[kernels]") {
  const std::string conv = "- conv: {out: 32, kernel: 3}\n";
  for (const std::string activation : {"relu", "relu6", "leaky_relu: {slope: 0.3}", "sigmoid",
                                       "hard_sigmoid", "hard_swish", "swish", "gelu", "tanh"}) {
    check_both(conv + "- batch_norm\n- " + activation, "16x13x11");
  }
  // A residual sum: over the network's input, in place, with an operand that is read again, with
  // an activation on either side.
  check_both("- add: [[], [conv: {out: 32, kernel: 3}, batch_norm: {}]]\n- relu", "32x9x14");
  check_both(
      "- conv: {out: 32}\n- add: [[], [conv: {out: 32, kernel: 3}, batch_norm: {}]]\n- relu6",
      "16x9x14");
  check_both(
      "- conv: {out: 32}\n- concat: [[], [add: [[], [conv: {out: 32, kernel: 3}, relu: {}]]]]",
      "16x9x14");
  check_both("- conv: {out: 32}\n- add: [[], [], [conv: {out: 32}]]\n- tanh", "16x9x14");
  check_both(
      "- conv: {out: 32}\n- add: [[dropout: {}], [conv: {out: 32}, hard_sigmoid: {}]]\n- relu",
      "16x9x14");
  // Gates and products of whole tensors, with what follows.
  check_both(
      "- conv: {out: 40}\n- multiply: [[], [global_avg_pool: {}, conv: {out: 8}, relu: {}, "
      "conv: {out: 40}, sigmoid: {}]]\n- batch_norm\n- hard_swish",
      "16x9x7");
  check_both("- multiply: [[], [conv: {out: 24}], [conv: {out: 24}]]\n- prelu", "24x6x7");
  // Concatenation of whole blocks and of parts of them, and what reads it.
  check_both("- concat: [[conv: {out: 16}], [conv: {out: 32}, relu: {}]]\n- batch_norm\n- relu",
             "16x8x8");
  check_both(
      "- concat: [[conv: {out: 5}], [conv: {out: 30}], []]\n- relu\n- channel_shuffle: "
      "{groups: 3}\n- conv: {out: 8}",
      "16x8x7");
  check_both(
      "- conv: {out: 64}\n- split: {parts: 2, take: 2}\n- conv: {out: 32, groups: in, "
      "kernel: 3}\n- global_avg_pool\n- flatten\n- dropout\n- linear: {out: 10}\n- softmax",
      "16x8x7");
  check_both("- matmul: {transpose: true, a: [conv: {out: 24}], b: [conv: {out: 24}]}", "16x6x9");
  check_both("- matmul: {a: [], b: [adaptive_avg_pool: {size: [9, 4]}]}", "16x6x9");
}

TEST_CASE("grouped 1x1 convolutions as matrix products", "[kernels]") {
  check_both("- channel_shuffle: {groups: 4}\n- conv: {out: 40, groups: 2, bias: true}", "24x7x5");
  check_both("- conv: {out: 60, groups: 3}\n- batch_norm\n- hard_swish", "24x9x11");
  check_both(
      "- add: [[], [conv: {out: 40, groups: 4}, relu: {}, conv: {out: 80, groups: 4}, batch_norm: "
      "{}]]\n- relu",
      "80x7x7");
  // The sum's operand is read again: it is not overwritten.
  check_both(
      "- conv: {name: a, out: 16}\n- add: [[], [conv: {out: 16, groups: 4}]]\n"
      "- concat: {from: [add, a]}",
      "8x5x6");
  const std::string yaml = spec_with("- conv: {out: 30, groups: 3, bias: true}\n- relu6", "60x6x7");
  for (const int threads : {1, 2}) CHECK(check_options(yaml, threads, 2) > 0);
}

TEST_CASE("channel shuffles of many widths", "[kernels]") {
  for (const int channels : {8, 16, 24, 40, 48, 64, 240}) {
    for (const int groups : {2, 4, 8}) {
      check_both(
          fmt::format("- conv: {{out: {}}}\n- channel_shuffle: {{groups: {}}}", channels, groups),
          "16x5x6");
    }
  }
}

TEST_CASE("pools whose windows the library counts differently", "[kernels]") {
  check_both("- avg_pool: {kernel: 3, stride: 2, ceil_mode: true, count_include_pad: true}",
             "16x8x8");
  check_both("- avg_pool: {kernel: 2, stride: 2, pad: 1}", "16x7x5");
  check_both("- adaptive_avg_pool: {size: [3, 2]}", "16x9x8");
  check_both("- lrn: {size: 4}", "16x5x5");
}

TEST_CASE("3x3 convolutions of odd sizes, over borders, in place", "[kernels]") {
  check_both("- conv: {out: 72, kernel: 3, bias: true}\n- relu", "40x41x37");
  check_both("- conv: {out: 300, kernel: 3, pad: [0, 2, 1, 0]}\n- swish", "290x6x5");
  check_both(
      "- conv: {out: 48}\n- add: [[], [conv: {out: 48, kernel: 3}, batch_norm: {}]]\n- relu6",
      "48x13x10");
  const std::string yaml = spec_with("- conv: {out: 64, kernel: 3}\n- batch_norm", "130x9x10");
  for (const int threads : {1, 2, 3}) CHECK(check_options(yaml, threads, 3) > 0);
}

TEST_CASE("1x1 convolutions of odd sizes", "[kernels]") {
  check_both("- conv: {out: 72}\n- batch_norm\n- relu", "700x7x7");
  check_both("- conv: {out: 40, bias: true}\n- relu6", "20x31x23");
  check_both("- conv: {out: 48, stride: [2, 3]}\n- hard_swish", "540x9x7");
  check_both("- conv: {out: 320}\n- add: [[], [conv: {out: 320}, batch_norm: {}]]\n- relu",
             "320x5x3");
  const std::string yaml = spec_with("- conv: {out: 56, stride: 2}\n- sigmoid", "610x9x7");
  for (const int threads : {1, 2}) CHECK(check_options(yaml, threads, 3) > 0);
}

TEST_CASE("batches of images", "[kernels]") {
  const std::string yaml = spec_with(
      "- conv: {out: 32, kernel: 3, stride: 2}\n- batch_norm\n- relu\n- add: [[], [conv: {out: "
      "32}]]\n"
      "- concat: [[], [max_pool: {kernel: 3, stride: 1, pad: 1}]]\n- multiply: [[], "
      "[global_avg_pool: "
      "{}, sigmoid: {}]]\n- flatten\n- linear: {out: 12}",
      "16x9x7");
  for (const int threads : {1, 2}) CHECK(check_options(yaml, threads, 3) > 0);
}

TEST_CASE("kinds without a primitive run in plain loops", "[kernels]") {
  for (const std::string layers : {"- pad: {pad: 2, mode: reflect}", "- group_norm: {groups: 2}",
                                   "- adaptive_avg_pool: {size: [3, 2]}"}) {
    onednn::Setup p(network_json(spec_with(layers, "8x7x9"), 1), {{"threads", 1}, {"seed", 7}});
    const onednn::Tasks tasks(p);
    REQUIRE(tasks.options(0).size() == 1);
    onednn::MemoryPool pool;
    const onednn::Kernel kernel = tasks.options(0)[0].make(pool);
    CHECK(kernel.origin == plan::KernelOrigin::kPlainLoops);
    CHECK(kernel.implementation.starts_with("archcost:"));
  }
}

TEST_CASE("the library's names say which kernels are reference code", "[kernels]") {
  using archcost::onednn::origin_of;
  CHECK(onednn::origin_of("ref:any") == plan::KernelOrigin::kReference);
  CHECK(onednn::origin_of("gemm:ref") == plan::KernelOrigin::kReference);
  CHECK(onednn::origin_of("ref") == plan::KernelOrigin::kReference);
  CHECK(onednn::origin_of("brgconv:avx512_core") == plan::KernelOrigin::kLibrary);
  CHECK(onednn::origin_of("jit:uni") == plan::KernelOrigin::kLibrary);
  CHECK(onednn::origin_of("simple_nhwc:any") == plan::KernelOrigin::kLibrary);
}

TEST_CASE("networks of several outputs and inputs agree with the plain interpreter", "[kernels]") {
  const std::string yaml = R"(name: t
input: {channels: 16, height: 9, width: 7}
layers:
  - conv: {name: shared, out: 32, kernel: 3}
  - batch_norm: {name: first}
  - relu
  - conv: {name: second, out: 24}
  - input: {name: further, channels: 24, height: 9, width: 7}
  - add: {name: third, from: [second, further]}
  - conv: {name: fourth, from: relu, out: 24, weights_of: second}
outputs: [first, third, fourth]
)";
  CHECK(check_options(yaml, 1) > 0);
}
