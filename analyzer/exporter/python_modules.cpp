// SPDX-License-Identifier: Apache-2.0
// Classes of exported files: modules that torch.nn doesn't have.
#include "exporter/python_helpers.hpp"

namespace archcost::exporter {
namespace {

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
    {"ConvTranspose2dSameTF", "", R"(
class ConvTranspose2dSameTF(nn.ConvTranspose2d):
    """A transposed convolution whose output is its input's size times the stride."""

    def forward(self, x):
        sizes, sides = [], []
        windows = zip(x.shape[2:], self.kernel_size, self.stride, self.dilation)
        for size, k, s, d in windows:
            beyond = max(0, d * (k - 1) + 1 - s)
            sizes.append(size * s + beyond)
            sides = [-(beyond // 2), beyond // 2 - beyond] + sides
        return F.pad(super().forward(x, sizes), sides)
)"},
    {"drop_late_windows", "SameTF", R"(
def drop_late_windows(x, pool, sides, dilation=1):
    """As ceil_mode does: no last window that begins in the padding behind the image."""
    ends = (x.shape[2] - sides[3], x.shape[3] - sides[1])
    window = (pool.kernel_size, pool.stride, dilation)
    sizes = [v if isinstance(v, tuple) else (v, v) for v in window]
    kept = []
    for size, end, k, s, d in zip(x.shape[2:], ends, *sizes):
        reach = d * (k - 1) + 1
        last = -((reach - size) // s)
        late = pool.ceil_mode and last * s >= end
        kept.append((last - 1) * s + reach if late else size)
    return x[:, :, : kept[0], : kept[1]]
)"},
    {"PaddedMaxPool2d", "drop_late_windows", R"(
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
        x = F.pad(x, self.sides, value=float("-inf"))
        return super().forward(drop_late_windows(x, self, self.sides, self.dilation))
)"},
    {"PaddedAvgPool2d", "drop_late_windows", R"(
class PaddedAvgPool2d(nn.AvgPool2d):
    """Pads its sides (left, right, top, bottom) separately; None: as TensorFlow."""

    def __init__(self, *args, sides, count_include_pad=True, **kwargs):
        super().__init__(*args, **kwargs)
        self.sides = sides
        self.include = count_include_pad

    def padded(self, x):
        if self.sides is not None:
            return drop_late_windows(F.pad(x, self.sides), self, self.sides)
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
    {"Attention", "", R"(
class Attention(nn.Module):
    """Attention of a context, with fewer heads of keys and values, or in windows."""

    def __init__(
        self,
        channels,
        heads,
        bias=True,
        kv_heads=None,
        depth=None,
        windows=None,
        context=None,
    ):
        super().__init__()
        self.heads = heads
        self.kv_heads = kv_heads or heads
        self.depth = depth or channels // heads
        self.windows = windows or 1
        queries, keys = self.heads * self.depth, self.kv_heads * self.depth
        self.q_proj = nn.Linear(channels, queries, bias=bias)
        self.k_proj = nn.Linear(context or channels, keys, bias=bias)
        self.v_proj = nn.Linear(context or channels, keys, bias=bias)
        self.out_proj = nn.Linear(queries, channels, bias=bias)
        self.macs = 0

    def split(self, x, heads):
        """[N, T, heads * depth] to [N, windows, heads, T / windows, depth]."""
        x = x.unflatten(1, (self.windows, -1)).unflatten(3, (heads, self.depth))
        return x.transpose(2, 3).repeat_interleave(self.heads // heads, 2)

    def forward(self, x, context=None):
        tokens = x.flatten(2).transpose(1, 2)
        others = tokens if context is None else context.flatten(2).transpose(1, 2)
        query = self.split(self.q_proj(tokens), self.heads)
        key = self.split(self.k_proj(others), self.kv_heads)
        value = self.split(self.v_proj(others), self.kv_heads)
        scores = query @ key.transpose(3, 4) / self.depth**0.5
        self.macs = 2 * scores.numel() * self.depth
        mixed = (scores.softmax(4) @ value).transpose(2, 3)
        mixed = self.out_proj(mixed.flatten(3).flatten(1, 2))
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
    """One of equal parts of the channels, or of parts of given sizes, from 1."""

    def __init__(self, take, parts=2):
        super().__init__()
        self.take = take
        self.parts = parts

    def forward(self, x):
        if isinstance(self.parts, tuple):
            return x.split(self.parts, 1)[self.take - 1]
        return x.chunk(self.parts, 1)[self.take - 1]
)"},
    {"Slice", "", R"(
class Slice(nn.Module):
    """Channels that follow each other."""

    def __init__(self, channels, start=0):
        super().__init__()
        self.channels = channels
        self.start = start

    def forward(self, x):
        return x[:, self.start : self.start + self.channels]
)"},
    {"Crop", "", R"(
class Crop(nn.Module):
    """A part of the image: its center, start or end."""

    def __init__(self, height, width, align="center"):
        super().__init__()
        self.size = (height, width)
        self.align = align

    def forward(self, x):
        rest = [own - part for own, part in zip(x.shape[2:], self.size)]
        divisor = {"start": None, "center": 2, "end": 1}[self.align]
        top, left = [v // divisor if divisor else 0 for v in rest]
        return x[:, :, top : top + self.size[0], left : left + self.size[1]]
)"},
    {"Mean", "", R"(
class Mean(nn.Module):
    """The mean over some dimensions, which become 1."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.mean(self.dims, keepdim=True) if self.dims else x
)"},
    {"Sum", "", R"(
class Sum(nn.Module):
    """The sum of images and vectors."""

    def forward(self, *inputs):
        return sum(x[:, :, None, None] if x.dim() == 2 else x for x in inputs)
)"},
    {"Rearrange", "", R"(
class Rearrange(nn.Module):
    """The inputs' numbers one after the other, cut or from the start again."""

    def __init__(self, channels, height, width):
        super().__init__()
        self.sizes = (channels, height, width)

    def forward(self, *inputs):
        x = torch.cat([x.flatten(1) for x in inputs], 1)
        wanted = math.prod(self.sizes)
        x = x.repeat(1, -(-wanted // x.shape[1]))[:, :wanted]
        return x.unflatten(1, self.sizes)
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
        sizes = (x.shape[3], x.shape[3], x.shape[2], x.shape[2])
        wide = any(side >= size for side, size in zip(self.sides, sizes))
        if self.mode != "reflect" or not wide:
            return F.pad(x, self.sides, mode=self.mode)
        for dim, (before, after) in ((3, self.sides[:2]), (2, self.sides[2:])):
            period = max(1, 2 * (x.shape[dim] - 1))
            rows = [k % period for k in range(-before, x.shape[dim] + after)]
            rows = torch.tensor([min(k, period - k) for k in rows], device=x.device)
            x = x.index_select(dim, rows)
        return x
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

}  // namespace

std::span<const Helper> module_helpers() { return kClasses; }

}  // namespace archcost::exporter
