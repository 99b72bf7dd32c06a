// SPDX-License-Identifier: Apache-2.0
// libFuzzer target of the ONNX reader. Built with -DARCHCOST_FUZZ=ON and Clang:
//   build/fuzz/onnx_fuzz -max_len=4096 CORPUS tests/onnx/models
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/diagnostic.hpp"
#include "onnx/reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    archcost::onnx::read_model_bytes({reinterpret_cast<const char*>(data), size}, "fuzz.onnx");
  } catch (const archcost::Error&) {
  }
  return 0;
}
