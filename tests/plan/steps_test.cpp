// SPDX-License-Identifier: Apache-2.0
// The steps of a plan with all that they compute, read and give.
#include <fmt/core.h>

#include "plan/execution_plan.hpp"
#include "plan/step_problem.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::string name_in(const graph::Network& network, graph::LayerId id) {
  return id == graph::kNetworkInput ? "input" : network.layers[id].name;
}

std::string names_in(const graph::Network& network, const std::vector<graph::LayerId>& ids) {
  std::string text;
  for (const graph::LayerId id : ids) text += (text.empty() ? "" : " ") + name_in(network, id);
  return text;
}

/// "c n r (input; x) {n} relu(r) add(s:1) > r": layers, the main layer's inputs and the others,
/// folded layers, operations with their layer and operand, and the value; the main layer first.
std::string step_text(const graph::Network& network, const plan::Step& step) {
  REQUIRE(!step.layers.empty());
  CHECK(step.main == step.layers.front());
  const auto main_inputs = step.inputs.begin() + step.main_inputs;
  std::string text =
      names_in(network, step.layers) + " (" + names_in(network, {step.inputs.begin(), main_inputs});
  if (main_inputs != step.inputs.end())
    text += "; " + names_in(network, {main_inputs, step.inputs.end()});
  text += ")";
  if (!step.folded.empty()) text += " {" + names_in(network, step.folded) + "}";
  for (const plan::PointwiseOp& op : step.pointwise) {
    text += fmt::format(" {}({}", plan::name_of(op), name_in(network, op.layer));
    if (op.operand >= 0) text += fmt::format(":{}", op.operand);
    if (op.slope != 0) text += fmt::format(" {}", op.slope);
    text += ")";
  }
  return text + " > " + name_in(network, step.output);
}

/// The steps, then what stands where: "view=value" for values that are another one's.
std::vector<std::string> plan_texts(const graph::Network& network,
                                    const plan::ExecutionPlan& plan) {
  std::vector<std::string> texts;
  for (const plan::Step& step : plan.steps) texts.push_back(step_text(network, step));
  for (graph::LayerId id = 0; id < static_cast<graph::LayerId>(network.layers.size()); ++id) {
    if (plan.storage[id] != id)
      texts.push_back(name_in(network, id) + "=" + name_in(network, plan.value_of(id)));
  }
  CHECK(plan.value_of(graph::kNetworkInput) == graph::kNetworkInput);
  return texts;
}

struct PlanRow {
  std::string layers;
  std::vector<std::string> expected;
};

void check_plans(const std::vector<PlanRow>& rows) {
  for (const PlanRow& row : rows) {
    INFO(row.layers);
    const graph::Network network = network_of(spec_with(row.layers, "8x6x5"));
    CHECK(plan_texts(network, plan::plan_execution(network)) == row.expected);
  }
}

}  // namespace

TEST_CASE("what a convolution fuses, and where its step ends", "[plan]") {
  check_plans({
      {"- conv: {name: c, out: 4}\n- batch_norm: {name: n}\n- scale: {name: s}\n- relu: {name: r}",
       {"c n s r (input) {n s} relu(r) > r"}},
      // Two activations, before and after one sum.
      {"- conv: {name: c, out: 8}\n- relu: {name: r1}\n- sigmoid: {name: r2}\n- tanh: {name: r3}",
       {"c r1 r2 (input) relu(r1) sigmoid(r2) > r2", "r3 (r2) tanh(r3) > r3"}},
      {"- conv: {name: c, out: 8}\n- relu: {name: r}\n- add: {name: a, from: [r, input]}\n"
       "- swish: {name: s}\n- gelu: {name: g}",
       {"c r a s (input; input) relu(r) add(a:1) swish(s) > s", "g (s) gelu(g) > g"}},
      {"- conv: {name: c, out: 8}\n- add: {name: a, from: [input, c]}\n"
       "- add: {name: b, from: [a, input]}\n- relu: {name: r}",
       {"c a (input; input) add(a:1) > a", "b r (a input) add(b:1) relu(r) > r"}},
      {"- conv: {name: c, out: 8}\n- relu: {name: r}\n- tanh: {name: t}\n"
       "- add: {name: a, from: [t, input]}\n- relu: {name: s}",
       {"c r t a (input; input) relu(r) tanh(t) add(a:1) > a", "s (a) relu(s) > s"}},
      // Neither slopes by channel nor products, and no batch norm behind an activation.
      {"- conv: {name: c, out: 8}\n- prelu: {name: p}", {"c (input) > c", "p (c) prelu(p) > p"}},
      {"- conv: {name: c, out: 8}\n- multiply: {name: m, from: [c, input]}",
       {"c (input) > c", "m (c input) multiply(m:1) > m"}},
      {"- conv: {name: c, out: 8}\n- relu: {name: r}\n- batch_norm: {name: n}",
       {"c r (input) relu(r) > r", "n (r) affine(n) > n"}},
      {"- conv: {name: c, out: 8}\n- max_pool: {name: p, kernel: 2}\n- relu: {name: r}",
       {"c (input) > c", "p (c) > p", "r (p) relu(r) > r"}},
      // A transposed convolution and a linear layer are as a convolution.
      {"- conv_transpose: {name: c, out: 4, kernel: 2}\n- batch_norm: {name: n}\n- elu: {name: e}",
       {"c n e (input) {n} elu(e 1) > e"}},
      {"- global_avg_pool: {name: p}\n- linear: {name: l, out: 3}\n- relu6: {name: r}",
       {"p (input) > p", "l r (p) relu6(r) > r"}},
      // Slopes of activations.
      {"- conv: {name: c, out: 8}\n- leaky_relu: {name: l, slope: 0.25}\n"
       "- elu: {name: e, alpha: 0.5}",
       {"c l e (input) leaky_relu(l 0.25) elu(e 0.5) > e"}},
      // A value that is read twice, or that is an output, ends the step.
      {"- conv: {name: c, out: 8}\n- relu: {name: r}\n- concat: {name: k, from: [c, r]}",
       {"c (input) > c", "r (c) relu(r) > r", "k (c r) > k"}},
  });
  graph::Network network =
      network_of(spec_with("- conv: {name: c, out: 8}\n- relu: {name: r}", "8x6x5"));
  network.outputs = {0, 1};
  CHECK(plan_texts(network, plan::plan_execution(network)) ==
        std::vector<std::string>{"c (input) > c", "r (c) relu(r) > r"});
}

TEST_CASE("sums of values that are no operands of a kernel", "[plan]") {
  check_plans({
      // Of itself.
      {"- conv: {name: c, out: 8}\n- add: {name: a, from: [c, c]}",
       {"c (input) > c", "a (c c) add(a:1) > a"}},
      // The other one is computed later: it fuses the sum.
      {"- conv: {name: c, out: 8}\n- conv: {name: d, out: 8, from: input}\n"
       "- add: {name: a, from: [c, d]}",
       {"c (input) > c", "d a (input; c) add(a:1) > a"}},
      // The convolution's value is spread over the other one, or the other way round.
      {"- global_avg_pool: {name: p}\n- conv: {name: c, out: 8}\n- add: {name: a, from: [c, "
       "input]}",
       {"p (input) > p", "c (p) > c", "a (c input) > a"}},
      {"- global_avg_pool: {name: p}\n- conv: {name: c, out: 8, from: input}\n"
       "- add: {name: a, from: [c, p]}",
       {"p (input) > p", "c (input) > c", "a (c p) > a"}},
      // Three operands are no operation of a kernel, but a step.
      {"- conv: {name: c, out: 8}\n- conv: {name: d, out: 8}\n"
       "- add: {name: a, from: [input, c, d]}\n- relu: {name: r}",
       {"c (input) > c", "d (c) > d", "a r (input c d) add(a:1) add(a:2) relu(r) > r"}},
      // Products of matrices and layers of unknown functions have two inputs too.
      {"- conv: {name: c, out: 8}\n- pad: {name: q, pad: {top: 0, left: 0, bottom: 0, right: 1}}\n"
       "- conv: {name: d, out: 8}\n- matmul: {name: m, from: [d, q]}\n- relu: {name: r}",
       {"c (input) > c", "q (c) > q", "d (q) > d", "m (d q) > m", "r (m) relu(r) > r"}},
  });
}

TEST_CASE("element-wise layers that follow each other are one step", "[plan]") {
  check_plans({
      {"- batch_norm: {name: n}\n- prelu: {name: p}\n- add: {name: a, from: [p, input]}\n"
       "- multiply: {name: m, from: [input, a]}\n- scale: {name: s}\n- relu: {name: r}",
       {"n p a m s r (input; input input) affine(n) prelu(p) add(a:1) multiply(m:2) affine(s) "
        "relu(r) > r"}},
      {"- concat: {name: k, from: [input, input]}\n- batch_norm: {name: n}\n- relu: {name: r}",
       {"k n r (input input) affine(n) relu(r) > r"}},
      // A number for each channel is a gate: of a product, not of a sum; the first input that is
      // as large as the result comes first.
      {"- global_avg_pool: {name: g}\n- multiply: {name: m, from: [g, input]}\n- relu: {name: r}",
       {"g (input) > g", "m r (input g) gate(m:1) relu(r) > r"}},
      {"- global_avg_pool: {name: g}\n- relu: {name: r, from: input}\n"
       "- multiply: {name: m, from: [r, g]}",
       {"g (input) > g", "r m (input; g) relu(r) gate(m:1) > m"}},
      {"- global_avg_pool: {name: g}\n- multiply: {name: m, from: [g, input, g, input]}",
       {"g (input) > g", "m (input g g input) gate(m:1) gate(m:2) multiply(m:3) > m"}},
      {"- global_avg_pool: {name: g}\n- add: {name: a, from: [input, g]}\n- relu: {name: r}",
       {"g (input) > g", "a (input g) > a", "r (a) relu(r) > r"}},
      // One channel is spread over all: no gate.
      {"- reduce: {name: d, channels: true}\n- multiply: {name: m, from: [input, d]}",
       {"d (input) > d", "m (input d) > m"}},
      {"- reduce: {name: d, channels: true, height: true, width: true}\n"
       "- multiply: {name: m, from: [input, d]}",
       {"d (input) > d", "m (input d) > m"}},
      {"- softmax: {name: s}\n- relu: {name: r}", {"s (input) > s", "r (s) relu(r) > r"}},
  });
}

TEST_CASE("views have the numbers of another value", "[plan]") {
  check_plans({
      {"- dropout: {name: d}\n- conv: {name: c, out: 8}", {"c (d) > c", "d=input"}},
      // Between fused layers: what the step computes.
      {"- conv: {name: c, out: 8}\n- dropout: {name: d}\n- relu: {name: r}\n- dropout: {name: e}\n"
       "- conv: {name: f, out: 8}\n- dropout: {name: g}\n- tanh: {name: t}",
       {"c r (input) relu(r) > r", "f t (e) tanh(t) > t", "d=r", "e=r", "g=t"}},
      {"- conv: {name: c, out: 8}\n- dropout: {name: d}\n- dropout: {name: e}\n"
       "- max_pool: {name: m, kernel: 2}",
       {"c (input) > c", "m (e) > m", "d=c", "e=c"}},
      // Of another shape: the step ends before it.
      {"- conv: {name: c, out: 8}\n- reshape: {name: s, channels: 8, height: 30}\n"
       "- relu: {name: r}\n- reshape: {name: t, channels: 8, height: 5, width: 6}",
       {"c (input) > c", "r (s) relu(r) > r", "s=c", "t=r"}},
      {"- conv: {name: c, out: 8}\n- reshape: {name: s, channels: 4, height: 60}\n"
       "- relu: {name: r}",
       {"c (input) > c", "s (c) > s", "r (s) relu(r) > r"}},
      {"- global_avg_pool: {name: p}\n- flatten: {name: f}\n- sigmoid: {name: s}",
       {"p (input) > p", "s (f) sigmoid(s) > s", "f=p"}},
  });
}

TEST_CASE("a linear layer reads what was flattened for it", "[plan]") {
  check_plans({
      {"- flatten: {name: f}\n- linear: {name: l, out: 3}", {"l (input) > l"}},
      {"- relu: {name: r}\n- flatten: {name: f}\n- dropout: {name: d}\n- linear: {name: l, out: 3}",
       {"r (input) relu(r) > r", "l (r) > l", "d=f"}},
      {"- flatten: {name: f}\n- linear: {name: l, out: 3}\n"
       "- linear: {name: m, out: 3, from: f}\n- add: {name: a, from: [l, m]}",
       {"l (input) > l", "m a (input; l) add(a:1) > a"}},
      // Others read it too, or there are two dropouts, or it is an output.
      {"- flatten: {name: f}\n- linear: {name: l, out: 240}\n- add: {name: a, from: [l, f]}",
       {"f (input) > f", "l a (f; f) add(a:1) > a"}},
      {"- flatten: {name: f}\n- dropout: {name: d}\n- dropout: {name: e}\n"
       "- linear: {name: l, out: 3}",
       {"f (input) > f", "l (e) > l", "d=f", "e=f"}},
      {"- flatten: {name: f}\n- relu: {name: r}\n- linear: {name: l, out: 3}",
       {"f (input) > f", "r (f) relu(r) > r", "l (r) > l"}},
      {"- relu: {name: r}\n- flatten: {name: f}", {"r (input) relu(r) > r", "f (r) > f"}},
      {"- global_avg_pool: {name: p}\n- dropout: {name: d}\n- linear: {name: l, out: 3}",
       {"p (input) > p", "l (d) > l", "d=p"}},
  });
  graph::Network network =
      network_of(spec_with("- flatten: {name: f}\n- linear: {name: l, out: 3}", "8x6x5"));
  network.outputs = {0, 1};
  CHECK(plan_texts(network, plan::plan_execution(network)) ==
        std::vector<std::string>{"f (input) > f", "l (f) > l"});
}

TEST_CASE("without fusion and with a rule of its own", "[plan]") {
  const graph::Network network = network_of(
      spec_with("- conv: {name: c, out: 8}\n- batch_norm: {name: n}\n- prelu: {name: p}\n"
                "- multiply: {name: m, from: [p, input]}\n- max_pool: {name: q, kernel: 2}\n"
                "- relu: {name: r}\n- relu6: {name: s}",
                "8x6x5"));
  CHECK(plan_texts(network, plan::plan_execution(network, plan::Fusion::kNone)) ==
        std::vector<std::string>{"c (input) > c", "n (c) affine(n) > n", "p (n) prelu(p) > p",
                                 "m (p input) multiply(m:1) > m", "q (m) > q", "r (q) relu(r) > r",
                                 "s (r) relu6(s) > s"});
  const auto with_rule = [&](const auto& fuses) {
    std::vector<std::string> candidates;
    const auto texts =
        plan_texts(network, plan::plan_execution(network, [&](const plan::Step& candidate) {
                     CHECK(candidate.main == candidate.layers.front());
                     candidates.push_back(names_in(network, candidate.layers));
                     return fuses(network.layers[candidate.layers.back()].name);
                   }));
    return std::pair(texts, candidates);
  };
  const auto all = with_rule([](const std::string&) { return true; });
  CHECK(all.first ==
        std::vector<std::string>{"c n p m (input; input) {n} prelu(p) multiply(m:1) > m",
                                 "q r s (m) relu(r) relu6(s) > s"});
  CHECK(all.second == std::vector<std::string>{"c n", "c n p", "c n p m", "q r", "q r s"});
  const auto some = with_rule([](const std::string& last) { return last != "p" && last != "r"; });
  CHECK(some.first == std::vector<std::string>{"c n (input) {n} > n",
                                               "p m (n; input) prelu(p) multiply(m:1) > m",
                                               "q (m) > q", "r s (q) relu(r) relu6(s) > s"});
  CHECK(some.second == std::vector<std::string>{"c n", "c n p", "p m", "q r", "r s"});
  const auto none = with_rule([](const std::string&) { return false; });
  CHECK(none.first == plan_texts(network, plan::plan_execution(network, plan::Fusion::kNone)));
}

TEST_CASE("the first sum of a step, and its multiply-adds for the whole batch", "[plan]") {
  graph::Network network =
      network_of(spec_with("- global_avg_pool: {name: g}\n- conv: {name: c, out: 8, from: input}\n"
                           "- relu: {name: r, from: c}\n- add: {name: a, from: [r, input]}\n"
                           "- multiply: {name: m, from: [a, g]}\n- add: {name: b, from: [m, a]}\n"
                           "- concat: {from: [b, m]}",
                           "8x6x5"));
  network.batch = 3;
  const plan::ExecutionPlan plan = plan::plan_execution(network);
  std::vector<std::string> sums;
  for (const plan::Step& step : plan.steps)
    sums.push_back(fmt::format("{} {} {}", names_in(network, step.layers), step.sum_operand(),
                               plan::macs_of(network, step).value()));
  CHECK(sums ==
        std::vector<std::string>{"g -1 0", "c r a 1 5760", "m -1 0", "b 1 0", "concat -1 0"});
}
