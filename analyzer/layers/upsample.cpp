// Enlarges height and width by whole factors.
#include "layers/layer_kind.hpp"

namespace archcost::kinds {
namespace {

constexpr auto kModeWords = std::to_array<std::string_view>({"nearest", "bilinear"});
constexpr auto kAttributes = std::to_array<AttributeSpec>({
    {"factor", AttributeType::kExtent, "2", "how many times higher and wider"},
    {"mode", AttributeType::kWord, "nearest", "how new positions are filled", 0, kModeWords},
});
constexpr Slot kFactor = slot(kAttributes, "factor"), kMode = slot(kAttributes, "mode");

template <class N>
Shape<N> shape(const LayerView<N>& layer) {
  const Shape<N>& in = layer.input();
  const Extent<N> factor = layer.extent(kFactor);
  return {in.channels, in.height * factor.height, in.width * factor.width};
}

template <class N>
Cost<N> cost(const LayerView<N>& layer, const Shape<N>& output) {
  const bool bilinear = layer.word(kMode) == 1;
  // Four weighted neighbours: four multiplications and three additions an output element.
  return {.elementwise = bilinear ? output.elements() * N(7) : N(0)};
}

}  // namespace

extern const LayerKind upsample_kind;
const LayerKind upsample_kind = {
    .name = "upsample",
    .family = Family::kOther,
    .help = "enlarges height and width by whole factors",
    .source = "PyTorch Upsample",
    .attributes = kAttributes,
    .exact = {shape<Count>, cost<Count>},
};

}  // namespace archcost::kinds
