// SPDX-License-Identifier: Apache-2.0
// The attributes of a kind of layer, as data: the parser, the help, the JSON schema and the reports
// all read the same rows.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace archcost::layers {

enum class AttributeType {
  kInteger,  ///< a whole number of at least `min`
  kExtent,   ///< height and width: 3 or [3, 1]
  kPadding,  ///< same, valid, same_tf, 1, [height, width], [top, left, bottom, right] or a map of
             ///< sides
  kFlag,     ///< true, false, 1 or 0
  kWord,     ///< one of `words`
  kReal,     ///< a number that no size or cost depends on (a slope, a probability)
  kParts,  ///< a number of equal parts, or a list with the size of each: 2, [24, 8]. The number of
           ///< parts is in the attribute's slot; sizes come after all other numbers of the layer
};

/// How the padding was written; the numbers of kNumbers are in the attribute's slots.
enum class PaddingMode { kNumbers, kValid, kSame, kSameTf };

struct AttributeSpec {
  std::string_view name;
  AttributeType type = AttributeType::kInteger;
  /// The default: a literal, "=other" for the value of another attribute above it, or "none" for
  /// numbers that are 0 when they aren't written. Empty: it must be written.
  std::string_view fallback;
  std::string_view help;
  std::int64_t min = 1;
  std::span<const std::string_view> words = {};
};

/// The indices of an attribute's values in the flat arrays of a layer.
struct Slot {
  int number = 0, word = 0, real = 0;
  friend bool operator==(const Slot&, const Slot&) = default;
};

constexpr int number_width(AttributeType type) {
  switch (type) {
    case AttributeType::kInteger:
    case AttributeType::kParts:
      return 1;
    case AttributeType::kExtent:
      return 2;
    case AttributeType::kPadding:
      return 4;
    default:
      return 0;
  }
}
constexpr int word_width(AttributeType type) {
  return type == AttributeType::kFlag || type == AttributeType::kWord ||
         type == AttributeType::kPadding;
}

constexpr Slot slot_of(std::span<const AttributeSpec> attributes, std::size_t index) {
  Slot slot;
  for (std::size_t i = 0; i < index; ++i) {
    slot.number += number_width(attributes[i].type);
    slot.word += word_width(attributes[i].type);
    slot.real += attributes[i].type == AttributeType::kReal;
  }
  return slot;
}

/// The slot of a named attribute, found when the program is compiled: a wrong name doesn't compile.
consteval Slot slot(std::span<const AttributeSpec> attributes, std::string_view name) {
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (attributes[i].name == name) return slot_of(attributes, i);
  }
  throw "no such attribute";
}

}  // namespace archcost::layers
