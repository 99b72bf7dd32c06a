// SPDX-License-Identifier: Apache-2.0
// A request of the library as a spec with settings.
#pragma once

#include <string>

#include "api/archcost/analyzer.hpp"
#include "core/count.hpp"
#include "core/diagnostic.hpp"
#include "graph/build.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::api {

/// The result of `run`, whose errors become those of the library.
template <class Run>
auto with_errors_of_library(const Run& run) {
  try {
    return run();
  } catch (const archcost::Error& error) {
    throw Error(error.what());
  } catch (const CountOverflow& error) {
    throw Error(std::string("error: ") + error.what());
  }
}

struct OpenedNetwork {
  spec::ArchSpec spec;
  graph::BuildOptions options;
};
/// Throws archcost::Error.
OpenedNetwork open(const NetworkRequest& request);

}  // namespace archcost::api
