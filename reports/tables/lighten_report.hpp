// SPDX-License-Identifier: Apache-2.0
// The tables of `archcost lighten`: a network and its rewrites side by side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/count.hpp"
#include "core/shape.hpp"
#include "reports/document/table.hpp"

namespace archcost::tables {

/// A network: the one that is asked about, or a rewrite of it.
struct LightenRow {
  std::string rewrite;  ///< "+separable"; empty: the network itself
  Count params, macs, activations;
  Count peak_bytes;               ///< of the activations
  std::optional<double> seconds;  ///< of one pass
  std::optional<double> theory;   ///< multiply-adds by the network's, by the papers' formulas
  bool fits = true;               ///< meets all limits
};

/// A rewrite that this network can't have.
struct LightenRefusal {
  std::string rewrite, why;
};

struct Lighten {
  std::string network;
  TensorShape input;
  std::string settings;          ///< "α 1   ρ 1"
  std::vector<LightenRow> rows;  ///< the network first, then in the order of the table
  std::vector<LightenRefusal> refused;
  std::vector<std::string> limits;
  std::string seconds_how;      ///< "predicted ...", "measured ..."; empty: no times
  std::string seconds_missing;  ///< why there are none, or why a row has none; may be empty
  std::vector<std::string> formulas;
};

document::Document lighten_report(const Lighten& lighten);
/// Times beside multiply-adds, and the rates at which they are computed.
document::Section lighten_times(const Lighten& lighten);
document::Document lighten_data(const Lighten& lighten);
std::string lighten_json(const Lighten& lighten);

/// A rewrite as `archcost list --rewrites` shows it.
struct RewriteLine {
  std::string name, help;
  std::vector<std::string> parameters, options;
};
document::Document rewrites_report(const std::vector<RewriteLine>& rewrites);

}  // namespace archcost::tables
