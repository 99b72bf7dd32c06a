// SPDX-License-Identifier: Apache-2.0
#include "graph/expand.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "graph/expander.hpp"
#include "graph/item_values.hpp"
#include "layers/layer_table.hpp"
#include "spec/choices.hpp"

namespace archcost::graph {
namespace {

constexpr std::int64_t kMostRounds = 2'000'000;
constexpr std::size_t kMostOpen = 500;  // items nested or waiting for each other

/// A mistake, reported already, after which expansion stops.
struct Abandoned {};

std::string shown_names(const std::vector<std::string>& names) {
  return names.empty() ? std::string() : fmt::format(" ({})", join(names, ", "));
}

}  // namespace

Expander::Expander(const spec::ArchSpec& spec, const std::vector<spec::FileValues>& files,
                   const TensorShape& input, DiagnosticList& diagnostics)
    : spec_(&spec),
      files_(&files),
      input_(input),
      diagnostics_(&diagnostics),
      maker_(input, labels_, diagnostics),
      finder_(
          labels_, maker_, doing_,
          [this](ListFrame& frame, std::size_t index) { expand_item(frame, index); }, diagnostics) {
}

Expansion Expander::run() {
  spec::Environment environment;
  environment.file = &files_->front();
  environment.in = input_;
  Expansion result;
  try {
    result.outputs = expand_list(
        spec_->layers, spec_->outputs,
        {spec_->layers, environment, {kNetworkInput}, kRootLabel, nullptr, {}, {}, use_});
    maker_.name_layers(spec_->sources, finder_.taken());
    maker_.share_weights(finder_.shared());
  } catch (const Abandoned&) {
  }
  result.made = std::move(maker_.made());
  result.uses = std::move(uses_);
  result.rounds = rounds_;
  return result;
}

// --- lists ---------------------------------------------------------------------------------------

Flow Expander::expand_list(const std::vector<spec::Item>& items,
                           const std::vector<spec::Reference>& outputs, ListFrame frame) {
  frame.status.assign(items.size(), ItemStatus::kTodo);
  frame.outputs.assign(items.size(), unknown_flow());
  for (std::size_t k = 0; k < items.size(); ++k) {
    if (frame.status[k] == ItemStatus::kTodo) expand_item(frame, k);
  }
  if (!outputs.empty()) return finder_.find_sources(frame, outputs);
  return items.empty() ? frame.entry : frame.outputs.back();
}

void Expander::expand_item(ListFrame& frame, std::size_t index) {
  const spec::Item& item = frame.items[index];
  frame.status[index] = ItemStatus::kDoing;
  doing_.emplace_back(&frame, index);
  if (doing_.size() > kMostOpen) {
    abandon(item.where, fmt::format("more than {} nested items or items waiting for one "
                                    "that is written below; write them in the "
                                    "order of execution",
                                    kMostOpen));
  }
  Flow flow = !item.from.empty() ? finder_.find_sources(frame, item.from)
              : index == 0       ? frame.entry
                                 : frame.outputs[index - 1];
  bool present = false;
  frame.outputs[index] = expand_rounds(frame, item, std::move(flow), present);
  frame.status[index] = present ? ItemStatus::kDone : ItemStatus::kSwitchedOff;
  doing_.pop_back();
}

Flow Expander::expand_rounds(ListFrame& frame, const spec::Item& item, Flow flow, bool& present) {
  const spec::FindTensor find_tensor = [this, &frame](const std::string& name,
                                                      const SourceRef& where) {
    return finder_.find_shape(frame, name, where);
  };
  spec::Environment environment = frame.environment;
  environment.find_tensor = &find_tensor;
  environment.in = maker_.shape(flow.front());
  std::int64_t rounds = 1;
  if (item.repeat) {
    const auto count = repeat_count(item, environment, *diagnostics_);
    if (!count) return unknown_flow();
    rounds = *count;
  }
  const bool joins = !item.from.empty() && (item.form == spec::Item::Form::kMerge ||
                                            item.form == spec::Item::Form::kLayer);
  for (std::int64_t round = 1; round <= rounds; ++round) {
    if (++rounds_ > kMostRounds)
      abandon(item.where, fmt::format("more than {} items, rounds of repeats counted",
                                      with_commas(kMostRounds)));
    environment.in = maker_.shape(flow.front());
    if (item.repeat) environment.round = round;
    if (item.when) {
      const auto holds = condition_of(*item.when, environment, item, *diagnostics_);
      if (!holds) return unknown_flow();
      if (!*holds && joins && flow.size() > 1) {
        return wrong(item.where,
                     fmt::format("{} '{}' is switched off, and which of its {} inputs is passed on "
                                 "is not specified; put it into a group with 'when'",
                                 item.head, item.label(), flow.size()));
      }
      if (!*holds) continue;
    }
    present = true;
    const int before = std::exchange(use_, static_cast<int>(uses_.size()));
    uses_.push_back({frame.use, &item, round});
    flow = expand_once(frame, item, environment, flow);
    use_ = before;
  }
  return flow;
}

Flow Expander::expand_once(ListFrame& frame, const spec::Item& item,
                           const spec::Environment& environment, const Flow& flow) {
  if (item.form == spec::Item::Form::kActivation)
    return expand_activation(frame, item, environment, flow);
  if (item.form == spec::Item::Form::kMerge) return expand_merge(frame, item, environment, flow);
  const LabelId label = labels_.add(frame.scope, item.label(), item.repeat.has_value());
  finder_.find_weights(frame, item, label);
  if (item.form == spec::Item::Form::kLayer)
    return add_layer(item, *item.kind, environment, flow, label);
  if (item.form == spec::Item::Form::kBlock)
    return finish(label, expand_block(item, environment, flow, label));
  if (!name_inputs(item, item.tensors, flow, label)) return finish(label, unknown_flow());
  return finish(label, expand_list(item.layers, item.tensors.outputs,
                                   {item.layers, environment, flow, label, &frame, {}, {}, use_}));
}

Flow Expander::add_layer(const spec::Item& item, const layers::LayerKind& kind,
                         const spec::Environment& environment, const Flow& inputs, LabelId label) {
  if (static_cast<std::int64_t>(maker_.made().layers.size()) >= kMostLayers) {
    abandon(item.where,
            fmt::format("the network has more than {} layers", with_commas(kMostLayers)));
  }
  if (kind.arity == layers::Arity::kOne && inputs.size() != 1) {
    return finish(label,
                  wrong(item.where, fmt::format("{} '{}' takes one tensor, and {} enter; name one "
                                                "with 'from'",
                                                kind.name, labels_.name(label), inputs.size())));
  }
  const Flow taken = kind.arity == layers::Arity::kNone ? Flow() : inputs;
  const Wire made = maker_.add(item, kind, environment, taken, label);
  if (made != kUnknownWire) maker_.made().uses.push_back(use_);
  return finish(label, {made});
}

Flow Expander::wrong(const SourceRef& where, std::string message) {
  diagnostics_->add(where, std::move(message));
  return unknown_flow();
}

Flow Expander::finish(LabelId label, Flow output) {
  finder_.set_output(label, output);
  return output;
}

void Expander::abandon(const SourceRef& where, std::string message) {
  diagnostics_->add(where, std::move(message));
  throw Abandoned();
}

// --- items ---------------------------------------------------------------------------------------

Flow Expander::expand_activation(ListFrame& frame, const spec::Item& item,
                                 const spec::Environment& environment, const Flow& flow) {
  if (item.arguments.empty()) return unknown_flow();
  const spec::Expression& expression = item.arguments.front().value;
  const auto word = value_of(expression, environment, item, *diagnostics_);
  if (!word) return unknown_flow();
  const layers::LayerKind* kind = word->is_word() ? layers::find_kind(word->word()) : nullptr;
  if (word->is_word() && word->word() == "none") return flow;
  if (kind == nullptr || kind->family != layers::Family::kActivation) {
    return wrong(expression.where,
                 fmt::format("activation: kind = {} must be an activation, as relu, or none",
                             shown_value(expression, *word)));
  }
  const std::string label_text = item.name.empty() ? std::string(kind->name) : item.name;
  const LabelId label = labels_.add(frame.scope, label_text, item.repeat.has_value());
  finder_.find_weights(frame, item, label);
  spec::Item layer = item;
  layer.arguments.clear();
  return add_layer(layer, *kind, environment, flow, label);
}

// The names of what enters become labels of the list.
bool Expander::name_inputs(const spec::Item& item, const spec::TensorNames& tensors,
                           const Flow& flow, LabelId label) {
  const bool block = item.form == spec::Item::Form::kBlock;
  if (tensors.inputs.empty() && (!block || flow.size() == 1)) return true;
  const std::size_t wanted = std::max<std::size_t>(tensors.inputs.size(), 1);
  if (flow.size() != wanted) {
    if (!is_known(flow)) return false;
    wrong(item.where,
          fmt::format("{}'{}' takes {} tensor{}{}, and {} enter{}", block ? "block " : "",
                      block ? item.head : labels_.name(label), wanted, wanted == 1 ? "" : "s",
                      shown_names(tensors.inputs), flow.size(), flow.size() == 1 ? "s" : ""));
    return false;
  }
  for (std::size_t k = 0; k < flow.size(); ++k) {
    if (tensors.inputs[k] != "_") finish(labels_.add(label, tensors.inputs[k], false), {flow[k]});
  }
  return true;
}

Flow Expander::expand_block(const spec::Item& item, const spec::Environment& caller,
                            const Flow& flow, LabelId label) {
  const spec::BlockSpec& block = spec_->blocks[item.block];
  if (!name_inputs(item, block.tensors, flow, label)) return unknown_flow();
  std::vector<std::optional<spec::Value>> arguments(block.args.size()), lets(block.lets.size());
  spec::Environment environment = {&(*files_)[block.file], arguments, lets, caller.in, {}, nullptr};
  for (std::size_t k = 0; k < block.args.size(); ++k) {
    const spec::ArgSpec& arg = block.args[k];
    const spec::NamedExpression* given = find_named(item.arguments, arg.name);
    const bool written = given != nullptr;
    if (!written && !arg.fallback) continue;
    const spec::Expression& expression = written ? given->value : *arg.fallback;
    arguments[k] = value_of(expression, written ? caller : environment, item, *diagnostics_);
    if (!arguments[k]) continue;
    if (const auto wrong = spec::check_choice(arg.choices, {}, {}, *arguments[k])) {
      diagnostics_->add(expression.where,
                        fmt::format("block '{}': argument '{}' {}", block.name, arg.name, *wrong));
      arguments[k].reset();
    }
  }
  const spec::FindTensor find_input = [&](const std::string& name, const SourceRef& where) {
    return finder_.find_input_shape(block, label, name, where);
  };
  environment.find_tensor = &find_input;
  for (std::size_t k = 0; k < block.lets.size(); ++k)
    lets[k] = value_of(block.lets[k].value, environment, item, *diagnostics_);
  environment.find_tensor = nullptr;
  return expand_list(block.layers, block.tensors.outputs,
                     {block.layers, environment, flow, label, nullptr, {}, {}, use_});
}

Flow Expander::expand_merge(ListFrame& frame, const spec::Item& item,
                            const spec::Environment& environment, const Flow& flow) {
  const bool repeated = item.repeat.has_value();
  // A named merge is a level of its own, an unnamed one isn't.
  const LabelId level =
      item.name.empty() ? frame.scope : labels_.add(frame.scope, item.name, repeated);
  Flow inputs = flow;
  if (item.from.empty()) {
    inputs.clear();
    if (!add_branches(frame, item, environment, flow, level, inputs)) return unknown_flow();
    if (inputs.size() == 1 && item.kind->arity == layers::Arity::kSeveral)
      return item.name.empty() ? inputs : finish(level, inputs);
  } else if (inputs.size() == 1) {
    return wrong(item.where,
                 fmt::format("{}: 'from' names one layer; a merge takes at least two",
                             item.name.empty() ? item.head : item.head + " '" + item.name + "'"));
  }
  if (item.kind->arity == layers::Arity::kTwo && inputs.size() != 2) {
    const std::string_view why = item.from.empty() ? "'when' leaves" : "'from' gives";
    return wrong(item.where, fmt::format("{} '{}' takes two inputs, and {} {}", item.head,
                                         path(level, item), why, inputs.size()));
  }
  const LabelId label = item.name.empty() ? labels_.add(frame.scope, item.head, repeated) : level;
  return add_layer(item, *item.kind, environment, inputs, label);
}

// False after a mistake.
bool Expander::add_branches(ListFrame& frame, const spec::Item& item,
                            const spec::Environment& environment, const Flow& flow, LabelId level,
                            Flow& inputs) {
  for (const spec::Branch& branch : item.branches) {
    if (branch.when) {
      const auto holds = condition_of(*branch.when, environment, item, *diagnostics_);
      if (!holds) inputs.push_back(kUnknownWire);
      if (!holds || !*holds) continue;
    }
    const LabelId scope = branch.name.empty() ? level : labels_.add(level, branch.name, false);
    const Flow output = expand_list(
        branch.layers, {}, {branch.layers, environment, flow, scope, &frame, {}, {}, use_});
    if (!branch.name.empty()) finish(scope, output);
    if (output.size() > 1) {
      wrong(item.where, fmt::format("{} '{}': a branch gives {} tensors; a merge takes one of each",
                                    item.head, path(level, item), output.size()));
      return false;
    }
    inputs.push_back(output.front());
  }
  if (inputs.empty())
    wrong(item.where, fmt::format("{} '{}': 'when' switches off every branch; one must be left",
                                  item.head, path(level, item)));
  return !inputs.empty();
}

std::string Expander::path(LabelId level, const spec::Item& item) const {
  std::string around = labels_.name(level);
  if (!item.name.empty()) return around;
  return around.empty() ? item.head : around + "." + item.head;
}

Expansion expand(const spec::ArchSpec& spec, const std::vector<spec::FileValues>& files,
                 const TensorShape& input, DiagnosticList& diagnostics) {
  return Expander(spec, files, input, diagnostics).run();
}

}  // namespace archcost::graph
