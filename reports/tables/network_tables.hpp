// SPDX-License-Identifier: Apache-2.0
// The tables of a network and of the shipped specs: a builder for each command, and where a
// command has them, raw data for machines and JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cost/conventions.hpp"
#include "cost/cost_table.hpp"
#include "cost/diff.hpp"
#include "cost/explain.hpp"
#include "cost/memory.hpp"
#include "cost/published.hpp"
#include "graph/network.hpp"
#include "reports/document/page.hpp"
#include "reports/tables/names.hpp"
#include "spec/arch_spec.hpp"
#include "spec/library.hpp"

namespace archcost::tables {

enum class Detail {
  kPeople,  ///< the columns that fit a terminal
  kData,    ///< every counter, raw
};

/// Which rows and columns a cost table shows.
struct CostReportOptions {
  cost::Grouping grouping = cost::Grouping::kLayer;
  std::optional<int> depth;  ///< group by that many parts of the names
  std::string sort;  ///< "macs", largest first, or "macs:asc"; empty: the order of execution
  std::optional<std::size_t> top;    ///< only so many rows; the rest is summed up in one
  std::vector<std::string> columns;  ///< empty: the default of the grouping
  Detail detail = Detail::kPeople;
};

/// A table by layer, kind, stage or block, with shares and totals. Throws Error for an unknown
/// column.
Document cost_report(const graph::Network& network, const cost::CostTable& costs,
                     const CostReportOptions& options);

/// {"spec", "parameters", "input", "convention", "totals", "layers": [...]} and, when grouped,
/// "groups". `sort` and `top` hold for the groups, or else for the layers; what `top` leaves out is
/// summed up in "others". The keys are a contract: more may come, none is renamed.
std::string cost_json(const graph::Network& network, const cost::CostTable& costs,
                      const CostReportOptions& options);

/// "se 0 to 1", "input 3x224x224 to 3x299x299": the parameters that differ between two networks of
/// one spec, or of specs with one source, the input and the batch.
std::vector<std::string> setting_changes(const graph::Network& from, const graph::Network& to);
/// Adds "From a to b: se 0 to 1, stride_in 1 to 2" where there are any.
void add_setting_changes(const std::string& from_label, const graph::Network& from,
                         const std::string& to_label, const graph::Network& to,
                         std::vector<std::string>& notes);

/// "α 1   ρ 1   3x224x224   batch 1": the parameters with a symbol and those that aren't at their
/// defaults.
std::string describe_setting(const graph::Network& network, std::string_view gap = "   ");

struct Compared {
  std::string label;  ///< as it was asked for: "mobilenet_v1:alpha=0.5"
  graph::Network network;
  cost::CostTable costs;
  /// Whether a latency was asked for; its seconds, where every layer has a figure.
  bool with_latency = false;
  std::optional<double> latency = {};
  /// Point costs (space::point_costs()) as whole numbers, where they are known.
  std::map<std::string, std::int64_t> point_costs = {};
  std::vector<std::string> notes = {};  ///< of this network, below the table
};

/// A row for each network and one with the ratio of each to the first. Where the second network is
/// the depthwise separable form of the first's convolution, the paper's 1/N + 1/D² stands below,
/// and the ratios as fractions.
Document compare_report(const std::vector<Compared>& networks);
/// The same for machines: every counter.
Document compare_data(const std::vector<Compared>& networks);
std::string compare_json(const std::vector<Compared>& networks);
/// The costs (space::sweep_costs()) of each network, for people and machines; `with_ratios`: after
/// each its ratio to the first network's.
Document compare_columns(const std::vector<Compared>& networks,
                         const std::vector<std::string>& costs, bool with_ratios);

/// "1/N + 1/D² = 1/4 + 1/3² = 0.361" if `separable` computes the map of `standard` by a depthwise
/// and a pointwise convolution; empty if the formula doesn't apply. Source: arXiv:1704.04861
/// section 3.1.
std::string separable_formula(const graph::Network& standard, const graph::Network& separable);

struct DiffOptions {
  cost::Grouping grouping = cost::Grouping::kLayer;
  std::vector<std::string> notes = {};  ///< below the totals
};

/// Every cost of both and the difference, then the added, removed and changed layers with the
/// change of their parameters and multiply-adds (runs of equal layers as one row), or their sums by
/// kind, stage or block.
Document diff_report(const graph::Network& left, const cost::CostTable& left_costs,
                     const graph::Network& right, const cost::CostTable& right_costs,
                     const DiffOptions& options = {});
/// The same for machines, one table: a row for each layer, equal ones too, with the changes right
/// minus left, or for each kind, stage or block.
Document diff_data(const graph::Network& left, const cost::CostTable& left_costs,
                   const graph::Network& right, const cost::CostTable& right_costs,
                   const DiffOptions& options = {});
std::string diff_json(const graph::Network& left, const cost::CostTable& left_costs,
                      const graph::Network& right, const cost::CostTable& right_costs);

/// A row for each convention: its figure, the ratio to macs, what it counts. `printed`: a figure as
/// it is printed somewhere ("407M"; empty: none), of which a note says what gives it or comes
/// nearest.
Document conventions_report(const graph::Network& network, const std::string& printed = {});
std::string conventions_json(const graph::Network& network);

/// From one figure to another, cause by cause, adding up exactly.
Document difference_report(const graph::Network& network, const cost::Convention& from,
                           const cost::Convention& to);
/// The same for machines: cause, difference, from, to, as raw numbers; the last row, "total", has
/// the whole figures.
Document difference_data(const graph::Network& network, const cost::Convention& from,
                         const cost::Convention& to);
std::string difference_json(const graph::Network& network, const cost::Convention& from,
                            const cost::Convention& to);

/// The rules and source of every convention, without a network.
Document convention_rules();
/// The same for machines, a row each.
Document convention_rules_data();
std::string convention_rules_json();

/// Each kind of layer with its closed formula and share; then the effect of separation, groups,
/// channel shuffle and squeeze-and-excitation on this network, and the conclusion.
Document explain_report(const graph::Network& network, const cost::CostTable& costs,
                        const cost::Scalings& scalings);
/// The same facts as JSON; facts that don't apply (pairs, groups, shuffles, gates) are
/// left out.
std::string explain_json(const graph::Network& network, const cost::CostTable& costs,
                         const cost::Scalings& scalings);

struct MemoryReportOptions {
  DataTypes types;
  bool in_place = false;
  bool timeline = false;  ///< a row for each step
  cost::MemoryProgress progress;
};

/// Model size by data type, the peak under the spec's own order and under a saving one with the
/// tensors alive there, what training keeps.
Document memory_report(const graph::Network& network, const MemoryReportOptions& options);
/// One table for machines: each figure with its bytes; with `timeline`, each layer with the bytes
/// alive while it runs.
Document memory_data(const graph::Network& network, const MemoryReportOptions& options);
std::string memory_json(const graph::Network& network, const MemoryReportOptions& options);

/// A row for each layer: kind, inputs and output.
Document graph_report(const graph::Network& network);
std::string write_dot(const graph::Network& network);
/// A box for each layer.
document::Diagram layer_diagram(const graph::Network& network);
/// A box for each block with the kinds of its layers, the shape it gives and its share of the
/// multiply-adds; equal blocks in a row are one box. Blocks are as small as a readable number of
/// boxes allows.
document::Diagram block_diagram(const graph::Network& network);
/// `text` inside of a quoted name or label of Graphviz.
std::string escape_dot(const std::string& text);

/// A row for each parameter with its value and what it may be, then the presets. `network` is of
/// that spec; its name is the heading.
Document params_report(const spec::ArchSpec& spec, const graph::Network& network);
/// {"spec", "source", "parameters": [...], "presets": [...]}.
std::string params_json(const spec::ArchSpec& spec, const graph::Network& network);

/// A row for each shipped spec and each of its presets: parameters, multiply-adds, input, source.
Document families_report(const spec::SpecLibrary& library);
/// The same for machines: spec or preset, family, params, macs, input, source.
Document families_data(const spec::SpecLibrary& library);
std::string families_json(const spec::SpecLibrary& library);

/// The shipped specs with their sources, then the presets of each; nothing is counted.
Document specs_report(const spec::SpecLibrary& library);
std::string specs_json(const spec::SpecLibrary& library);

struct VerifiedSpec {
  std::string name;
  std::vector<cost::VerifiedFigure> figures;
};

struct VerifyCounts {
  int match = 0, by_rule = 0, source_errors = 0, differ = 0;
};
VerifyCounts tally(const std::vector<VerifiedSpec>& specs);

/// A section for each spec, the reasons of rules and errors below its table, and the counts.
Document verify_report(const std::vector<VerifiedSpec>& specs);
/// One flat table with rules, reasons and sources as columns.
Document verify_data(const std::vector<VerifiedSpec>& specs);
std::string verify_json(const std::vector<VerifiedSpec>& specs);

}  // namespace archcost::tables
