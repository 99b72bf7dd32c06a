// SPDX-License-Identifier: Apache-2.0
// Modules of PyTorch for the kinds of layers.
#include "exporter/torch_text.hpp"
#include "support/catch.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("windows, pools and their paddings as modules", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
layers:
  - conv: {name: a, out: 12, kernel: [3, 5], stride: [2, 1], dilation: [1, 2], groups: 4, pad: [1, 2, 0, 3], bias: true}
  - conv: {name: b, out: 6}
  - conv: {name: c, out: 6, kernel: [3, 5]}
  - conv: {name: d, out: 6, kernel: 3, dilation: 2}
  - conv: {name: e, out: 6, kernel: 3, pad: same_tf}
  - conv: {name: f, out: 6, kernel: 3, pad: valid}
  - conv: {name: g, out: 6, kernel: 5, pad: 1, stride: 2}
  - conv_transpose: {name: o, out: 6, kernel: [3, 2], stride: [2, 3], dilation: [1, 2], groups: 2, pad: [1, 0, 0, 1], output_pad: [1, 0]}
  - conv_transpose: {name: p, out: 5, kernel: 2, bias: true}
  - conv_transpose: {name: q, out: 5, kernel: 3, stride: 2, pad: same_tf}
  - conv_transpose: {name: r, out: 5, kernel: 3, stride: 2, pad: [1, 0]}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self):
        super().__init__()
        self.input_shape = (8, 16, 12)
        self.a = PaddedConv2d(
            8, 12, (3, 5), stride=(2, 1), dilation=(1, 2), groups=4, sides=(2, 3, 1, 0)
        )
        self.b = nn.Conv2d(12, 6, 1, bias=False)
        self.c = nn.Conv2d(6, 6, (3, 5), padding=(1, 2), bias=False)
        self.d = nn.Conv2d(6, 6, 3, padding=same_padding(3, 2), dilation=2, bias=False)
        self.e = Conv2dSameTF(6, 6, 3, bias=False)
        self.f = nn.Conv2d(6, 6, 3, bias=False)
        self.g = nn.Conv2d(6, 6, 5, stride=2, padding=1, bias=False)
        self.o = CroppedConvTranspose2d(
            6,
            6,
            (3, 2),
            stride=(2, 3),
            output_padding=(1, 0),
            groups=2,
            bias=False,
            dilation=(1, 2),
            sides=(0, 1, 1, 0),
        )
        self.p = nn.ConvTranspose2d(6, 5, 2)
        self.q = ConvTranspose2dSameTF(5, 5, 3, stride=2, bias=False)
        self.r = nn.ConvTranspose2d(5, 5, 3, stride=2, padding=(1, 0), bias=False)
        self.out_channels = 5
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
layers:
  - max_pool: {name: a, kernel: 3, pad: 1, stride: 2}
  - max_pool: {name: b, kernel: [3, 2], stride: [1, 2], pad: [1, 0], dilation: [1, 2]}
  - upsample: {name: u, factor: 4}
  - max_pool: {name: c, kernel: 2, stride: 1, ceil_mode: true, pad: [2, 1]}
  - max_pool: {name: d, kernel: 3, pad: [1, 0, 0, 1]}
  - max_pool: {name: d2, kernel: [2, 3], pad: [1, 2], stride: 1}
  - max_pool: {name: d3, kernel: [3, 2], pad: [2, 1], stride: 1}
  - max_pool: {name: d4, kernel: [2, 4], pad: [1, 2], stride: 1}
  - avg_pool: {name: e, kernel: 2, stride: 1, count_include_pad: false}
  - avg_pool: {name: f, kernel: 3, stride: 1, pad: same_tf}
  - avg_pool: {name: g, kernel: 3, stride: 1, pad: 1}
  - adaptive_avg_pool: {name: l, size: [2, 3]}
  - adaptive_max_pool: {name: m, size: 2}
  - add: [[global_avg_pool], [global_max_pool]]
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self):
        super().__init__()
        self.input_shape = (8, 16, 12)
        self.a = nn.MaxPool2d(3, stride=2, padding=1)
        self.b = nn.MaxPool2d((3, 2), stride=(1, 2), padding=(1, 0), dilation=(1, 2))
        self.u = nn.Upsample(scale_factor=4, mode="nearest")
        self.c = PaddedMaxPool2d(2, stride=1, ceil_mode=True, sides=(1, 1, 2, 2))
        self.d = PaddedMaxPool2d(3, sides=(0, 1, 1, 0))
        self.d2 = PaddedMaxPool2d((2, 3), stride=1, sides=(2, 2, 1, 1))
        self.d3 = PaddedMaxPool2d((3, 2), stride=1, sides=(1, 1, 2, 2))
        self.d4 = nn.MaxPool2d((2, 4), stride=1, padding=(1, 2))
        self.e = nn.AvgPool2d(2, stride=1, count_include_pad=False)
        self.f = PaddedAvgPool2d(3, stride=1, sides=None)
        self.g = nn.AvgPool2d(3, stride=1, padding=1)
        self.l = nn.AdaptiveAvgPool2d((2, 3))
        self.m = nn.AdaptiveMaxPool2d(2)
        branch1 = nn.Sequential()
        branch1.global_avg_pool = nn.AdaptiveAvgPool2d(1)
        branch2 = nn.Sequential()
        branch2.global_max_pool = nn.AdaptiveMaxPool2d(1)
        self.add = Add({"0": branch1, "1": branch2})
        self.out_channels = 8
)text");
}

TEST_CASE("activations, norms and learned factors as modules", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
layers:
  - relu: {name: a}
  - relu6: {name: b}
  - leaky_relu: {name: c, slope: 0.25}
  - elu: {name: e, alpha: 0.5}
  - sigmoid: {name: f}
  - hard_sigmoid: {name: g}
  - tanh: {name: l}
  - swish: {name: j}
  - hard_swish: {name: k}
  - gelu: {name: m}
  - softmax: {name: n}
  - prelu: {name: o}
  - prelu: {name: p, per_channel: false}
  - scale: {name: q}
  - scale: {name: r, bias: true}
  - position_embedding: {name: s}
  - batch_norm: {name: t}
  - batch_norm: {name: u, affine: false}
  - layer_norm: {name: v}
  - layer_norm: {name: w2, over: all, affine: false}
  - group_norm: {name: y, groups: 2}
  - group_norm: {name: z, groups: 4, affine: false}
  - lrn: {name: aa, size: 3}
  - pointwise: {name: bb}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self):
        super().__init__()
        self.input_shape = (8, 16, 12)
        self.a = nn.ReLU()
        self.b = nn.ReLU6()
        self.c = nn.LeakyReLU(0.25)
        self.e = nn.ELU(0.5)
        self.f = nn.Sigmoid()
        self.g = nn.Hardsigmoid()
        self.l = nn.Tanh()
        self.j = nn.SiLU()
        self.k = nn.Hardswish()
        self.m = nn.GELU()
        self.n = nn.Softmax(dim=1)
        self.o = nn.PReLU(8)
        self.p = nn.PReLU(1)
        self.q = Scale(8)
        self.r = Scale(8, bias=True)
        self.s = PositionEmbedding(8, 16, 12)
        self.t = nn.BatchNorm2d(8)
        self.u = nn.BatchNorm2d(8, affine=False)
        self.v = ChannelNorm(8)
        self.w2 = nn.LayerNorm((8, 16, 12), elementwise_affine=False)
        self.y = nn.GroupNorm(2, 8)
        self.z = nn.GroupNorm(4, 8, affine=False)
        self.aa = nn.LocalResponseNorm(3)
        self.bb = nn.Identity()
        self.out_channels = 8
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 1, width: 1}
layers:
  - linear: {name: a, out: 6}
  - batch_norm: {name: b}
  - layer_norm: {name: c}
  - layer_norm: {name: d, over: all}
  - position_embedding: {name: e}
  - lrn: {name: f}
  - linear: {name: g, out: 4, bias: false}
  - conv: {name: k, out: 3}
  - linear: {name: l, out: 4}
  - class_token: {name: m}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self):
        super().__init__()
        self.input_shape = (8, 1, 1)
        self.a_flatten = nn.Flatten()
        self.a = nn.Linear(8, 6)
        self.b = nn.BatchNorm1d(6)
        self.c = ChannelNorm(6)
        self.d = nn.LayerNorm(6)
        self.e = PositionEmbedding(6)
        self.f_unflatten = nn.Unflatten(1, (6, 1, 1))
        self.f = nn.LocalResponseNorm(5)
        self.g_flatten = nn.Flatten()
        self.g = nn.Linear(6, 4, bias=False)
        self.k_unflatten = nn.Unflatten(1, (4, 1, 1))
        self.k = nn.Conv2d(4, 3, 1, bias=False)
        self.l_flatten = nn.Flatten()
        self.l = nn.Linear(3, 4)
        self.m_unflatten = nn.Unflatten(1, (4, 1, 1))
        self.m = ClassToken(4)
        self.out_channels = 4
)text");
}

TEST_CASE("moves, linear layers and attention as modules", "[export]") {
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
layers:
  - concat: {name: a, x: [conv: {out: 4}], y: []}
  - channel_shuffle: {name: b, groups: 3}
  - split: {name: c, parts: 2, take: 2}
  - split: {name: d, parts: [1, 3, 2], take: 2}
  - slice: {name: e, channels: 2, start: 1}
  - slice: {name: e2, channels: 2}
  - crop: {name: f, size: [12, 10]}
  - crop: {name: f2, size: 9, align: end}
  - pad: {name: g, pad: 2}
  - pad: {name: k, pad: [1, 2, 3, 4], mode: reflect}
  - upsample: {name: l, factor: [2, 3]}
  - upsample: {name: m, size: 8, mode: bilinear}
  - rearrange: {name: n, channels: 4, height: 3, width: 2}
  - reduce: {name: o, channels: true}
  - reduce: {name: p, height: true, width: true}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self):
        super().__init__()
        self.input_shape = (8, 16, 12)
        x_ = nn.Sequential()
        x_.conv = nn.Conv2d(8, 4, 1, bias=False)
        self.a = Concat({"x_": x_, "y": nn.Identity()})
        self.b = ChannelShuffle(3)
        self.c = Part(2, 2)
        self.d = Part(2, (1, 3, 2))
        self.e = Slice(2, start=1)
        self.e2 = Slice(2)
        self.f = Crop(12, 10)
        self.f2 = Crop(9, 9, align="end")
        self.g = Pad(2)
        self.k = Pad((1, 2, 3, 4), mode="reflect")
        self.l = nn.Upsample(scale_factor=(2, 3), mode="nearest")
        self.m = nn.Upsample(size=8, mode="bilinear")
        self.n = Rearrange(4, 3, 2)
        self.o = Mean(1)
        self.p = Mean(2, 3)
        self.out_channels = 1
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 8, height: 16, width: 12}
layers:
  - linear: {name: a, out: 6, per_position: true}
  - reshape: {name: b, channels: 6, height: h * w}
  - class_token: {name: c}
  - multi_head_attention: {name: d, heads: 3}
  - multi_head_attention: {name: e, heads: 2, bias: false, kv_heads: 1, head_channels: 4}
  - take_token: {name: f}
  - dropout: {name: g, p: 0.5}
  - reshape: {name: k, channels: 2, height: 3}
  - flatten: {name: l}
  - linear: {name: m, out: 3, bias: false}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Sequential):
    """net
    """

    def __init__(self):
        super().__init__()
        self.input_shape = (8, 16, 12)
        self.a = PointwiseLinear(8, 6)
        self.b = Reshape(6, 16 * 12, 1)
        self.c = ClassToken(6)
        self.d = SelfAttention(6, 3)
        self.e = Attention(6, 2, bias=False, kv_heads=1, depth=4)
        self.f = FirstToken()
        self.g = nn.Dropout(0.5)
        self.k = nn.Unflatten(1, (2, 3, 1))
        self.l = nn.Flatten()
        self.m = nn.Linear(6, 3, bias=False)
        self.out_channels = 3
)text");
  CHECK(classes_of(torch_of(R"yaml(name: net
input: {channels: 4, height: 5, width: 3}
layers:
  - flatten: {name: a}
  - reshape: {name: b, channels: 5, height: 4, width: 3}
  - matmul: {name: c, transpose: true, x: [], y: [conv: {out: in}]}
  - pointwise: {name: p, from: [c, c]}
)yaml"),
                   "Net") ==
        R"text(class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_shape = (4, 5, 3)
        self.a = nn.Flatten()
        self.b = nn.Unflatten(1, (5, 4, 3))
        self.c_y_conv = nn.Conv2d(5, 5, 1, bias=False)
        self.c = MatMul(transpose=True)
        self.p = Sum()

    def forward(self, x):
        x = self.a(x)
        x2 = self.b(x)
        x = self.c_y_conv(x2)
        x4 = self.c(x2, x)
        x = self.p(x4, x4)
        return x
)text");
}
