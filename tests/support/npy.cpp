// SPDX-License-Identifier: Apache-2.0
#include "support/npy.hpp"

#include <cstring>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>

#include "support/support.hpp"

namespace archcost::test {
namespace {

void expect(bool right, const std::filesystem::path& path, const std::string& wanted) {
  if (!right) throw std::runtime_error(path.string() + ": " + wanted);
}

// Numbers in an array whose header has 'shape': (1, 32, 14, 14).
std::size_t elements(const std::string& shape) {
  std::size_t product = 1;
  std::istringstream sizes(shape);
  for (std::string size; std::getline(sizes, size, ',');) {
    if (size.find_first_not_of(' ') != std::string::npos) product *= std::stoul(size);
  }
  return product;
}

}  // namespace

std::vector<float> read_npy(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  expect(bytes.size() > 10 && bytes.starts_with("\x93NUMPY\x01"), path, "no .npy of version 1");
  const std::size_t length =
      static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  expect(bytes.size() >= 10 + length, path, "cut off in its header");
  const std::string header = bytes.substr(10, length);
  static const std::regex kHeader(
      R"(^\{'descr': '<f4', 'fortran_order': False, 'shape': \(([^)]*)\), \}\s*$)");
  std::smatch match;
  expect(std::regex_match(header, match, kHeader), path, "not float32 in C order: " + header);
  std::vector<float> numbers(elements(match[1]));
  expect(bytes.size() == 10 + length + numbers.size() * sizeof(float), path, "another size");
  std::memcpy(numbers.data(), bytes.data() + 10 + length, numbers.size() * sizeof(float));
  return numbers;
}

}  // namespace archcost::test
