// SPDX-License-Identifier: Apache-2.0
// Files of PyTorch whose layers are written one by one, and names of other implementations.
#include "core/text.hpp"
#include "exporter/python_expression.hpp"
#include "exporter/torch_layer.hpp"
#include "exporter/torch_text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("layers that take inputs by 'from' are written one by one", "[export]") {
  const spec::ArchSpec spec = spec::read_spec_text("net.yaml", R"(
name: skips
source: a test
input: {channels: 4, height: 8, width: 8}
layers:
  - conv: {name: skip, out: 4, kernel: 3}
  - relu
  - conv: {name: deep, out: 4, pad: valid, bias: true}
  - add: {name: sum, from: [deep, skip]}
  - global_avg_pool
  - linear: {out: 2}
)",
                                                   ".");
  const exporter::TorchCode code =
      exporter::torch_code(spec, {}, graph::build_network(spec), "archcost");
  CHECK(code.flat_because == "layers take inputs by 'from'");
  CHECK(classes_of(code.text, "Skips") == R"(class Skips(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 8, 8)
        self.skip = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.relu = nn.ReLU()
        self.deep = nn.Conv2d(4, 4, 1)
        self.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))

    def forward(self, x):
        x1 = self.skip(x)
        x = self.relu(x1)
        x = self.deep(x)
        x = x + x1
        x = self.global_avg_pool(x)
        x = self.linear(x)
        return x
)");
}

TEST_CASE("further inputs, outputs and shared weights in PyTorch", "[export]") {
  const std::string text = torch_of(R"(
name: two_heads
source: a test
input: {channels: 4, height: 8, width: 8}
layers:
  - input: {name: mask, channels: 1, height: 8, width: 8}
  - multiply: {name: masked, from: [input, mask]}
  - conv: {name: coarse, out: 4, stride: 2}
  - group: {name: a, from: masked, layers: [conv: {out: 4, kernel: 3, bias: true}, batch_norm]}
  - group:
      name: b
      from: coarse
      weights_of: a
      layers: [conv: {out: 4, kernel: 3, stride: 2, bias: true}, batch_norm]
  - multi_head_attention: {name: cross, heads: 2, from: [a, b]}
outputs: [cross, b]
)");
  CHECK(classes_of(text, "TwoHeads") == R"(class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 8, 8)
        self.further_inputs = [(1, 8, 8)]
        self.coarse = nn.Conv2d(4, 4, 1, stride=2, bias=False)
        self.a_conv = nn.Conv2d(4, 4, 3, padding=1)
        self.a_batch_norm = nn.BatchNorm2d(4)
        self.b_conv = nn.Conv2d(4, 4, 3, stride=2, padding=1)
        self.b_conv.weight = self.a_conv.weight
        self.b_conv.bias = self.a_conv.bias
        self.cross = Attention(4, 2, context=4)

    def forward(self, x, mask):
        x2 = x * mask
        x3 = self.coarse(x2)
        x = self.a_conv(x2)
        x5 = self.a_batch_norm(x)
        x = self.b_conv(x3)
        x7 = self.a_batch_norm(x)
        x8 = self.cross(x5, x7)
        return x8, x7
)");
  CHECK(contains(text, "check(TwoHeads(), params=252, macs=14272)"));
}

TEST_CASE("equal labels have no numbers where their conditions exclude each other", "[export]") {
  const std::string text = torch_of(R"(
name: pooled
source: a test
params:
  pool: {default: avg, choices: [avg, max, none]}
  deep: {default: 1, choices: [0, 1]}
input: {channels: 4, height: 8, width: 8}
layers:
  - global_avg_pool: {name: pool, when: pool == avg}
  - global_max_pool: {name: pool, when: pool == max and deep}
  - relu: {name: act, when: deep}
  - relu6: {name: act, when: not deep}
  - conv: {name: conv, out: 4, when: deep < 1}
  - conv: {name: conv, out: 8, when: deep >= 1}
  - tanh: {name: last, when: deep}
  - tanh: {name: last, when: pool == avg}
)");
  CHECK(classes_of(text, "Pooled") == R"(class Pooled(nn.Sequential):
    """pooled
    """

    def __init__(self, pool="avg", deep=1):
        super().__init__()
        self.input_shape = (4, 8, 8)
        if pool == "avg":
            self.pool = nn.AdaptiveAvgPool2d(1)
        if pool == "max" and deep:
            self.pool = nn.AdaptiveMaxPool2d(1)
        if deep:
            self.act = nn.ReLU()
        if not deep:
            self.act = nn.ReLU6()
        if deep < 1:
            self.conv = nn.Conv2d(4, 4, 1, bias=False)
        channels = 4
        if deep >= 1:
            self.conv = nn.Conv2d(4, 8, 1, bias=False)
            channels = 8
        if deep:
            self.last1 = nn.Tanh()
        if pool == "avg":
            self.last2 = nn.Tanh()
        self.out_channels = channels
)");
}

TEST_CASE("families of torchvision give their tensors its names", "[export]") {
  for (const std::string& name : shipped_library().names()) {
    INFO(name);
    const spec::ArchSpec& spec = shipped_spec(name);
    const std::string text =
        exporter::torch_code(spec, {}, graph::build_network(spec), "archcost").text;
    const bool named = name == "resnet" || name == "mobilenet_v2" || name == "shufflenet_v2" ||
                       name == "squeezenet";
    CHECK(contains(text, "reference_keys(self") == named);
  }
}

TEST_CASE("a linear layer of images shares its weights with one of vectors", "[export]") {
  const std::string text = torch_of(R"(
name: shared
source: a test
input: {channels: 3, height: 8, width: 8}
layers:
  - global_avg_pool
  - linear: {name: l1, out: 3}
  - relu
  - linear: {name: l2, out: 3, weights_of: l1}
outputs: [l1, l2]
)");
  CHECK(contains(text, R"(
        self.l1 = nn.Sequential(nn.Flatten(), nn.Linear(3, 3))
        self.relu = nn.ReLU()
        self.l2 = nn.Linear(3, 3)
        self.l2.weight = self.l1[1].weight
        self.l2.bias = self.l1[1].bias
)"));
}

TEST_CASE("further inputs whose names become one are told apart", "[export]") {
  const std::string text = torch_of(R"(
name: inputs
source: a test
input: {channels: 3, height: 8, width: 8}
layers:
  - group: {name: a, layers: [input: {name: b, channels: 3, height: 8, width: 8}]}
  - input: {name: a_b, channels: 3, height: 8, width: 8}
  - add: {name: sum, from: [input, a.b, a_b]}
)");
  CHECK(contains(text, "    def forward(self, x, a_b, a_b_):\n        x = x + a_b + a_b_\n"));
}

TEST_CASE("classes and constants don't hide what the file uses", "[export]") {
  CHECK(exporter::python_class("none") == "NoneBlock");
  CHECK(exporter::python_class("f") == "FBlock");
  CHECK(exporter::python_class("fraction") == "FractionBlock");
  CHECK(exporter::python_class("fractions") == "Fractions");
  CHECK(exporter::python_class("mobilenet_v1") == "MobileNetV1");
  CHECK(exporter::python_class("resnet50+se") == "ResNet50Se");
  CHECK(exporter::python_class("unetplus") == "Unetplus");
  CHECK(exporter::python_class("net") == "Net");
  const std::string text = torch_of(R"(
name: table
source: a test
tables:
  f: [8, 16]
input: {channels: 3, height: 8, width: 8}
layers:
  - conv: {out: f(2), kernel: 3, stride: 2, pad: same_tf}
)");
  CHECK(contains(text, "\nF_ = (8, 16)\n"));
  CHECK(contains(text, "Conv2dSameTF(3, F_[1], 3, stride=2"));
}

TEST_CASE("sizes that are computed keep their value in products and quotients", "[export]") {
  const std::string text = torch_of(R"(
name: products
source: a test
params:
  n: {default: 3, help: a number, min: 1}
input: {channels: 8, height: 4, width: 4}
layers:
  - conv: {out: 8, kernel: 3}
  - split: {parts: (n + 1) // 2, take: 1}
  - conv: {out: 8, kernel: 3}
  - reshape: {channels: n + 1, height: n + 5, width: 8 - n - 1}
  - flatten
  - linear: {out: 2}
)");
  CHECK(contains(text, "nn.Conv2d(8 // ((n + 1) // 2), 8, 3, padding=1, bias=False)"));
  CHECK(contains(text, "nn.Linear((n + 1) * (n + 5) * (8 - n - 1), 2)"));
  CHECK(exporter::tuple_elements("(a) + f(b, c)") == std::vector<std::string>{"(a) + f(b, c)"});
  CHECK(exporter::tuple_elements("(f(b, c), 2)") == std::vector<std::string>{"f(b, c)", "2"});
}

TEST_CASE("layers of other sizes share all that they learn and keep", "[export]") {
  const std::string text = torch_of(R"(
name: shared
source: a test
input: {channels: 8, height: 4, width: 4}
layers:
  - batch_norm: {name: a}
  - multi_head_attention: {name: p, heads: 2}
  - multi_head_attention: {name: q, heads: 4, weights_of: p}
  - multi_head_attention: {name: r, heads: 2}
  - multi_head_attention: {name: s, heads: 2, windows: 4, weights_of: r}
  - global_avg_pool
  - linear: {out: 8}
  - batch_norm: {name: b, weights_of: a}
)");
  CHECK(contains(text, R"(
        self.a = nn.BatchNorm2d(8)
        self.p = SelfAttention(8, 2)
        self.q = SelfAttention(8, 4)
        self.q.in_proj_weight = self.p.in_proj_weight
        self.q.in_proj_bias = self.p.in_proj_bias
        self.q.out_proj = self.p.out_proj
        self.r = Attention(8, 2)
        self.s = Attention(8, 2, windows=4)
        self.s.q_proj = self.r.q_proj
        self.s.k_proj = self.r.k_proj
        self.s.v_proj = self.r.v_proj
        self.s.out_proj = self.r.out_proj
        self.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Sequential(nn.Flatten(), nn.Linear(8, 8))
        self.b = nn.BatchNorm1d(8)
        self.b.weight = self.a.weight
        self.b.bias = self.a.bias
        self.b.running_mean = self.a.running_mean
        self.b.running_var = self.a.running_var
)"));
}
