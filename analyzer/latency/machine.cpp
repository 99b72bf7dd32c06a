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
#include <type_traits>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"

namespace archcost::latency {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kLevels = {"L1", "L2", "L3", "memory"};

// The fields of the file's objects: visit(name, field) for each.
template <class T, class Row>
concept IsA = std::is_same_v<std::remove_const_t<T>, Row>;

void visit_fields(IsA<CacheSize> auto& cache, const auto& visit) {
  visit("level", cache.level);
  visit("bytes", cache.bytes);
}

void visit_fields(IsA<PeakRate> auto& peak, const auto& visit) {
  visit("type", peak.type);
  visit("threads", peak.threads);
  visit("giga_ops", peak.giga_ops);
}

void visit_fields(IsA<Bandwidth> auto& bandwidth, const auto& visit) {
  visit("level", bandwidth.level);
  visit("threads", bandwidth.threads);
  visit("gbs", bandwidth.gbs);
  visit("working_set", bandwidth.working_set);
}

void visit_head(IsA<Machine> auto& machine, const auto& visit) {
  visit("cpu", machine.cpu);
  visit("isa", machine.isa);
  visit("library", machine.library);
  visit("measured", machine.measured);
  visit("threads", machine.threads);
}

void visit_lists(IsA<Machine> auto& machine, const auto& visit) {
  visit("caches", machine.caches);
  visit("peaks", machine.peaks);
  visit("bandwidths", machine.bandwidths);
}

/// Reads one object of the file; `prefix` is what stands before the names of its fields in
/// messages.
class FieldReader {
 public:
  FieldReader(const Json& object, const std::string& path, std::string prefix)
      : json_(object), path_(path), prefix_(std::move(prefix)) {}

  void operator()(std::string_view key, std::string& text) const {
    const Json* found = find(key);
    require(found != nullptr && found->is_string(), key, "must be a text");
    text = found->get<std::string>();
    if (key == "level") {
      require(std::find(kLevels.begin(), kLevels.end(), text) != kLevels.end(), key,
              "must be L1, L2, L3 or memory");
    }
    if (key == "type") require(!text.empty(), key, "must be a text that isn't empty");
  }

  void operator()(std::string_view key, double& number) const {
    const Json* found = find(key);
    require(found != nullptr && found->is_number() && found->get<double>() > 0, key,
            "must be a number above 0");
    number = found->get<double>();
  }

  void operator()(std::string_view key, int& number) const {
    const Json* found = find(key);
    // Unsigned values above the signed range turn negative here, and are refused with them.
    const std::int64_t count =
        found != nullptr && found->is_number_integer() ? found->get<std::int64_t>() : 0;
    require(count >= 1 && count <= std::numeric_limits<int>::max(), key,
            "must be a whole number above 0");
    number = static_cast<int>(count);
  }

  template <typename Row>
  void operator()(std::string_view key, std::vector<Row>& rows) const {
    const Json* found = find(key);
    require(found != nullptr && found->is_array(), key, "must be a list");
    for (const Json& item : *found) {
      const std::string name = fmt::format("{}[{}]", key, rows.size());
      require(item.is_object(), name, "must be an object");
      visit_fields(rows.emplace_back(), FieldReader(item, path_, name + "."));
    }
  }

 private:
  const Json* find(std::string_view key) const {
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }

  void require(bool holds, std::string_view key, std::string_view must) const {
    if (!holds)
      throw Error(fmt::format("'{}' is no file of a measured machine: '{}{}' {}", path_, prefix_,
                              key, must));
  }

  const Json& json_;
  const std::string& path_;
  std::string prefix_;
};

/// The rate at the most threads among the rows that are wanted; 0 when there are none.
template <typename Row, typename Wanted>
double at_most_threads(const std::vector<Row>& rows, double Row::*rate, Wanted wanted) {
  const Row* best = nullptr;
  for (const Row& row : rows) {
    if (wanted(row) && (!best || row.threads > best->threads)) best = &row;
  }
  return best ? best->*rate : 0;
}

constexpr double kMostDifference = 0.1;  // of two repetitions of a rate

std::string rate_name(const RateSamples& of) {
  return fmt::format("{} with {} thread{}", of.what, of.threads, of.threads == 1 ? "" : "s");
}

double best_rate(const RateSamples& of) {
  return of.rates.empty() ? 0 : *std::max_element(of.rates.begin(), of.rates.end());
}

/// What is wrong with the repetitions of a rate; empty: nothing.
std::string rate_fault(const RateSamples& of) {
  const int count = static_cast<int>(of.rates.size());
  if (count < 2) return {};
  if (of.calm < 2)
    return fmt::format("{} was interrupted in {} of {} repetitions", rate_name(of), count - of.calm,
                       count);
  std::vector<double> rates = of.rates;
  std::sort(rates.rbegin(), rates.rend());
  if (rates[1] >= (1 - kMostDifference) * rates[0]) return {};
  return fmt::format("the best two of {} repetitions of {} differ by {:.0f} %", count,
                     rate_name(of), 100 * (1 - rates[1] / rates[0]));
}

/// What the kernel says of the first processor.
std::map<std::string, std::string> first_processor(std::istream& stream) {
  std::map<std::string, std::string> first;
  for (std::string line; std::getline(stream, line) && !line.empty();) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string key = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    if (value != std::string::npos) first[key] = line.substr(value);
  }
  return first;
}

}  // namespace

std::string instability(const std::vector<RateSamples>& samples) {
  std::vector<std::string> faults;
  for (const RateSamples& of : samples) {
    if (std::string fault = rate_fault(of); !fault.empty()) faults.push_back(std::move(fault));
    for (const RateSamples& fewer : samples) {
      if (fewer.what == of.what && fewer.threads < of.threads && of.rates.size() > 1 &&
          best_rate(of) < (1 - kMostDifference) * best_rate(fewer))
        faults.push_back(fmt::format("{} is slower than with {}", rate_name(of), fewer.threads));
    }
  }
  if (faults.empty()) return {};
  constexpr std::size_t kMostNamed = 3;
  const std::size_t others = faults.size() - std::min(faults.size(), kMostNamed);
  faults.resize(faults.size() - others);
  return fmt::format("unstable: {}{}", join(faults, ", "),
                     others > 0 ? fmt::format(", and {} more", others) : "");
}

double Machine::peak_gflops(int for_threads, const std::string& type) const {
  const auto row = std::find_if(peaks.begin(), peaks.end(), [&](const PeakRate& peak) {
    return peak.threads == for_threads && peak.type == type;
  });
  return row == peaks.end() ? 0 : row->giga_ops;
}

double Machine::bandwidth_gbs(const std::string& level, int for_threads) const {
  const auto row = std::find_if(bandwidths.begin(), bandwidths.end(), [&](const Bandwidth& b) {
    return b.threads == for_threads && b.level == level;
  });
  return row == bandwidths.end() ? 0 : row->gbs;
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
  std::ifstream stream("/proc/cpuinfo");
  return cpu_name(stream);
}

std::string cpu_name(std::istream& cpuinfo) {
  std::map<std::string, std::string> first = first_processor(cpuinfo);
  std::string name = "unknown processor";
  if (first.contains("model name"))
    name = first["model name"];
  else if (first.contains("CPU implementer") && first.contains("CPU part"))  // arm64 has no names
    name = fmt::format("arm64 processor (implementer {} part {})", first["CPU implementer"],
                       first["CPU part"]);
  if (first.contains("cpu family") && first.contains("model"))
    name += fmt::format(" (family {} model {})", first["cpu family"], first["model"]);
  return name;
}

std::string cpu_instructions() {
  std::ifstream stream("/proc/cpuinfo");
  return cpu_instructions(stream);
}

std::string cpu_instructions(std::istream& cpuinfo) {
  std::map<std::string, std::string> first = first_processor(cpuinfo);
  const std::string flags = " " + first["flags"] + first["Features"] + " ";
  for (const auto& [flag, name] : {std::pair(" avx512bw ", "avx512"), std::pair(" avx2 ", "avx2"),
                                   std::pair(" sse2 ", "sse2"), std::pair(" asimd ", "neon")}) {
    if (flags.find(flag) != std::string::npos) return name;
  }
  return {};
}

std::string engine_title(const std::string& engine) {
  constexpr std::pair<std::string_view, std::string_view> kTitles[] = {
      {"onednn", "oneDNN"},
      {"onnxruntime", "ONNX Runtime"},
      {"tflite", "TensorFlow Lite"},
      {"ncnn", "ncnn"},
      {"mnn", "MNN"},
  };
  for (const auto& [name, title] : kTitles) {
    if (name == engine) return std::string(title);
  }
  return engine;
}

std::string MachineId::library() const {
  std::string text = engine_title(engine);
  if (!version.empty()) text += " " + version;
  if (provider != "cpu") text += " on " + provider;
  return text;
}

std::string MachineId::text() const {
  std::string text;
  for (const std::string& part : {name, cpu, isa}) {
    if (!part.empty()) text += part + ", ";
  }
  text += library();
  if (data_type != "f32") text += ", " + data_type;
  return text;
}

std::string to_json(const Machine& machine) {
  Json json;
  const auto write = [&](const char* key, const auto& value) { json[key] = value; };
  visit_head(machine, write);
  // Left out when they weren't measured: who reads a roofline then says what is missing.
  const double peak = at_most_threads(machine.peaks, &PeakRate::giga_ops,
                                      [](const PeakRate& row) { return row.type == "f32"; });
  const double memory = at_most_threads(machine.bandwidths, &Bandwidth::gbs,
                                        [](const Bandwidth& row) { return row.level == "memory"; });
  if (peak > 0) json["peak_gflops"] = peak;
  if (memory > 0) json["bandwidth_gbs"] = memory;
  if (!machine.stable) json["stable"] = false;

  visit_lists(machine, [&](const char* key, const auto& rows) {
    Json& list = json[key] = Json::array();
    for (const auto& row : rows) {
      Json& object = list.emplace_back();
      visit_fields(row, [&](const char* name, const auto& value) { object[name] = value; });
    }
  });
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
  const FieldReader reader(json, path, "");
  Machine machine;
  visit_head(machine, reader);
  visit_lists(machine, reader);
  machine.stable = json.value("stable", Json(true)) != Json(false);
  return machine;
}

}  // namespace archcost::latency
