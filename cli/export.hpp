// SPDX-License-Identifier: Apache-2.0
// The formats of `archcost export`, a row each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cli/spec_argument.hpp"
#include "exporter/export_onnx.hpp"

namespace archcost::cli {

struct ExportOptions {
  int opset = exporter::kDefaultOpset;
  exporter::WeightMode weights = exporter::WeightMode::kRandom;
  std::uint64_t seed = 1;
  bool fold = false;
};

/// Of traces, stacks and node data: which numbers of the layers.
struct ValueOptions {
  std::string cost;      ///< a counter; empty: macs, or the times of `measured`
  std::string measured;  ///< file of `archcost measure --format json`
};

struct ExportRequest {
  SpecRequest spec;
  ExportOptions options;
  ValueOptions values;
  std::string file;     ///< empty: standard output
  std::string label;    ///< SPEC as it was given
  std::string command;  ///< that gives the same again
};

struct ExportFormat {
  std::string_view name, extension;  ///< extension: of -o FILE, that sets the format; may be empty
  bool binary = false;
  /// Throws Error.
  void (*write)(const ExportRequest& request) = nullptr;
};

std::span<const ExportFormat> export_formats();

/// The format of -o FILE.onnx and FILE.py; null for other names.
const ExportFormat* export_format_of_file(std::string_view file);
/// Whether -o FILE gets a network from commands that make some: .yaml, .yml, .onnx and .py.
bool is_network_file(std::string_view file);
/// Writes a spec, which is read and built before, so that what is written works. Throws Error.
void write_spec_file(const std::string& text, const std::string& file);

/// An input of the seed, and what the interpreter computes from it, as the ONNX project's test data
/// are stored: `folder`/input_0.pb and output_0.pb. Throws Error.
void write_test_data(const ExportRequest& request, const std::string& folder);

}  // namespace archcost::cli
