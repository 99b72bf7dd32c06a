// SPDX-License-Identifier: Apache-2.0
// Fractions and names in the exported code of PyTorch.
#include "exporter/torch_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("what may be a fraction is found through blocks, values and tables", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {base: 2, depth: base + 1, more: depth * 2, alpha: {default: 1, min: 0.25}, beta: {default: 1, choices: [0.5, 1]}, gamma: {default: 2, max: 2.5}, delta: {default: 3, sweep: [1.5, 3]}, pick: {default: 1, choices: [1, 2]}}
input: {channels: 4, height: 8, width: 6}
let: {wide: 16 * alpha, next: wide + 1}
tables:
  scaled: [12 * alpha, 6]
  chosen: {by: base, 2: scaled(1) * 2, 3: 5}
  first: [base * 2, 1]
  of: {by: first(1), 4: 3}
  both: [scaled(2), alpha]
blocks:
  unit:
    args: {out: required}
    let: {twice: 2 * out}
    layers:
      - conv: {out: twice + 2}
  deep: {args: {c: required, d: 1}, let: {e: c + 1}, layers: [conv: {out: c + 1}, conv: {out: e * 2}, conv: {out: d + 2}]}
  mid: {args: {g: required, u: 4}, layers: [deep: {c: g}, conv: {out: u * 2}]}
  real: {args: {c: required}, let: {e: c * 2}, layers: [conv: {out: e + 2}]}
layers:
  - unit: {out: 4}
  - real: {c: wide}
  - conv: {out: 16 * alpha}
  - mid: {g: wide}
  - conv: {out: scaled(1) + 1}
  - conv: {out: chosen + 1}
  - conv: {out: of + both(1) + more}
  - conv: {out: next - 1}
  - conv: {out: 4 * beta}
  - conv: {out: 4 * gamma}
  - conv: {out: 4 * delta + pick}
)yaml"),
                   "Unit") ==
        R"text(class Unit(nn.Sequential):
    def __init__(self, in_channels, out):
        super().__init__()
        twice = 2 * out
        self.conv = nn.Conv2d(in_channels, twice + 2, 1, bias=False)
        self.out_channels = self.conv.out_channels


class Real(nn.Sequential):
    def __init__(self, in_channels, c):
        super().__init__()
        e = exact(c * 2)
        self.conv = nn.Conv2d(in_channels, exact(e + 2), 1, bias=False)
        self.out_channels = self.conv.out_channels


class Deep(nn.Sequential):
    def __init__(self, in_channels, c, d=1):
        super().__init__()
        e = exact(c + 1)
        self.conv1 = nn.Conv2d(in_channels, exact(c + 1), 1, bias=False)
        self.conv2 = nn.Conv2d(self.conv1.out_channels, exact(e * 2), 1, bias=False)
        self.conv3 = nn.Conv2d(self.conv2.out_channels, d + 2, 1, bias=False)
        self.out_channels = self.conv3.out_channels


class Mid(nn.Sequential):
    def __init__(self, in_channels, g, u=4):
        super().__init__()
        self.deep = Deep(in_channels, c=g)
        self.conv = nn.Conv2d(self.deep.out_channels, u * 2, 1, bias=False)
        self.out_channels = self.conv.out_channels


class Net(nn.Sequential):
    """net
    """

    def __init__(
        self,
        base=2,
        depth=None,
        more=None,
        alpha=1.0,
        beta=1.0,
        gamma=2.0,
        delta=3.0,
        pick=1,
    ):
        super().__init__()
        alpha = exact(alpha)
        beta = exact(beta)
        gamma = exact(gamma)
        delta = exact(delta)
        if depth is None:
            depth = base + 1
        if more is None:
            more = depth * 2
        self.input_shape = (4, 8, 6)
        wide = exact(16 * alpha)
        next = exact(wide + 1)
        scaled = exact((12 * alpha, 6))
        chosen = {2: exact(scaled[0] * 2), 3: 5}
        chosen = chosen.get(base)
        first = (base * 2, 1)
        of = {4: 3}
        of = of.get(first[0])
        both = exact((scaled[1], alpha))
        self.unit = Unit(4, out=4)
        self.real = Real(self.unit.out_channels, c=wide)
        self.conv1 = nn.Conv2d(self.real.out_channels, exact(16 * alpha), 1, bias=False)
        self.mid = Mid(self.conv1.out_channels, g=wide)
        self.conv2 = nn.Conv2d(
            self.mid.out_channels, exact(scaled[0] + 1), 1, bias=False
        )
        self.conv3 = nn.Conv2d(
            self.conv2.out_channels, exact(chosen + 1), 1, bias=False
        )
        self.conv4 = nn.Conv2d(
            self.conv3.out_channels, exact(of + both[0] + more), 1, bias=False
        )
        self.conv5 = nn.Conv2d(self.conv4.out_channels, exact(next - 1), 1, bias=False)
        self.conv6 = nn.Conv2d(self.conv5.out_channels, exact(4 * beta), 1, bias=False)
        self.conv7 = nn.Conv2d(self.conv6.out_channels, exact(4 * gamma), 1, bias=False)
        self.conv8 = nn.Conv2d(
            self.conv7.out_channels, exact(4 * delta + pick), 1, bias=False
        )
        self.out_channels = self.conv8.out_channels
)text");
}

TEST_CASE("variables of the code avoid names of the spec", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
params: {channels: 5, joined: 2, branches: 1}
let: {c2: channels + 1}
blocks:
  unit:
    args: {c: required}
    let: {joined: c + 1, branches: c + channels}
    layers:
      - conv: {name: c, out: joined, repeat: 2}
      - concat: {name: b, x: {when: c == 3, layers: [conv: {out: branches}]}, height: [conv: {out: 2}]}
layers:
  - unit: {c: 3}
  - conv: {name: c2, out: channels + i, repeat: joined}
  - concat: {name: b, height: [conv: {out: 3}], width: {when: branches, layers: [conv: {out: c2 + 1}]}}
  - conv: {name: channels, out: 7, when: branches}
)yaml"),
                   "Unit") ==
        R"text(class Unit(nn.Sequential):
    def __init__(self, in_channels, c, channels):
        super().__init__()
        joined = c + 1
        branches = c + channels
        channels2 = in_channels
        for i in range(1, 3):
            c2 = nn.Conv2d(channels2, joined, 1, bias=False)
            self.add_module(f"c{i}", c2)
            channels2 = joined
        joined2 = 0
        branches2 = {}
        if c == 3:
            x_ = nn.Sequential()
            x_.conv = nn.Conv2d(channels2, branches, 1, bias=False)
            joined2 += branches
            branches2["x_"] = x_
        height = nn.Sequential()
        height.conv = nn.Conv2d(channels2, 2, 1, bias=False)
        joined2 += 2
        branches2["height"] = height
        self.b = Concat(branches2)
        self.out_channels = joined2


class Net(nn.Sequential):
    """net
    """

    def __init__(self, channels=5, joined=2, branches=1):
        super().__init__()
        self.input_shape = (8, 16, 12)
        c2 = channels + 1
        self.unit = Unit(8, c=3, channels=channels)
        channels2 = self.unit.out_channels
        for i in range(1, joined + 1):
            c2_2 = nn.Conv2d(channels2, channels + i, 1, bias=False)
            self.add_module(f"c2_{i}", c2_2)
            channels2 = c2_2.out_channels
        joined2 = 0
        branches2 = {}
        height2 = nn.Sequential()
        height2.conv = nn.Conv2d(channels2, 3, 1, bias=False)
        joined2 += 3
        branches2["height"] = height2
        if branches:
            width2 = nn.Sequential()
            width2.conv = nn.Conv2d(channels2, c2 + 1, 1, bias=False)
            joined2 += width2.conv.out_channels
            branches2["width"] = width2
        self.b = Concat(branches2)
        channels2 = joined2
        if branches:
            self.channels = nn.Conv2d(joined2, 7, 1, bias=False)
            channels2 = 7
        self.out_channels = channels2
)text");
}
