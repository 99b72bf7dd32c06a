// SPDX-License-Identifier: Apache-2.0
// Parameters, values, blocks and repeats of specs in PyTorch.
#include "exporter/torch_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("parameters have their defaults, help and values that depend on others", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
params:
  alpha: {default: 1, help: "width \"of\" all", symbol: α}
  rho: 0.5
  depth: {default: 3, help: blocks}
  more: depth + 1
  wide: round(8 * alpha)
  kind: {default: relu, choices: [relu, tanh]}
  sizes: {default: "[3, 5]"}
  flag: {default: 1, choices: [0, 1]}
input: {channels: depth + 1, height: round(32 * rho), width: round(32 * rho)}
let: {base: 8, half: wide // 2, total: base + more}
tables:
  widths: [16, 24]
  scaled: [8 * alpha, 4]
  by_depth: {by: depth, 3: 7, 4: depth + 5}
  by_rho: {by: rho, 0.5: 3, 0.35: 5, 1: 1, 0.3: 2 * depth}
layers:
  - conv: {out: widths(1), kernel: sizes(1)}
  - activation: {kind: kind}
  - conv: {name: two, out: round(scaled(1)), repeat: more, when: flag}
  - conv: {out: total, kernel: 2 * by_depth - 1}
  - conv: {out: half + widths(i), repeat: 2}
  - conv: {out: by_rho, when: h == 16 and w > 3}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net

    alpha: width 'of' all
    depth: blocks
    """

    def __init__(
        self,
        alpha=1,
        rho=0.5,
        depth=3,
        more=None,
        wide=None,
        kind="relu",
        sizes=(3, 5),
        flag=1,
    ):
        super().__init__()
        rho = exact(rho)
        if more is None:
            more = depth + 1
        if wide is None:
            wide = round_half_up(8 * alpha)
        in_channels = depth + 1
        height = round_half_up(32 * rho)
        self.input_shape = (in_channels, height, height)
        half = wide // 2
        base = 8
        total = base + more
        scaled = (8 * alpha, 4)
        by_depth = {3: 7, 4: depth + 5}
        by_depth = by_depth.get(depth)
        by_rho = {0.5: 3, Fraction("0.35"): 5, 1: 1, Fraction("0.3"): 2 * depth}
        by_rho = by_rho.get(rho)
        self.conv1 = nn.Conv2d(
            in_channels, WIDTHS[0], sizes[0], padding=same_padding(sizes[0]), bias=False
        )
        self.act = ACTIVATIONS[kind]()
        channels = self.conv1.out_channels
        for i in range(1, more + 1):
            if flag:
                two = nn.Conv2d(channels, round_half_up(scaled[0]), 1, bias=False)
                self.add_module(f"two{i}", two)
                channels = two.out_channels
        self.conv2 = nn.Conv2d(
            channels,
            total,
            2 * by_depth - 1,
            padding=same_padding(2 * by_depth - 1),
            bias=False,
        )
        channels = total
        for i in range(1, 3):
            conv3 = nn.Conv2d(channels, half + WIDTHS[i - 1], 1, bias=False)
            self.add_module(f"conv3_{i}", conv3)
            channels = conv3.out_channels
        if height == 16 and height > 3:
            self.conv4 = nn.Conv2d(channels, by_rho, 1, bias=False)
            channels = by_rho
        self.out_channels = channels
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params:
  alpha: 1
  depth: 3
  wide: round(8 * alpha)
presets: {big: {wide: 12}}
input: {channels: 3, height: 8, width: 6}
layers:
  - conv: {out: wide * depth}
)yaml",
                            {"depth=4", "alpha=0.5"}),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, alpha=0.5, depth=4, wide=None):
        super().__init__()
        if wide is None:
            wide = round_half_up(8 * alpha)
        self.input_shape = (3, 8, 6)
        self.conv = nn.Conv2d(3, wide * depth, 1, bias=False)
        self.out_channels = self.conv.out_channels
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 8, t: 6}
input: {channels: 3, height: s, width: t}
layers:
  - conv: {out: h + w}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=8, t=6):
        super().__init__()
        height = s
        width = t
        self.input_shape = (3, height, width)
        self.conv = nn.Conv2d(3, height + width, 1, bias=False)
        self.out_channels = self.conv.out_channels
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 8}
input: {channels: s, height: 2 * s, width: 2 * s}
layers:
  - conv: {out: h + w}
  - pad: {pad: 1}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=8):
        super().__init__()
        in_channels = s
        height = 2 * s
        self.input_shape = (in_channels, height, height)
        self.conv = nn.Conv2d(in_channels, height + height, 1, bias=False)
        self.pad = Pad(1)
        self.out_channels = self.conv.out_channels
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 8}
input: {channels: 3, height: 2 * s, width: 3 * s}
layers:
  - conv: {out: in + s}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=8):
        super().__init__()
        height = 2 * s
        width = 3 * s
        self.input_shape = (3, height, width)
        self.conv = nn.Conv2d(3, 3 + s, 1, bias=False)
        self.out_channels = self.conv.out_channels
)text");
}

TEST_CASE("blocks have arguments, values and what they use of the file", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {alpha: 1.0, s: 2, n: 3}
let: {base: 8 * s}
tables: {widths: [8, 16]}
input: {channels: 4, height: 8, width: 6}
blocks:
  inner:
    args: {c: required, k: 3, s: 1, d: in, e: 2 * c, act: true}
    let: {half: c // 2, w2: widths(1) + n}
    layers:
      - conv: {out: half, kernel: k, stride: s}
      - batch_norm: {when: act}
      - conv: {out: d + base}
      - conv: {out: w2 + e}
  outer:
    args: {c: required}
    layers:
      - inner: {name: a, c: round(c * alpha)}
      - inner: {name: b, c: c, s: 2, d: 4, e: 5, act: false, when: s == 2}
      - inner: {name: c, c: c + i, repeat: n}
layers:
  - outer: {c: 16}
  - outer: {c: 24, repeat: 2}
  - inner: {c: 4}
)yaml"),
                   "Inner") ==
        R"text(class Inner(nn.Sequential):
    def __init__(self, in_channels, c, n, base, k=3, s=1, d=None, e=None, act=1):
        super().__init__()
        if d is None:
            d = in_channels
        if e is None:
            e = 2 * c
        half = c // 2
        w2 = WIDTHS[0] + n
        self.conv1 = nn.Conv2d(
            in_channels, half, k, stride=s, padding=same_padding(k), bias=False
        )
        if act:
            self.batch_norm = nn.BatchNorm2d(half)
        self.conv2 = nn.Conv2d(half, d + base, 1, bias=False)
        self.conv3 = nn.Conv2d(self.conv2.out_channels, w2 + e, 1, bias=False)
        self.out_channels = self.conv3.out_channels


class Outer(nn.Sequential):
    def __init__(self, in_channels, c, alpha, s, n, base):
        super().__init__()
        self.a = Inner(in_channels, c=round_half_up(c * alpha), n=n, base=base)
        channels = self.a.out_channels
        if s == 2:
            self.b = Inner(
                self.a.out_channels, c=c, s=2, d=4, e=5, act=0, n=n, base=base
            )
            channels = self.b.out_channels
        for i in range(1, n + 1):
            c2 = Inner(channels, c=c + i, n=n, base=base)
            self.add_module(f"c{i}", c2)
            channels = c2.out_channels
        self.out_channels = channels


class Net(nn.Sequential):
    """net
    """

    def __init__(self, alpha=1, s=2, n=3):
        super().__init__()
        self.input_shape = (4, 8, 6)
        base = 8 * s
        self.outer1 = Outer(4, c=16, alpha=alpha, s=s, n=n, base=base)
        channels = self.outer1.out_channels
        for i in range(1, 3):
            outer2 = Outer(channels, c=24, alpha=alpha, s=s, n=n, base=base)
            self.add_module(f"outer2_{i}", outer2)
            channels = outer2.out_channels
        self.inner = Inner(channels, c=4, n=n, base=base)
        self.out_channels = self.inner.out_channels
)text");
}

TEST_CASE("values that may be fractions are exact wherever they come from", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {alpha: 0.5, n: 2, beta: alpha * 2}
input: {channels: 4, height: 8, width: 6}
let: {wide: 16 * alpha, whole: round(wide), deep: n + 1}
tables:
  scaled: [12 * alpha, 6]
  plain: [4, 6]
  chosen: {by: n, 2: 8 * alpha, 3: 5}
blocks:
  unit:
    args: {c: required, d: 3, e: required, f: 0.5}
    let: {twice: 2 * c, half: d // 2, mixed: c + d}
    layers:
      - conv: {out: twice}
      - conv: {out: half + d}
      - conv: {out: mixed}
      - conv: {out: e * 2}
      - conv: {out: 8 * f}
      - leaky_relu: {slope: f}
  outer: {args: {g: required}, layers: [unit: {c: g, e: 2, d: 4}]}
layers:
  - conv: {out: wide}
  - conv: {out: whole}
  - conv: {out: deep}
  - conv: {out: scaled(1)}
  - conv: {out: plain(n)}
  - conv: {out: chosen}
  - conv: {out: beta * 4, when: alpha < 1}
  - unit: {c: wide, e: n}
  - unit: {c: 4, e: 3, f: alpha, repeat: n, when: beta == 1}
  - outer: {g: n * 3}
  - add: {x: {when: alpha > 0, layers: [conv: {out: in}]}, y: []}
)yaml"),
                   "Unit") ==
        R"text(class Unit(nn.Sequential):
    def __init__(self, in_channels, c, e, d=3, f=Fraction("0.5")):
        super().__init__()
        twice = exact(2 * c)
        half = d // 2
        mixed = exact(c + d)
        self.conv1 = nn.Conv2d(in_channels, twice, 1, bias=False)
        self.conv2 = nn.Conv2d(twice, half + d, 1, bias=False)
        self.conv3 = nn.Conv2d(self.conv2.out_channels, mixed, 1, bias=False)
        self.conv4 = nn.Conv2d(mixed, e * 2, 1, bias=False)
        self.conv5 = nn.Conv2d(self.conv4.out_channels, exact(8 * f), 1, bias=False)
        self.leaky_relu = nn.LeakyReLU(float(f))
        self.out_channels = self.conv5.out_channels


class Outer(nn.Sequential):
    def __init__(self, in_channels, g):
        super().__init__()
        self.unit = Unit(in_channels, c=g, e=2, d=4)
        self.out_channels = self.unit.out_channels


class Net(nn.Sequential):
    """net
    """

    def __init__(self, alpha=0.5, n=2, beta=None):
        super().__init__()
        alpha = exact(alpha)
        if beta is None:
            beta = exact(alpha * 2)
        self.input_shape = (4, 8, 6)
        wide = exact(16 * alpha)
        whole = round_half_up(wide)
        deep = n + 1
        scaled = exact((12 * alpha, 6))
        chosen = {2: exact(8 * alpha), 3: 5}
        chosen = chosen.get(n)
        self.conv1 = nn.Conv2d(4, wide, 1, bias=False)
        self.conv2 = nn.Conv2d(wide, whole, 1, bias=False)
        self.conv3 = nn.Conv2d(whole, deep, 1, bias=False)
        self.conv4 = nn.Conv2d(deep, scaled[0], 1, bias=False)
        self.conv5 = nn.Conv2d(self.conv4.out_channels, PLAIN[n - 1], 1, bias=False)
        self.conv6 = nn.Conv2d(self.conv5.out_channels, chosen, 1, bias=False)
        channels = chosen
        if alpha < 1:
            self.conv7 = nn.Conv2d(chosen, exact(beta * 4), 1, bias=False)
            channels = self.conv7.out_channels
        self.unit1 = Unit(channels, c=wide, e=n)
        channels = self.unit1.out_channels
        for i in range(1, n + 1):
            if beta == 1:
                unit2 = Unit(channels, c=4, e=3, f=alpha)
                self.add_module(f"unit2_{i}", unit2)
                channels = unit2.out_channels
        self.outer = Outer(channels, g=n * 3)
        branches = {}
        if alpha > 0:
            x_ = nn.Sequential()
            x_.conv = nn.Conv2d(
                self.outer.out_channels, self.outer.out_channels, 1, bias=False
            )
            branches["x_"] = x_
        branches["y"] = nn.Identity()
        self.add = Add(branches)
        self.out_channels = self.outer.out_channels
)text");
}

TEST_CASE("repeats within repeats count on their own", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
params: {n: 2}
layers:
  - group: {name: a, repeat: n, layers: [conv: {out: 8 * i}, group: {name: b, repeat: 3, layers: [conv: {name: c, out: 4 + i}, relu]}, conv: {name: d1, out: 8, repeat: 2, when: i == 2}]}
  - group: {name: e, repeat: 2, layers: [max_pool: {kernel: 2}, relu]}
  - group: {name: f, when: n == 3, layers: [conv: {out: 5}, batch_norm]}
  - group: {name: g, layers: [linear: {out: in + 1, per_position: true}]}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, n=2):
        super().__init__()
        self.input_shape = (8, 16, 12)
        channels = 8
        for i in range(1, n + 1):
            a = nn.Sequential()
            self.add_module(f"a{i}", a)
            a.conv = nn.Conv2d(channels, 8 * i, 1, bias=False)
            channels = a.conv.out_channels
            for j in range(1, 4):
                b = nn.Sequential()
                a.add_module(f"b{j}", b)
                b.c = nn.Conv2d(channels, 4 + j, 1, bias=False)
                b.relu = nn.ReLU()
                channels = b.c.out_channels
            for j in range(1, 3):
                if j == 2:
                    d1 = nn.Conv2d(channels, 8, 1, bias=False)
                    a.add_module(f"d1_{j}", d1)
                    channels = 8
        for i in range(1, 3):
            e = nn.Sequential()
            self.add_module(f"e{i}", e)
            e.max_pool = nn.MaxPool2d(2)
            e.relu = nn.ReLU()
        if n == 3:
            self.f = nn.Sequential()
            self.f.conv = nn.Conv2d(channels, 5, 1, bias=False)
            self.f.batch_norm = nn.BatchNorm2d(5)
            channels = 5
        self.g = nn.Sequential()
        self.g.linear = PointwiseLinear(channels, channels + 1)
        self.out_channels = self.g.linear.out_features
)text");
}
