// SPDX-License-Identifier: Apache-2.0
// The encoding of ONNX files. Field numbers are those of onnx.proto.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>

#include "exporter/export_onnx.hpp"
#include "onnx/protobuf.hpp"

namespace archcost::exporter {
namespace {

using protozero::pbf_writer;

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

constexpr std::int32_t kFloatType = 1, kInt64Type = 7;  // TensorProto.DataType
constexpr protozero::pbf_tag_type kModelGraph = 7, kGraphTensor = 5, kRawData = 9;

// The version of the format that came with an opset: runtimes refuse newer ones than they know.
std::int64_t format_version(int opset) {
  return opset < 15 ? 7 : opset < 19 ? 8 : opset < 21 ? 9 : 10;
}

// The head of a field with that many bytes.
std::string field_head(protozero::pbf_tag_type tag, std::int64_t bytes) {
  std::string head;
  protozero::write_varint(std::back_inserter(head), (tag << 3U) | 2U);
  protozero::write_varint(std::back_inserter(head), static_cast<std::uint64_t>(bytes));
  return head;
}

void add_attribute(pbf_writer& node, const OnnxAttribute& attribute) {
  pbf_writer out(node, 5);
  out.add_string(1, attribute.name);
  if (const auto* whole = std::get_if<std::int64_t>(&attribute.value)) {
    out.add_int64(3, *whole);
    out.add_int32(20, 2);
  } else if (const auto* real = std::get_if<float>(&attribute.value)) {
    out.add_float(2, *real);
    out.add_int32(20, 1);
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    out.add_string(4, *text);
    out.add_int32(20, 3);
  } else {
    for (const std::int64_t number : std::get<std::vector<std::int64_t>>(attribute.value))
      out.add_int64(8, number);
    out.add_int32(20, 7);
  }
}

void add_node(pbf_writer& graph, const OnnxNode& node) {
  pbf_writer out(graph, 1);
  for (const std::string& input : node.inputs) out.add_string(1, input);
  out.add_string(2, node.output);
  out.add_string(3, node.name);
  out.add_string(4, node.type);
  for (const OnnxAttribute& attribute : node.attributes) add_attribute(out, attribute);
  if (!node.doc.empty()) out.add_string(6, node.doc);
}

void add_value(pbf_writer& graph, protozero::pbf_tag_type tag, const OnnxValue& value) {
  pbf_writer info(graph, tag);
  info.add_string(1, value.name);
  if (!value.doc.empty()) info.add_string(3, value.doc);
  pbf_writer type(info, 2), tensor(type, 1);
  tensor.add_int32(1, kFloatType);
  pbf_writer shape(tensor, 2);
  for (const std::int64_t size : value.sizes) {
    pbf_writer dimension(shape, 1);
    dimension.add_int64(1, size);
  }
}

bool is_weight(const OnnxTensor& tensor) {
  return std::holds_alternative<WeightPart>(tensor.numbers);
}

std::int64_t byte_count(const OnnxTensor& tensor) {
  const bool whole = std::holds_alternative<std::vector<std::int64_t>>(tensor.numbers);
  return elements(tensor.sizes) * (whole ? 8 : 4);
}

template <class Number>
std::string_view bytes_of(const Number* numbers, std::int64_t bytes) {
  return {reinterpret_cast<const char*>(numbers), static_cast<std::size_t>(bytes)};
}

void put_zeros(std::int64_t bytes, const Sink& sink) {
  static constexpr std::array<char, 65536> kZeros = {};
  for (; bytes > 0; bytes -= static_cast<std::int64_t>(kZeros.size()))
    sink({kZeros.data(),
          static_cast<std::size_t>(std::min(bytes, static_cast<std::int64_t>(kZeros.size())))});
}

void put_numbers(const OnnxTensor& tensor, WeightMode mode,
                 const std::vector<interpreter::LayerWeights>& weights, const Sink& sink) {
  const std::int64_t bytes = byte_count(tensor);
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&tensor.numbers)) {
    sink(bytes_of(whole->data(), bytes));
  } else if (const auto* real = std::get_if<std::vector<float>>(&tensor.numbers)) {
    sink(bytes_of(real->data(), bytes));
  } else if (mode == WeightMode::kRandom) {
    const auto& part = std::get<WeightPart>(tensor.numbers);
    sink(bytes_of((weights[static_cast<std::size_t>(part.layer)].*part.vector).data() + part.first,
                  bytes));
  } else {
    put_zeros(bytes, sink);
  }
}

void add_entry(pbf_writer& tensor, const std::string& key, const std::string& value) {
  pbf_writer entry(tensor, 13);
  entry.add_string(1, key);
  entry.add_string(2, value);
}

// A tensor as far as its numbers, which follow as its last field unless they are external.
struct TensorHead {
  std::string bytes;
  bool external = false;
};

TensorHead tensor_head(const OnnxTensor& tensor, const std::string& external, std::int64_t offset) {
  TensorHead head;
  head.external = !external.empty() && is_weight(tensor);
  pbf_writer out(head.bytes);
  for (const std::int64_t size : tensor.sizes) out.add_int64(1, size);
  const bool whole = std::holds_alternative<std::vector<std::int64_t>>(tensor.numbers);
  out.add_int32(2, whole ? kInt64Type : kFloatType);
  out.add_string(8, tensor.name);
  if (head.external) {
    add_entry(out, "location", external);
    add_entry(out, "offset", std::to_string(offset));
    add_entry(out, "length", std::to_string(byte_count(tensor)));
    out.add_int32(14, 1);
  } else {
    head.bytes += field_head(kRawData, byte_count(tensor));
  }
  return head;
}

std::string model_head(const OnnxFile& file) {
  std::string bytes;
  pbf_writer out(bytes);
  out.add_int64(1, format_version(file.opset));
  out.add_string(2, "archcost");
  out.add_string(3, file.producer_version);
  return bytes;
}

std::string model_tail(const OnnxFile& file) {
  std::string bytes;
  pbf_writer out(bytes);
  {
    pbf_writer opset(out, 8);
    opset.add_string(1, "");
    opset.add_int64(2, file.opset);
  }
  for (const auto& [key, value] : file.metadata) {
    pbf_writer entry(out, 14);
    entry.add_string(1, key);
    entry.add_string(2, value);
  }
  return bytes;
}

}  // namespace

std::string encode_tensor(const OnnxValue& value, const std::vector<float>& numbers) {
  const OnnxTensor tensor = {value.name, value.sizes, numbers};
  std::string bytes = tensor_head(tensor, "", 0).bytes;
  bytes += bytes_of(numbers.data(), byte_count(tensor));
  return bytes;
}

std::int64_t weight_bytes(const OnnxGraph& graph) {
  std::int64_t bytes = 0;
  for (const OnnxTensor& tensor : graph.tensors)
    bytes += is_weight(tensor) ? byte_count(tensor) : 0;
  return bytes;
}

void write_onnx(const OnnxGraph& graph, const OnnxFile& file,
                const std::vector<interpreter::LayerWeights>& weights, const Sink& sink) {
  std::string before, after;  // the graph's fields before and after its tensors
  {
    pbf_writer out(before);
    for (const OnnxNode& node : graph.nodes) add_node(out, node);
    out.add_string(2, graph.name);
  }
  {
    pbf_writer out(after);
    for (const OnnxValue& value : graph.inputs) add_value(out, 11, value);
    for (const OnnxValue& value : graph.outputs) add_value(out, 12, value);
    for (const OnnxValue& value : graph.values) add_value(out, 13, value);
  }
  // A message begins with its length, so that all lengths are known before the first byte.
  std::vector<TensorHead> heads;
  std::vector<std::int64_t> lengths;
  auto graph_bytes = static_cast<std::int64_t>(before.size() + after.size());
  std::int64_t offset = 0;
  for (const OnnxTensor& tensor : graph.tensors) {
    heads.push_back(tensor_head(tensor, file.external, offset));
    if (heads.back().external) offset += byte_count(tensor);
    lengths.push_back(static_cast<std::int64_t>(heads.back().bytes.size()) +
                      (heads.back().external ? 0 : byte_count(tensor)));
    graph_bytes +=
        static_cast<std::int64_t>(field_head(kGraphTensor, lengths.back()).size()) + lengths.back();
  }
  sink(model_head(file));
  sink(field_head(kModelGraph, graph_bytes));
  sink(before);
  for (std::size_t k = 0; k < heads.size(); ++k) {
    sink(field_head(kGraphTensor, lengths[k]));
    sink(heads[k].bytes);
    if (!heads[k].external) put_numbers(graph.tensors[k], file.weights, weights, sink);
  }
  sink(after);
  sink(model_tail(file));
}

void write_external_weights(const OnnxGraph& graph, WeightMode mode,
                            const std::vector<interpreter::LayerWeights>& weights,
                            const Sink& sink) {
  for (const OnnxTensor& tensor : graph.tensors) {
    if (is_weight(tensor)) put_numbers(tensor, mode, weights, sink);
  }
}

}  // namespace archcost::exporter
