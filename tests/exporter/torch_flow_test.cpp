// SPDX-License-Identifier: Apache-2.0
// Sizes that the exported code of PyTorch follows, and attributes of its modules.
#include "exporter/torch_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("heights and widths are followed through conditions, repeats and blocks", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
layers:
  - conv: {out: 4, kernel: 3, pad: valid, when: s == 2}
  - conv: {out: h + w}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        self.conv1 = nn.Conv2d(4, 4, 3, bias=False)
        self.conv2 = nn.Conv2d(4, 12, 1, bias=False)

    def forward(self, x):
        x = self.conv1(x)
        x = self.conv2(x)
        return x
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
layers:
  - max_pool: {kernel: [1, 2], stride: 1, repeat: s}
  - conv: {out: 2}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=2):
        super().__init__()
        self.input_shape = (4, 9, 7)
        for i in range(1, s + 1):
            max_pool = nn.MaxPool2d((1, 2), stride=1)
            self.add_module(f"max_pool{i}", max_pool)
        self.conv = nn.Conv2d(4, 2, 1, bias=False)
        self.out_channels = 2
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
layers:
  - relu: {repeat: s, when: s == 2}
  - crop: {size: [4, 3], when: s == 2}
  - conv: {out: 5}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=2):
        super().__init__()
        self.input_shape = (4, 9, 7)
        for i in range(1, s + 1):
            if s == 2:
                relu = nn.ReLU()
                self.add_module(f"relu{i}", relu)
        if s == 2:
            self.crop = Crop(4, 3)
        self.conv = nn.Conv2d(4, 5, 1, bias=False)
        self.out_channels = 5
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
blocks: {unit: {layers: [relu]}}
layers:
  - conv: {out: h}
  - conv: {out: w, repeat: s}
  - unit
  - conv: {out: h}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        self.conv1 = nn.Conv2d(4, 9, 1, bias=False)
        self.conv2 = nn.Conv2d(9, 7, 1, bias=False)
        self.conv3 = nn.Conv2d(7, 7, 1, bias=False)
        self.unit_relu = nn.ReLU()
        self.conv4 = nn.Conv2d(7, 9, 1, bias=False)

    def forward(self, x):
        x = self.conv1(x)
        x = self.conv2(x)
        x = self.conv3(x)
        x = self.unit_relu(x)
        x = self.conv4(x)
        return x
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 4, height: 9, width: 7}
blocks: {unit: {layers: [relu]}}
layers:
  - unit
  - conv: {out: w}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        self.unit_relu = nn.ReLU()
        self.conv = nn.Conv2d(4, 7, 1, bias=False)

    def forward(self, x):
        x = self.unit_relu(x)
        x = self.conv(x)
        return x
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 4, height: 9, width: 7}
layers:
  - upsample
  - conv: {out: w}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        self.upsample = nn.Upsample(scale_factor=2, mode="nearest")
        self.conv = nn.Conv2d(4, 14, 1, bias=False)

    def forward(self, x):
        x = self.upsample(x)
        x = self.conv(x)
        return x
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 4, height: 9, width: 7}
layers:
  - upsample
  - conv: {out: h}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        self.upsample = nn.Upsample(scale_factor=2, mode="nearest")
        self.conv = nn.Conv2d(4, 18, 1, bias=False)

    def forward(self, x):
        x = self.upsample(x)
        x = self.conv(x)
        return x
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 4, height: 9, width: 7}
layers:
  - pad: {pad: 1}
  - conv: {out: w}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        self.pad = Pad(1)
        self.conv = nn.Conv2d(4, 9, 1, bias=False)

    def forward(self, x):
        x = self.pad(x)
        x = self.conv(x)
        return x
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 4, height: 9, width: 7}
layers:
  - pad: {pad: 1}
  - conv: {out: h}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        self.pad = Pad(1)
        self.conv = nn.Conv2d(4, 11, 1, bias=False)

    def forward(self, x):
        x = self.pad(x)
        x = self.conv(x)
        return x
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 4, height: 9, width: 7}
layers:
  - max_pool: {kernel: 2, ceil_mode: true}
  - conv: {out: w}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        self.max_pool = nn.MaxPool2d(2, ceil_mode=True)
        self.conv = nn.Conv2d(4, 4, 1, bias=False)

    def forward(self, x):
        x = self.max_pool(x)
        x = self.conv(x)
        return x
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 4, height: 9, width: 7}
layers:
  - group: {name: a, repeat: 2, layers: [group: {name: b, repeat: 2, layers: [group: {name: c, repeat: 2, layers: [group: {name: d, repeat: 2, layers: [conv: {out: 4 + i}]}]}]}]}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        channels = 4
        for i in range(1, 3):
            a = nn.Sequential()
            self.add_module(f"a{i}", a)
            for j in range(1, 3):
                b = nn.Sequential()
                a.add_module(f"b{j}", b)
                for k in range(1, 3):
                    c = nn.Sequential()
                    b.add_module(f"c{k}", c)
                    for round4 in range(1, 3):
                        d = nn.Sequential()
                        c.add_module(f"d{round4}", d)
                        d.conv = nn.Conv2d(channels, 4 + round4, 1, bias=False)
                        channels = d.conv.out_channels
        self.out_channels = channels
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
layers:
  - group: {repeat: s, layers: [adaptive_avg_pool: {size: [4, 7]}, conv: {out: w}]}
  - conv: {out: w}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=2):
        super().__init__()
        self.input_shape = (4, 9, 7)
        channels = 4
        for i in range(1, s + 1):
            group = nn.Sequential()
            self.add_module(f"group{i}", group)
            group.adaptive_avg_pool = nn.AdaptiveAvgPool2d((4, 7))
            group.conv = nn.Conv2d(channels, 7, 1, bias=False)
            channels = 7
        self.conv = nn.Conv2d(channels, 7, 1, bias=False)
        self.out_channels = 7
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
layers:
  - group: {repeat: s, layers: [adaptive_avg_pool: {size: [4, 7]}, conv: {out: h}]}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=2):
        super().__init__()
        self.input_shape = (4, 9, 7)
        for i in range(1, s + 1):
            group = nn.Sequential()
            self.add_module(f"group{i}", group)
            group.adaptive_avg_pool = nn.AdaptiveAvgPool2d((4, 7))
            group.conv = nn.Conv2d(4, 4, 1, bias=False)
        self.out_channels = 4
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
layers:
  - group: {repeat: s, layers: [adaptive_avg_pool: {size: [9, 3]}, conv: {out: h}]}
  - conv: {out: h}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=2):
        super().__init__()
        self.input_shape = (4, 9, 7)
        channels = 4
        for i in range(1, s + 1):
            group = nn.Sequential()
            self.add_module(f"group{i}", group)
            group.adaptive_avg_pool = nn.AdaptiveAvgPool2d((9, 3))
            group.conv = nn.Conv2d(channels, 9, 1, bias=False)
            channels = 9
        self.conv = nn.Conv2d(channels, 9, 1, bias=False)
        self.out_channels = 9
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
layers:
  - group: {repeat: s, layers: [conv: {out: w}, adaptive_avg_pool: {size: [9, 3]}]}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        self.group1_conv = nn.Conv2d(4, 7, 1, bias=False)
        self.group1_adaptive_avg_pool = nn.AdaptiveAvgPool2d((9, 3))
        self.group2_conv = nn.Conv2d(7, 3, 1, bias=False)
        self.group2_adaptive_avg_pool = nn.AdaptiveAvgPool2d((9, 3))

    def forward(self, x):
        x = self.group1_conv(x)
        x = self.group1_adaptive_avg_pool(x)
        x = self.group2_conv(x)
        x = self.group2_adaptive_avg_pool(x)
        return x
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
layers:
  - adaptive_avg_pool: {size: [4, 7], when: s == 2}
  - conv: {out: w}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=2):
        super().__init__()
        self.input_shape = (4, 9, 7)
        if s == 2:
            self.adaptive_avg_pool = nn.AdaptiveAvgPool2d((4, 7))
        self.conv = nn.Conv2d(4, 7, 1, bias=False)
        self.out_channels = 7
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
layers:
  - adaptive_avg_pool: {size: [9, 3], when: s == 2}
  - conv: {out: h}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, s=2):
        super().__init__()
        self.input_shape = (4, 9, 7)
        if s == 2:
            self.adaptive_avg_pool = nn.AdaptiveAvgPool2d((9, 3))
        self.conv = nn.Conv2d(4, 9, 1, bias=False)
        self.out_channels = 9
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
params: {s: 2}
input: {channels: 4, height: 9, width: 7}
layers:
  - adaptive_avg_pool: {size: [9, 3], when: s == 2}
  - conv: {out: w}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 9, 7)
        self.adaptive_avg_pool = nn.AdaptiveAvgPool2d((9, 3))
        self.conv = nn.Conv2d(4, 3, 1, bias=False)

    def forward(self, x):
        x = self.adaptive_avg_pool(x)
        x = self.conv(x)
        return x
)text");
}

TEST_CASE("attributes avoid those of modules, and kernels of parameters have paddings",
          "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
params: {k: 3, p: 1, m: {default: same, choices: [same, valid]}}
layers:
  - conv: {name: _, out: 8, kernel: "[k, 3]"}
  - conv: {name: _a, out: 8, kernel: "[3, k]"}
  - conv: {name: _1, out: 8, kernel: 3, pad: "[p, 1]"}
  - conv: {name: __b, out: 8, kernel: k, pad: p}
  - conv: {name: __, out: 8, kernel: 3, pad: m}
  - conv: {name: train, out: 8, kernel: k, dilation: p}
  - max_pool: {name: forward, kernel: 3, ceil_mode: p, pad: 1}
  - max_pool: {name: f2, kernel: 3, stride: 1, ceil_mode: p == 2, pad: p}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self, k=3, p=1, m="same"):
        super().__init__()
        self.input_shape = (8, 16, 12)
        self._ = nn.Conv2d(8, 8, (k, 3), padding=same_padding((k, 3)), bias=False)
        self._a_ = nn.Conv2d(8, 8, (3, k), padding=same_padding((3, k)), bias=False)
        self._1 = nn.Conv2d(8, 8, 3, padding=(p, 1), bias=False)
        self.__b___ = nn.Conv2d(8, 8, k, padding=to_padding(p, k), bias=False)
        self.___ = nn.Conv2d(8, 8, 3, padding=to_padding(m, 3), bias=False)
        self.train_ = nn.Conv2d(
            8, 8, k, padding=same_padding(k, p), dilation=p, bias=False
        )
        self.forward_ = nn.MaxPool2d(3, padding=1, ceil_mode=bool(p))
        self.f2 = nn.MaxPool2d(
            3, stride=1, padding=to_padding(p, 3), ceil_mode=bool(p == 2)
        )
        self.out_channels = 8
)text");
}
