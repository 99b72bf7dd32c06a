// SPDX-License-Identifier: Apache-2.0
// A machine's roofline as a file.
#include <fmt/core.h>

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
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

/// The rate of the row with that name by number of threads; empty without such a list.
std::map<int, double> rates_of(const nlohmann::json& json, const char* list, const char* name_key,
                               const char* name, const char* rate_key) {
  std::map<int, double> rates;
  const auto rows = json.find(list);
  if (rows == json.end() || !rows->is_array()) return rates;
  for (const nlohmann::json& row : *rows) {
    const auto named = row.find(name_key), threads = row.find("threads"), rate = row.find(rate_key);
    if (named == row.end() || *named != name || threads == row.end() || rate == row.end() ||
        !threads->is_number_integer() || !rate->is_number() || rate->get<double>() <= 0)
      continue;
    rates[threads->get<int>()] = rate->get<double>();
  }
  return rates;
}

}  // namespace

Roofline read_machine_file(const std::string& path, int threads) {
  const nlohmann::json json = nlohmann::json::parse(read_text_file(path), nullptr, false);
  if (!json.is_object())
    throw Error(fmt::format("'{}' is no machine file: it isn't a JSON object", path));
  Roofline roofline = {positive(json, path, "peak_gflops"), positive(json, path, "bandwidth_gbs")};
  roofline.stable = json.value("stable", nlohmann::json(true)) != nlohmann::json(false);
  const std::map<int, double> peaks = rates_of(json, "peaks", "type", "f32", "giga_ops");
  const std::map<int, double> memory = rates_of(json, "bandwidths", "level", "memory", "gbs");
  if (peaks.empty() || memory.empty()) return roofline;
  if (!peaks.contains(threads) || !memory.contains(threads)) {
    std::vector<std::string> known;
    for (const auto& [count, rate] : peaks) {
      if (memory.contains(count)) known.push_back(std::to_string(count));
    }
    throw Error(fmt::format("'{}' has no figures for --threads {}; it has those for --threads {}",
                            path, threads, join_or(known)));
  }
  roofline.peak_gflops = peaks.at(threads);
  roofline.bandwidth_gbs = memory.at(threads);
  roofline.threads = threads;
  return roofline;
}

}  // namespace archcost::cost
