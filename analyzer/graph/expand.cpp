// SPDX-License-Identifier: Apache-2.0
#include "graph/expand.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/text.hpp"
#include "graph/item_values.hpp"
#include "graph/labels.hpp"
#include "graph/layer_maker.hpp"
#include "graph/list_frame.hpp"
#include "layers/layer_table.hpp"
#include "spec/choices.hpp"

namespace archcost::graph {
namespace {

constexpr std::int64_t kMostRounds = 2'000'000;
constexpr std::size_t kMostOpen = 500;  // items nested or waiting for each other

/// A mistake, reported already, after which expansion stops.
struct Abandoned {};
/// A mistake in a reference, reported already.
struct WrongReference {};

class Expander {
 public:
  Expander(const spec::ArchSpec& spec, const std::vector<spec::FileValues>& files,
           const TensorShape& input, DiagnosticList& diagnostics)
      : spec_(&spec),
        files_(&files),
        input_(input),
        diagnostics_(&diagnostics),
        maker_(input, labels_, diagnostics) {}

  Expansion run() {
    spec::Environment environment;
    environment.file = &files_->front();
    environment.in = input_;
    Expansion result;
    try {
      result.output = expand_list(spec_->layers, environment, kNetworkInput, kRootLabel, nullptr);
      maker_.name_layers(spec_->sources, references_);
    } catch (const Abandoned&) {
    }
    result.made = std::move(maker_.made());
    result.uses = std::move(uses_);
    result.rounds = rounds_;
    return result;
  }

 private:
  // --- lists -----------------------------------------------------------------------------------

  Wire expand_list(const std::vector<spec::Item>& items, const spec::Environment& environment,
                   Wire entry, LabelId scope, ListFrame* parent) {
    if (items.empty()) return entry;
    ListFrame frame = {items,
                       environment,
                       entry,
                       scope,
                       parent,
                       std::vector<ItemStatus>(items.size(), ItemStatus::kTodo),
                       std::vector<Wire>(items.size(), kUnknownWire),
                       use_};
    for (std::size_t k = 0; k < items.size(); ++k) {
      if (frame.status[k] == ItemStatus::kTodo) expand_item(frame, k);
    }
    return frame.outputs.back();
  }

  // Expands an item before its turn, because an earlier one uses its output, and the items above
  // it whose outputs it needs.
  void expand_early(ListFrame& frame, std::size_t index, const spec::Reference& reference) {
    std::size_t start = index;
    while (start > 0 && frame.items[start].from.empty() &&
           frame.status[start - 1] == ItemStatus::kTodo)
      --start;
    if (start > 0 && frame.items[start].from.empty() &&
        frame.status[start - 1] == ItemStatus::kDoing) {
      std::vector<std::string> between;
      for (std::size_t k = index + 1; k-- > start;) between.push_back(frame.items[k].label());
      report_cycle(doing_, {&frame, start - 1}, between, reference, *diagnostics_);
      return;
    }
    for (std::size_t k = start; k <= index; ++k) {
      if (frame.status[k] == ItemStatus::kTodo) expand_item(frame, k);
    }
  }

  void expand_item(ListFrame& frame, std::size_t index) {
    const spec::Item& item = frame.items[index];
    frame.status[index] = ItemStatus::kDoing;
    doing_.emplace_back(&frame, index);
    if (doing_.size() > kMostOpen) {
      abandon(item.where, fmt::format("more than {} nested items or items waiting for one "
                                      "that is written below; write them in the "
                                      "order of execution",
                                      kMostOpen));
    }
    std::vector<Wire> joined;
    Wire wire = index == 0 ? frame.entry : frame.outputs[index - 1];
    if (!item.from.empty()) {
      for (const spec::Reference& reference : item.from)
        joined.push_back(find_source(frame, reference));
      wire = joined.front();
    }
    bool present = false;
    frame.outputs[index] = expand_rounds(frame, item, wire, joined, present);
    frame.status[index] = present ? ItemStatus::kDone : ItemStatus::kSwitchedOff;
    doing_.pop_back();
  }

  Wire expand_rounds(ListFrame& frame, const spec::Item& item, Wire wire,
                     const std::vector<Wire>& joined, bool& present) {
    spec::Environment environment = frame.environment;
    environment.in = maker_.shape(wire);
    std::int64_t rounds = 1;
    if (item.repeat) {
      const auto count = repeat_count(item, environment, *diagnostics_);
      if (!count) return kUnknownWire;
      rounds = *count;
    }
    for (std::int64_t round = 1; round <= rounds; ++round) {
      if (++rounds_ > kMostRounds)
        abandon(item.where, fmt::format("more than {} items, rounds of repeats counted",
                                        with_commas(kMostRounds)));
      environment.in = maker_.shape(wire);
      if (item.repeat) environment.round = round;
      if (item.when) {
        const auto holds = condition_of(*item.when, environment, item, *diagnostics_);
        if (!holds) return kUnknownWire;
        if (!*holds && joined.size() > 1) {
          return wrong(item.where, fmt::format("{} '{}' is switched off, and which of its {} "
                                               "inputs is passed on is not specified; "
                                               "put it into a group with 'when'",
                                               item.head, item.label(), joined.size()));
        }
        if (!*holds) continue;
      }
      present = true;
      const int before = std::exchange(use_, static_cast<int>(uses_.size()));
      uses_.push_back({frame.use, &item, round});
      wire = expand_once(frame, item, environment, wire, joined);
      use_ = before;
    }
    return wire;
  }

  Wire expand_once(ListFrame& frame, const spec::Item& item, const spec::Environment& environment,
                   Wire wire, const std::vector<Wire>& joined) {
    const bool repeated = item.repeat.has_value();
    switch (item.form) {
      case spec::Item::Form::kLayer: {
        const LabelId label = labels_.add(frame.scope, item.label(), repeated);
        const bool several = joined.size() > 1;
        return add_layer(item, *item.kind, environment, several ? joined : std::vector{wire},
                         label);
      }
      case spec::Item::Form::kActivation:
        return expand_activation(frame, item, environment, wire);
      case spec::Item::Form::kMerge:
        return expand_merge(frame, item, environment, wire, joined);
      case spec::Item::Form::kGroup: {
        const LabelId label = labels_.add(frame.scope, item.label(), repeated);
        return finish(label, expand_list(item.layers, environment, wire, label, &frame));
      }
      case spec::Item::Form::kBlock: {
        const LabelId label = labels_.add(frame.scope, item.label(), repeated);
        return finish(label, expand_block(item, environment, wire, label));
      }
    }
    return kUnknownWire;
  }

  Wire add_layer(const spec::Item& item, const layers::LayerKind& kind,
                 const spec::Environment& environment, std::vector<Wire> inputs, LabelId label) {
    if (static_cast<std::int64_t>(maker_.made().layers.size()) >= kMostLayers) {
      abandon(item.where,
              fmt::format("the network has more than {} layers", with_commas(kMostLayers)));
    }
    const Wire made = maker_.add(item, kind, environment, std::move(inputs), label);
    if (made != kUnknownWire) maker_.made().uses.push_back(use_);
    return finish(label, made);
  }

  Wire wrong(const SourceRef& where, std::string message) {
    diagnostics_->add(where, std::move(message));
    return kUnknownWire;
  }

  Wire finish(LabelId label, Wire output) {
    outputs_[label] = output;
    return output;
  }

  // --- items -----------------------------------------------------------------------------------

  Wire expand_activation(ListFrame& frame, const spec::Item& item,
                         const spec::Environment& environment, Wire wire) {
    if (item.arguments.empty()) return kUnknownWire;
    const spec::Expression& expression = item.arguments.front().value;
    const auto word = value_of(expression, environment, item, *diagnostics_);
    if (!word) return kUnknownWire;
    const layers::LayerKind* kind = word->is_word() ? layers::find_kind(word->word()) : nullptr;
    if (word->is_word() && word->word() == "none") return wire;
    if (kind == nullptr || kind->family != layers::Family::kActivation) {
      return wrong(expression.where,
                   fmt::format("activation: kind = {} must be an activation, as relu, or none",
                               shown_value(expression, *word)));
    }
    const std::string label_text = item.name.empty() ? std::string(kind->name) : item.name;
    const LabelId label = labels_.add(frame.scope, label_text, item.repeat.has_value());
    spec::Item layer = item;
    layer.arguments.clear();
    return add_layer(layer, *kind, environment, {wire}, label);
  }

  Wire expand_block(const spec::Item& item, const spec::Environment& caller, Wire wire,
                    LabelId label) {
    const spec::BlockSpec& block = spec_->blocks[item.block];
    std::vector<std::optional<spec::Value>> arguments(block.args.size()), lets(block.lets.size());
    spec::Environment environment = {&(*files_)[block.file], arguments, lets, caller.in, {}};
    for (std::size_t k = 0; k < block.args.size(); ++k) {
      const spec::ArgSpec& arg = block.args[k];
      const spec::NamedExpression* given = find_named(item.arguments, arg.name);
      const bool written = given != nullptr;
      if (!written && !arg.fallback) continue;
      const spec::Expression& expression = written ? given->value : *arg.fallback;
      arguments[k] = value_of(expression, written ? caller : environment, item, *diagnostics_);
      if (!arguments[k]) continue;
      if (const auto wrong = spec::check_choice(arg.choices, {}, {}, *arguments[k])) {
        diagnostics_->add(expression.where, fmt::format("block '{}': argument '{}' {}", block.name,
                                                        arg.name, *wrong));
        arguments[k].reset();
      }
    }
    for (std::size_t k = 0; k < block.lets.size(); ++k)
      lets[k] = value_of(block.lets[k].value, environment, item, *diagnostics_);
    return expand_list(block.layers, environment, wire, label, nullptr);
  }

  Wire expand_merge(ListFrame& frame, const spec::Item& item, const spec::Environment& environment,
                    Wire wire, const std::vector<Wire>& joined) {
    const bool repeated = item.repeat.has_value();
    // A named merge is a level of its own, an unnamed one isn't.
    const LabelId level =
        item.name.empty() ? frame.scope : labels_.add(frame.scope, item.name, repeated);
    std::vector<Wire> inputs = joined;
    if (joined.empty()) {
      for (const spec::Branch& branch : item.branches) {
        if (branch.when) {
          const auto holds = condition_of(*branch.when, environment, item, *diagnostics_);
          if (!holds) inputs.push_back(kUnknownWire);
          if (!holds || !*holds) continue;
        }
        const LabelId scope = branch.name.empty() ? level : labels_.add(level, branch.name, false);
        const Wire output = expand_list(branch.layers, environment, wire, scope, &frame);
        if (!branch.name.empty()) finish(scope, output);
        inputs.push_back(output);
      }
      if (inputs.empty())
        return wrong(item.where,
                     fmt::format("{} '{}': 'when' switches off every branch; one must be left",
                                 item.head, path(level, item)));
      if (inputs.size() == 1 && item.kind->arity == layers::Arity::kSeveral) {
        if (!item.name.empty()) finish(level, inputs.front());
        return inputs.front();
      }
      if (item.kind->arity == layers::Arity::kTwo && inputs.size() != 2)
        return wrong(item.where, fmt::format("{} '{}' takes two inputs, and 'when' leaves {}",
                                             item.head, path(level, item), inputs.size()));
    }
    const LabelId label = item.name.empty() ? labels_.add(frame.scope, item.head, repeated) : level;
    return add_layer(item, *item.kind, environment, std::move(inputs), label);
  }

  std::string path(LabelId level, const spec::Item& item) const {
    const std::string around = labels_.name(level);
    if (!item.name.empty()) return around;
    return around.empty() ? item.head : around + "." + item.head;
  }

  // --- names -----------------------------------------------------------------------------------

  Wire find_source(ListFrame& frame, const spec::Reference& reference) {
    if (reference.path == "input") return kNetworkInput;
    try {
      const LabelId label = find_path(frame, reference);
      const auto output = outputs_.find(label);
      if (output == outputs_.end())
        return wrong(reference.where,
                     fmt::format("a cycle: '{}' takes its own output", labels_.name(label)));
      references_.push_back({label, reference});
      return output->second;
    } catch (const WrongReference&) {
      return kUnknownWire;
    }
  }

  // The first label of a path stands in the list or one around it, the others inside the one
  // before. Throws WrongReference.
  LabelId find_path(ListFrame& frame, const spec::Reference& reference) {
    const std::vector<std::string> parts = split(reference.path, '.');
    std::optional<LabelId> label;
    for (ListFrame* list = &frame; list != nullptr && !label; list = list->parent) {
      label = find_label(list->scope, parts.front(), reference);
      if (!label) label = find_unexpanded(*list, parts.front(), reference);
    }
    if (!label) {
      report_unknown(frame, labels_, reference, *diagnostics_);
      throw WrongReference();
    }
    for (std::size_t k = 1; k < parts.size(); ++k) {
      const auto inner = find_label(*label, parts[k], reference);
      if (!inner) {
        refuse(reference, fmt::format("'{}' has no layer '{}'{}", labels_.name(*label), parts[k],
                                      suggestion(parts[k], labels_.child_names(*label))));
      }
      label = inner;
    }
    return *label;
  }

  [[noreturn]] void refuse(const spec::Reference& reference, std::string message) {
    diagnostics_->add(reference.where, std::move(message));
    throw WrongReference();
  }

  // The label of that name in a scope, if there is one.
  std::optional<LabelId> find_label(LabelId scope, const std::string& name,
                                    const spec::Reference& reference) {
    int ambiguous = 0;
    const auto label = labels_.find(scope, name, ambiguous);
    if (ambiguous > 0) {
      report_ambiguous(reference, name, ambiguous, *diagnostics_);
      throw WrongReference();
    }
    return label;
  }

  // An item of the list that isn't expanded yet, is being expanded, or is switched off.
  std::optional<LabelId> find_unexpanded(ListFrame& list, const std::string& name,
                                         const spec::Reference& reference) {
    bool switched_off = false;
    for (std::size_t k : named_items(list, name)) {
      switched_off = switched_off ||
                     (list.status[k] == ItemStatus::kSwitchedOff && name == list.items[k].label());
      if (list.status[k] == ItemStatus::kDoing) {
        report_cycle(doing_, {&list, k}, {}, reference, *diagnostics_);
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

  [[noreturn]] void abandon(const SourceRef& where, std::string message) {
    diagnostics_->add(where, std::move(message));
    throw Abandoned();
  }

  const spec::ArchSpec* spec_;
  const std::vector<spec::FileValues>* files_;
  TensorShape input_;
  DiagnosticList* diagnostics_;
  LabelTree labels_;
  LayerMaker maker_;
  std::unordered_map<LabelId, Wire> outputs_;
  std::vector<TakenName> references_;
  std::vector<OpenItem> doing_;
  std::int64_t rounds_ = 0;
  std::vector<ItemUse> uses_;
  int use_ = -1;  // of the item being expanded
};

}  // namespace

Expansion expand(const spec::ArchSpec& spec, const std::vector<spec::FileValues>& files,
                 const TensorShape& input, DiagnosticList& diagnostics) {
  return Expander(spec, files, input, diagnostics).run();
}

}  // namespace archcost::graph
