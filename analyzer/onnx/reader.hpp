// SPDX-License-Identifier: Apache-2.0
// ONNX files as specs.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "onnx/folded_graph.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::onnx {

/// Whether a file is ONNX, by its extension or its first bytes.
bool is_model_file(const std::filesystem::path& path);
/// Names of the symbolic dimensions of the file's inputs.
std::vector<std::string> symbolic_sizes(const std::filesystem::path& path);

/// Reads a file at given sizes. Only the graph is read, no weights. Throws Error.
spec::ArchSpec read_model(const std::filesystem::path& path, const ModelSizes& sizes = {});
/// The same from bytes; `name` is what messages call the file.
spec::ArchSpec read_model_bytes(std::string_view bytes, const std::string& name,
                                const ModelSizes& sizes = {});

/// The spec of a file in either form: YAML, or ONNX at these sizes. Throws Error.
spec::ArchSpec read_architecture(const std::filesystem::path& path, const ModelSizes& sizes = {});

}  // namespace archcost::onnx
