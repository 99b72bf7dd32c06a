// SPDX-License-Identifier: Apache-2.0
// Numbers of tensors and attributes, in each of the forms that a file may have them in.
#include <fmt/core.h>
#include <fmt/format.h>

#include <cstring>
#include <protozero/pbf_writer.hpp>

#include "core/diagnostic.hpp"
#include "onnx/model.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

using protozero::pbf_writer;
using Whole = std::vector<std::int64_t>;

// The fields of a TensorProto of that type and shape.
template <class Fill>
std::string tensor_message(std::int32_t type, const Whole& shape, Fill fill) {
  std::string bytes;
  pbf_writer tensor(bytes);
  tensor.add_packed_int64(1, shape.begin(), shape.end());
  tensor.add_int32(2, type);
  fill(tensor);
  return bytes;
}

// "real 2x1: 0.5 1", "3: 1 2 3", "unknown".
std::string numbers_in(const std::string& message) {
  const auto constant = onnx::numbers_of(onnx::parse_tensor(message));
  if (!constant) return "unknown";
  std::string shape;
  for (const std::int64_t size : constant->shape)
    shape += (shape.empty() ? "" : "x") + std::to_string(size);
  return constant->real ? fmt::format("real {}: {}", shape, fmt::join(constant->reals, " "))
                        : fmt::format("{}: {}", shape, fmt::join(constant->whole, " "));
}

template <class Number>
std::string raw_numbers(std::int32_t type, std::vector<Number> numbers, std::size_t cut = 0) {
  std::string raw(numbers.size() * sizeof(Number), '\0');
  std::memcpy(raw.data(), numbers.data(), raw.size());
  raw.resize(raw.size() - cut);
  return numbers_in(tensor_message(type, {static_cast<std::int64_t>(numbers.size())},
                                   [&](pbf_writer& tensor) { tensor.add_bytes(9, raw); }));
}

template <class Fill>
std::string attribute_message(Fill fill) {
  std::string bytes;
  pbf_writer attribute(bytes);
  attribute.add_string(1, "a");
  fill(attribute);
  return bytes;
}

}  // namespace

TEST_CASE("raw numbers of each type", "[onnx]") {
  CHECK(raw_numbers<float>(1, {0.5F, -2}) == "real 2: 0.5 -2");
  CHECK(raw_numbers<double>(11, {0.5, -2}) == "real 2: 0.5 -2");
  CHECK(raw_numbers<std::uint8_t>(2, {0, 7, 255}) == "3: 0 7 255");
  CHECK(raw_numbers<std::int8_t>(3, {0, 7, -1}) == "3: 0 7 -1");
  CHECK(raw_numbers<std::uint16_t>(4, {7, 65535}) == "2: 7 65535");
  CHECK(raw_numbers<std::int16_t>(5, {7, -2}) == "2: 7 -2");
  CHECK(raw_numbers<std::int32_t>(6, {7, -2}) == "2: 7 -2");
  CHECK(raw_numbers<std::int64_t>(7, {7, -2}) == "2: 7 -2");
  CHECK(raw_numbers<std::uint8_t>(9, {1, 0}) == "2: 1 0");
  CHECK(raw_numbers<std::uint32_t>(12, {7, 4294967295U}) == "2: 7 4294967295");
  CHECK(raw_numbers<std::uint64_t>(13, {7, 8}) == "2: 7 8");
  // Numbers that are missing or cut off.
  CHECK(raw_numbers<float>(1, {0.5F, -2}, 1) == "unknown");
  CHECK(raw_numbers<std::int64_t>(7, {7, -2}, 8) == "unknown");
  CHECK(raw_numbers<std::uint16_t>(10, {7, 8}, 1) == "unknown");
  CHECK(raw_numbers<float>(8, {0.5F}) == "unknown");
  CHECK(raw_numbers<float>(99, {0.5F}) == "unknown");
  CHECK(numbers_in(tensor_message(1, {2}, [](pbf_writer&) {})) == "unknown");
  CHECK(numbers_in(tensor_message(7, {0}, [](pbf_writer&) {})) == "0: ");
}

TEST_CASE("numbers of 16 bits", "[onnx]") {
  // One, -2, the largest, the smallest normal and subnormal ones, infinities.
  CHECK(raw_numbers<std::uint16_t>(10, {0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x83FF, 0x3555}) ==
        "real 7: 1 -2 65504 6.103515625e-05 5.960464477539063e-08 -6.097555160522461e-05 "
        "0.333251953125");
  CHECK(raw_numbers<std::uint16_t>(10, {0x7C00, 0xFC00, 0x8000}) == "real 3: inf -inf -0");
  CHECK(raw_numbers<std::uint16_t>(10, {0x7C01}) == "real 1: nan");
  CHECK(raw_numbers<std::uint16_t>(16, {0x3F80, 0xC000, 0x3EAB}) == "real 3: 1 -2 0.333984375");
  const auto typed = [](std::int32_t type, std::int32_t bits) {
    return numbers_in(
        tensor_message(type, {1}, [&](pbf_writer& tensor) { tensor.add_int32(5, bits); }));
  };
  CHECK(typed(10, 0x3C00) == "real 1: 1");
  CHECK(typed(16, 0x3F80) == "real 1: 1");
  CHECK(typed(6, 0x3F80) == "1: 16256");
}

TEST_CASE("numbers in fields of their types, packed and one by one", "[onnx]") {
  const std::vector<float> reals = {0.5F, -2};
  const std::vector<double> doubles = {0.25, -4};
  const std::vector<std::int32_t> ints = {7, -8};
  const Whole whole = {7, -8};
  const std::vector<std::uint64_t> naturals = {7, 8};
  const auto in = [](std::int32_t type, auto fill) {
    return numbers_in(tensor_message(type, {2}, fill));
  };
  CHECK(in(1, [&](pbf_writer& t) { t.add_packed_float(4, reals.begin(), reals.end()); }) ==
        "real 2: 0.5 -2");
  CHECK(in(1, [&](pbf_writer& t) {
          for (const float number : reals) t.add_float(4, number);
        }) == "real 2: 0.5 -2");
  CHECK(in(11, [&](pbf_writer& t) { t.add_packed_double(10, doubles.begin(), doubles.end()); }) ==
        "real 2: 0.25 -4");
  CHECK(in(11, [&](pbf_writer& t) {
          for (const double number : doubles) t.add_double(10, number);
        }) == "real 2: 0.25 -4");
  CHECK(in(6, [&](pbf_writer& t) { t.add_packed_int32(5, ints.begin(), ints.end()); }) ==
        "2: 7 -8");
  CHECK(in(7, [&](pbf_writer& t) { t.add_packed_int64(7, whole.begin(), whole.end()); }) ==
        "2: 7 -8");
  CHECK(in(7, [&](pbf_writer& t) {
          for (const std::int64_t number : whole) t.add_int64(7, number);
        }) == "2: 7 -8");
  CHECK(in(13, [&](pbf_writer& t) { t.add_packed_uint64(11, naturals.begin(), naturals.end()); }) ==
        "2: 7 8");
  CHECK(in(1, [&](pbf_writer& t) {
          t.add_packed_double(10, doubles.begin(), doubles.end() - 1);
        }) == "unknown");
  // A field of other kinds between them.
  CHECK(in(7, [&](pbf_writer& t) {
          t.add_string(8, "name");
          t.add_string(12, "what it is");
          t.add_packed_int64(7, whole.begin(), whole.end());
        }) == "2: 7 -8");
}

TEST_CASE("numbers of large tensors, of other files and of strings are not kept", "[onnx]") {
  const auto zeros = [](std::int32_t type, std::int64_t count, std::size_t bytes) {
    const std::string text = numbers_in(tensor_message(
        type, {count}, [&](pbf_writer& tensor) { tensor.add_bytes(9, std::string(bytes, '\0')); }));
    return text != "unknown";
  };
  CHECK(zeros(1, 4096, 4096 * 4));
  CHECK_FALSE(zeros(1, 4097, 4097 * 4));
  CHECK(zeros(7, 65536, 65536 * 8));
  CHECK_FALSE(zeros(7, 65537, 65537 * 8));
  CHECK(numbers_in(tensor_message(7, {1}, [](pbf_writer& t) {
          t.add_int64(7, 3);
          t.add_int32(14, 1);
        })) == "unknown");
  CHECK(numbers_in(tensor_message(7, {1}, [](pbf_writer& t) {
          t.add_int64(7, 3);
          t.add_int32(14, 0);
        })) == "1: 3");
  CHECK(numbers_in(tensor_message(7, {}, [](pbf_writer& t) { t.add_int64(7, 3); })) == ": 3");
  // A name of some length is fine, more numbers than the shape has are not.
  CHECK(numbers_in(tensor_message(7, {1}, [](pbf_writer& t) {
          t.add_string(8, std::string(900, 'n'));
          t.add_int64(7, 3);
        })) == "1: 3");
  CHECK(numbers_in(tensor_message(7, {1}, [](pbf_writer& t) {
          for (int k = 0; k < 2; ++k) t.add_int64(7, 3);
        })) == "unknown");
  CHECK(numbers_in(tensor_message(7, {1}, [](pbf_writer& t) {
          t.add_string(8, std::string(2000, 'n'));
          t.add_int64(7, 3);
        })) == "unknown");
}

TEST_CASE("attributes of each kind, and those that are missing", "[onnx]") {
  const std::vector<float> reals = {0.5F, -2};
  const Whole whole = {7, -8};
  const std::string message = attribute_message([&](pbf_writer& attribute) {
    attribute.add_float(2, 0.25F);
    attribute.add_int64(3, -5);
    attribute.add_string(4, "text");
    attribute.add_message(5, tensor_message(6, {2, 3}, [](pbf_writer&) {}));
    attribute.add_message(6, std::string("graph"));
    for (const float number : reals) attribute.add_float(7, number);
    for (const std::int64_t number : whole) attribute.add_int64(8, number);
    attribute.add_string(21, "referred");
  });
  const std::string packed = attribute_message([&](pbf_writer& attribute) {
    attribute.add_packed_float(7, reals.begin(), reals.end());
    attribute.add_packed_int64(8, whole.begin(), whole.end());
  });
  const std::vector<onnx::Attribute> list = {{"a", message}, {"b", packed}};
  const onnx::Attributes attributes(list);
  CHECK(attributes.has("a"));
  CHECK(attributes.has("b"));
  CHECK_FALSE(attributes.has("c"));
  CHECK(attributes.real("a", 9) == 0.25);
  CHECK(attributes.whole("a", 9) == -5);
  CHECK(attributes.text("a", "none") == "text");
  CHECK(attributes.graph("a") == "graph");
  CHECK(attributes.wholes("a") == whole);
  CHECK(attributes.wholes("b") == whole);
  CHECK(attributes.reals("a") == std::vector<double>{0.5, -2});
  CHECK(attributes.reals("b") == std::vector<double>{0.5, -2});
  REQUIRE(attributes.tensor("a"));
  CHECK(attributes.tensor("a")->shape == onnx::Shape{2, 3});
  CHECK(attributes.tensor("a")->type == 6);
  CHECK(onnx::referred_attribute(list[0]) == "referred");
  CHECK(onnx::referred_attribute(list[1]).empty());
  for (const std::string name : {"b", "c"}) {
    CHECK(attributes.real(name, 9) == 9);
    CHECK(attributes.whole(name, 9) == 9);
    CHECK(attributes.text(name, "none") == "none");
    CHECK(attributes.graph(name).empty());
    CHECK_FALSE(attributes.tensor(name));
  }
  CHECK(attributes.wholes("c").empty());
  CHECK(attributes.reals("c").empty());
  const std::vector<onnx::Attribute> damaged = {{"a", std::string_view(message).substr(0, 5)}};
  CHECK_THROWS_WITH(onnx::Attributes(damaged).whole("a", 9),
                    Catch::Matchers::StartsWith("error: an attribute is damaged ("));
}

TEST_CASE("lists of attributes have a largest length", "[onnx]") {
  const auto list = [](std::size_t count, bool is_real) {
    const std::vector<float> reals(count);
    const Whole whole(count);
    const std::string message = attribute_message([&](pbf_writer& attribute) {
      if (is_real)
        attribute.add_packed_float(7, reals.begin(), reals.end());
      else
        attribute.add_packed_int64(8, whole.begin(), whole.end());
    });
    const std::vector<onnx::Attribute> attributes = {{"a", message}};
    const onnx::Attributes read(attributes);
    return is_real ? read.reals("a").size() : read.wholes("a").size();
  };
  for (const bool is_real : {false, true}) {
    CHECK(list(65536, is_real) == 65536);
    CHECK_THROWS_WITH(list(65537, is_real), "error: an attribute has more than 65536 numbers");
  }
}

TEST_CASE("the first bytes of a file that may be a model", "[onnx]") {
  using namespace std::string_literals;
  CHECK(onnx::looks_like_model("\x08\x08\x12"s));
  CHECK(onnx::looks_like_model("\x08\x1F\x12"s));
  CHECK_FALSE(onnx::looks_like_model("\x08\x20\x12"s));
  CHECK_FALSE(onnx::looks_like_model("\x08\xFF\x12"s));
  CHECK_FALSE(onnx::looks_like_model("\x09\x08\x12"s));
  CHECK_FALSE(onnx::looks_like_model("\x08\x08"s));
  CHECK_FALSE(onnx::looks_like_model(""s));
  for (const std::int32_t type : {2, 3, 4, 5, 6, 7, 9, 12, 13}) CHECK(onnx::is_whole(type));
  for (const std::int32_t type : {0, 1, 8, 10, 11, 14, 16, 17}) CHECK_FALSE(onnx::is_whole(type));
}

TEST_CASE("elements of a shape, up to 2^40", "[onnx]") {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  CHECK(onnx::elements({}) == 1);
  CHECK(onnx::elements({2, 3, 5}) == 30);
  CHECK(onnx::elements({2, 0, 5}) == 0);
  CHECK(onnx::elements({kMost}) == kMost);
  CHECK(onnx::elements({kMost / 2, 2}) == kMost);
  CHECK(onnx::elements({kMost, 1}) == kMost);
  const char* const most = "error: a tensor has more than 2^40 elements";
  CHECK_THROWS_WITH(onnx::elements({kMost + 1}), most);
  CHECK_THROWS_WITH(onnx::elements({kMost, 2}), most);
  CHECK_THROWS_WITH(onnx::elements({3, kMost / 2}), most);
  CHECK_THROWS_WITH(onnx::elements({0, kMost + 1}), most);
  CHECK_THROWS_WITH(onnx::elements({2, -1}), "error: a tensor has a negative size, -1");
}

TEST_CASE("a model, field by field", "[onnx]") {
  std::string bytes;
  {
    pbf_writer model(bytes);
    model.add_int64(1, 8);
    model.add_string(2, "maker");
    model.add_string(3, "1.2");
    {
      pbf_writer graph(model, 7);
      {
        pbf_writer node(graph, 1);
        node.add_string(1, "x");
        node.add_string(1, "w");
        node.add_string(2, "y");
        node.add_string(2, "z");
        node.add_string(3, "name");
        node.add_string(4, "Type");
        node.add_message(5, attribute_message([](pbf_writer&) {}));
        node.add_string(6, "doc");
        node.add_string(7, "domain");
      }
      {
        pbf_writer node(graph, 1);
        node.add_string(4, "Other");
        node.add_string(7, "ai.onnx");
      }
      graph.add_string(2, "graph");
      {
        pbf_writer tensor(graph, 5);
        tensor.add_int64(1, 2);
        tensor.add_int64(1, 3);
        tensor.add_int32(2, 7);
        tensor.add_string(8, "w");
        tensor.add_int32(14, 1);
      }
      for (const std::uint32_t field : {11U, 12U, 13U}) {
        pbf_writer info(graph, field);
        info.add_string(1, "v" + std::to_string(field));
        {
          pbf_writer type(info, 2), tensor(type, 1);
          tensor.add_int32(1, 6);
          pbf_writer shape(tensor, 2);
          pbf_writer(shape, 1).add_int64(1, 5);
          pbf_writer(shape, 1).add_string(2, "n");
          pbf_writer(shape, 1).add_string(3, "denotation");
        }
        info.add_string(3, "about");
      }
    }
    for (const auto& [domain, version] :
         {std::pair("other", 3), std::pair("ai.onnx", 17), std::pair("third", 4)}) {
      pbf_writer opset(model, 8);
      opset.add_string(1, domain);
      opset.add_int64(2, version);
    }
    {
      pbf_writer function(model, 25);
      function.add_string(1, "f");
      function.add_string(4, "a");
      function.add_string(4, "b");
      function.add_string(5, "c");
      pbf_writer(function, 7).add_string(4, "Inner");
      function.add_string(10, "own");
      function.add_message(11, attribute_message([](pbf_writer&) {}));
    }
  }
  const onnx::Model model = onnx::parse_model(bytes);
  CHECK(model.producer == "maker");
  CHECK(model.producer_version == "1.2");
  CHECK(model.opset == 17);
  const onnx::Graph& graph = model.graph;
  CHECK(graph.name == "graph");
  REQUIRE(graph.nodes.size() == 2);
  const onnx::Node& node = graph.nodes[0];
  CHECK(node.inputs == std::vector<std::string_view>{"x", "w"});
  CHECK(node.outputs == std::vector<std::string_view>{"y", "z"});
  CHECK(node.name == "name");
  CHECK(node.type == "Type");
  CHECK(node.doc == "doc");
  CHECK(node.domain == "domain");
  REQUIRE(node.attributes.size() == 1);
  CHECK(node.attributes[0].name == "a");
  CHECK(graph.nodes[1].domain.empty());
  REQUIRE(graph.initializers.size() == 1);
  CHECK(graph.initializers[0].name == "w");
  CHECK(graph.initializers[0].shape == onnx::Shape{2, 3});
  CHECK(graph.initializers[0].type == 7);
  CHECK(graph.initializers[0].external);
  REQUIRE(graph.inputs.size() == 1);
  CHECK(graph.inputs[0].name == "v11");
  REQUIRE(graph.outputs.size() == 1);
  CHECK(graph.outputs[0].name == "v12");
  REQUIRE(graph.values.size() == 1);
  const onnx::ValueInfo& info = graph.values[0];
  CHECK(info.name == "v13");
  CHECK(info.type == 6);
  CHECK(info.doc == "about");
  CHECK(info.has_shape);
  REQUIRE(info.dimensions.size() == 3);
  CHECK(info.dimensions[0].size == 5);
  CHECK_FALSE(info.dimensions[1].size);
  CHECK(info.dimensions[1].name == "n");
  CHECK_FALSE(info.dimensions[2].size);
  CHECK(info.dimensions[2].name.empty());
  REQUIRE(model.functions.size() == 1);
  const onnx::Function& function = model.functions[0];
  CHECK(function.name == "f");
  CHECK(function.domain == "own");
  CHECK(function.inputs == std::vector<std::string_view>{"a", "b"});
  CHECK(function.outputs == std::vector<std::string_view>{"c"});
  REQUIRE(function.nodes.size() == 1);
  CHECK(function.nodes[0].type == "Inner");
  REQUIRE(function.defaults.size() == 1);
  CHECK(function.defaults[0].name == "a");
}
