// SPDX-License-Identifier: Apache-2.0
// A network with everything that running it needs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "interpreter/reference.hpp"
#include "runner/onednn/kernel.hpp"

namespace archcost::onednn {

/// "oneDNN 2.6.3".
std::string library_name();
/// The best instruction set that the library uses: "avx2".
std::string isa_name();

struct Setup {
  graph::Network network;
  std::vector<interpreter::LayerWeights> weights;
  interpreter::Tensor input;
  MemoryPool pool;  ///< of packed weights
  Context context;
  plan::ExecutionPlan plan;

  /// `request`: "seed", "threads", "winograd", "fuse".
  Setup(const nlohmann::json& network_json, const nlohmann::json& request);
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
};

}  // namespace archcost::onednn
