// SPDX-License-Identifier: Apache-2.0
// The ONNX reader, from bytes to a spec.
#include "fuzz/fuzz.hpp"
#include "onnx/reader.hpp"

using namespace archcost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::expect_error_or_result(
      [&] { onnx::read_model_bytes(fuzz::text_of(data, size), "fuzz.onnx"); });
  return 0;
}
