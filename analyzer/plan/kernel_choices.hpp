// SPDX-License-Identifier: Apache-2.0
// Which kernel is the fastest for which problem: what was tried on this machine.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "plan/kernel_option.hpp"

namespace archcost::plan {

/// The trial of one option.
struct Trial {
  double seconds = 0;          ///< of one run; 0 when it failed
  std::string implementation;  ///< the library's name of the kernel: "brgconv:avx512_core"
  std::string fault;  ///< why it can't be used: "SIGFPE", "unimplemented"; empty when it can
  KernelOrigin origin = KernelOrigin::kLibrary;
};

/// By problem ("conv 1x32x112x112 > ..."), then by option.
using KernelChoices = std::map<std::string, std::map<KernelOption, Trial>>;

/// {"problem": {"nhwc>nhwc": {"seconds", "implementation", "origin"} or {"fault"}}}
nlohmann::json to_json(const KernelChoices& choices);
/// Options that this version doesn't know are left out. Throws nlohmann::json::exception for
/// another shape.
KernelChoices choices_from_json(const nlohmann::json& json);

}  // namespace archcost::plan
