// SPDX-License-Identifier: Apache-2.0
// Published accuracies of a spec's networks, with their costs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cost/cost_table.hpp"
#include "reports/document/page.hpp"
#include "search/accuracy/surrogate.hpp"
#include "search/space/quantity.hpp"
#include "search/sweep/sweep_run.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::pages {

using document::Bullets, document::Cell, document::Column, document::Document, document::Format,
    document::Listing, document::Page, document::PagePart, document::PageSection,
    document::PageTable, document::Paragraph, document::Picture, document::Section,
    document::Subheading, document::Table;
using document::value_if;
using enum document::Format;

/// A network of a spec with its published top-1 accuracy (percent, ImageNet).
struct AccuracyPoint {
  std::string spec, at;  ///< "mobilenet_v1", "alpha=0.5 rho=4/7"
  double top1 = 0;
  std::string source;
  Count params, macs;
  std::optional<space::Uncertain> latency = {};  ///< seconds, if requested and known
  std::vector<graph::Parameter> parameters = {};
  std::string marked = {};  ///< the label of a network that the picture marks; empty: none
};

/// Seconds of a network on a machine; nothing if they are unknown.
using LatencyOf = std::function<std::optional<space::Uncertain>(const graph::Network&)>;

/// The accuracy of a row of a table, if there is one, and its recipe.
struct RowAccuracy {
  std::optional<accuracy::AccuracyEstimate> figure;
  std::string recipe;
};
/// Appends top-1, its error and the recipe to each row of the table, where a row has a figure.
void add_accuracy_columns(Table& table, const std::vector<RowAccuracy>& accuracies);
/// By job the recipe with figures for most points, one that all share where there is one; a
/// RowAccuracy of the networks `at`, each the index of its job and its settings.
std::vector<RowAccuracy> accuracies_at(
    const std::vector<sweep::SweepJob>& jobs,
    const std::vector<std::pair<std::size_t, graph::BuildOptions>>& at);

/// Whether the spec has any.
bool has_accuracies(const spec::ArchSpec& spec);
/// All of the spec, each network counted. Throws Error where one can't be built.
std::vector<AccuracyPoint> accuracy_points(const spec::ArchSpec& spec,
                                           const LatencyOf& latency = {});

/// Marks the points that no other one dominates: higher accuracy, no more multiply-adds.
std::vector<bool> accuracy_front(const std::vector<AccuracyPoint>& points);

/// The picture of accuracy against multiply-adds, and the table. Where points are marked, the
/// others are grey.
std::vector<PagePart> accuracy_parts(const std::vector<AccuracyPoint>& points,
                                     const std::string& name);
/// The same against latency, for the points that have one. `how` describes where the latencies
/// come from.
std::vector<PagePart> accuracy_latency_parts(std::vector<AccuracyPoint> points,
                                             const std::string& name, const std::string& how);

}  // namespace archcost::pages
