// SPDX-License-Identifier: Apache-2.0
// What figures of whole networks say of kernels that an engine was never seen to run.
#include "latency/engine_model.hpp"

#include <fmt/core.h>

#include <array>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::string depthwise(int channels) {
  return fmt::format(
      "conv 1x{0}x8x8 > 1x{0}x8x8 {0} 3 3 1 1 1 1 {0} 0 0 0 0 w2 w0 norm relu f32 1T", channels);
}

/// A convolution as a problem: a square kernel, "same" padding, stride 1.
struct SquareConvolution {
  int in = 16, out = 16, height = 8, width = 4, kernel = 1, groups = 1;
  std::string more = {};  // what is fused, or " image"

  std::string text() const {
    return fmt::format("conv 1x{0}x{2}x{3} > 1x{1}x{2}x{3} {1} {4} {4} 1 1 1 1 {5} w2 w0{6} f32 1T",
                       in, out, height, width, kernel, groups, more);
  }
  plan::KernelProblem problem() const { return plan::problem_from_text(text()).value(); }
  /// What an estimate is in proportion to: multiply-adds, and 4 for each number read or written.
  double work() const {
    const double weights = 1.0 * in / groups * out * kernel * kernel;
    return weights * height * width + 4 * (weights + (in + out) * height * width);
  }
};

/// An option that differs from others by its number.
plan::KernelOption numbered_option(int number) {
  return {plan::Layout::kLast, plan::Layout::kLast, plan::Method::kPrimitive, number};
}

latency::EngineModel::Known seen_kernel(const SquareConvolution& convolution, int option) {
  return {convolution.text(), numbered_option(option), 1e-3};
}

/// The numbers of the likely options.
std::vector<int> likely_numbers(const std::vector<latency::EngineModel::Known>& figures,
                                const SquareConvolution& wanted,
                                const std::vector<std::string>& without = {}) {
  std::vector<int> numbers;
  for (const plan::KernelOption& option :
       latency::EngineModel(figures).likely_options(wanted.problem(), without))
    numbers.push_back(option.alternative);
  return numbers;
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

TEST_CASE("each side of a kernel has full blocks where its layout is blocked", "[latency]") {
  using plan::Layout;
  struct Row {
    SquareConvolution known, wanted;
    Layout in, out;
    SquareConvolution known_as, wanted_as;  // as they are computed
  };
  const SquareConvolution a{20, 40}, b{33, 15, 7, 3};
  // Of groups that are no channels nothing is filled up.
  const SquareConvolution grouped_a{20, 40, 8, 4, 3, 4}, grouped_b{36, 12, 5, 6, 3, 2};
  for (const Row& row : {
           Row{a, b, Layout::kPlain, Layout::kLast, a, b},
           Row{a, b, Layout::kBlocked, Layout::kLast, {32, 40}, {48, 15, 7, 3}},
           Row{a, b, Layout::kPlain, Layout::kBlocked, {20, 48}, {33, 16, 7, 3}},
           Row{a, b, Layout::kBlocked, Layout::kBlocked, {32, 48}, {48, 16, 7, 3}},
           Row{{16, 32}, {1, 17}, Layout::kBlocked, Layout::kBlocked, {16, 32}, {16, 32}},
           Row{grouped_a, grouped_b, Layout::kBlocked, Layout::kBlocked, grouped_a, grouped_b},
           Row{{20, 20, 8, 4, 3, 20},
               {2, 2, 5, 6, 3, 2},
               Layout::kBlocked,
               Layout::kBlocked,
               {32, 32, 8, 4, 3, 32},
               {16, 16, 5, 6, 3, 16}},
       }) {
    INFO(row.known.text() << " to " << row.wanted.text());
    const plan::KernelOption option = {row.in, row.out};
    const latency::EngineModel model({{row.known.text(), option, 3e-3}});
    CHECK(model.estimate(row.wanted.problem(), option, {}).value() ==
          Approx(3e-3 * row.wanted_as.work() / row.known_as.work()).epsilon(1e-6));
  }
}

TEST_CASE("every input of a kernel is computed in full blocks", "[latency]") {
  const plan::KernelOption blocked = {plan::Layout::kBlocked, plan::Layout::kBlocked};
  const auto sum = [](int channels) {
    return fmt::format("concat 1x{0}x2x3 1x5x2x3 > 1x{1}x2x3 f32 1T", channels, channels + 5);
  };
  const latency::EngineModel model({{sum(16), blocked, 2e-3}});
  // 16 + 16 + 32 channels, and 32 + 16 + 32.
  CHECK(model.estimate(*plan::problem_from_text(sum(27)), blocked, {}).value() ==
        Approx(2e-3 * (32 + 16 + 32) / (16 + 16 + 32)));
}

TEST_CASE("kernels that can't be used for an estimate", "[latency]") {
  const plan::KernelOption option = numbered_option(0);
  const SquareConvolution wanted{32, 32};
  const std::vector<latency::EngineModel::Known> figures = {
      {"no problem", option, 1},
      {SquareConvolution{}.text(), option, 0},
      {SquareConvolution{8}.text(), option, -1},
      {SquareConvolution{48, 8}.text(), numbered_option(1), 1}};
  CHECK_FALSE(latency::EngineModel(figures).estimate(wanted.problem(), option, {}));
  CHECK(latency::EngineModel(figures).estimate(wanted.problem(), numbered_option(1), {}));
  const latency::EngineModel model({seen_kernel({16, 24}, 0), seen_kernel({40, 8}, 0)});
  const auto from = [&](const SquareConvolution& one) {
    return Approx(1e-3 * wanted.work() / one.work()).epsilon(1e-6);
  };
  const std::vector<std::string> first = {SquareConvolution{16, 24}.text()},
                                 second = {SquareConvolution{40, 8}.text()};
  CHECK(model.estimate(wanted.problem(), option, first).value() == from({40, 8}));
  CHECK(model.estimate(wanted.problem(), option, second).value() == from({16, 24}));
  CHECK_FALSE(latency::EngineModel().estimate(wanted.problem(), option, {}));
}

TEST_CASE("an engine fuses what a kernel of the same class was seen to fuse", "[latency]") {
  const graph::Network network =
      network_of(spec_with("- conv: {out: 12}\n- conv: {out: 12, groups: in}\n"
                           "- conv: {out: 12, groups: 2}\n- softmax\n",
                           "8x5x7"));
  const std::vector<std::string> operations = {"relu", "add", "sigmoid"};
  struct Row {
    std::string figure;
    // Of a dense, a depthwise, a grouped convolution and of a softmax, each with a batch norm in
    // its weights, "relu", "add", "relu+add", "add+relu": which are fused.
    std::array<std::string, 4> fused;
  };
  const std::string none = "-----";
  const SquareConvolution dense{8, 12}, depthwise{12, 12, 8, 4, 3, 12}, grouped{12, 12, 8, 4, 3, 4};
  const auto with = [](SquareConvolution convolution, const char* more) {
    convolution.more = more;
    return convolution.text();
  };
  for (const Row& row : {
           Row{with(dense, ""), {none, none, none, none}},
           Row{with(dense, " norm"), {"n----", none, none, none}},
           Row{with(dense, " relu"), {"-r---", none, none, none}},
           Row{with(dense, " norm add+relu"), {"n-a-x", none, none, none}},
           Row{with(dense, " relu+add"), {"-r-y-", none, none, none}},
           Row{with(depthwise, " norm relu"), {none, "nr---", none, none}},
           Row{with(grouped, " norm add"), {none, none, "n-a--", none}},
           // A single channel is no depthwise convolution.
           Row{with({1, 1}, " relu"), {"-r---", none, none, none}},
           Row{"softmax 1x12x5x7 > 1x12x5x7 relu+add f32 1T", {none, none, none, "-r-y-"}},
           Row{"reorder 1x12x5x7 1T", {none, none, none, none}},
       }) {
    INFO(row.figure);
    const latency::EngineModel model({{row.figure, numbered_option(0), 1e-3}});
    for (graph::LayerId main = 0; main < 4; ++main) {
      plan::Step step;
      step.main = main;
      step.inputs = network.layers[main].inputs;
      const plan::PointwiseOp relu{plan::PointwiseOp::kActivation, 0},
          add{plan::PointwiseOp::kAdd, 0};
      std::string fused;
      for (const auto& [letter, pointwise] :
           std::vector<std::pair<char, std::vector<plan::PointwiseOp>>>{
               {'n', {}}, {'r', {relu}}, {'a', {add}}, {'y', {relu, add}}, {'x', {add, relu}}}) {
        step.pointwise = pointwise;
        fused += model.fuses(network, step) ? letter : '-';
      }
      CHECK(fused == row.fused[main]);
    }
  }
}

TEST_CASE("the changes of layout that were seen", "[latency]") {
  CHECK(latency::EngineModel().reorders().empty());
  const latency::EngineModel model({{"reorder 1x12x5x7 1T", numbered_option(2), 0},
                                    {"reorder 1x8x5x7 1T", numbered_option(1), 1},
                                    {"reorder 1x9x5x7 1T", numbered_option(2), 1},
                                    seen_kernel({}, 3)});
  CHECK(model.reorders() == std::set<plan::KernelOption>{numbered_option(1), numbered_option(2)});
}

TEST_CASE("the likely options are those of the six nearest kernels", "[latency]") {
  const SquareConvolution wanted{1024, 1024};
  std::vector<latency::EngineModel::Known> figures;
  // The first two are the furthest.
  const std::vector<int> outs = {16, 64, 8192, 256, 4096, 512, 1280, 768};
  for (std::size_t k = 0; k < outs.size(); ++k)
    figures.push_back(seen_kernel({1024, outs[k]}, static_cast<int>(k)));
  CHECK(likely_numbers(figures, wanted) == std::vector<int>{2, 3, 4, 5, 6, 7});
  // Each side counts, as do the positions.
  CHECK(likely_numbers({seen_kernel({32, 1024}, 1), seen_kernel({1024, 32}, 2),
                        seen_kernel({1024, 1024, 1, 1}, 3), seen_kernel({1280, 1280}, 4),
                        seen_kernel({768, 1024}, 5), seen_kernel({1024, 768}, 6),
                        seen_kernel({1024, 1024, 16, 4}, 7), seen_kernel({1024, 2048}, 8),
                        seen_kernel({2048, 1024}, 9)},
                       wanted) == std::vector<int>{4, 5, 6, 7, 8, 9});
  // A kernel with several options has them all; each is given once.
  CHECK(
      likely_numbers({seen_kernel({64, 80}, 2), seen_kernel({64, 80}, 1), seen_kernel({64, 48}, 2)},
                     wanted) == std::vector<int>{1, 2});
  CHECK(
      likely_numbers({seen_kernel({64, 80}, 2), seen_kernel({64, 80}, 1), seen_kernel({64, 48}, 3)},
                     wanted, {SquareConvolution{64, 80}.text()}) == std::vector<int>{3});
  // The wanted one itself counts unless it is left out.
  CHECK(likely_numbers({seen_kernel(wanted, 2)}, wanted) == std::vector<int>{2});
  CHECK(likely_numbers({seen_kernel(wanted, 2)}, wanted, {wanted.text()}).empty());
  CHECK(likely_numbers({}, wanted).empty());
}

TEST_CASE("equally near kernels come by their texts, then by their options", "[latency]") {
  const SquareConvolution wanted{64, 64};
  std::vector<latency::EngineModel::Known> figures = {seen_kernel({64, 128}, 9),
                                                      seen_kernel({64, 128}, 8)};
  for (const int number : {7, 3, 6, 5, 4}) figures.push_back(seen_kernel({128, 64}, number));
  // As far: "conv 1x128" is before "conv 1x64".
  CHECK(likely_numbers(figures, wanted) == std::vector<int>{3, 4, 5, 6, 7, 8});
}

TEST_CASE("likely options are of kernels of one group and alignment, else of similar ones",
          "[latency]") {
  // Each row: a figure that is used before all those of later rows.
  struct Row {
    SquareConvolution wanted;
    std::vector<SquareConvolution> figures;
  };
  for (const Row& row : {
           // 3x3 with full blocks; 1x1 with full blocks; 3x3, and 1x1 that fill none.
           Row{{64, 64, 8, 4, 3}, {{256, 1024, 8, 4, 3}, {80, 64}, {60, 70, 8, 4, 3}, {64, 65}}},
           // Either side alone is full.
           Row{{64, 65, 8, 4, 3}, {{16, 999, 8, 4, 3}, {16, 9}, {64, 64, 8, 4, 3}, {64, 64}}},
           Row{{65, 64, 8, 4, 3}, {{9, 1024, 8, 4, 3}, {9, 16}, {64, 64, 8, 4, 3}, {64, 64}}},
           Row{{65, 65, 8, 4, 3}, {{9, 999, 8, 4, 3}, {9, 17}, {65, 64, 8, 4, 3}, {64, 64}}},
           // The network's input is of a group of its own.
           Row{{16, 64, 8, 4, 3, 1, " image"},
               {{256, 1024, 9, 9, 3, 1, " image"},
                {32, 16, 8, 4, 1, 1, " image"},
                {17, 64, 8, 4, 3, 1, " image"},
                {16, 64, 8, 4, 3}}},
           // Channels of a group.
           Row{{64, 128, 8, 4, 3, 4},
               {{512, 256, 8, 4, 3, 2}, {64, 128}, {64, 64, 8, 4, 3, 8}, {64, 65}}},
           Row{{64, 128, 8, 4, 3, 8},
               {{120, 80, 8, 4, 3, 5}, {65, 64}, {64, 128, 8, 4, 3, 4}, {64, 128}}},
           // Of a depthwise convolution the channels themselves.
           Row{{64, 64, 8, 4, 3, 64},
               {{512, 512, 8, 4, 3, 512}, {64, 64, 8, 4, 5, 64}, {65, 65, 8, 4, 3, 65}, {64, 64}}},
           Row{{65, 65, 8, 4, 3, 65},
               {{7, 7, 8, 4, 3, 7}, {33, 33, 8, 4, 5, 33}, {64, 64, 8, 4, 3, 64}, {65, 65}}},
           Row{{2, 2, 8, 4, 3, 2},
               {{7, 7, 8, 4, 3, 7}, {33, 33, 8, 4, 5, 33}, {64, 64, 8, 4, 3, 64}, {65, 65}}},
           // One channel is not depthwise: its other side counts.
           Row{{1, 16, 8, 4, 3}, {{3, 512, 8, 4, 3}, {1, 64}, {1, 1, 8, 4, 3}, {1, 1}}},
       }) {
    INFO(row.wanted.text());
    for (std::size_t from = 0; from < row.figures.size(); ++from) {
      std::vector<latency::EngineModel::Known> figures;
      for (std::size_t k = from; k < row.figures.size(); ++k)
        figures.push_back(seen_kernel(row.figures[k], static_cast<int>(k)));
      CHECK(likely_numbers(figures, row.wanted) == std::vector{static_cast<int>(from)});
    }
    CHECK(likely_numbers({{"softmax 1x64x8x4 > 1x64x8x4 f32 1T", numbered_option(0), 1e-3}},
                         row.wanted)
              .empty());
  }
}

TEST_CASE("channels with as many factors of two are more similar than channels of about the number",
          "[latency]") {
  std::vector<latency::EngineModel::Known> figures;
  for (int k = 0; k < 6; ++k) {
    figures.push_back(seen_kernel({365 + 2 * k, 364}, 1));
    figures.push_back(seen_kernel({364, 365 + 2 * k}, 2));
    figures.push_back(seen_kernel({804 + 8 * k, 812}, 3));
    figures.push_back(seen_kernel({808 + 16 * k, 824}, 4));
  }
  CHECK(likely_numbers(figures, {364, 364}) == std::vector<int>{3});
  CHECK(likely_numbers(figures, {360, 360}) == std::vector<int>{4});
  CHECK(likely_numbers(figures, {367, 364}) == std::vector<int>{1});
  CHECK(likely_numbers(figures, {364, 367}) == std::vector<int>{2});
}

TEST_CASE("of kernels without groups both sides are aligned or not", "[latency]") {
  const auto pool = [](int in, int height) {
    return fmt::format("max_pool 1x{0}x{1}x9 > 1x{0}x{1}x9 3 3 1 1 1 1 1 1 f32 1T", in, height);
  };
  const latency::EngineModel model(
      {{pool(64, 9), numbered_option(1), 1e-3}, {pool(33, 9), numbered_option(2), 1e-3}});
  const auto options = [&](int in) {
    return model.likely_options(*plan::problem_from_text(pool(in, 7)), {});
  };
  CHECK(options(32) == std::vector{numbered_option(1)});
  CHECK(options(65) == std::vector{numbered_option(2)});
}

TEST_CASE("the groups of a channel shuffle count as those of convolutions", "[latency]") {
  const auto shuffle = [](int channels, int groups) {
    return fmt::format("channel_shuffle 1x{0}x7x5 > 1x{0}x7x5 {1} f32 1T", channels, groups);
  };
  const latency::EngineModel model(
      {{shuffle(96, 3), numbered_option(1), 1e-3}, {shuffle(96, 2), numbered_option(2), 1e-3}});
  const auto options = [&](int channels, int groups) {
    return model.likely_options(*plan::problem_from_text(shuffle(channels, groups)), {});
  };
  // 32 and 48 channels of a group fill blocks, 24 don't.
  CHECK(options(96, 4) == std::vector{numbered_option(1), numbered_option(2)});
  const latency::EngineModel odd(
      {{shuffle(96, 4), numbered_option(1), 1e-3}, {shuffle(96, 2), numbered_option(2), 1e-3}});
  CHECK(odd.likely_options(*plan::problem_from_text(shuffle(72, 3)), {}) ==
        std::vector{numbered_option(1)});
  // Nothing of it is computed in full blocks.
  const plan::KernelOption blocked = {plan::Layout::kBlocked, plan::Layout::kBlocked};
  const latency::EngineModel one({{shuffle(20, 4), blocked, 1e-3}});
  CHECK(one.estimate(*plan::problem_from_text(shuffle(24, 3)), blocked, {}).value() ==
        Approx(1.2e-3).epsilon(1e-6));
  const graph::Network network =
      network_of(spec_with("- channel_shuffle: {groups: 4}\n- channel_shuffle: {groups: 1}\n"));
  for (graph::LayerId main = 0; main < 2; ++main) {
    plan::Step step;
    step.main = main;
    step.inputs = network.layers[main].inputs;
    step.pointwise = {{plan::PointwiseOp::kActivation, 0}};
    const auto fuses = [&](int groups) {
      std::string text = shuffle(96, groups);
      text.insert(text.find(" f32"), " relu");
      return latency::EngineModel({{text, numbered_option(0), 1e-3}}).fuses(network, step);
    };
    CHECK(fuses(3) == (main == 0));
    CHECK(fuses(1) == (main == 1));
  }
}

TEST_CASE("a problem whose numbers are cut off has no groups", "[latency]") {
  const std::string text = "conv 1x16x8x4 > 1x32x8x4 32 3 3 1 1 1 1 f32 1T";
  const latency::EngineModel model({{text, numbered_option(5), 1e-3}});
  const auto options = model.likely_options(SquareConvolution{16, 16, 8, 4, 3}.problem(), {});
  CHECK(options == std::vector{numbered_option(5)});
  CHECK(model
            .estimate(*plan::problem_from_text(SquareConvolution{16, 32, 8, 4, 3}.text()),
                      numbered_option(5), {})
            .value() == Approx(1e-3));
}
