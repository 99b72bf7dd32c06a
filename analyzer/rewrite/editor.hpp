// SPDX-License-Identifier: Apache-2.0
// Changes of a spec, collected while its items are looked at and made all at once.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "graph/build.hpp"
#include "rewrite/rewrite.hpp"
#include "rewrite/structure.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::rewrite {

/// An expression from its text; its names are bound later.
spec::Expression expression(std::string_view text, const SourceRef& where);
/// A layer without attributes: "relu".
spec::Item layer_item(std::string_view kind, const SourceRef& where);
/// The written value of an attribute, null if it isn't written.
const spec::Expression* written(const spec::Item& item, std::string_view attribute);
/// The text of an attribute of a layer; its default where it isn't written.
std::string attribute_text(const spec::Item& item, std::string_view attribute);
/// Writes an attribute or argument, in the place of the one that is there.
void set_argument(spec::Item& item, std::string_view name, std::string_view text);

/// Conditions joined by "and"; those with "or" or "if" in parentheses.
std::string all_of(const std::vector<std::string>& conditions);
/// A value as a factor: a sum in parentheses.
std::string factor(const std::string& value);
/// "not (a and b)", "not a".
std::string negated(const std::string& condition);
/// Adds a condition to the item's `when`.
void add_condition(spec::Item& item, const std::string& condition);

class Editor {
 public:
  /// `spec`, one file, and `network` outlive it; `network` is the spec's at `options`.
  Editor(const spec::ArchSpec& spec, const graph::BuildOptions& options,
         const graph::TracedNetwork& network, const Call& call);

  const spec::ArchSpec& spec() const { return *spec_; }
  const graph::BuildOptions& build_options() const { return *options_; }
  const graph::TracedNetwork& traced() const { return *network_; }
  const graph::Network& network() const { return network_->network; }
  const Structure& structure() const { return structure_; }

  // --- names and settings

  /// The name that the parameter of the rewrite has in the new spec: its own, or "rewrite_g" where
  /// the spec uses that name already.
  const std::string& name(std::string_view parameter);
  /// A name that nothing in the spec has.
  std::string fresh(std::string_view wanted);
  /// A choice that no name of the spec hides: the word itself, or "pre_position".
  std::string word(const std::string& wanted, std::string_view suffix);
  /// The value of an option or parameter of the call; empty if it isn't set.
  std::string option(std::string_view name) const;
  /// Throws Error at the place of the call.
  [[noreturn]] void fail(const std::string& message) const;
  /// Adds the parameter to the new spec. `fallback` and `choices` replace those of the table.
  void add_parameter(std::string_view parameter, const std::string& fallback = {},
                     const std::string& choices = {});

  /// Whether the parameter was added, or set in the spec that has it already.
  bool has_parameter(std::string_view parameter) const { return added_.contains(parameter); }

  // --- changes

  void replace(const spec::Item& item, std::vector<spec::Item> with);
  /// What takes the item's output by its label takes that of `label`, of the same list. False: it
  /// isn't known what does. Before copies of other items are made.
  bool redirect(const spec::Item& item, const std::string& label);
  /// A copy of an item that takes what it was redirected to.
  spec::Item redirected(const spec::Item& item) const;
  void insert_before(const spec::Item& item, std::vector<spec::Item> items);
  void insert_after(const spec::Item& item, std::vector<spec::Item> items);
  void insert_at_start(const std::vector<spec::Item>& list, std::vector<spec::Item> items);
  void insert_at_end(const std::vector<spec::Item>& list, std::vector<spec::Item> items);
  /// An attribute of a layer, or an argument of a block.
  void set(const spec::Item& item, std::string_view name, const std::string& text);
  void add_block_argument(int block, const std::string& name, const std::string& fallback);
  /// A value of a block's `let`, the default of its argument, and a value of the file's `let`
  /// (`block` is kMain).
  void set_let(int block, const std::string& name, const std::string& text);
  void set_argument_default(int block, const std::string& name, const std::string& text);
  /// The spec's own parameter is that of the rewrite: the value of the call, if there is one,
  /// becomes its default. Throws Error for a value that it doesn't allow, and where a setting or
  /// the preset of the network sets the parameter: the default wouldn't be used.
  void set_own_parameter(const spec::ParamSpec& param, std::string_view parameter);
  /// Adds a block; its index.
  int add_block(spec::BlockSpec block);
  void set_input(std::string_view side, const std::string& text);
  void note(std::string text) { notes_.push_back(std::move(text)); }

  bool changed() const { return changed_; }
  /// The new spec, names bound. Throws Error.
  spec::ArchSpec result();

 private:
  std::vector<spec::Item> rebuilt(const std::vector<spec::Item>& list) const;
  spec::Item rebuilt(const spec::Item& item) const;
  std::vector<spec::Reference> redirected(const std::vector<spec::Reference>& references) const;
  void change_values(spec::ArchSpec& result) const;
  bool is_name(const std::string& name) const;
  bool is_taken(const std::string& name) const;
  const ParameterRow& row(std::string_view parameter) const;
  /// Throws Error for a text that is neither a number, a word nor a list of them.
  spec::Value given_value(std::string_view parameter, const std::string& text) const;

  using Inserted = std::vector<spec::Item>;
  const spec::ArchSpec* spec_;
  const graph::BuildOptions* options_;
  const graph::TracedNetwork* network_;
  const Call* call_;
  Structure structure_;
  std::map<std::string, std::string, std::less<>> names_;
  std::vector<std::string> taken_;
  std::set<std::string, std::less<>> added_;
  std::vector<spec::ParamSpec> params_;
  std::vector<std::string> words_, notes_;
  std::map<const spec::Item*, Inserted> replaced_, before_, after_;
  std::map<const std::vector<spec::Item>*, Inserted> start_, end_;
  std::map<const spec::Item*, std::vector<std::pair<std::string, std::string>>> set_;
  std::map<const spec::Reference*, std::string> paths_;  // of redirected references
  std::map<int, std::vector<spec::ArgSpec>> arguments_;
  using NewValues = std::map<std::pair<int, std::string>, std::string>;  // by block and name
  NewValues lets_, argument_defaults_;
  std::map<std::string, std::string> parameter_defaults_;
  std::vector<spec::BlockSpec> blocks_;
  std::optional<std::string> height_, width_;
  bool changed_ = false;
};

}  // namespace archcost::rewrite
