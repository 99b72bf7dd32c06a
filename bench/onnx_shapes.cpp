// SPDX-License-Identifier: Apache-2.0
// Prints the shapes that archcost infers for the outputs of ONNX files, for bench/onnx_nodes.py:
//   FILE <tab> NAME 1x64x56x56 <tab> NAME unknown
//   FILE <tab> error <tab> MESSAGE
#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "onnx/folded_graph.hpp"
#include "onnx/mapped_file.hpp"
#include "onnx/model.hpp"
#include "onnx/shape_rules.hpp"

using namespace archcost;

namespace {

void print_outputs(const char* file) {
  const onnx::MappedFile bytes(file);
  const onnx::Model model = onnx::parse_model(bytes.bytes());
  const onnx::FoldedGraph graph = onnx::fold(model, {});
  fmt::print("{}", file);
  for (std::size_t k = 0; k < graph.outputs.size(); ++k) {
    const onnx::FoldedValue& value = graph.value(graph.outputs[k]);
    const std::string shape = !value.shape           ? "unknown"
                              : value.shape->empty() ? "scalar"
                                                     : onnx::shown(*value.shape);
    fmt::print("\t{} {}", model.graph.outputs[k].name, shape);
  }
  fmt::print("\n");
}

}  // namespace

int main(int count, char** files) {
  for (int k = 1; k < count; ++k) {
    try {
      print_outputs(files[k]);
    } catch (const std::exception& error) {
      std::string message = error.what();
      message = message.substr(0, message.find('\n'));
      fmt::print("{}\terror\t{}\n", files[k], message);
    }
  }
}
