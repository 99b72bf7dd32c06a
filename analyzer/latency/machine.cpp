// SPDX-License-Identifier: Apache-2.0
#include "latency/machine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/diagnostic.hpp"
#include "core/text_file.hpp"

namespace archcost::latency {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kLevels = {"L1", "L2", "L3", "memory"};

/// One object of the file; `prefix` is what stands before the names of its fields in messages.
class Fields {
 public:
  Fields(const Json& json, const std::string& path, std::string prefix)
      : json_(json), path_(path), prefix_(std::move(prefix)) {}

  std::string text(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_string()) fail(key, "must be a text");
    return found->get<std::string>();
  }

  std::string word(const char* key) const {
    std::string word = text(key);
    if (word.empty()) fail(key, "must be a text that isn't empty");
    return word;
  }

  std::string level() const {
    std::string level = text("level");
    if (std::find(kLevels.begin(), kLevels.end(), level) == kLevels.end())
      fail("level", "must be L1, L2, L3 or memory");
    return level;
  }

  double positive(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_number() || found->get<double>() <= 0)
      fail(key, "must be a number above 0");
    return found->get<double>();
  }

  int threads() const {
    const auto found = json_.find("threads");
    // Unsigned values above the signed range turn negative here, and are refused with them.
    const std::int64_t count =
        found != json_.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
    if (count < 1 || count > std::numeric_limits<int>::max())
      fail("threads", "must be a whole number above 0");
    return static_cast<int>(count);
  }

  /// The objects of a list, each made into a T.
  template <typename T, typename Make>
  std::vector<T> list(const char* key, Make make) const {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_array()) fail(key, "must be a list");
    std::vector<T> items;
    for (const Json& item : *found) {
      const std::string name = fmt::format("{}[{}]", key, items.size());
      if (!item.is_object()) fail(name, "must be an object");
      items.push_back(make(Fields(item, path_, name + ".")));
    }
    return items;
  }

 private:
  [[noreturn]] void fail(std::string_view key, std::string_view must) const {
    throw Error(
        fmt::format("'{}' is no file of a measured machine: '{}{}' {}", path_, prefix_, key, must));
  }

  const Json& json_;
  const std::string& path_;
  std::string prefix_;
};

CacheSize read_cache(const Fields& fields) { return {fields.level(), fields.positive("bytes")}; }

PeakRate read_peak(const Fields& fields) {
  return {fields.word("type"), fields.threads(), fields.positive("giga_ops")};
}

Bandwidth read_bandwidth(const Fields& fields) {
  return {fields.level(), fields.threads(), fields.positive("gbs"), fields.positive("working_set")};
}

/// The rate at the most threads among the rows that are wanted; 0 when there are none.
template <typename Row, typename Wanted>
double at_most_threads(const std::vector<Row>& rows, double Row::*rate, Wanted wanted) {
  const Row* best = nullptr;
  for (const Row& row : rows) {
    if (wanted(row) && (!best || row.threads > best->threads)) best = &row;
  }
  return best ? best->*rate : 0;
}

}  // namespace

double Machine::peak_gflops(int for_threads, const std::string& type) const {
  for (const PeakRate& peak : peaks) {
    if (peak.threads == for_threads && peak.type == type) return peak.giga_ops;
  }
  return 0;
}

double Machine::bandwidth_gbs(const std::string& level, int for_threads) const {
  for (const Bandwidth& bandwidth : bandwidths) {
    if (bandwidth.threads == for_threads && bandwidth.level == level) return bandwidth.gbs;
  }
  return 0;
}

std::string Machine::level_of(double bytes, int for_threads) const {
  const CacheSize* smallest = nullptr;
  double smallest_bytes = 0;
  for (const CacheSize& cache : caches) {
    // Threads share the bytes out among the caches of their cores. L3 is one for all of them: how
    // many there are of it isn't known, so it is taken as one.
    const double holds = cache.level == "L3" ? cache.bytes : cache.bytes * for_threads;
    if (bytes > holds || (smallest && smallest_bytes <= holds)) continue;
    smallest = &cache;
    smallest_bytes = holds;
  }
  return smallest ? smallest->level : "memory";
}

std::string cpu_name() {
  std::map<std::string, std::string> first;  // of the first processor
  std::ifstream stream("/proc/cpuinfo");
  for (std::string line; std::getline(stream, line) && !line.empty();) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string key = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    if (value != std::string::npos) first[key] = line.substr(value);
  }
  std::string name = first.contains("model name") ? first["model name"] : "unknown processor";
  if (first.contains("cpu family") && first.contains("model"))
    name += fmt::format(" (family {} model {})", first["cpu family"], first["model"]);
  return name;
}

std::string to_json(const Machine& machine) {
  Json json = {{"cpu", machine.cpu},
               {"isa", machine.isa},
               {"library", machine.library},
               {"measured", machine.measured},
               {"threads", machine.threads}};
  // Left out when they weren't measured: who reads a roofline then says what is missing.
  const double peak = at_most_threads(machine.peaks, &PeakRate::giga_ops,
                                      [](const PeakRate& row) { return row.type == "f32"; });
  const double memory = at_most_threads(machine.bandwidths, &Bandwidth::gbs,
                                        [](const Bandwidth& row) { return row.level == "memory"; });
  if (peak > 0) json["peak_gflops"] = peak;
  if (memory > 0) json["bandwidth_gbs"] = memory;

  json["caches"] = Json::array();
  for (const CacheSize& cache : machine.caches)
    json["caches"].push_back({{"level", cache.level}, {"bytes", cache.bytes}});
  json["peaks"] = Json::array();
  for (const PeakRate& peak_rate : machine.peaks) {
    json["peaks"].push_back({{"type", peak_rate.type},
                             {"threads", peak_rate.threads},
                             {"giga_ops", peak_rate.giga_ops}});
  }
  json["bandwidths"] = Json::array();
  for (const Bandwidth& bandwidth : machine.bandwidths) {
    json["bandwidths"].push_back({{"level", bandwidth.level},
                                  {"threads", bandwidth.threads},
                                  {"gbs", bandwidth.gbs},
                                  {"working_set", bandwidth.working_set}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Machine read_machine(const std::string& path) {
  return machine_from_json(read_text_file(path), path);
}

Machine machine_from_json(const std::string& text, const std::string& path) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    throw Error(fmt::format("'{}' is no file of a measured machine: it isn't a JSON object", path));
  }
  const Fields fields(json, path, "");
  Machine machine;
  machine.cpu = fields.text("cpu");
  machine.isa = fields.text("isa");
  machine.library = fields.text("library");
  machine.measured = fields.text("measured");
  machine.threads = fields.threads();
  machine.caches = fields.list<CacheSize>("caches", read_cache);
  machine.peaks = fields.list<PeakRate>("peaks", read_peak);
  machine.bandwidths = fields.list<Bandwidth>("bandwidths", read_bandwidth);
  return machine;
}

}  // namespace archcost::latency
