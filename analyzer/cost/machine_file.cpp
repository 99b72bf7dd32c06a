// SPDX-License-Identifier: Apache-2.0
// A machine's roofline as a file.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "core/diagnostic.hpp"
#include "core/text_file.hpp"
#include "cost/cost_table.hpp"

namespace archcost::cost {
namespace {

double positive(const nlohmann::json& json, const std::string& path, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number() || found->get<double>() <= 0) {
    throw Error(fmt::format("'{}' is no machine file: '{}' must be a number above 0", path, key));
  }
  return found->get<double>();
}

}  // namespace

Roofline read_machine_file(const std::string& path) {
  const nlohmann::json json = nlohmann::json::parse(read_text_file(path), nullptr, false);
  if (!json.is_object())
    throw Error(fmt::format("'{}' is no machine file: it isn't a JSON object", path));
  return {positive(json, path, "peak_gflops"), positive(json, path, "bandwidth_gbs")};
}

}  // namespace archcost::cost
