// The accuracies that a spec's sources print, beside its costs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cost/cost_table.hpp"
#include "reports/document/page.hpp"
#include "search/space/quantity.hpp"
#include "spec/arch_spec.hpp"

namespace archcost {

/// A network of a family with the top-1 accuracy (percent, ImageNet) that a source prints of it.
struct AccuracyPoint {
  std::string spec, at;  ///< "mobilenet_v1", "alpha=0.5 rho=4/7"
  double top1 = 0;
  std::string source;
  Count params, macs;
  std::optional<Uncertain> latency = {};  ///< seconds, where it was asked for and is known
};

/// Seconds of a network on some machine; nothing where they aren't known.
using LatencyOf = std::function<std::optional<Uncertain>(const Network&)>;

/// Whether the spec prints any.
bool has_accuracies(const ArchSpec& spec);
/// All that the spec prints, each network counted. Throws Error where one can't be built.
std::vector<AccuracyPoint> accuracy_points(const ArchSpec& spec, const LatencyOf& latency = {});

/// Marks the points that no other of theirs beats with as few multiply-adds.
std::vector<bool> accuracy_front(const std::vector<AccuracyPoint>& points);

/// The picture of accuracy against multiply-adds, and the table.
std::vector<PagePart> accuracy_parts(const std::vector<AccuracyPoint>& points,
                                     const std::string& name);
/// The same against latency, of the points that have one. `how` says how the latencies were got.
std::vector<PagePart> accuracy_latency_parts(std::vector<AccuracyPoint> points,
                                             const std::string& name, const std::string& how);

}  // namespace archcost
