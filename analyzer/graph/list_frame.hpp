// SPDX-License-Identifier: Apache-2.0
// A list of items while it is expanded, and the names in it.
#pragma once

#include <string>
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
  Wire entry;
  LabelId scope;
  ListFrame* parent;
  std::vector<ItemStatus> status;
  std::vector<Wire> outputs;
};

/// The items that a name in `from` may mean: those of that label, else those whose label it
/// numbers.
std::vector<std::size_t> named_items(const ListFrame& list, const std::string& name);

/// `count` labels have the name.
void report_ambiguous(const spec::Reference& reference, const std::string& name, int count,
                      DiagnosticList& diagnostics);
/// Neither the list nor those around it have a label with the first part of the name.
void report_unknown(const ListFrame& frame, const LabelTree& labels,
                    const spec::Reference& reference, DiagnosticList& diagnostics);

}  // namespace archcost::graph
