// SPDX-License-Identifier: Apache-2.0
#include "onnx/model_writer.hpp"

#include <protozero/pbf_writer.hpp>
#include <set>

namespace archcost::test {
namespace {

using protozero::pbf_writer;

void add_tensor(pbf_writer& graph, const std::string& name, const std::vector<std::int64_t>& dims,
                const std::vector<std::int64_t>* numbers) {
  pbf_writer tensor(graph, 5);
  for (const std::int64_t size : dims) tensor.add_int64(1, size);
  tensor.add_int32(2, numbers != nullptr ? 7 : 1);
  if (numbers != nullptr)
    tensor.add_packed_int64(7, numbers->begin(), numbers->end());
  else
    tensor.add_int32(14, 1);
  tensor.add_string(8, name);
}

void add_reals(pbf_writer& graph, const std::string& name, const std::vector<float>& numbers) {
  pbf_writer tensor(graph, 5);
  tensor.add_int64(1, static_cast<std::int64_t>(numbers.size()));
  tensor.add_int32(2, 1);
  tensor.add_packed_float(4, numbers.begin(), numbers.end());
  tensor.add_string(8, name);
}

void add_bytes(pbf_writer& graph, const std::string& name, const std::vector<std::int64_t>& dims) {
  pbf_writer tensor(graph, 5);
  std::size_t count = 1;
  for (const std::int64_t size : dims) {
    tensor.add_int64(1, size);
    count *= static_cast<std::size_t>(size);
  }
  tensor.add_int32(2, 3);
  tensor.add_string(8, name);
  tensor.add_bytes(9, std::string(count, '\0'));
}

void add_sparse(pbf_writer& graph, const std::string& name) {
  pbf_writer sparse(graph, 15), values(sparse, 1);
  values.add_int32(2, 1);
  values.add_string(8, name);
}

void add_value(pbf_writer& graph, std::uint32_t field, const std::string& name,
               const std::vector<TestDimension>* dims) {
  pbf_writer info(graph, field);
  info.add_string(1, name);
  if (dims == nullptr) return;
  pbf_writer type(info, 2), tensor(type, 1);
  tensor.add_int32(1, 1);
  pbf_writer shape(tensor, 2);
  for (const TestDimension& dimension : *dims) {
    pbf_writer one(shape, 1);
    if (const auto* size = std::get_if<std::int64_t>(&dimension))
      one.add_int64(1, *size);
    else
      one.add_string(2, std::get<std::string>(dimension));
  }
}

void add_node(pbf_writer& graph, const TestNode& node) {
  pbf_writer out(graph, 1);
  for (const std::string& name : node.inputs) out.add_string(1, name);
  for (const std::string& name : node.outputs) out.add_string(2, name);
  out.add_string(3, node.name);
  out.add_string(4, node.type);
  for (const auto& [name, numbers] : node.ints) {
    pbf_writer attribute(out, 5);
    attribute.add_string(1, name);
    static const std::set<std::string> kLists = {"axes",      "kernel_shape",   "strides", "pads",
                                                 "dilations", "output_padding", "perm"};
    if (numbers.size() == 1 && !kLists.contains(name))
      attribute.add_int64(3, numbers[0]);
    else
      for (const std::int64_t number : numbers) attribute.add_int64(8, number);
  }
  for (const auto& [name, text] : node.texts) {
    pbf_writer attribute(out, 5);
    attribute.add_string(1, name);
    attribute.add_string(4, text);
  }
  for (const auto& [name, numbers] : node.reals) {
    pbf_writer attribute(out, 5);
    attribute.add_string(1, name);
    if (numbers.size() == 1) attribute.add_float(2, numbers[0]);
    for (const float number : numbers) attribute.add_float(7, number);
  }
  for (const auto& [name, graph_bytes] : node.graphs) {
    pbf_writer attribute(out, 5);
    attribute.add_string(1, name);
    attribute.add_message(6, graph_bytes);
  }
  out.add_string(7, node.domain);
}

void add_graph(pbf_writer& graph, const TestModel& model) {
  for (const TestNode& node : model.nodes) add_node(graph, node);
  for (const auto& [name, dims] : model.weights) add_tensor(graph, name, dims, nullptr);
  for (const auto& [name, numbers] : model.vectors)
    add_tensor(graph, name, {static_cast<std::int64_t>(numbers.size())}, &numbers);
  for (const auto& [name, numbers] : model.reals) add_reals(graph, name, numbers);
  for (const auto& [name, dims] : model.bytes) add_bytes(graph, name, dims);
  for (const std::string& name : model.sparse) add_sparse(graph, name);
  for (const auto& [name, number] : model.scalars) {
    const std::vector<std::int64_t> numbers = {number};
    add_tensor(graph, name, {}, &numbers);
  }
  for (const auto& [name, dims] : model.inputs) add_value(graph, 11, name, &dims);
  for (const auto& [name, dims] : model.stated) add_value(graph, 13, name, &dims);
  for (const std::string& name : model.outputs) add_value(graph, 12, name, nullptr);
}

}  // namespace

std::string encode_graph(const TestModel& model) {
  std::string bytes;
  pbf_writer graph(bytes);
  add_graph(graph, model);
  return bytes;
}

std::string encode(const TestModel& model) {
  std::string bytes;
  pbf_writer file(bytes);
  file.add_int64(1, 8);
  {
    pbf_writer graph(file, 7);
    add_graph(graph, model);
  }
  {
    pbf_writer opset(file, 8);
    opset.add_string(1, "");
    opset.add_int64(2, model.opset);
  }
  return bytes;
}

TestModel image_model(std::vector<TestNode> nodes, std::vector<TestDimension> input) {
  TestModel model;
  model.inputs = {{"x", std::move(input)}};
  model.nodes = std::move(nodes);
  model.outputs = {"y"};
  return model;
}

}  // namespace archcost::test
