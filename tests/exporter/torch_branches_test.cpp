// SPDX-License-Identifier: Apache-2.0
// Labels, merges and layers one by one in PyTorch.
#include "exporter/torch_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("labels that are several have numbers, unless their conditions exclude each other",
          "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
params: {a: 1, k: {default: x, choices: [x, y]}, kind: {default: tanh, choices: [tanh, relu]}}
layers:
  - relu: {when: a == 1}
  - relu: {when: a != 1}
  - tanh: {when: a == 1}
  - tanh: {when: a == 2}
  - gelu: {when: a < 2}
  - gelu: {when: a >= 2}
  - elu: {when: a > 2}
  - elu: {when: a <= 2}
  - swish: {when: "a in [1, 2]"}
  - swish: {when: "a not in [1, 2]"}
  - softmax: {when: not a}
  - softmax: {when: a}
  - relu6: {when: k == x and a}
  - relu6: {when: a and k == y}
  - conv: {name: c1, out: 8, when: a == 1}
  - conv: {name: c1, out: 8, when: a == a + 1}
  - conv: {name: c2, out: 8, when: a < 1}
  - conv: {name: c2, out: 8, when: a >= 2}
  - conv: {name: c3, out: 8, when: a == 1}
  - conv: {name: c3, out: 8, when: in == 2}
  - conv: {name: c4, out: 8, when: a == 1}
  - conv: {name: c4, out: 8}
  - conv: {out: 8}
  - conv: {out: 8}
  - activation: {kind: tanh}
  - activation: {kind: kind}
  - activation: {kind: kind}
  - activation: {kind: relu if a else tanh, name: z}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, a=1, k="x", kind="tanh"):
        super().__init__()
        self.input_shape = (8, 16, 12)
        if a == 1:
            self.relu = nn.ReLU()
        if a != 1:
            self.relu = nn.ReLU()
        if a == 1:
            self.tanh1 = nn.Tanh()
        if a == 2:
            self.tanh2 = nn.Tanh()
        if a < 2:
            self.gelu = nn.GELU()
        if a >= 2:
            self.gelu = nn.GELU()
        if a > 2:
            self.elu = nn.ELU(1)
        if a <= 2:
            self.elu = nn.ELU(1)
        if a in (1, 2):
            self.swish = nn.SiLU()
        if a not in (1, 2):
            self.swish = nn.SiLU()
        if not a:
            self.softmax = nn.Softmax(dim=1)
        if a:
            self.softmax = nn.Softmax(dim=1)
        if k == "x" and a:
            self.relu6 = nn.ReLU6()
        if a and k == "y":
            self.relu6 = nn.ReLU6()
        if a == 1:
            self.c1_1 = nn.Conv2d(8, 8, 1, bias=False)
        if a == a + 1:
            self.c1_2 = nn.Conv2d(8, 8, 1, bias=False)
        if a < 1:
            self.c2_1 = nn.Conv2d(8, 8, 1, bias=False)
        if a >= 2:
            self.c2_2 = nn.Conv2d(8, 8, 1, bias=False)
        if a == 1:
            self.c3_1 = nn.Conv2d(8, 8, 1, bias=False)
        if 8 == 2:
            self.c3_2 = nn.Conv2d(8, 8, 1, bias=False)
        if a == 1:
            self.c4_1 = nn.Conv2d(8, 8, 1, bias=False)
        self.c4_2 = nn.Conv2d(8, 8, 1, bias=False)
        self.conv1 = nn.Conv2d(8, 8, 1, bias=False)
        self.conv2 = nn.Conv2d(8, 8, 1, bias=False)
        self.tanh3 = nn.Tanh()
        self.act1 = ACTIVATIONS[kind]()
        self.act2 = ACTIVATIONS[kind]()
        if ("relu" if a else "tanh") != "none":
            self.z = ACTIVATIONS["relu" if a else "tanh"]()
        self.out_channels = 8
)text");
}

TEST_CASE("merges have branches, with conditions and channels of their own", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
params: {s: 1, c: 4}
layers:
  - concat: {name: a, x: [conv: {out: c + 1}], y: {when: s, layers: [conv: {out: 3}]}, z: {when: s == 2}}
  - concat: {name: b, x: [conv: {out: c + 1}], y: [conv: {out: 3}]}
  - conv: {out: in + 1}
  - add: {name: d, x: {when: s, layers: [conv: {out: in}]}, y: {when: not s}}
  - multiply: {name: e, x: [], y: [global_avg_pool, flatten, linear: {out: in}]}
  - add: {name: f, branches: [[], [conv: {out: 2 * c}, conv: {out: in}, relu]], when: s == 3}
  - concat: {name: g, branches: [[conv: {out: 2, when: s}], [conv: {out: 3 if s else 4}]]}
  - conv: {out: in + 2}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=1, c=4):
        super().__init__()
        self.input_shape = (8, 16, 12)
        joined = 0
        branches = {}
        x_ = nn.Sequential()
        x_.conv = nn.Conv2d(8, c + 1, 1, bias=False)
        joined += x_.conv.out_channels
        branches["x_"] = x_
        if s:
            y = nn.Sequential()
            y.conv = nn.Conv2d(8, 3, 1, bias=False)
            joined += 3
            branches["y"] = y
        if s == 2:
            joined += 8
            branches["z"] = nn.Identity()
        self.a = Concat(branches)
        x_2 = nn.Sequential()
        x_2.conv = nn.Conv2d(joined, c + 1, 1, bias=False)
        y2 = nn.Sequential()
        y2.conv = nn.Conv2d(joined, 3, 1, bias=False)
        self.b = Concat({"x_": x_2, "y": y2})
        channels = x_2.conv.out_channels + 3
        self.conv1 = nn.Conv2d(channels, channels + 1, 1, bias=False)
        branches2 = {}
        if s:
            x_3 = nn.Sequential()
            x_3.conv = nn.Conv2d(
                self.conv1.out_channels, self.conv1.out_channels, 1, bias=False
            )
            joined2 = self.conv1.out_channels
            branches2["x_"] = x_3
        if not s:
            joined2 = self.conv1.out_channels
            branches2["y"] = nn.Identity()
        self.d = Add(branches2)
        y3 = nn.Sequential()
        y3.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        y3.flatten = nn.Flatten()
        y3.linear = nn.Linear(joined2, joined2)
        y3.unflatten = nn.Unflatten(1, (joined2, 1, 1))
        self.e = Multiply({"x_": nn.Identity(), "y": y3})
        if s == 3:
            branch2 = nn.Sequential()
            branch2.conv1 = nn.Conv2d(joined2, 2 * c, 1, bias=False)
            branch2.conv2 = nn.Conv2d(
                branch2.conv1.out_channels, branch2.conv1.out_channels, 1, bias=False
            )
            branch2.relu = nn.ReLU()
            self.f = Add({"0": nn.Identity(), "1": branch2})
        branch1 = nn.Sequential()
        branch1_channels = joined2
        if s:
            branch1.conv = nn.Conv2d(joined2, 2, 1, bias=False)
            branch1_channels = 2
        branch2_2 = nn.Sequential()
        branch2_2.conv = nn.Conv2d(joined2, 3 if s else 4, 1, bias=False)
        self.g = Concat({"0": branch1, "1": branch2_2})
        channels = branch1_channels + branch2_2.conv.out_channels
        self.conv2 = nn.Conv2d(channels, channels + 2, 1, bias=False)
        self.out_channels = self.conv2.out_channels
)text");
}

TEST_CASE("layers one by one: sizes, paddings and flags as numbers", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
layers:
  - conv: {name: a, out: 6, kernel: [3, 5], stride: [1, 2], pad: [1, 2, 0, 3], dilation: [2, 1]}
  - conv: {name: b, out: 6, kernel: 3, pad: [1, 2]}
  - conv: {name: c, out: 6, kernel: 3, pad: 1, from: b}
  - conv: {name: d, out: 6, kernel: 3, pad: same}
  - conv: {name: e, out: 6, kernel: 3, pad: valid}
  - conv: {name: e2, out: 6, kernel: 2, pad: [0, 1, 1, 1]}
  - max_pool: {name: f, kernel: [2, 1], ceil_mode: true, pad: [1, 0, 1, 0]}
  - split: {name: g, parts: [2, 4], take: 2}
  - dropout: {name: x, p: 0.5}
  - upsample: {name: k, factor: 2, mode: bilinear}
  - add: {name: l, from: [k, k]}
  - multiply: {name: m, from: [l, k]}
  - concat: {name: n, from: [m, k]}
outputs: [n, a]
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (8, 16, 12)
        self.a = PaddedConv2d(
            8, 6, (3, 5), stride=(1, 2), dilation=(2, 1), bias=False, sides=(2, 3, 1, 0)
        )
        self.b = nn.Conv2d(6, 6, 3, padding=(1, 2), bias=False)
        self.c = nn.Conv2d(6, 6, 3, padding=1, bias=False)
        self.d = nn.Conv2d(6, 6, 3, padding=1, bias=False)
        self.e = nn.Conv2d(6, 6, 3, bias=False)
        self.e2 = PaddedConv2d(6, 6, 2, bias=False, sides=(1, 1, 0, 1))
        self.f = nn.MaxPool2d((2, 1), padding=(1, 0), ceil_mode=True)
        self.g = Part(2, (2, 4))
        self.x_ = nn.Dropout(0.5)
        self.k = nn.Upsample(scale_factor=2, mode="bilinear")

    def forward(self, x):
        x1 = self.a(x)
        x = self.b(x1)
        x = self.c(x)
        x = self.d(x)
        x = self.e(x)
        x = self.e2(x)
        x = self.f(x)
        x = self.g(x)
        x = self.x_(x)
        x10 = self.k(x)
        x = x10 + x10
        x = x * x10
        x13 = torch.cat([x, x10], 1)
        return x13, x1
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 1, width: 1}
layers:
  - linear: {name: a, out: 6}
  - linear: {name: b, out: 6, from: input}
  - linear: {name: c, out: 6, weights_of: b, from: a, when: 0}
  - add: {name: d, from: [a, b]}
  - conv: {name: e, out: 6}
  - multiply: {name: f, from: [e, d]}
  - input: {name: x3, channels: 6, height: 1, width: 1}
  - multiply: {name: g, from: [f, x3]}
  - pointwise: {name: k, from: [g, d]}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (8, 1, 1)
        self.further_inputs = [(6, 1, 1)]
        self.a = nn.Sequential(nn.Flatten(), nn.Linear(8, 6))
        self.b = nn.Sequential(nn.Flatten(), nn.Linear(8, 6))
        self.e = nn.Sequential(
            nn.Unflatten(1, (6, 1, 1)), nn.Conv2d(6, 6, 1, bias=False)
        )
        self.k = Sum()

    def forward(self, x, x3_):
        x1 = self.a(x)
        x = self.b(x)
        x3 = x1 + x
        x = self.e(x3)
        x5 = x * x3[:, :, None, None]
        x = x5 * x3_
        x = self.k(x, x3)
        return x
)text");
}
