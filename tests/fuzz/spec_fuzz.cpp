// SPDX-License-Identifier: Apache-2.0
// The YAML reader, from text to a checked spec.
#include "fuzz/fuzz.hpp"
#include "spec/arch_spec.hpp"

using namespace archcost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::expect_error_or_result([&] {
    spec::read_spec_text("fuzz.yaml", std::string(fuzz::text_of(data, size)), "/nonexistent");
  });
  return 0;
}
