// SPDX-License-Identifier: Apache-2.0
#include "graph/list_frame.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"

namespace archcost::graph {

std::vector<std::size_t> named_items(const ListFrame& list, const std::string& name) {
  std::vector<std::size_t> exact, numbered;
  for (std::size_t k = 0; k < list.items.size(); ++k) {
    const std::string& label = list.items[k].label();
    if (label == name) exact.push_back(k);
    if (!is_numbered(name, label)) continue;
    const auto same_label = [&](const spec::Item& item) { return item.label() == label; };
    const bool gets_numbers =
        list.items[k].repeat || std::count_if(list.items.begin(), list.items.end(), same_label) > 1;
    if (gets_numbers) numbered.push_back(k);
  }
  return exact.empty() ? numbered : exact;
}

void report_cycle(const std::vector<OpenItem>& doing, const OpenItem& item,
                  const std::vector<std::string>& between, const spec::Reference& reference,
                  DiagnosticList& diagnostics) {
  std::vector<std::string> names;
  bool inside = false;
  for (const OpenItem& open : doing) {
    inside = inside || open == item;
    if (inside) names.push_back(open.first->items[open.second].label());
  }
  names.insert(names.end(), between.begin(), between.end());
  names.push_back(item.first->items[item.second].label());
  diagnostics.add(reference.where, fmt::format("a cycle: {}; each takes the next one's output",
                                               join(names, " -> ")));
}

void report_ambiguous(const spec::Reference& reference, const std::string& name, int count,
                      DiagnosticList& diagnostics) {
  const std::string joint = name.back() >= '0' && name.back() <= '9' ? "_" : "";
  diagnostics.add(
      reference.where,
      count == 1 ? fmt::format("'{}' is repeated; its only round is '{}{}1'", name, name, joint)
                 : fmt::format("'{}' is the name of {} layers here; write '{}{}1' to '{}{}{}'",
                               name, count, name, joint, name, joint, count));
}

void report_unknown(const ListFrame& frame, const LabelTree& labels,
                    const spec::Reference& reference, DiagnosticList& diagnostics) {
  const std::string name = split(reference.path, '.').front();
  std::vector<std::string> known = {"input"};
  for (const ListFrame* list = &frame; list != nullptr; list = list->parent) {
    for (std::string& child : labels.child_names(list->scope)) {
      if (!is_one_of(child, known)) known.push_back(std::move(child));  // lists share a scope
    }
  }
  diagnostics.add(reference.where, fmt::format("{}: no layer '{}' here{}", reference.key, name,
                                               suggestion(name, known)));
}

}  // namespace archcost::graph
