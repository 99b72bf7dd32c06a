// SPDX-License-Identifier: Apache-2.0
// The formats of --format. A new one is a row here.
#include <algorithm>

#include "reports/writers/writers.hpp"

namespace archcost::writers {
namespace {

std::string markdown(const Document& document, const TextOptions& options) {
  return write_markdown(document, options.exact);
}
std::string csv(const Document& document, const TextOptions&) { return write_csv(document); }
std::string json(const Document& document, const TextOptions&) { return write_json(document); }
std::string json_lines(const Document& document, const TextOptions&) {
  return write_json_lines(document);
}
std::string latex(const Document& document, const TextOptions& options) {
  return write_latex(document, options.exact);
}

template <typename Predicate>
const OutputFormat* find(Predicate predicate) {
  const auto& formats = output_formats();
  const auto found = std::find_if(formats.begin(), formats.end(), predicate);
  return found == formats.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<OutputFormat>& output_formats() {
  static const std::vector<OutputFormat> formats = {
      {"table", "", false, write_text},
      {"markdown", ".md", false, markdown},
      {"csv", ".csv", true, csv},
      {"json", ".json", false, json},
      {"jsonl", ".jsonl", true, json_lines},
      {"latex", ".tex", false, latex},
  };
  return formats;
}

const OutputFormat* find_output_format(std::string_view name) {
  return find([&](const OutputFormat& format) { return format.name == name; });
}

const OutputFormat* format_of_file(std::string_view file) {
  return find([&](const OutputFormat& format) {
    return !format.extension.empty() && file.ends_with(format.extension);
  });
}

}  // namespace archcost::writers
