// SPDX-License-Identifier: Apache-2.0
#include "exporter/read_weights.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cstring>
#include <map>
#include <memory>
#include <unordered_map>

#include "core/diagnostic.hpp"
#include "exporter/export_onnx.hpp"
#include "onnx/mapped_file.hpp"
#include "onnx/model.hpp"
#include "onnx/protobuf.hpp"

namespace archcost::exporter {
namespace {

class WeightReader {
 public:
  WeightReader(const graph::Network& network, const std::filesystem::path& path)
      : network_(&network), path_(path), file_(path), model_(onnx::parse_model(file_.bytes())) {
    for (const onnx::TensorHeader& tensor : model_.graph.initializers)
      tensors_.emplace(tensor.name, &tensor);
  }

  std::vector<interpreter::LayerWeights> run() {
    std::vector<interpreter::LayerWeights> weights;
    for (const graph::Layer& layer : network_->layers)
      weights.push_back(empty_weights(interpreter::weight_sizes(*network_, layer)));
    std::vector<std::string> missing;
    for (const OnnxTensor& tensor : onnx_graph(*network_, kDefaultOpset).tensors) {
      const auto* part = std::get_if<WeightPart>(&tensor.numbers);
      if (part == nullptr) continue;
      const auto found = tensors_.find(tensor.name);
      if (found == tensors_.end()) {
        missing.push_back(tensor.name);
        continue;
      }
      std::vector<float>& numbers = weights[static_cast<std::size_t>(part->layer)].*part->vector;
      copy(tensor, *found->second, numbers.data() + part->first);
    }
    if (!missing.empty())
      throw Error(path_.string(),
                  fmt::format("{} of the weights of {} aren't in it, as '{}'; take a file of "
                              "'archcost export' without --fold",
                              missing.size(), network_->name, missing.front()));
    return weights;
  }

 private:
  static interpreter::LayerWeights empty_weights(const interpreter::WeightSizes& sizes) {
    interpreter::LayerWeights weights;
    weights.kernel.resize(sizes.kernel);
    weights.bias.resize(sizes.bias);
    weights.scale.resize(sizes.scale);
    weights.shift.resize(sizes.shift);
    weights.mean.resize(sizes.mean);
    weights.variance.resize(sizes.variance);
    return weights;
  }

  [[noreturn]] void fail(const OnnxTensor& tensor, const std::string& what) const {
    throw Error(path_.string(), fmt::format("'{}' {}", tensor.name, what));
  }

  void copy(const OnnxTensor& tensor, const onnx::TensorHeader& given, float* numbers) {
    if (given.type != onnx::kFloat) fail(tensor, "has no 32-bit floating point numbers");
    if (given.shape != tensor.sizes)
      fail(tensor, fmt::format("has the sizes {}, the network's has {}",
                               fmt::join(given.shape, "x"), fmt::join(tensor.sizes, "x")));
    const auto bytes = static_cast<std::size_t>(elements(tensor.sizes)) * sizeof(float);
    const std::string_view raw = bytes_of(given, bytes);
    if (raw.size() != bytes) fail(tensor, "has no numbers");
    std::memcpy(numbers, raw.data(), bytes);
  }

  // raw_data and packed float_data are the same bytes.
  std::string_view bytes_of(const onnx::TensorHeader& given, std::size_t bytes) {
    protozero::pbf_reader message(given.message.data(), given.message.size());
    std::string_view raw;
    std::string location;
    std::size_t offset = 0;
    while (message.next()) {
      if (message.tag() == 9 ||
          (message.tag() == 4 &&
           message.wire_type() == protozero::pbf_wire_type::length_delimited)) {
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
    return offset + bytes <= all.size() ? all.substr(offset, bytes) : std::string_view();
  }

  // A file beside the model's.
  std::string_view external(const std::string& location) {
    std::unique_ptr<onnx::MappedFile>& file = files_[location];
    if (!file)
      file = std::make_unique<onnx::MappedFile>(path_.parent_path() /
                                                std::filesystem::path(location).filename());
    return file->bytes();
  }

  const graph::Network* network_;
  std::filesystem::path path_;
  onnx::MappedFile file_;
  onnx::Model model_;
  std::unordered_map<std::string_view, const onnx::TensorHeader*> tensors_;
  std::map<std::string, std::unique_ptr<onnx::MappedFile>> files_;
};

}  // namespace

std::vector<interpreter::LayerWeights> read_weights(const graph::Network& network,
                                                    const std::filesystem::path& file) {
  try {
    return WeightReader(network, file).run();
  } catch (const protozero::exception& fault) {
    throw Error(file.string(), fmt::format("it is damaged ({})", fault.what()));
  }
}

}  // namespace archcost::exporter
