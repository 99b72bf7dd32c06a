// SPDX-License-Identifier: Apache-2.0
// Which bytes of a file are left out: the numbers of large tensors, wherever they stand.
#include <cstdint>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

#include "onnx/graph_file.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using protozero::pbf_writer;

constexpr std::size_t kReals = 32 << 10, kNumbers = 640 << 10;

// How many of the bytes of 'n' are not read; all others must be.
std::size_t left_out(const std::string& bytes) {
  const TestFolder folder;
  folder.write("net.onnx", bytes);
  const onnx::GraphFile file(folder / "net.onnx");
  REQUIRE(file.bytes().size() == bytes.size());
  std::size_t count = 0;
  bool only_numbers = true;
  for (std::size_t k = 0; k < bytes.size(); ++k) {
    if (file.bytes()[k] == bytes[k]) continue;
    only_numbers = only_numbers && bytes[k] == 'n' && file.bytes()[k] == 0;
    ++count;
  }
  CHECK(only_numbers);
  return count;
}

// A tensor of that type with so many bytes in that field.
std::string tensor_of(std::int32_t type, std::uint32_t field, std::size_t count,
                      bool type_first = true) {
  std::string bytes;
  pbf_writer tensor(bytes);
  tensor.add_int64(1, 7);
  if (type_first) tensor.add_int32(2, type);
  tensor.add_string(8, "weight");
  tensor.add_bytes(field, std::string(count, 'n'));
  if (!type_first) tensor.add_int32(2, type);
  return bytes;
}

// Messages around it, from the inside: their fields.
std::string inside(std::string message, const std::vector<std::uint32_t>& fields) {
  for (const std::uint32_t field : fields) {
    std::string bytes;
    pbf_writer writer(bytes);
    writer.add_string(2, "before");
    writer.add_message(field, message);
    writer.add_string(3, "behind");
    message = std::move(bytes);
  }
  return message;
}

const std::vector<std::uint32_t> kInitializer = {5, 7};

}  // namespace

TEST_CASE("numbers are left out by their count and the tensor's type", "[onnx]") {
  const auto count = [](std::int32_t type, std::uint32_t field, std::size_t size,
                        bool type_first = true) {
    return left_out(inside(tensor_of(type, field, size, type_first), kInitializer));
  };
  for (const std::int32_t type : {1, 10}) {
    CHECK(count(type, 9, kReals) == 0);
    CHECK(count(type, 9, kReals + 1) == kReals + 1);
  }
  for (const std::int32_t type : {3, 7}) {
    CHECK(count(type, 9, kReals + 1) == 0);
    CHECK(count(type, 9, kNumbers) == 0);
    CHECK(count(type, 9, kNumbers + 1) == kNumbers + 1);
  }
  // Where the type comes behind the numbers it isn't known.
  CHECK(count(1, 9, kReals + 1, false) == 0);
  CHECK(count(1, 9, kNumbers + 1, false) == kNumbers + 1);
  for (const std::uint32_t field : {4U, 5U, 6U, 7U, 9U, 10U, 11U})
    CHECK(count(1, field, kReals + 1) == kReals + 1);
  for (const std::uint32_t field : {3U, 8U, 12U, 13U}) CHECK(count(1, field, kReals + 1) == 0);
}

TEST_CASE("tensors of graphs, attributes, functions and graphs in attributes", "[onnx]") {
  const std::string large = tensor_of(1, 9, 40'000);
  CHECK(left_out(inside(large, {5, 7})) == 40'000);
  CHECK(left_out(inside(large, {5, 5, 1, 7})) == 40'000);
  CHECK(left_out(inside(large, {5, 5, 7, 25})) == 40'000);
  CHECK(left_out(inside(large, {5, 6, 5, 1, 7})) == 40'000);
  CHECK(left_out(inside(large, {5, 5, 1, 6, 5, 1, 7})) == 40'000);
  // No tensors are there.
  for (const std::vector<std::uint32_t>& fields :
       std::vector<std::vector<std::uint32_t>>{{5},
                                               {7},
                                               {4, 7},
                                               {6, 7},
                                               {5, 8},
                                               {5, 25},
                                               {5, 1, 7},
                                               {5, 6, 1, 7},
                                               {5, 4, 1, 7},
                                               {5, 5, 1, 25},
                                               {5, 5, 7, 7},
                                               {1, 7}}) {
    INFO(fields.size() << " " << fields[0] << " " << fields.back());
    CHECK(left_out(inside(large, fields)) == 0);
  }
  // Several tensors, and some that are small.
  std::string bytes;
  {
    pbf_writer model(bytes), graph(model, 7);
    graph.add_message(5, tensor_of(1, 9, 50'000));
    graph.add_message(5, tensor_of(1, 9, 20));
    graph.add_message(5, tensor_of(7, 9, 60'000));
    graph.add_message(5, tensor_of(1, 4, 70'000));
    graph.add_fixed32(30, 7);
    graph.add_fixed64(31, 7);
    graph.add_message(5, tensor_of(1, 9, 33'000));
  }
  CHECK(left_out(bytes) == 50'000 + 70'000 + 33'000);
}

TEST_CASE("of files that are damaged behind large tensors every byte is read", "[onnx]") {
  const std::string whole = inside(tensor_of(1, 9, 40'000), kInitializer);
  REQUIRE(left_out(whole) == 40'000);
  CHECK(left_out(whole + "\x0b") == 0);  // a group, which no field is
  CHECK(left_out(whole + "\x10") == 0);  // a number that is missing
  CHECK(left_out(whole + "\x11"
                         "1234567") == 0);  // eight bytes that are seven
  CHECK(left_out(whole + "\x15"
                         "123") == 0);  // four bytes that are three
  CHECK(left_out(whole + "\x12\x05"
                         "1234") == 0);  // a text that is cut off
  CHECK(left_out(whole + std::string(11, '\xff')) == 0);
  CHECK(left_out(whole + "\x11"
                         "12345678") == 40'000);
  CHECK(left_out(whole + "\x15"
                         "1234") == 40'000);
  CHECK(left_out(whole + "\x12\x05"
                         "12345") == 40'000);
  CHECK(left_out(whole + "\x10\xff\xff\x03") == 40'000);
  CHECK(left_out(whole.substr(0, whole.size() - 1)) == 0);
}

TEST_CASE("graphs in graphs, to a depth of 64 messages", "[onnx]") {
  const auto nested = [](int graphs) {
    std::vector<std::uint32_t> fields = {5};
    for (int k = 0; k < graphs; ++k) fields.insert(fields.end(), {6, 5, 1});
    fields.push_back(7);
    return left_out(inside(tensor_of(1, 9, 40'000), fields));
  };
  // Model, graph, then node, attribute and graph each, and the tensor.
  CHECK(nested(1) == 40'000);
  CHECK(nested(20) == 40'000);
  CHECK(nested(22) == 0);
}

TEST_CASE("a path through a file is told with the system's reason", "[onnx]") {
  const TestFolder folder;
  folder.write("net.onnx", "bytes");
  const std::string path = folder / "net.onnx" + "/inner";
  CHECK_THROWS_WITH(onnx::GraphFile(path), "error: can't read '" + path + "': Not a directory");
}
