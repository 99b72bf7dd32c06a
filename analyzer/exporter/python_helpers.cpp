// SPDX-License-Identifier: Apache-2.0
#include "exporter/python_helpers.hpp"

#include <algorithm>
#include <vector>

namespace archcost::exporter {
namespace {

struct Helper {
  std::string_view name;
  std::string_view needs;  ///< another helper
  std::string_view code;
};

constexpr Helper kFunctions[] = {
    {"exact", "", R"(
def exact(value):
    """A decimal number as a fraction, so that 1.1 * 200 is 220; whole numbers stay int."""
    if isinstance(value, (list, tuple)):
        return tuple(exact(element) for element in value)
    if isinstance(value, float):
        value = Fraction(str(value))
    if isinstance(value, Fraction) and value.denominator == 1:
        return int(value)
    return value
)"},
    {"round_half_up", "", R"(
def round_half_up(value):
    return math.floor(value + Fraction(1, 2))
)"},
    {"exact_sqrt", "", R"(
def exact_sqrt(value):
    """Of a square an exact number, else a float."""
    value = Fraction(value)
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return exact(Fraction(top, bottom))
    return math.sqrt(value)
)"},
    {"divisible", "", R"(
def divisible(value, divisor=8):
    """The nearest multiple of the divisor, never below nine tenths of the value."""
    rounded = max(divisor, (value + Fraction(divisor, 2)) // divisor * divisor)
    return rounded + divisor if rounded < Fraction(9, 10) * value else rounded
)"},
    {"same_padding", "", R"(
def same_padding(kernel, dilation=1):
    """Rows and columns on each side that keep the size."""
    if isinstance(kernel, (list, tuple)):
        dilations = dilation if isinstance(dilation, tuple) else (dilation, dilation)
        return tuple(same_padding(k, d) for k, d in zip(kernel, dilations))
    if dilation * (kernel - 1) % 2:
        raise ValueError(f"kernel {kernel} has no equal padding that keeps the size")
    return dilation * (kernel - 1) // 2
)"},
    {"to_padding", "same_padding", R"(
def to_padding(padding, kernel, dilation=1):
    """A number, (height, width), "same" or "valid" as the padding of a layer."""
    if padding == "same":
        return same_padding(kernel, dilation)
    return 0 if padding == "valid" else padding
)"},
    {"window", "", R"(
def window(size, kernel, stride, padding=0, dilation=1):
    """The size of a window's output."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
)"},
};

constexpr Helper kClasses[] = {
    {"SameTF", "", R"(
def pad_same_tf(x, kernel, stride, dilation, value=0.0):
    """TensorFlow's padding: as much as gives ceil(size / stride), the odd row last."""
    sides = []
    windows = zip(x.shape[2:], kernel, stride, dilation)
    for size, k, s, d in reversed(list(windows)):
        total = max(0, (-(-size // s) - 1) * s + d * (k - 1) + 1 - size)
        sides += [total // 2, total - total // 2]
    return F.pad(x, sides, value=value)
)"},
    {"Conv2dSameTF", "SameTF", R"(
class Conv2dSameTF(nn.Conv2d):
    def forward(self, x):
        x = pad_same_tf(x, self.kernel_size, self.stride, self.dilation)
        return super().forward(x)
)"},
    {"PaddedConv2d", "", R"(
class PaddedConv2d(nn.Conv2d):
    """A convolution whose sides (left, right, top, bottom) are padded separately."""

    def __init__(self, *args, sides, **kwargs):
        super().__init__(*args, **kwargs)
        self.sides = sides

    def forward(self, x):
        return super().forward(F.pad(x, self.sides))
)"},
    {"CroppedConvTranspose2d", "", R"(
class CroppedConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution that is cut by (left, right, top, bottom)."""

    def __init__(self, *args, sides, **kwargs):
        super().__init__(*args, **kwargs)
        self.sides = sides

    def forward(self, x):
        return F.pad(super().forward(x), [-side for side in self.sides])
)"},
    {"PaddedMaxPool2d", "SameTF", R"(
class PaddedMaxPool2d(nn.MaxPool2d):
    """Pads its sides (left, right, top, bottom) separately; None: as TensorFlow."""

    def __init__(self, *args, sides, **kwargs):
        super().__init__(*args, **kwargs)
        self.sides = sides

    def forward(self, x):
        if self.sides is None:
            window = (self.kernel_size, self.stride, self.dilation)
            sizes = [v if isinstance(v, tuple) else (v, v) for v in window]
            return super().forward(pad_same_tf(x, *sizes, value=float("-inf")))
        return super().forward(F.pad(x, self.sides, value=float("-inf")))
)"},
    {"PaddedAvgPool2d", "SameTF", R"(
class PaddedAvgPool2d(nn.AvgPool2d):
    """Pads its sides (left, right, top, bottom) separately; None: as TensorFlow."""

    def __init__(self, *args, sides, count_include_pad=True, **kwargs):
        super().__init__(*args, **kwargs)
        self.sides = sides
        self.include = count_include_pad

    def padded(self, x):
        if self.sides is not None:
            return F.pad(x, self.sides)
        window = (self.kernel_size, self.stride, 1)
        sizes = [v if isinstance(v, tuple) else (v, v) for v in window]
        return pad_same_tf(x, *sizes)

    def forward(self, x):
        mean = super().forward(self.padded(x))
        if self.include:
            return mean
        return mean / super().forward(self.padded(torch.ones_like(x[:1, :1])))
)"},
    {"PointwiseLinear", "", R"(
class PointwiseLinear(nn.Linear):
    """The same linear layer at every position."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
)"},
    {"ChannelNorm", "", R"(
class ChannelNorm(nn.LayerNorm):
    """Normalises the channels of each position."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
)"},
    {"SelfAttention", "", R"(
class SelfAttention(nn.MultiheadAttention):
    """Attention of every position to all others."""

    def __init__(self, channels, heads, bias=True):
        super().__init__(channels, heads, bias=bias, batch_first=True)
        self.macs = 0

    def forward(self, x):
        tokens = x.flatten(2).transpose(1, 2)
        count, channels = tokens.shape[1:]
        self.macs = x.shape[0] * (4 * channels + 2 * count) * count * channels
        mixed = super().forward(tokens, tokens, tokens, need_weights=False)[0]
        return mixed.transpose(1, 2).reshape(x.shape)
)"},
    {"MatMul", "", R"(
class MatMul(nn.Module):
    """The matrix product of two branches, channel by channel."""

    def __init__(self, branches=None, transpose=False):
        super().__init__()
        self.branches = nn.ModuleDict(branches)
        self.transpose = transpose
        self.macs = 0

    def forward(self, *inputs):
        if self.branches:
            inputs = [branch(*inputs) for branch in self.branches.values()]
        left, right = inputs
        product = left @ (right.transpose(2, 3) if self.transpose else right)
        self.macs = product.numel() * left.shape[3]
        return product
)"},
    {"Scale", "", R"(
class Scale(nn.Module):
    """A learned factor for each channel."""

    def __init__(self, channels, bias=False):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels)) if bias else None

    def forward(self, x):
        shape = (1, -1) + (1,) * (x.dim() - 2)
        x = x * self.weight.view(shape)
        return x if self.bias is None else x + self.bias.view(shape)
)"},
    {"PositionEmbedding", "", R"(
class PositionEmbedding(nn.Module):
    """A learned number for each element."""

    def __init__(self, *sizes):
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(1, *sizes))

    def forward(self, x):
        return x + self.weight
)"},
    {"ClassToken", "", R"(
class ClassToken(nn.Module):
    """A learned token before the others."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x):
        return torch.cat([self.weight.expand(x.shape[0], -1, -1, -1), x], 2)
)"},
    {"FirstToken", "", R"(
class FirstToken(nn.Module):
    def forward(self, x):
        return x.flatten(2)[:, :, 0] if x.dim() > 2 else x
)"},
    {"Part", "", R"(
class Part(nn.Module):
    """One of equal parts of the channels, from 1."""

    def __init__(self, take, parts=2):
        super().__init__()
        self.take = take
        self.parts = parts

    def forward(self, x):
        return x.chunk(self.parts, 1)[self.take - 1]
)"},
    {"ChannelShuffle", "", R"(
class ChannelShuffle(nn.Module):
    def __init__(self, groups):
        super().__init__()
        self.groups = groups

    def forward(self, x):
        return x.unflatten(1, (self.groups, -1)).transpose(1, 2).flatten(1, 2)
)"},
    {"Reshape", "", R"(
class Reshape(nn.Module):
    def __init__(self, channels, height, width):
        super().__init__()
        self.sizes = (channels, height, width)

    def forward(self, x):
        return x.reshape(x.shape[0], *self.sizes)
)"},
    {"Pad", "", R"(
class Pad(nn.Module):
    """Pads by a number, (height, width) or (top, left, bottom, right)."""

    def __init__(self, pad, mode="zeros"):
        super().__init__()
        sides = pad if isinstance(pad, tuple) else (pad, pad)
        top, left, bottom, right = sides * 2 if len(sides) == 2 else sides
        self.sides = (left, right, top, bottom)
        self.mode = "constant" if mode == "zeros" else mode

    def forward(self, x):
        return F.pad(x, self.sides, mode=self.mode)
)"},
    {"Add", "", R"(
class Add(nn.ModuleDict):
    """The sum of the branches' outputs."""

    def forward(self, x):
        return sum(branch(x) for branch in self.values())
)"},
    {"Multiply", "", R"(
class Multiply(nn.ModuleDict):
    """The product of the branches' outputs."""

    def forward(self, x):
        return math.prod(branch(x) for branch in self.values())
)"},
    {"Concat", "", R"(
class Concat(nn.ModuleDict):
    """The branches' outputs, joined along the channels."""

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.values()], 1)
)"},
};

template <class Helpers>
void add_needed(const Helpers& helpers, std::set<std::string>& names) {
  // A helper stands below those that it needs.
  for (std::size_t k = std::size(helpers); k-- > 0;) {
    if (names.contains(std::string(helpers[k].name)) && !helpers[k].needs.empty())
      names.emplace(helpers[k].needs);
  }
}

template <class Helpers>
std::string definitions(const Helpers& helpers, const std::set<std::string>& names) {
  std::string code;
  for (const Helper& helper : helpers) {
    if (names.contains(std::string(helper.name))) code += "\n" + std::string(helper.code);
  }
  return code;
}

}  // namespace

std::string helper_code(std::set<std::string> names, bool classes) {
  if (names.contains("exact_sqrt")) names.emplace("exact");
  add_needed(kFunctions, names);
  add_needed(kClasses, names);
  return classes ? definitions(kClasses, names) : definitions(kFunctions, names);
}

bool is_helper(std::string_view name) {
  const auto named = [&](const Helper& helper) { return helper.name == name; };
  return std::any_of(std::begin(kFunctions), std::end(kFunctions), named) ||
         std::any_of(std::begin(kClasses), std::end(kClasses), named) || name == "pad_same_tf" ||
         name == "count_macs" || name == "check" || name == "by_order" || name == "ACTIVATIONS";
}

}  // namespace archcost::exporter
