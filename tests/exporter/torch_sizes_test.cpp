// SPDX-License-Identifier: Apache-2.0
// Which sizes of layers' outputs the exported code of PyTorch computes, and which helpers it has.
#include <fmt/core.h>

#include "core/text.hpp"
#include "exporter/torch_text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct SizeCase {
  const char *input, *layer, *expected;
};

// "flat: 8, 6, 5 | PositionEmbedding": the sizes of a position embedding behind the layer, which is
// written with the sizes of the network where the code doesn't know them, and the helpers.
std::string sizes_behind(const SizeCase& row) {
  const std::vector<std::string> input = split(row.input, 'x');
  const bool vector = std::string(row.input) == "8x1x1";
  const std::string layer =
      std::string(row.layer) == "other"
          ? "linear: {name: other, out: 8}\n  - pointwise: {from: [first, other]}"
          : row.layer;
  const std::string text = torch_of(fmt::format(
      "name: net\ninput: {{channels: {}, height: {}, width: {}}}\nlayers:\n{}  - {}\n"
      "  - position_embedding: {{name: pos}}\n",
      input[0], input[1], input[2], vector ? "  - linear: {name: first, out: 8}\n" : "", layer));
  const std::size_t begin = text.find("class Net("), end = text.find("    def load_state_dict");
  const std::string net = text.substr(begin, end - begin), head = "self.pos = PositionEmbedding(";
  std::string sizes;
  int depth = 1;
  for (std::size_t k = net.find(head) + head.size();; ++k) {
    depth += (net[k] == '(') - (net[k] == ')');
    if (depth == 0) break;
    const bool blank = net[k] == ' ' || net[k] == '\n';
    if (!blank)
      sizes += net[k];
    else if (!sizes.empty() && sizes.back() != ' ')
      sizes += ' ';
  }
  std::string helpers;
  for (const std::string& line : split(text.substr(0, begin), '\n')) {
    const std::size_t name = line.starts_with("class ") ? 6 : 4;
    if (name == 6 || line.starts_with("def "))
      helpers += " " + line.substr(name, line.find_first_of("(:") - name);
  }
  return (contains(net, "def forward") ? "flat: " : "") + std::string(trim(sizes)) + " |" + helpers;
}

}  // namespace

TEST_CASE("the code computes sizes as far as it knows them, and has the helpers it needs",
          "[export]") {
  static const SizeCase kCases[] = {
      {"8x12x10", "conv: {out: 6, kernel: 3, stride: [2, 1]}",
       "flat: 6, 6, 10 | PositionEmbedding"},
      {"8x12x10", "conv: {out: 6, kernel: 3, pad: valid}",
       "6, window(12, 3, 1), window(10, 3, 1) | window PositionEmbedding"},
      {"8x12x10", "conv: {out: 6, kernel: [3, 5], stride: 2, pad: [0, 1], dilation: [1, 2]}",
       "flat: 6, 5, 2 | PositionEmbedding"},
      {"8x12x10", "conv: {out: 6, kernel: 3, pad: same_tf}",
       "flat: 6, 12, 10 | pad_same_tf Conv2dSameTF PositionEmbedding"},
      {"8x12x10", "conv: {out: 6, kernel: 3, pad: [1, 0, 0, 2]}",
       "flat: 6, 11, 10 | PaddedConv2d PositionEmbedding"},
      {"8x12x10", "conv: {out: 6, kernel: 3, pad: 1}",
       "6, window(12, 3, 1, padding=1), window(10, 3, 1, padding=1) | window PositionEmbedding"},
      {"8x12x10", "conv_transpose: {out: 6, kernel: 2, stride: 2}",
       "flat: 6, 24, 20 | PositionEmbedding"},
      {"8x12x10", "conv_transpose: {out: 6, kernel: 3, stride: 2, pad: same_tf}",
       "flat: 6, 24, 20 | ConvTranspose2dSameTF PositionEmbedding"},
      {"8x12x10", "conv_transpose: {out: 6, kernel: 3, pad: [1, 0, 0, 2]}",
       "flat: 6, 13, 10 | CroppedConvTranspose2d PositionEmbedding"},
      {"8x12x10", "max_pool: {kernel: [3, 2], stride: [2, 3], pad: [1, 0]}",
       "flat: 8, 6, 3 | PositionEmbedding"},
      {"8x12x10", "max_pool: {kernel: [3, 5], stride: 2, dilation: [1, 2]}",
       "flat: 8, 5, 1 | PositionEmbedding"},
      {"8x12x10", "max_pool: {kernel: 3, stride: 2, ceil_mode: true}",
       "flat: 8, 6, 5 | PositionEmbedding"},
      {"8x12x10", "max_pool: {kernel: 3, pad: [1, 0, 0, 1]}",
       "flat: 8, 4, 3 | pad_same_tf drop_late_windows PaddedMaxPool2d PositionEmbedding"},
      {"8x12x10", "max_pool: {kernel: 2, pad: 2}",
       "flat: 8, 8, 7 | pad_same_tf drop_late_windows PaddedMaxPool2d PositionEmbedding"},
      {"8x12x10", "avg_pool: {kernel: [2, 3], stride: [3, 2], pad: [0, 1]}",
       "flat: 8, 4, 5 | PositionEmbedding"},
      {"8x12x10", "avg_pool: {kernel: 3, stride: 2, pad: same_tf}",
       "flat: 8, 6, 5 | pad_same_tf drop_late_windows PaddedAvgPool2d PositionEmbedding"},
      {"8x12x10", "global_avg_pool", "8, 1, 1 | PositionEmbedding"},
      {"8x12x10", "global_max_pool", "8, 1, 1 | PositionEmbedding"},
      {"8x12x10", "adaptive_avg_pool: {size: [2, 3]}", "8, 2, 3 | PositionEmbedding"},
      {"8x12x10", "adaptive_max_pool: {size: 4}", "8, 4, 4 | PositionEmbedding"},
      {"8x12x10", "relu", "8, 12, 10 | PositionEmbedding"},
      {"8x12x10", "softmax", "8, 12, 10 | PositionEmbedding"},
      {"8x12x10", "prelu", "8, 12, 10 | PositionEmbedding"},
      {"8x12x10", "scale: {bias: true}", "8, 12, 10 | Scale PositionEmbedding"},
      {"8x12x10", "batch_norm", "8, 12, 10 | PositionEmbedding"},
      {"8x12x10", "layer_norm: {over: all}", "8, 12, 10 | PositionEmbedding"},
      {"8x12x10", "layer_norm", "8, 12, 10 | ChannelNorm PositionEmbedding"},
      {"8x12x10", "group_norm: {groups: 2}", "8, 12, 10 | PositionEmbedding"},
      {"8x12x10", "lrn", "8, 12, 10 | PositionEmbedding"},
      {"8x12x10", "pointwise", "8, 12, 10 | PositionEmbedding"},
      {"8x12x10", "linear: {out: 3, per_position: true}",
       "3, 12, 10 | PointwiseLinear PositionEmbedding"},
      {"8x12x10", "multi_head_attention: {heads: 2}",
       "8, 12, 10 | SelfAttention PositionEmbedding"},
      {"8x12x10", "multi_head_attention: {heads: 2, kv_heads: 1}",
       "8, 12, 10 | Attention PositionEmbedding"},
      {"8x12x10", "matmul: {transpose: true, x: [], y: []}",
       "flat: 8, 12, 12 | MatMul PositionEmbedding"},
      {"8x12x10", "add: {x: [], y: [relu]}", "8, 12, 10 | PositionEmbedding Add"},
      {"8x12x10", "add: {x: [conv: {out: 8, kernel: 3, stride: 2}], y: [max_pool: {kernel: 2}]}",
       "8, window(12, 3, 2, padding=1), window(10, 3, 2, padding=1) | window PositionEmbedding "
       "Add"},
      {"8x12x10", "multiply: {x: [relu], y: [global_avg_pool]}",
       "8, 12, 10 | PositionEmbedding Multiply"},
      {"8x12x10", "concat: {x: [conv: {out: 4}], y: []}", "12, 12, 10 | PositionEmbedding Concat"},
      {"8x12x10", "concat: {x: [conv: {out: 4}], y: [conv: {out: 3}]}",
       "7, 12, 10 | PositionEmbedding Concat"},
      {"8x12x10", "channel_shuffle: {groups: 2}", "8, 12, 10 | PositionEmbedding ChannelShuffle"},
      {"8x12x10", "split: {parts: 2, take: 1}", "4, 12, 10 | PositionEmbedding Part"},
      {"8x12x10", "split: {parts: [1, 7], take: 1}", "1, 12, 10 | PositionEmbedding Part"},
      {"8x12x10", "split: {parts: [3, 5], take: 2}", "5, 12, 10 | PositionEmbedding Part"},
      {"8x12x10", "slice: {channels: 3, start: 2}", "3, 12, 10 | PositionEmbedding Slice"},
      {"8x12x10", "crop: {size: [4, 3], align: start}", "8, 4, 3 | PositionEmbedding Crop"},
      {"8x12x10", "crop: {size: 2}", "8, 2, 2 | PositionEmbedding Crop"},
      {"8x12x10", "pad: {pad: [1, 2, 3, 4]}", "flat: 8, 16, 16 | PositionEmbedding Pad"},
      {"8x12x10", "upsample: {factor: 2}", "flat: 8, 24, 20 | PositionEmbedding"},
      {"8x12x10", "upsample: {size: [5, 7]}", "flat: 8, 5, 7 | PositionEmbedding"},
      {"8x12x10", "rearrange: {channels: 4, height: 3, width: 2}",
       "4, 3, 2 | PositionEmbedding Rearrange"},
      {"8x12x10", "unsupported: {channels: 4, height: 3, width: 2}",
       "4, 3, 2 | PositionEmbedding Rearrange"},
      {"8x12x10", "reduce: {channels: true}", "1, 12, 10 | PositionEmbedding Mean"},
      {"8x12x10", "reduce: {height: true}", "8, 1, 10 | PositionEmbedding Mean"},
      {"8x12x10", "reduce: {width: true}", "8, 12, 1 | PositionEmbedding Mean"},
      {"8x12x10", "flatten", "960 | PositionEmbedding"},
      {"8x12x10", "dropout: {p: 0.5}", "8, 12, 10 | PositionEmbedding"},
      {"8x1x1", "linear: {out: 6}", "6 | PositionEmbedding"},
      {"8x1x1", "batch_norm", "8 | PositionEmbedding"},
      {"8x1x1", "layer_norm", "8 | ChannelNorm PositionEmbedding"},
      {"8x1x1", "layer_norm: {over: all}", "8 | PositionEmbedding"},
      {"8x1x1", "lrn", "8, 1, 1 | PositionEmbedding"},
      {"8x1x1", "relu", "8 | PositionEmbedding"},
      {"8x1x1", "pointwise", "8 | PositionEmbedding"},
      {"8x1x1", "scale", "8 | Scale PositionEmbedding"},
      {"8x1x1", "linear: {out: 6, per_position: true}", "6 | PointwiseLinear PositionEmbedding"},
      {"8x1x1", "multi_head_attention: {heads: 2}", "8, 1, 1 | SelfAttention PositionEmbedding"},
      {"8x1x1", "conv: {out: 3}", "3, 1, 1 | PositionEmbedding"},
      {"8x1x1", "max_pool: {kernel: 1}",
       "8, window(1, 1, 1), window(1, 1, 1) | window PositionEmbedding"},
      {"8x1x1", "adaptive_avg_pool: {size: 1}", "8, 1, 1 | PositionEmbedding"},
      {"8x1x1", "global_max_pool", "8, 1, 1 | PositionEmbedding"},
      {"8x1x1", "pad: {pad: 1}", "flat: 8, 3, 3 | PositionEmbedding Pad"},
      {"8x1x1", "upsample: {factor: 2}", "flat: 8, 2, 2 | PositionEmbedding"},
      {"8x1x1", "crop: {size: 1}", "8, 1, 1 | PositionEmbedding Crop"},
      {"8x1x1", "reduce: {channels: true}", "1, 1, 1 | PositionEmbedding Mean"},
      {"8x1x1", "class_token", "8, 2, 1 | PositionEmbedding ClassToken"},
      {"8x1x1", "take_token", "8 | PositionEmbedding FirstToken"},
      {"8x1x1", "reshape: {channels: 2, height: 2, width: 2}", "2, 2, 2 | PositionEmbedding"},
      {"8x1x1", "rearrange: {channels: 4, height: 1, width: 1}",
       "4, 1, 1 | PositionEmbedding Rearrange"},
      {"8x1x1", "split: {parts: 2, take: 1}", "4 | PositionEmbedding Part"},
      {"8x1x1", "add: {x: [], y: [linear: {out: 8}]}", "8 | PositionEmbedding Add"},
      {"8x1x1", "multiply: {x: [], y: [conv: {out: 8}]}", "flat: 8, 1, 1 | PositionEmbedding"},
      {"8x1x1", "concat: {x: [linear: {out: 4}], y: []}", "flat: 12 | PositionEmbedding"},
      {"8x1x1", "concat: {x: [conv: {out: 4}], y: []}", "flat: 12, 1, 1 | PositionEmbedding"},
      {"8x1x1", "matmul: {x: [], y: [linear: {out: 8}]}",
       "flat: 8, 1, 1 | MatMul PositionEmbedding"},
      {"8x1x1", "other", "flat: 8, 1, 1 | PositionEmbedding Sum"},
      {"8x5x1", "class_token", "8, 6, 1 | PositionEmbedding ClassToken"},
      {"8x5x1", "take_token", "8 | PositionEmbedding FirstToken"},
      {"8x5x1", "multi_head_attention: {heads: 4}", "8, 5, 1 | SelfAttention PositionEmbedding"},
      {"8x5x1", "linear: {out: 6, per_position: true}",
       "6, 5, 1 | PointwiseLinear PositionEmbedding"},
      {"8x5x1", "flatten", "40 | PositionEmbedding"},
  };
  for (const SizeCase& row : kCases) {
    INFO(row.input << " " << row.layer);
    CHECK(sizes_behind(row) == row.expected);
  }
}
