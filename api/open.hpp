// SPDX-License-Identifier: Apache-2.0
// A request of the library as a spec with settings.
#pragma once

#include "api/archcost/analyzer.hpp"
#include "graph/build.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::api {

struct OpenedNetwork {
  spec::ArchSpec spec;
  graph::BuildOptions options;
};
/// Throws archcost::Error.
OpenedNetwork open(const NetworkRequest& request);

}  // namespace archcost::api
