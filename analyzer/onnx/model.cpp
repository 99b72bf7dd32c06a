// SPDX-License-Identifier: Apache-2.0
// The messages of onnx.proto. Field numbers: github.com/onnx/onnx, onnx/onnx.proto.
#include "onnx/model.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "onnx/protobuf.hpp"

namespace archcost::onnx {
namespace {

constexpr std::int64_t kMostParts = 1'000'000;

/// Reads one file; counts its parts, so that a small file can't fill the memory.
class Parser {
 public:
  Model model(std::string_view bytes) {
    Model model;
    bool has_graph = false;
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      switch (reader.tag()) {
        case 2:
          model.producer = text(reader);
          break;
        case 3:
          model.producer_version = text(reader);
          break;
        case 7:
          model.graph = graph(view(reader.get_view()));
          has_graph = true;
          break;
        case 8:
          opset(view(reader.get_view()), model);
          break;
        case 25:
          model.functions.push_back(function(view(reader.get_view())));
          break;
        default:
          reader.skip();
      }
    }
    if (!has_graph) throw Error("it is not an ONNX file: it has no graph");
    return model;
  }

  Graph graph(std::string_view bytes) {
    Graph graph;
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      switch (reader.tag()) {
        case 1:
          graph.nodes.push_back(node(view(reader.get_view())));
          break;
        case 2:
          graph.name = text(reader);
          break;
        case 5:
          graph.initializers.push_back(tensor(view(reader.get_view())));
          break;
        case 11:
          graph.inputs.push_back(value_info(view(reader.get_view())));
          break;
        case 12:
          graph.outputs.push_back(value_info(view(reader.get_view())));
          break;
        case 13:
          graph.values.push_back(value_info(view(reader.get_view())));
          break;
        case 15:
          refuse_sparse(view(reader.get_view()));
        default:
          reader.skip();
      }
    }
    return graph;
  }

  TensorHeader tensor(std::string_view bytes) {
    count();
    TensorHeader tensor;
    tensor.message = bytes;
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      switch (reader.tag()) {
        case 1:
          whole_numbers(reader, tensor.shape);
          break;
        case 2:
          tensor.type = reader.get_int32();
          break;
        case 8:
          tensor.name = text(reader);
          break;
        case 14:
          tensor.external = reader.get_int32() == 1;
          break;
        default:
          reader.skip();
      }
    }
    elements(tensor.shape);  // throws for a size that can't be
    return tensor;
  }

 private:
  // The values of a sparse tensor have its name.
  [[noreturn]] void refuse_sparse(std::string_view bytes) {
    TensorHeader values;
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    if (reader.next(1)) values = tensor(view(reader.get_view()));
    throw Error(fmt::format(
        "the initializer '{}' is a sparse tensor, which is not read; store it as a dense one",
        values.name));
  }

  void count() {
    if (++parts_ > kMostParts)
      throw Error(fmt::format("it has more than {} nodes, names and attributes", kMostParts));
  }

  std::string_view text(protozero::pbf_reader& reader) {
    count();
    return view(reader.get_view());
  }

  // A repeated field is written packed or one by one.
  void whole_numbers(protozero::pbf_reader& reader, std::vector<std::int64_t>& numbers) {
    if (reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
      for (const std::int64_t number : reader.get_packed_int64()) {
        count();
        numbers.push_back(number);
      }
      return;
    }
    count();
    numbers.push_back(reader.get_int64());
  }

  void opset(std::string_view bytes, Model& model) {
    std::string_view domain;
    std::int64_t version = 0;
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      if (reader.tag() == 1)
        domain = text(reader);
      else if (reader.tag() == 2)
        version = reader.get_int64();
      else
        reader.skip();
    }
    if (domain.empty() || domain == "ai.onnx") model.opset = version;
  }

  Node node(std::string_view bytes) {
    count();
    Node node;
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      switch (reader.tag()) {
        case 1:
          node.inputs.push_back(text(reader));
          break;
        case 2:
          node.outputs.push_back(text(reader));
          break;
        case 3:
          node.name = text(reader);
          break;
        case 4:
          node.type = text(reader);
          break;
        case 5:
          node.attributes.push_back(attribute(view(reader.get_view())));
          break;
        case 6:
          node.doc = text(reader);
          break;
        case 7:
          node.domain = text(reader);
          break;
        default:
          reader.skip();
      }
    }
    if (node.domain == "ai.onnx") node.domain = {};
    return node;
  }

  Attribute attribute(std::string_view bytes) {
    count();
    Attribute attribute;
    attribute.message = bytes;
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      if (reader.tag() == 1)
        attribute.name = text(reader);
      else
        reader.skip();
    }
    return attribute;
  }

  ValueInfo value_info(std::string_view bytes) {
    count();
    ValueInfo info;
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      if (reader.tag() == 1)
        info.name = text(reader);
      else if (reader.tag() == 2)
        type(view(reader.get_view()), info);
      else if (reader.tag() == 3)
        info.doc = text(reader);
      else
        reader.skip();
    }
    return info;
  }

  void type(std::string_view bytes, ValueInfo& info) {
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next(1)) {
      const std::string_view tensor = view(reader.get_view());
      protozero::pbf_reader fields(tensor.data(), tensor.size());
      while (fields.next()) {
        if (fields.tag() == 1)
          info.type = fields.get_int32();
        else if (fields.tag() == 2)
          dimensions(view(fields.get_view()), info);
        else
          fields.skip();
      }
    }
  }

  void dimensions(std::string_view bytes, ValueInfo& info) {
    info.has_shape = true;
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next(1)) {
      count();
      Dimension dimension;
      const std::string_view message = view(reader.get_view());
      protozero::pbf_reader fields(message.data(), message.size());
      while (fields.next()) {
        if (fields.tag() == 1)
          dimension.size = fields.get_int64();
        else if (fields.tag() == 2)
          dimension.name = text(fields);
        else
          fields.skip();
      }
      info.dimensions.push_back(dimension);
    }
  }

  Function function(std::string_view bytes) {
    count();
    Function function;
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    while (reader.next()) {
      switch (reader.tag()) {
        case 1:
          function.name = text(reader);
          break;
        case 4:
          function.inputs.push_back(text(reader));
          break;
        case 5:
          function.outputs.push_back(text(reader));
          break;
        case 7:
          function.nodes.push_back(node(view(reader.get_view())));
          break;
        case 10:
          function.domain = text(reader);
          break;
        case 11:
          function.defaults.push_back(attribute(view(reader.get_view())));
          break;
        default:
          reader.skip();
      }
    }
    return function;
  }

  std::int64_t parts_ = 0;
};

template <class Read>
auto guard_file(Read read) {
  try {
    return read();
  } catch (const protozero::exception& fault) {
    throw Error(
        fmt::format("it is not an ONNX file, or it is damaged or truncated ({})", fault.what()));
  }
}

}  // namespace

bool is_whole(std::int32_t type) {
  switch (type) {
    case kUint8:
    case kInt8:
    case kUint16:
    case kInt16:
    case kInt32:
    case kInt64:
    case kBool:
    case kUint32:
    case kUint64:
      return true;
    default:
      return false;
  }
}

bool looks_like_model(std::string_view bytes) {
  // The first field of ModelProto is ir_version as a rule: tag 0x08 and a small number. Neither
  // begins a text.
  return bytes.size() > 2 && bytes[0] == 0x08 && static_cast<unsigned char>(bytes[1]) < 0x20;
}

Model parse_model(std::string_view bytes) {
  return guard_file([&] { return Parser().model(bytes); });
}

Graph parse_graph(std::string_view message) {
  return guard_file([&] { return Parser().graph(message); });
}

TensorHeader parse_tensor(std::string_view message) {
  return guard_file([&] { return Parser().tensor(message); });
}

std::int64_t elements(const Shape& shape) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) throw Error(fmt::format("a tensor has a negative size, {}", size));
    empty = empty || size == 0;
    if (size > kMost || (size > 0 && product > kMost / size))
      throw Error("a tensor has more than 2^40 elements");
    if (size > 0) product *= size;
  }
  return empty ? 0 : product;
}

}  // namespace archcost::onnx
