// SPDX-License-Identifier: Apache-2.0
// The tensors of an ONNX file with their numbers.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "onnx/mapped_file.hpp"
#include "onnx/model.hpp"

namespace archcost::exporter {

/// Throws Error and protozero::exception for files that aren't ONNX.
class WeightFileReader {
 public:
  explicit WeightFileReader(const std::filesystem::path& path);

  const onnx::Model& model() const { return model_; }
  /// The initializer of that name, or null.
  const onnx::TensorHeader* find(std::string_view name) const;
  /// Copies its numbers. Throws Error where they are missing or not 32-bit floating point.
  void copy(const onnx::TensorHeader& tensor, float* numbers);
  /// Throws Error: "FILE: error: 'NAME' WHAT".
  [[noreturn]] void fail(std::string_view name, const std::string& what) const;

 private:
  std::string_view bytes_of(const onnx::TensorHeader& tensor, std::size_t bytes);
  std::string_view external(const std::string& location);

  std::filesystem::path path_;
  onnx::MappedFile file_;
  onnx::Model model_;
  std::unordered_map<std::string_view, const onnx::TensorHeader*> tensors_;
  std::map<std::string, std::unique_ptr<onnx::MappedFile>> files_;  ///< beside the model's
};

}  // namespace archcost::exporter
