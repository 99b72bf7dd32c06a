// SPDX-License-Identifier: Apache-2.0
#include "graph/reference_finder.hpp"

#include <fmt/core.h>

#include <utility>

#include "core/text.hpp"

namespace archcost::graph {
namespace {

/// A mistake in a reference, reported already.
struct WrongReference {};

}  // namespace

ReferenceFinder::ReferenceFinder(const LabelTree& labels, const LayerMaker& maker,
                                 const std::vector<OpenItem>& doing, ExpandItem expand_item,
                                 DiagnosticList& diagnostics)
    : labels_(&labels),
      maker_(&maker),
      doing_(&doing),
      expand_item_(std::move(expand_item)),
      diagnostics_(&diagnostics) {}

Flow ReferenceFinder::find_source(ListFrame& frame, const spec::Reference& reference) {
  if (reference.path == spec::kInputWord) return {kNetworkInput};
  try {
    const LabelId label = find_path(frame, reference);
    const auto output = outputs_.find(label);
    if (output == outputs_.end())
      refuse(reference, fmt::format("a cycle: '{}' takes its own output", labels_->name(label)));
    taken_.push_back({label, reference});
    return output->second;
  } catch (const WrongReference&) {
    return unknown_flow();
  }
}

Flow ReferenceFinder::find_sources(ListFrame& frame,
                                   const std::vector<spec::Reference>& references) {
  Flow all;
  for (const spec::Reference& reference : references) {
    const Flow one = find_source(frame, reference);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

std::optional<TensorShape> ReferenceFinder::find_shape(ListFrame& frame, const std::string& path,
                                                       const SourceRef& where) {
  const Flow flow = find_source(frame, {path, where, "size"});
  if (flow.size() == 1) return maker_->shape(flow.front());
  diagnostics_->add(where,
                    fmt::format("'{}' gives {} tensors; name one of them", path, flow.size()));
  return std::nullopt;
}

std::optional<TensorShape> ReferenceFinder::find_input_shape(const spec::BlockSpec& block,
                                                             LabelId label, const std::string& name,
                                                             const SourceRef& where) {
  int ambiguous = 0;
  const auto input = labels_->find(label, name, ambiguous);
  if (input) return maker_->shape(outputs_.at(*input).front());
  diagnostics_->add(where, fmt::format("block '{}' has no input '{}'; its values see what enters, "
                                       "and no layers",
                                       block.name, name));
  return std::nullopt;
}

void ReferenceFinder::find_weights(ListFrame& frame, const spec::Item& item, LabelId label) {
  if (!item.weights_of) return;
  try {
    const LabelId of = find_path(frame, *item.weights_of);
    taken_.push_back({of, *item.weights_of});
    shared_.push_back({label, of, *item.weights_of});
  } catch (const WrongReference&) {
  }
}

// The first label of a path stands in the list or one around it, the others inside the one
// before. Throws WrongReference.
LabelId ReferenceFinder::find_path(ListFrame& frame, const spec::Reference& reference) {
  const std::vector<std::string> parts = split(reference.path, '.');
  std::optional<LabelId> label;
  for (ListFrame* list = &frame; list != nullptr && !label; list = list->parent) {
    label = find_label(list->scope, parts.front(), reference);
    if (!label) label = find_unexpanded(*list, parts.front(), reference);
  }
  if (!label) {
    report_unknown(frame, *labels_, reference, *diagnostics_);
    throw WrongReference();
  }
  for (std::size_t k = 1; k < parts.size(); ++k) {
    const auto inner = find_label(*label, parts[k], reference);
    if (!inner) {
      refuse(reference, fmt::format("'{}' has no layer '{}'{}", labels_->name(*label), parts[k],
                                    suggestion(parts[k], labels_->child_names(*label))));
    }
    label = inner;
  }
  return *label;
}

void ReferenceFinder::refuse(const spec::Reference& reference, std::string message) {
  diagnostics_->add(reference.where, std::move(message));
  throw WrongReference();
}

// The label of that name in a scope, if there is one.
std::optional<LabelId> ReferenceFinder::find_label(LabelId scope, const std::string& name,
                                                   const spec::Reference& reference) {
  int ambiguous = 0;
  const auto label = labels_->find(scope, name, ambiguous);
  if (ambiguous > 0) {
    report_ambiguous(reference, name, ambiguous, *diagnostics_);
    throw WrongReference();
  }
  return label;
}

// An item of the list that isn't expanded yet, is being expanded, or is switched off.
std::optional<LabelId> ReferenceFinder::find_unexpanded(ListFrame& list, const std::string& name,
                                                        const spec::Reference& reference) {
  bool switched_off = false;
  for (std::size_t k : named_items(list, name)) {
    switched_off = switched_off ||
                   (list.status[k] == ItemStatus::kSwitchedOff && name == list.items[k].label());
    if (list.status[k] == ItemStatus::kDoing) {
      report_cycle(*doing_, {&list, k}, {}, reference, *diagnostics_);
      throw WrongReference();
    }
    if (list.status[k] != ItemStatus::kTodo) continue;
    const std::size_t before = diagnostics_->size();
    expand_early(list, k, reference);
    if (const auto label = find_label(list.scope, name, reference)) return label;
    if (diagnostics_->size() > before) throw WrongReference();
    switched_off = switched_off || list.status[k] == ItemStatus::kSwitchedOff;
  }
  if (switched_off)
    refuse(reference, fmt::format("'{}' is switched off here by its 'when' or 'repeat'", name));
  return std::nullopt;
}

// Expands an item before its turn, because an earlier one uses its output, and the items above
// it whose outputs it needs.
void ReferenceFinder::expand_early(ListFrame& frame, std::size_t index,
                                   const spec::Reference& reference) {
  std::size_t start = index;
  while (start > 0 && frame.items[start].from.empty() &&
         frame.status[start - 1] == ItemStatus::kTodo)
    --start;
  if (start > 0 && frame.items[start].from.empty() &&
      frame.status[start - 1] == ItemStatus::kDoing) {
    std::vector<std::string> between;
    for (std::size_t k = index + 1; k-- > start;) between.push_back(frame.items[k].label());
    report_cycle(*doing_, {&frame, start - 1}, between, reference, *diagnostics_);
    return;
  }
  for (std::size_t k = start; k <= index; ++k) {
    if (frame.status[k] == ItemStatus::kTodo) expand_item_(frame, k);
  }
}

}  // namespace archcost::graph
