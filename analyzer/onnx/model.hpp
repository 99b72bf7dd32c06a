// SPDX-License-Identifier: Apache-2.0
// An ONNX file as plain values. Names are views into the file's bytes, which must outlive the
// model; attributes and tensors are decoded where they are used, so weights are never read.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace archcost::onnx {

/// Sizes of a tensor, the batch first as a rule.
using Shape = std::vector<std::int64_t>;

/// The element types that matter here, numbered as TensorProto.DataType.
enum ElementType : std::int32_t {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kBfloat16 = 16
};

/// Whether numbers of that type are whole numbers or truth values.
bool is_whole(std::int32_t type);

/// A tensor of the file: its header. `message` is the encoded TensorProto.
struct TensorHeader {
  std::string_view name;
  std::int32_t type = kUndefined;
  Shape shape;
  bool external = false;  ///< the numbers are in another file
  std::string_view message;
};

struct Attribute {
  std::string_view name;
  std::string_view message;  ///< the encoded AttributeProto
};

struct Node {
  std::string_view type, domain, name, doc;
  std::vector<std::string_view> inputs, outputs;  ///< empty name: left out
  std::vector<Attribute> attributes;
};

/// One dimension: a number, a name, or neither where it isn't known.
struct Dimension {
  std::optional<std::int64_t> size;
  std::string_view name;
};

struct ValueInfo {
  std::string_view name;
  std::int32_t type = kUndefined;  ///< kUndefined also for what isn't a tensor
  bool has_shape = false;
  std::vector<Dimension> dimensions;
  std::string_view doc = {};
};

struct Graph {
  std::string_view name;
  std::vector<Node> nodes;
  std::vector<TensorHeader> initializers;
  std::vector<ValueInfo> inputs, outputs, values;
};

/// A function that the file defines and its nodes call.
struct Function {
  std::string_view domain, name;
  std::vector<std::string_view> inputs, outputs;
  std::vector<Attribute> defaults;
  std::vector<Node> nodes;
};

struct Model {
  std::string_view producer, producer_version;
  std::int64_t opset = 0;  ///< of ONNX's own operators
  Graph graph;
  std::vector<Function> functions;
};

/// Whether the bytes may be an ONNX file, by their first fields; never true for a YAML spec.
bool looks_like_model(std::string_view bytes);
/// Reads the structure of a file. Throws Error for bytes that aren't an ONNX file, for damaged or
/// truncated ones, and for more than a million nodes, names and attributes.
Model parse_model(std::string_view bytes);
/// The graph of an attribute's or another message.
Graph parse_graph(std::string_view message);
TensorHeader parse_tensor(std::string_view message);

/// Numbers of a small tensor: whole ones or real ones, in row-major order.
struct Constant {
  Shape shape;
  bool real = false;
  std::vector<std::int64_t> whole;  ///< unless `real`
  std::vector<double> reals;        ///< where `real`
  /// Computed from the shape of a tensor, so that it follows the sizes of the network's input.
  bool computed = false;

  std::size_t size() const { return real ? reals.size() : whole.size(); }
};

/// The numbers of a tensor of at most 65,536 whole or 4,096 real ones; nothing for larger ones,
/// external data, strings and tensors whose numbers are missing.
std::optional<Constant> numbers_of(const TensorHeader& tensor);

/// Elements of a shape. Throws Error for more than 2^40.
std::int64_t elements(const Shape& shape);

/// Attributes by their names, with ONNX's defaults. Throws Error for damaged ones.
class Attributes {
 public:
  explicit Attributes(const std::vector<Attribute>& attributes) : attributes_(&attributes) {}

  bool has(std::string_view name) const { return find(name) != nullptr; }
  std::int64_t whole(std::string_view name, std::int64_t fallback) const;
  double real(std::string_view name, double fallback) const;
  std::string_view text(std::string_view name, std::string_view fallback) const;
  /// The numbers of a list; empty when it is missing.
  std::vector<std::int64_t> wholes(std::string_view name) const;
  std::vector<double> reals(std::string_view name) const;
  std::optional<TensorHeader> tensor(std::string_view name) const;
  /// The encoded graph; empty when it is missing.
  std::string_view graph(std::string_view name) const;

 private:
  const Attribute* find(std::string_view name) const;
  const std::vector<Attribute>* attributes_;
};

/// The name of the caller's attribute that an attribute in a function stands for; empty: none.
std::string_view referred_attribute(const Attribute& attribute);

}  // namespace archcost::onnx
