// SPDX-License-Identifier: Apache-2.0
// The ways to run a kernel, layouts and primitives, and what became of those that were tried.
#pragma once

#include <compare>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "graph/layer_problem.hpp"

namespace archcost::plan {

/// How a tensor's numbers stand in memory.
enum class Layout : std::uint8_t {
  kPlain,    ///< batch, channels, height, width: what people hand in
  kLast,     ///< batch, height, width, channels
  kBlocked,  ///< batch, blocks of channels, height, width, channels of a block; the last block is
             ///< filled up with zeros
};
constexpr int kLayouts = 3;

/// The same memory for every layout: `outer` times positions times `inner` numbers an image.
struct View {
  int batch = 1, outer = 1, positions = 1, inner = 1;

  View(const graph::Dims& dims, Layout layout, int block)
      : batch(dims.batch), positions(dims.positions()) {
    inner = layout == Layout::kPlain ? 1 : layout == Layout::kLast ? dims.channels : block;
    outer = (dims.channels + inner - 1) / inner;
  }
  std::size_t bytes() const { return sizeof(float) * batch * outer * positions * inner; }
};

/// Which primitives run a step.
enum class Method : std::uint8_t {
  kPrimitive,       ///< the primitive of the layer's kind, what follows fused where it can be
  kWinograd,        ///< a convolution by the library's Winograd algorithm
  kInnerProduct,    ///< a linear layer as an inner product instead of a convolution
  kBatchedMatmul,   ///< a grouped 1x1 convolution as one matmul with a batch of groups
  kMatmulPerGroup,  ///< the same as one matmul after the other
  kReduction,       ///< a global average as a reduction instead of a pool
  kReorder,         ///< a channel shuffle as a transposition
  kSeparate         ///< each element-wise operation as a primitive of its own
};

struct KernelOption {
  Layout in = Layout::kLast;   ///< of every input but gates
  Layout out = Layout::kLast;  ///< of the output and of what is added
  Method method = Method::kPrimitive;
  int alternative = 0;  ///< the library's n-th implementation of the primitive, from 0

  friend auto operator<=>(const KernelOption&, const KernelOption&) = default;
};

/// "nhwc>nChwc", "nhwc>nhwc second", "nChwc>nChwc winograd": unique among the options of a problem.
std::string to_text(const KernelOption& option);
/// The inverse of to_text; nothing for other texts.
std::optional<KernelOption> option_from_text(std::string_view text);

/// Whose code a kernel is.
enum class KernelOrigin : std::uint8_t {
  kLibrary,    ///< the library's optimised code
  kReference,  ///< the library's reference code, up to 1000 times slower
  kPlainLoops  ///< loops of archcost: the library has no primitive for the layer
};
/// "library", "reference", "plain loops".
std::string_view name_of(KernelOrigin origin);
/// The inverse of name_of; kLibrary for other texts.
KernelOrigin origin_from_name(std::string_view name);

enum class TrialResult : std::uint8_t {
  kTimed,
  kUnimplemented,  ///< the library has no such kernel
  kNotNeeded,      ///< a reference kernel beside others: not timed
  kFailed
};

/// The trial of one option.
struct Trial {
  double seconds = 0;          ///< of one run; 0 where it was not timed
  std::string implementation;  ///< the library's name of the kernel: "brgconv:avx512_core"
  KernelOrigin origin = KernelOrigin::kLibrary;
  TrialResult result = TrialResult::kTimed;
  std::string failure;  ///< of kFailed: "SIGFPE", "out of memory"

  bool works() const { return result == TrialResult::kTimed; }
  /// Why it can't be used, as it is stored and shown: "SIGFPE", "unimplemented"; empty when it can.
  std::string fault() const;
  /// The inverse of fault().
  void set_fault(const std::string& text);
};

/// By problem ("conv 1x32x112x112 > ..."), then by option.
using KernelChoices = std::map<std::string, std::map<KernelOption, Trial>>;

/// {"problem", "option", "seconds", "implementation", "origin", "fault"}.
nlohmann::json trial_json(const std::string& problem, const KernelOption& option,
                          const Trial& trial);
/// Adds what trial_json gives; an option that this version doesn't know is left out. Throws
/// nlohmann::json::exception for another shape.
void add_trial(const nlohmann::json& json, KernelChoices& choices);

/// A list of trials, and back.
nlohmann::json to_json(const KernelChoices& choices);
KernelChoices choices_from_json(const nlohmann::json& json);

// Options and origins as texts in JSON.
void to_json(nlohmann::json& json, const KernelOption& option);
void from_json(const nlohmann::json& json, KernelOption& option);
void to_json(nlohmann::json& json, KernelOrigin origin);
void from_json(const nlohmann::json& json, KernelOrigin& origin);

}  // namespace archcost::plan
