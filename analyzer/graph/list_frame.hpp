// SPDX-License-Identifier: Apache-2.0
// A list of items while it is expanded, and the names in it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/diagnostic.hpp"
#include "graph/labels.hpp"
#include "graph/layer_maker.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::graph {

/// How far an item of a list is expanded.
enum class ItemStatus { kTodo, kDoing, kDone, kSwitchedOff };

/// One list of items while it is expanded. `parent` is the enclosing list of the same block: the
/// names of `from` are looked up in it too.
struct ListFrame {
  const std::vector<spec::Item>& items;
  const spec::Environment& environment;
  Flow entry;
  LabelId scope;
  ListFrame* parent;
  std::vector<ItemStatus> status;
  std::vector<Flow> outputs;
  int use = -1;  ///< of the item around the list
};

/// The items that a name in `from` may mean: those of that label, else those whose label it
/// numbers.
std::vector<std::size_t> named_items(const ListFrame& list, const std::string& name);

/// An item of a list that is being expanded.
using OpenItem = std::pair<const ListFrame*, std::size_t>;
/// The item takes, through `between`, its own output.
void report_cycle(const std::vector<OpenItem>& doing, const OpenItem& item,
                  const std::vector<std::string>& between, const spec::Reference& reference,
                  DiagnosticList& diagnostics);
/// `count` labels have the name.
void report_ambiguous(const spec::Reference& reference, const std::string& name, int count,
                      DiagnosticList& diagnostics);
/// Neither the list nor those around it have a label with the first part of the name.
void report_unknown(const ListFrame& frame, const LabelTree& labels,
                    const spec::Reference& reference, DiagnosticList& diagnostics);

}  // namespace archcost::graph
