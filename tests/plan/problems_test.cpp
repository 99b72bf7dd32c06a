// SPDX-License-Identifier: Apache-2.0
// Problems and options of kernels as texts and JSON, and the order in which engines run layers.
#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "plan/kernel_option.hpp"
#include "plan/run_order.hpp"
#include "plan/step_problem.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

plan::StepProblems step_problems_of(const graph::Network& network, int threads = 2) {
  return {network, plan::plan_execution(network), threads};
}

std::vector<std::string> kernel_texts_of(const std::string& layers,
                                         const std::string& input = "8x6x5", int batch = 1) {
  graph::Network network = network_of(spec_with(layers, input));
  network.batch = batch;
  const plan::StepProblems problems = step_problems_of(network);
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    CHECK(plan::to_text(problems.problem(i)) == problems.key(i));
    CHECK(plan::problem_from_text(problems.key(i)) == problems.problem(i));
    CHECK(problems.problem(i).threads == 2);
    keys.push_back(problems.key(i));
  }
  return keys;
}

std::string order_of_layers(const std::string& layers) {
  const graph::Network network = network_of(spec_with(layers, "8x6x5"));
  const plan::OrderedNetwork ordered = plan::in_run_order(network);
  std::string order;
  for (const graph::LayerId id : ordered.original) order += network.layers[id].name + " ";
  // The same layers, with the same inputs.
  REQUIRE(ordered.network.layers.size() == network.layers.size());
  const auto names = [](const graph::Network& of, const std::vector<graph::LayerId>& ids) {
    std::string text;
    for (const graph::LayerId id : ids)
      text += (id == graph::kNetworkInput ? "input" : of.layers[id].name) + " ";
    return text;
  };
  for (std::size_t i = 0; i < ordered.original.size(); ++i) {
    const graph::Layer &layer = ordered.network.layers[i],
                       &original = network.layers[ordered.original[i]];
    CHECK(layer.name == original.name);
    CHECK(layer.output == original.output);
    CHECK(names(ordered.network, layer.inputs) == names(network, original.inputs));
    REQUIRE(layer.weights_of.has_value() == original.weights_of.has_value());
    if (layer.weights_of) {
      CHECK(ordered.network.layers[*layer.weights_of].name ==
            network.layers[*original.weights_of].name);
    }
    for (const graph::LayerId input : layer.inputs) CHECK(input < static_cast<graph::LayerId>(i));
  }
  CHECK(names(ordered.network, ordered.network.outputs) == names(network, network.outputs));
  return order;
}

}  // namespace

TEST_CASE("the keys of a network's kernels", "[plan]") {
  using Keys = std::vector<std::string>;
  CHECK(kernel_texts_of("- conv: {out: 4, kernel: [3, 1], stride: [1, 2]}\n- batch_norm\n- relu") ==
        Keys{"conv 1x8x6x5 > 1x4x6x3 4 3 1 1 2 1 1 1 0 0 0 0 w2 w0 norm relu image f32 2T"});
  CHECK(kernel_texts_of("- conv: {out: 4, bias: true, pad: {top: 1, left: 2, bottom: 3, right: 4}}",
                        "8x6x5", 7) ==
        Keys{"conv 7x8x6x5 > 7x4x10x11 4 1 1 1 1 1 1 1 1 2 3 4 w0 w1 image f32 2T"});
  CHECK(kernel_texts_of("- softmax\n- max_pool: {kernel: 2}") ==
        Keys{"softmax 1x8x6x5 > 1x8x6x5 image f32 2T",
             "max_pool 1x8x6x5 > 1x8x3x2 2 2 2 2 1 1 0 0 0 0 w1 w0 f32 2T"});
  // Only what the main layer reads.
  CHECK(kernel_texts_of("- concat: {name: k, from: [input, input]}\n- conv: {name: c, out: 8}\n"
                        "- multiply: {from: [c, input]}\n- add: {from: [multiply, c]}\n- tanh") ==
        Keys{"concat 1x8x6x5 1x8x6x5 > 1x16x6x5 image f32 2T",
             "conv 1x16x6x5 > 1x8x6x5 8 1 1 1 1 1 1 1 0 0 0 0 w2 w0 f32 2T",
             "multiply 1x8x6x5 1x8x6x5 > 1x8x6x5 multiply+add+tanh f32 2T"});
}

TEST_CASE("what is added may be overwritten where nothing reads it later", "[plan]") {
  // Whether each step's sum is in place.
  const auto in_place = [](const std::string& layers) {
    const graph::Network network = network_of(spec_with(layers, "8x6x5"));
    const plan::StepProblems problems = step_problems_of(network);
    std::string text;
    for (std::size_t i = 0; i < problems.size(); ++i) {
      text += problems.problem(i).sum_in_place ? 'p' : problems.problem(i).adds() ? 'a' : '-';
      CHECK(contains(problems.key(i), " in place ") == problems.problem(i).sum_in_place);
    }
    return text;
  };
  const std::string two = "- conv: {name: a, out: 8}\n- conv: {name: b, out: 8, from: input}\n";
  CHECK(in_place(two + "- add: {from: [b, a]}") == "-p");
  CHECK(in_place(two + "- add: {from: [b, a], name: s}\n- concat: {from: [s, a]}") == "-a-");
  CHECK(in_place(two + "- add: {from: [b, a], name: s}\n- concat: {from: [s, s]}") == "-p-");
  CHECK(in_place("- conv: {name: a, out: 8}\n- add: {from: [a, input]}") == "a");
  // Read by the convolution itself.
  CHECK(in_place("- conv: {name: a, out: 8}\n- conv: {name: b, out: 8}\n- add: {from: [b, a]}") ==
        "-a");
  // Through a view.
  CHECK(in_place("- conv: {name: a, out: 8}\n- dropout: {name: d}\n"
                 "- conv: {name: b, out: 8, from: input}\n- add: {from: [b, d]}") == "-p");
  CHECK(in_place("- conv: {name: a, out: 8}\n- dropout: {name: d}\n"
                 "- conv: {name: b, out: 8, from: a}\n- add: {from: [b, d]}") == "-a");
  // The step itself reads it twice.
  CHECK(in_place("- conv: {name: a, out: 8}\n- relu: {name: r}\n"
                 "- multiply: {from: [r, input], name: m}\n- add: {from: [m, a]}") == "-a");
}

TEST_CASE("which step reads a value last, and in which layouts", "[plan]") {
  const graph::Network network = network_of(
      spec_with("- conv: {name: a, out: 8}\n- dropout: {name: d}\n- conv: {name: b, out: 8}\n"
                "- add: {name: s, from: [b, a]}\n- global_avg_pool: {name: g}\n"
                "- multiply: {name: m, from: [s, g]}\n- max_pool: {name: p, kernel: 2, from: s}\n"
                "- concat: {name: k, from: [m, input]}\n- global_avg_pool: {name: q, from: p}\n"
                "- global_avg_pool: {name: h, from: k}\n- concat: {from: [q, h]}",
                "8x6x5"));
  const plan::StepProblems problems = step_problems_of(network, 3);
  CHECK(problems.threads() == 3);
  CHECK(&problems.network() == &network);
  // Steps: a, b+s, g, m, p, k, q, h, concat.
  REQUIRE(problems.size() == 9);
  const auto id = [&](const std::string& name) {
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      if (network.layers[i].name == name) return static_cast<graph::LayerId>(i);
    }
    FAIL("no " + name);
    return graph::kNetworkInput;
  };
  CHECK(problems.last_reader(graph::kNetworkInput) == 5);
  const graph::Network two = network_of(spec_with("- conv: {out: 8}\n- softmax\n", "8x6x5"));
  CHECK(step_problems_of(two).last_reader(graph::kNetworkInput) == 0);
  CHECK(problems.last_reader(id("a")) == 1);
  CHECK(problems.last_reader(id("d")) == -1);  // its numbers are a's
  CHECK(problems.last_reader(id("b")) == -1);  // within a step
  CHECK(problems.last_reader(id("s")) == 4);
  CHECK(problems.last_reader(id("g")) == 3);
  CHECK(problems.last_reader(id("m")) == 5);
  CHECK(problems.last_reader(id("p")) == 6);
  CHECK(problems.last_reader(id("concat")) == 9);  // the output
  using plan::Layout;
  const plan::KernelOption option = {Layout::kPlain, Layout::kBlocked};
  CHECK(problems.layouts(0, option) == plan::StepLayouts{{Layout::kPlain}, Layout::kBlocked});
  // What is added has the output's layout.
  CHECK(problems.layouts(1, option) ==
        plan::StepLayouts{{Layout::kPlain, Layout::kBlocked}, Layout::kBlocked});
  // A single position has one layout only.
  CHECK(problems.layouts(2, option) == plan::StepLayouts{{Layout::kPlain}, Layout::kLast});
  CHECK(problems.layouts(3, option) ==
        plan::StepLayouts{{Layout::kPlain, Layout::kLast}, Layout::kBlocked});
  CHECK(problems.layouts(5, option) ==
        plan::StepLayouts{{Layout::kPlain, Layout::kPlain}, Layout::kBlocked});
  CHECK(problems.layouts(8, option) ==
        plan::StepLayouts{{Layout::kLast, Layout::kLast}, Layout::kLast});
  for (const auto& [shape, layout] :
       std::vector<std::pair<std::string, Layout>>{{"8x1x1", Layout::kLast},
                                                   {"8x2x1", Layout::kPlain},
                                                   {"8x1x2", Layout::kPlain},
                                                   {"1x1x1", Layout::kLast}})
    CHECK(plan::input_layout(network_of(spec_with("- relu", shape))) == layout);
  CHECK(plan::reorder_key({2, 3, 4, 5}, 6) == "reorder 2x3x4x5 6T");
  CHECK(plan::reorder_problem({2, 3, 4, 5}, 6).threads == 6);
}

TEST_CASE("a layer that states its costs can't be run", "[plan]") {
  const graph::Network network =
      network_of(spec_with("- custom: {name: odd, channels: 4, macs: 5}", "8x6x5"));
  CHECK_THROWS_WITH(step_problems_of(network),
                    "error: 'odd' can't be run or predicted: custom states what a layer costs, not "
                    "what it computes");
}

TEST_CASE("every part of a problem's text is read", "[plan]") {
  plan::KernelProblem problem;
  problem.kind = "conv";
  problem.inputs = {{1, 2, 3, 4}, {5, 6, 7, 8}};
  problem.output = {9, 10, 11, 12};
  problem.threads = 13;
  const std::string start = "conv 1x2x3x4 5x6x7x8 > 9x10x11x12";
  const auto check = [&](const std::string& rest) {
    INFO(rest);
    CHECK(plan::to_text(problem) == start + rest);
    CHECK(plan::problem_from_text(start + rest) == problem);
  };
  check(" f32 13T");
  problem.numbers = {14, -15, 0};
  check(" 14 -15 0 f32 13T");
  problem.words = {3, 0};
  check(" 14 -15 0 w3 w0 f32 13T");
  problem.folded_norm = true;
  check(" 14 -15 0 w3 w0 norm f32 13T");
  CHECK(!problem.adds());
  problem.pointwise = {"relu", "affine", "prelu", "multiply", "gate", "hard_swish"};
  check(" 14 -15 0 w3 w0 norm relu+affine+prelu+multiply+gate+hard_swish f32 13T");
  CHECK(!problem.adds());
  problem.pointwise = {"relu", "add"};
  CHECK(problem.adds());
  problem.sum_in_place = true;
  check(" 14 -15 0 w3 w0 norm relu+add in place f32 13T");
  problem.reads_image = true;
  check(" 14 -15 0 w3 w0 norm relu+add in place image f32 13T");
  problem.numbers = {};
  problem.words = {};
  problem.folded_norm = false;
  problem.pointwise = {"add"};
  check(" add in place image f32 13T");
  for (const std::string wrong :
       {"f32 13", "f32 xT", "f32 T", "f32 13TT", "f32 1 3T", "f32", "norm norm f32 13T", "13T",
        "f32 norm 13T", "relu+ f32 13T", "conv f32 13T", "relu add f32 13T", "in f32 13T",
        "place f32 13T", "wx f32 13T", "w f32 13T", "14x f32 13T", "1.5 f32 13T", "in place"})
    CHECK(!plan::problem_from_text(start + " " + wrong));
  for (const std::string wrong :
       {"conv > 1x2x3x4 f32 1T", "conv 1x2x3x4 f32 1T", "conv 1x2x3 > 1x2x3x4 f32 1T",
        "conv 1x2x3x4x5 > 1x2x3x4 f32 1T", "conv 1x2xx4 > 1x2x3x4 f32 1T", "conv 1T", "conv",
        " 1x2x3x4 > 1x2x3x4 f32 1T ", "reorder 1x2x3x4 > 1x2x3x4 1T", "reorder 1x2x3x4",
        "reorder 1x2x3x4 T"})
    CHECK(!plan::problem_from_text(wrong));
  const auto reorder = plan::problem_from_text("reorder 1x2x3x4 5T");
  REQUIRE(reorder);
  CHECK(*reorder == plan::reorder_problem({1, 2, 3, 4}, 5));
  CHECK(reorder->is_reorder());
  CHECK(!problem.is_reorder());
}

TEST_CASE("faults, origins and trials keep their names", "[plan]") {
  const auto fault_of = [](const std::string& text) {
    plan::Trial trial;
    trial.failure = "earlier";
    trial.set_fault(text);
    CHECK(trial.fault() == text);
    CHECK(trial.works() == text.empty());
    CHECK(trial.failure == (trial.result == plan::TrialResult::kFailed ? text : ""));
    return trial.result;
  };
  CHECK(fault_of("") == plan::TrialResult::kTimed);
  CHECK(fault_of("unimplemented") == plan::TrialResult::kUnimplemented);
  CHECK(fault_of("reference kernel, not needed") == plan::TrialResult::kNotNeeded);
  CHECK(fault_of("SIGFPE") == plan::TrialResult::kFailed);
  for (const auto& [origin, name] : std::vector<std::pair<plan::KernelOrigin, std::string>>{
           {plan::KernelOrigin::kLibrary, "library"},
           {plan::KernelOrigin::kReference, "reference"},
           {plan::KernelOrigin::kPlainLoops, "plain loops"}}) {
    CHECK(plan::name_of(origin) == name);
    CHECK(plan::origin_from_name(name) == origin);
  }
  CHECK(plan::origin_from_name("strange") == plan::KernelOrigin::kLibrary);
  const plan::KernelOption second{plan::Layout::kPlain, plan::Layout::kBlocked,
                                  plan::Method::kPrimitive, 1};
  plan::Trial works{0.25, "brg", plan::KernelOrigin::kReference}, fails;
  fails.set_fault("out of memory");
  const plan::KernelChoices choices = {{"p", {{{}, works}, {second, fails}}}, {"q", {{{}, fails}}}};
  const nlohmann::json json = plan::to_json(choices);
  CHECK(json.dump() ==
        R"([{"fault":"out of memory","implementation":"","option":"nchw>nChwc second",)"
        R"("origin":"library","problem":"p","seconds":0.0},)"
        R"({"fault":"","implementation":"brg","option":"nhwc>nhwc","origin":"reference",)"
        R"("problem":"p","seconds":0.25},)"
        R"({"fault":"out of memory","implementation":"","option":"nhwc>nhwc","origin":"library",)"
        R"("problem":"q","seconds":0.0}])");
  const plan::KernelChoices again = plan::choices_from_json(json);
  CHECK(plan::to_json(again) == json);
  CHECK(again.at("p").at({}).works());
  CHECK(again.at("p").at(second).failure == "out of memory");
  // An option of a later version is left out; a trial without an origin is the library's.
  nlohmann::json later = nlohmann::json::array({json[0], json[1]});
  later[0]["option"] = "nhwc>nhwc tenth";
  later[1].erase("origin");
  const plan::KernelChoices known = plan::choices_from_json(later);
  CHECK(known.size() == 1);
  REQUIRE(known.at("p").size() == 1);
  CHECK(known.at("p").at({}).origin == plan::KernelOrigin::kLibrary);
  CHECK_THROWS_AS(plan::choices_from_json(nlohmann::json::array({{{"option", "nhwc>nhwc"}}})),
                  nlohmann::json::exception);
}

TEST_CASE("the memory of a tensor in each layout", "[plan]") {
  const graph::Dims dims{2, 20, 3, 5};
  const auto view_of = [&](plan::Layout layout) {
    const plan::View view(dims, layout, 16);
    return fmt::format("{} {} {} {}: {}", view.batch, view.outer, view.positions, view.inner,
                       view.bytes());
  };
  CHECK(view_of(plan::Layout::kPlain) == "2 20 15 1: 2400");
  CHECK(view_of(plan::Layout::kLast) == "2 1 15 20: 2400");
  CHECK(view_of(plan::Layout::kBlocked) == "2 2 15 16: 3840");
}

TEST_CASE("the last input of a layer is computed first", "[plan]") {
  CHECK(order_of_layers("- relu: {name: a}\n- relu: {name: b}") == "a b ");
  CHECK(
      order_of_layers("- relu: {name: a}\n- tanh: {name: b, from: input}\n"
                      "- sigmoid: {name: c, from: input}\n- concat: {name: k, from: [a, b, c]}") ==
      "c b a k ");
  // What several read is computed for the first that needs it.
  CHECK(order_of_layers("- conv: {name: s, out: 8}\n- conv: {name: a, out: 8}\n"
                        "- conv: {name: b, out: 8, from: s, weights_of: a}\n"
                        "- tanh: {name: t, from: a}\n- add: {name: k, from: [t, b, s]}\n"
                        "- relu: {name: r}") == "s b a t k r ");
  CHECK(order_of_layers("- relu: {name: a}\n- tanh: {name: b}\n"
                        "- add: {name: c, from: [a, b]}\n- add: {name: d, from: [c, a]}") ==
        "a b c d ");
  CHECK(order_of_layers("- relu: {name: a}\n- tanh: {name: b}\n- add: {from: [a, b], name: c}") ==
        "a b c ");
}

TEST_CASE("what no output needs is run too, behind everything else", "[plan]") {
  graph::Network network =
      network_of(spec_with("- relu: {name: a}\n- tanh: {name: b}\n- sigmoid: {name: c, from: a}\n"
                           "- concat: {name: k, from: [b, c]}",
                           "8x6x5"));
  const auto order_with = [&](const std::vector<graph::LayerId>& outputs) {
    network.outputs = outputs;
    const plan::OrderedNetwork ordered = plan::in_run_order(network);
    std::string order;
    for (const graph::LayerId id : ordered.original) order += network.layers[id].name;
    order += ":";
    for (const graph::LayerId id : ordered.network.outputs)
      order += id == graph::kNetworkInput ? "i" : ordered.network.layers[id].name;
    return order;
  };
  CHECK(order_with({3}) == "acbk:k");
  CHECK(order_with({1}) == "abck:b");
  CHECK(order_with({2, 1}) == "acbk:cb");
  CHECK(order_with({graph::kNetworkInput, 2}) == "acbk:ic");
  CHECK(order_with({graph::kNetworkInput}) == "abck:i");
  network.layers.pop_back();
  CHECK(order_with({2}) == "acb:c");
  network.layers[2].inputs = {graph::kNetworkInput};
  network.layers[1].inputs = {graph::kNetworkInput};
  CHECK(order_with({2}) == "cab:c");
  CHECK(order_with({}) == "abc:");
}
