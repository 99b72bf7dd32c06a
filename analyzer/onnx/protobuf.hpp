// SPDX-License-Identifier: Apache-2.0
// protozero, whose assertions about a field's wire type throw: files may have any bytes.
#pragma once

#include <protozero/exception.hpp>
#include <string_view>

#define protozero_assert(condition) \
  ((condition) ? static_cast<void>(0) : throw protozero::unknown_pbf_wire_type_exception())

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

namespace archcost::onnx {

inline std::string_view view(const protozero::data_view& data) {
  return {data.data(), data.size()};
}

}  // namespace archcost::onnx
