// SPDX-License-Identifier: Apache-2.0
// Attributes of nodes and numbers of small tensors, decoded where they are used.
#include <fmt/core.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "core/diagnostic.hpp"
#include "onnx/model.hpp"
#include "onnx/protobuf.hpp"

namespace archcost::onnx {
namespace {

// Real numbers matter where they are few: factors, bounds, scales of a resize.
constexpr std::int64_t kMostAttributeNumbers = 65'536, kMostAttributeReals = 4'096;

template <class Read>
auto guard_attribute(Read read) {
  try {
    return read();
  } catch (const protozero::exception& fault) {
    throw Error(fmt::format("an attribute is damaged ({})", fault.what()));
  }
}

// Calls `visit` at every field of that number.
template <class Visit>
void each(std::string_view message, std::uint32_t tag, Visit visit) {
  guard_attribute([&] {
    protozero::pbf_reader reader(message.data(), message.size());
    while (reader.next()) {
      if (reader.tag() == tag)
        visit(reader);
      else
        reader.skip();
    }
    return 0;
  });
}

bool packed(const protozero::pbf_reader& reader) {
  return reader.wire_type() == protozero::pbf_wire_type::length_delimited;
}

double half_to_double(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

double bfloat_to_double(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

template <class Number>
Number raw_number(std::string_view raw, std::size_t index) {
  Number number;
  std::memcpy(&number, raw.data() + index * sizeof(Number), sizeof(Number));
  return number;
}

template <class Number, class Target>
bool read_raw(std::string_view raw, std::size_t count, std::vector<Target>& target) {
  if (raw.size() != count * sizeof(Number)) return false;
  for (std::size_t i = 0; i < count; ++i)
    target.push_back(static_cast<Target>(raw_number<Number>(raw, i)));
  return true;
}

bool read_raw_halves(std::string_view raw, std::size_t count, bool bfloat,
                     std::vector<double>& target) {
  if (raw.size() != count * 2) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = raw_number<std::uint16_t>(raw, i);
    target.push_back(bfloat ? bfloat_to_double(bits) : half_to_double(bits));
  }
  return true;
}

bool read_raw_data(std::string_view raw, std::int32_t type, std::size_t count, Constant& constant) {
  switch (type) {
    case kFloat:
      return read_raw<float>(raw, count, constant.reals);
    case kDouble:
      return read_raw<double>(raw, count, constant.reals);
    case kFloat16:
      return read_raw_halves(raw, count, false, constant.reals);
    case kBfloat16:
      return read_raw_halves(raw, count, true, constant.reals);
    case kInt64:
    case kUint64:
      return read_raw<std::int64_t>(raw, count, constant.whole);
    case kInt32:
      return read_raw<std::int32_t>(raw, count, constant.whole);
    case kUint32:
      return read_raw<std::uint32_t>(raw, count, constant.whole);
    case kInt16:
      return read_raw<std::int16_t>(raw, count, constant.whole);
    case kUint16:
      return read_raw<std::uint16_t>(raw, count, constant.whole);
    case kInt8:
      return read_raw<std::int8_t>(raw, count, constant.whole);
    case kUint8:
    case kBool:
      return read_raw<std::uint8_t>(raw, count, constant.whole);
    default:
      return false;
  }
}

// The typed fields: float_data 4, int32_data 5, int64_data 7, double_data 10, uint64_data 11.
void read_typed_field(protozero::pbf_reader& reader, std::int32_t type, Constant& constant) {
  const auto add_whole = [&](std::int64_t number) {
    if (type == kFloat16)
      constant.reals.push_back(half_to_double(static_cast<std::uint16_t>(number)));
    else if (type == kBfloat16)
      constant.reals.push_back(bfloat_to_double(static_cast<std::uint16_t>(number)));
    else
      constant.whole.push_back(number);
  };
  switch (reader.tag()) {
    case 4:
      if (packed(reader)) {
        for (const float number : reader.get_packed_float()) constant.reals.push_back(number);
      } else {
        constant.reals.push_back(reader.get_float());
      }
      break;
    case 10:
      if (packed(reader)) {
        for (const double number : reader.get_packed_double()) constant.reals.push_back(number);
      } else {
        constant.reals.push_back(reader.get_double());
      }
      break;
    case 5:
    case 7:
    case 11:
      if (packed(reader)) {
        for (const std::int64_t number : reader.get_packed_int64()) add_whole(number);
      } else {
        add_whole(reader.get_int64());
      }
      break;
    default:
      reader.skip();
  }
}

}  // namespace

std::optional<Constant> numbers_of(const TensorHeader& tensor) {
  const std::int64_t count = elements(tensor.shape);
  Constant constant;
  constant.shape = tensor.shape;
  constant.real = !is_whole(tensor.type);
  const std::int64_t most = constant.real ? kMostAttributeReals : kMostAttributeNumbers;
  if (tensor.external || count > most || tensor.type == kString) return std::nullopt;
  const auto wanted = static_cast<std::size_t>(count);
  // Numbers beyond the shape's are not kept.
  if (tensor.message.size() > 1024 + wanted * 16) return std::nullopt;
  bool raw_read = false;
  guard_attribute([&] {
    protozero::pbf_reader reader(tensor.message.data(), tensor.message.size());
    while (reader.next()) {
      if (reader.tag() == 9)
        raw_read = read_raw_data(view(reader.get_view()), tensor.type, wanted, constant);
      else
        read_typed_field(reader, tensor.type, constant);
    }
    return 0;
  });
  if (constant.size() != wanted) return std::nullopt;
  return constant;
}

const Attribute* Attributes::find(std::string_view name) const {
  for (const Attribute& attribute : *attributes_) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::int64_t Attributes::whole(std::string_view name, std::int64_t fallback) const {
  if (const Attribute* attribute = find(name))
    each(attribute->message, 3, [&](auto& reader) { fallback = reader.get_int64(); });
  return fallback;
}

double Attributes::real(std::string_view name, double fallback) const {
  if (const Attribute* attribute = find(name))
    each(attribute->message, 2, [&](auto& reader) { fallback = reader.get_float(); });
  return fallback;
}

std::string_view Attributes::text(std::string_view name, std::string_view fallback) const {
  if (const Attribute* attribute = find(name))
    each(attribute->message, 4, [&](auto& reader) { fallback = view(reader.get_view()); });
  return fallback;
}

std::vector<std::int64_t> Attributes::wholes(std::string_view name) const {
  std::vector<std::int64_t> numbers;
  if (const Attribute* attribute = find(name)) {
    each(attribute->message, 8, [&](auto& reader) {
      if (packed(reader)) {
        for (const std::int64_t number : reader.get_packed_int64()) numbers.push_back(number);
      } else {
        numbers.push_back(reader.get_int64());
      }
      if (numbers.size() > static_cast<std::size_t>(kMostAttributeNumbers))
        throw Error(fmt::format("an attribute has more than {} numbers", kMostAttributeNumbers));
    });
  }
  return numbers;
}

std::vector<double> Attributes::reals(std::string_view name) const {
  std::vector<double> numbers;
  if (const Attribute* attribute = find(name)) {
    each(attribute->message, 7, [&](auto& reader) {
      if (packed(reader)) {
        for (const float number : reader.get_packed_float()) numbers.push_back(number);
      } else {
        numbers.push_back(reader.get_float());
      }
      if (numbers.size() > static_cast<std::size_t>(kMostAttributeNumbers))
        throw Error(fmt::format("an attribute has more than {} numbers", kMostAttributeNumbers));
    });
  }
  return numbers;
}

std::optional<TensorHeader> Attributes::tensor(std::string_view name) const {
  std::optional<TensorHeader> tensor;
  if (const Attribute* attribute = find(name)) {
    each(attribute->message, 5,
         [&](auto& reader) { tensor = parse_tensor(view(reader.get_view())); });
  }
  return tensor;
}

std::string_view Attributes::graph(std::string_view name) const {
  std::string_view message;
  if (const Attribute* attribute = find(name))
    each(attribute->message, 6, [&](auto& reader) { message = view(reader.get_view()); });
  return message;
}

std::string_view referred_attribute(const Attribute& attribute) {
  std::string_view name;
  each(attribute.message, 21, [&](auto& reader) { name = view(reader.get_view()); });
  return name;
}

}  // namespace archcost::onnx
