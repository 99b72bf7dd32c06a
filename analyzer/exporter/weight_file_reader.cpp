// SPDX-License-Identifier: Apache-2.0
#include "exporter/weight_file_reader.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <cstring>

#include "core/diagnostic.hpp"
#include "onnx/protobuf.hpp"

namespace archcost::exporter {

WeightFileReader::WeightFileReader(const std::filesystem::path& path)
    : path_(path), file_(path), model_(onnx::parse_model(file_.bytes())) {
  for (const onnx::TensorHeader& tensor : model_.graph.initializers)
    tensors_.emplace(tensor.name, &tensor);
}

const onnx::TensorHeader* WeightFileReader::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : found->second;
}

void WeightFileReader::fail(std::string_view name, const std::string& what) const {
  throw Error(path_.string(), fmt::format("'{}' {}", name, what));
}

void WeightFileReader::copy(const onnx::TensorHeader& tensor, float* numbers) {
  if (tensor.type != onnx::kFloat) fail(tensor.name, "has no 32-bit floating point numbers");
  const auto bytes = static_cast<std::size_t>(onnx::elements(tensor.shape)) * sizeof(float);
  const std::string_view raw = bytes_of(tensor, bytes);
  if (raw.size() != bytes) fail(tensor.name, "has no numbers");
  std::memcpy(numbers, raw.data(), bytes);
}

// raw_data and packed float_data are the same bytes.
std::string_view WeightFileReader::bytes_of(const onnx::TensorHeader& tensor, std::size_t bytes) {
  protozero::pbf_reader message(tensor.message.data(), tensor.message.size());
  std::string_view raw;
  std::string location;
  std::size_t offset = 0;
  while (message.next()) {
    const bool packed =
        message.tag() == 4 && message.wire_type() == protozero::pbf_wire_type::length_delimited;
    if (message.tag() == 9 || packed) {
      raw = onnx::view(message.get_view());
    } else if (message.tag() == 13) {
      protozero::pbf_reader entry = message.get_message();
      std::string key, value;
      while (entry.next()) {
        if (entry.tag() == 1)
          key = entry.get_string();
        else if (entry.tag() == 2)
          value = entry.get_string();
        else
          entry.skip();
      }
      if (key == "location") location = value;
      if (key == "offset")
        offset = static_cast<std::size_t>(std::strtoull(value.c_str(), nullptr, 10));
    } else {
      message.skip();
    }
  }
  if (location.empty()) return raw;
  const std::string_view all = external(location);
  if (offset > all.size() || bytes > all.size() - offset) return {};
  return all.substr(offset, bytes);
}

std::string_view WeightFileReader::external(const std::string& location) {
  std::unique_ptr<onnx::MappedFile>& file = files_[location];
  if (!file)
    file = std::make_unique<onnx::MappedFile>(path_.parent_path() /
                                              std::filesystem::path(location).filename());
  return file->bytes();
}

}  // namespace archcost::exporter
