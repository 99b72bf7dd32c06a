// SPDX-License-Identifier: Apache-2.0
// What a machine can do, measured: the roofs that layers are held against.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace archcost::latency {

/// The best rate of multiply-adds of one data type.
struct PeakRate {
  std::string type;  ///< "f32", "bf16", "u8s8"
  int threads = 1;
  double giga_ops = 0;  ///< 10^9 operations a second; a multiply-add is two
};

/// Bytes read a second from one level of the memory.
struct Bandwidth {
  std::string level;  ///< "L1", "L2", "L3", "memory"
  int threads = 1;
  double gbs = 0;          ///< 10^9 bytes a second
  double working_set = 0;  ///< bytes that were read over and over, per thread
};

/// A rate as it was measured, several times: the rate itself is the best.
struct RateSamples {
  std::string what;  ///< "f32", "L2", "memory"
  int threads = 1;
  std::vector<double> rates;  ///< by repetition, 10^9 operations or bytes a second
  int calm = 0;               ///< repetitions with a run in which nothing interrupted the process
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RateSamples, what, threads, rates, calm)

/// Why the rates are no result, "unstable: ..."; empty when they are one. Other work only makes a
/// rate smaller, so the best one is right where a second repetition reached it: the best two differ
/// by more than 10 %, or all runs of all repetitions but one were interrupted, or more threads are
/// slower than fewer. A single repetition is not judged.
std::string instability(const std::vector<RateSamples>& samples);

/// What times depend on, besides what is run: the key of a database's figures.
struct MachineId {
  std::string cpu;                ///< "AMD EPYC (family 26 model 2)"; empty: not known
  std::string isa;                ///< "avx512_core"; empty: not known
  std::string engine = "onednn";  ///< see engine_title()
  std::string version;            ///< of the engine: "2.6.3"; empty: not known
  std::string provider = "cpu";   ///< what the engine runs on: "cpu", "gpu", "nnapi"
  std::string data_type = "f32";
  std::string name;  ///< of a machine whose figures were imported: "pixel7"

  /// "oneDNN 2.6.3", "ONNX Runtime 1.30.0".
  std::string library() const;
  /// "AMD EPYC (family 26 model 2), avx512_core, oneDNN 2.6.3".
  std::string text() const;
  friend bool operator==(const MachineId&, const MachineId&) = default;
};

/// The engine's own name: "ONNX Runtime" of "onnxruntime"; the name itself of an engine that
/// archcost doesn't know.
std::string engine_title(const std::string& engine);

struct CacheSize {
  std::string level;
  double bytes = 0;  ///< of one core; of L3 all that a core can use
};

struct Machine {
  std::string cpu;       ///< "AMD EPYC (family 26 model 2)"
  std::string isa;       ///< oneDNN's name of the best instruction set: "avx512_core_bf16"
  std::string library;   ///< "oneDNN 2.6.3"
  std::string measured;  ///< date, ISO 8601, UTC
  int threads = 1;       ///< processors that this process may use
  std::vector<CacheSize> caches;
  std::vector<PeakRate> peaks;
  std::vector<Bandwidth> bandwidths;
  bool stable = true;  ///< false: rates of a busy machine, which were accepted

  /// 0 where it was not measured.
  double peak_gflops(int for_threads, const std::string& type = "f32") const;
  double bandwidth_gbs(const std::string& level, int for_threads) const;
  /// The smallest level that holds that many bytes: "memory" when none does.
  std::string level_of(double bytes, int for_threads) const;
};

/// "AMD EPYC (family 26 model 2)": the names that virtual machines give are often cut down to the
/// maker's; family and model tell which one it is.
std::string cpu_name();
/// The same of a text as in /proc/cpuinfo, which names implementer and part on arm64.
std::string cpu_name(std::istream& cpuinfo);
/// The best vector instructions of the processor, for engines that don't say which they use:
/// "avx512", "avx2", "neon"; empty: not known.
std::string cpu_instructions();
std::string cpu_instructions(std::istream& cpuinfo);

/// JSON; it has "peak_gflops" and "bandwidth_gbs" (f32 and memory, at the most threads measured)
/// too, so that the roofline of analytic tables takes the file as it is.
std::string to_json(const Machine& machine);
/// Throws Error naming the file and what is missing or wrong.
Machine read_machine(const std::string& path);
/// The same of a text, which messages call `name`.
Machine machine_from_json(const std::string& text, const std::string& name);

}  // namespace archcost::latency
