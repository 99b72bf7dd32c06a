// SPDX-License-Identifier: Apache-2.0
// Layers that move, select, repeat or pass on numbers.
#include <fmt/core.h>

#include "layers/kinds.hpp"

namespace archcost::layers::kinds {
namespace {

constexpr auto kShuffleAttributes = std::to_array<AttributeSpec>({
    {"groups", AttributeType::kInteger, "", "groups that are mixed"},
});
constexpr auto kSplitAttributes = std::to_array<AttributeSpec>({
    {"parts", AttributeType::kParts, "2", "equal parts of the channels, or the channels of each"},
    {"take", AttributeType::kInteger, "", "the part that is passed on, from 1"},
});
constexpr auto kSliceAttributes = std::to_array<AttributeSpec>({
    {"channels", AttributeType::kInteger, "", "how many channels are passed on"},
    {"start", AttributeType::kInteger, "0", "how many channels before them are left out", 0},
});
constexpr auto kAlignments = std::to_array<std::string_view>({"center", "start", "end"});
constexpr auto kCropAttributes = std::to_array<AttributeSpec>({
    {"size", AttributeType::kExtent, "", "height and width of the output"},
    {"align", AttributeType::kWord, "center", "which rows and columns are kept", 0, kAlignments},
});
constexpr auto kReshapeAttributes = std::to_array<AttributeSpec>({
    {"channels", AttributeType::kInteger, "", "channels of the output"},
    {"height", AttributeType::kInteger, "1", "height of the output"},
    {"width", AttributeType::kInteger, "1", "width of the output"},
});
constexpr auto kPadModes = std::to_array<std::string_view>({"zeros", "reflect", "replicate"});
constexpr auto kPadAttributes = std::to_array<AttributeSpec>({
    {"pad", AttributeType::kPadding, "", "rows and columns added on each side", 0},
    {"mode", AttributeType::kWord, "zeros", "what they are filled with", 0, kPadModes},
});
constexpr auto kUpsampleModes = std::to_array<std::string_view>({"nearest", "bilinear"});
constexpr auto kUpsampleAttributes = std::to_array<AttributeSpec>({
    {"factor", AttributeType::kExtent, "2", "how many times higher and wider"},
    {"mode", AttributeType::kWord, "nearest", "how new positions are filled", 0, kUpsampleModes},
    {"size", AttributeType::kExtent, "none", "height and width of the output, instead of factor"},
});
constexpr auto kDropoutAttributes = std::to_array<AttributeSpec>({
    {"p", AttributeType::kReal, "0.5", "probability of dropping, in training only"},
});

TensorShape shuffle_shape(const LayerView& layer) {
  require_divides(layer, slot(kShuffleAttributes, "groups"), "groups", layer.input().channels,
                  "input channels");
  return layer.input();
}

TensorShape split_shape(const LayerView& layer) {
  constexpr Slot kParts = slot(kSplitAttributes, "parts"), kTake = slot(kSplitAttributes, "take");
  const TensorShape& in = layer.input();
  const Count parts = layer.number(kParts);
  require(layer.number(kTake) <= parts, "take", [&] {
    return fmt::format("take {} is more than the {} parts; parts count from 1",
                       layer.number(kTake).shown(), parts.shown());
  });
  const std::span<const Count> sizes = layer.sizes(kSplitAttributes);
  if (sizes.empty()) {
    require_divides(layer, kParts, "parts", in.channels, "input channels");
    return {div_floor(in.channels, parts), in.height, in.width};
  }
  Count total;
  for (const Count size : sizes) total += size;
  require(total == in.channels, "parts", [&] {
    return fmt::format("the parts have {} channels together, and the input has {}", total.shown(),
                       in.channels.shown());
  });
  return {sizes[static_cast<std::size_t>(layer.number(kTake).value() - 1)], in.height, in.width};
}

TensorShape slice_shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  const Count channels = layer.number(slot(kSliceAttributes, "channels")),
              start = layer.number(slot(kSliceAttributes, "start"));
  require(start + channels <= in.channels, "channels", [&] {
    return fmt::format("channels {} to {} are more than the {} of the input", start.shown() + 1,
                       (start + channels).shown(), in.channels.shown());
  });
  return {channels, in.height, in.width};
}

TensorShape crop_shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  const Extent size = layer.extent(slot(kCropAttributes, "size"));
  require(size.height <= in.height && size.width <= in.width, "size", [&] {
    return fmt::format("a crop to {} is larger than the input {}", to_string(size),
                       to_string(Extent{in.height, in.width}));
  });
  return {in.channels, size.height, size.width};
}

TensorShape flatten_shape(const LayerView& layer) {
  return {layer.input().elements(), Count(1), Count(1)};
}

TensorShape reshape_shape(const LayerView& layer) {
  const TensorShape output = {layer.number(slot(kReshapeAttributes, "channels")),
                              layer.number(slot(kReshapeAttributes, "height")),
                              layer.number(slot(kReshapeAttributes, "width"))};
  require(output.elements() == layer.input().elements(), "", [&] {
    return fmt::format("{} ({} elements) can't become {} ({} elements)", to_string(layer.input()),
                       layer.input().elements().shown(), to_string(output),
                       output.elements().shown());
  });
  return output;
}

TensorShape pad_shape(const LayerView& layer) {
  constexpr Slot kSides = slot(kPadAttributes, "pad");
  require(layer.padding_mode(kSides) == PaddingMode::kNumbers, "pad", [] {
    return std::string("pad needs numbers here: same, valid and same_tf depend on a kernel");
  });
  const TensorShape& in = layer.input();
  const Padding sides = layer.sides(kSides);
  return {in.channels, in.height + sides.top + sides.bottom, in.width + sides.left + sides.right};
}

TensorShape upsample_shape(const LayerView& layer) {
  const TensorShape& in = layer.input();
  const Extent factor = layer.extent(slot(kUpsampleAttributes, "factor")),
               size = layer.extent(slot(kUpsampleAttributes, "size"));
  if (size.height != Count(0)) {
    require(factor.height == Count(2) && factor.width == Count(2), "factor", [] {
      return std::string("factor has no effect where size is given; leave one of the two out");
    });
    return {in.channels, size.height, size.width};
  }
  return {in.channels, in.height * factor.height, in.width * factor.width};
}

LayerCost upsample_cost(const LayerView& layer, const TensorShape& output) {
  const bool bilinear = layer.word(slot(kUpsampleAttributes, "mode")) == 1;
  // Four weighted neighbours: four multiplications and three additions an output element.
  return {.elementwise = bilinear ? output.elements() * Count(7) : Count(0)};
}

}  // namespace

// [g, C/g] is transposed to [C/g, g].
const LayerKind channel_shuffle_kind = {
    .name = "channel_shuffle",
    .family = Family::kRearrange,
    .help = "channels interleaved across groups; moves numbers, computes nothing",
    .source = "arXiv:1707.01083 section 3.1",
    .attributes = kShuffleAttributes,
    .shape = shuffle_shape,
};

const LayerKind split_kind = {
    .name = "split",
    .family = Family::kRearrange,
    .help = "one of several parts of the channels",
    .source = "arXiv:1807.11164 section 3 (channel split)",
    .attributes = kSplitAttributes,
    .shape = split_shape,
};

const LayerKind slice_kind = {
    .name = "slice",
    .family = Family::kRearrange,
    .help = "channels that follow each other",
    .source = "PyTorch x[:, start:start + channels]; moves, computes nothing",
    .attributes = kSliceAttributes,
    .shape = slice_shape,
};

const LayerKind crop_kind = {
    .name = "crop",
    .family = Family::kRearrange,
    .help = "a part of the image, by default its centre",
    .source = "arXiv:1505.04597 figure 1 (copy and crop); moves, computes nothing",
    .spatial = SpatialEffect::kRenumber,
    .attributes = kCropAttributes,
    .shape = crop_shape,
};

const LayerKind flatten_kind = {
    .name = "flatten",
    .family = Family::kRearrange,
    .help = "all elements as channels of one position",
    .source = "PyTorch Flatten; moves nothing",
    .view = ViewWhen::kAlways,
    .spatial = SpatialEffect::kGather,
    .shape = flatten_shape,
};

const LayerKind reshape_kind = {
    .name = "reshape",
    .family = Family::kRearrange,
    .help = "the same elements under another shape",
    .source = "PyTorch reshape; moves nothing",
    .view = ViewWhen::kAlways,
    .spatial = SpatialEffect::kRenumber,
    .attributes = kReshapeAttributes,
    .shape = reshape_shape,
};

const LayerKind pad_kind = {
    .name = "pad",
    .family = Family::kRearrange,
    .help = "rows and columns added around the image",
    .source = "PyTorch ZeroPad2d",
    .attributes = kPadAttributes,
    .shape = pad_shape,
};

const LayerKind upsample_kind = {
    .name = "upsample",
    .family = Family::kOther,
    .help = "enlarges height and width by whole factors, or to a size",
    .source = "PyTorch Upsample",
    .spatial = SpatialEffect::kUpsampling,
    .attributes = kUpsampleAttributes,
    .shape = upsample_shape,
    .cost = upsample_cost,
};

const LayerKind dropout_kind = {
    .name = "dropout",
    .family = Family::kOther,
    .help = "dropout; does nothing at inference",
    .source = "arXiv:1207.0580",
    .view = ViewWhen::kAtInference,
    .elementwise = true,
    .attributes = kDropoutAttributes,
};

}  // namespace archcost::layers::kinds
