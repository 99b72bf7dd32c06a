// SPDX-License-Identifier: Apache-2.0
// Lists of items as the lines of a constructor. A list is an nn.Sequential, to which the items are
// added in order; `when` is an if, `repeat` a loop.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "exporter/torch_layer.hpp"
#include "exporter/torch_names.hpp"

namespace archcost::exporter {

/// What the files of a network collect from its classes.
struct TorchUses {
  std::set<std::string> helpers;
  std::set<std::string> activations;  ///< kinds that are chosen by an argument
};

/// Names inside of one class.
struct ClassScope {
  int block = -1;  ///< -1: the network
  std::vector<std::string> arguments, lets;
  std::map<FileName, std::string> file_names;
  std::set<std::string> taken;
  std::string fresh(const std::string& name);
};

/// A branch of a merge and its lines.
struct WrittenBranch;

/// What is known of blocks, by their numbers.
struct BlockLookup {
  std::function<std::string(int)> class_of;
  std::function<TorchForm(int, TorchForm)> form_of;  ///< of the output, for one of the input
  /// The names of the file that the block's class takes as arguments.
  std::function<std::vector<std::pair<std::string, FileName>>(int)> handed_over;
};

class ItemWriter {
 public:
  ItemWriter(const spec::ArchSpec& spec, const TorchNames& names, ClassScope& scope,
             TorchUses& uses, BlockLookup blocks);

  /// The lines that add the items to the nn.Sequential `place`; `flow` is what enters and becomes
  /// what leaves. Throws NotWritable.
  std::string items(const std::vector<spec::Item>& items, const std::string& place, TorchFlow& flow,
                    int depth);
  /// An expression at a place where `flow` arrives.
  std::string value(const spec::Expression& expression, const TorchFlow& flow);
  std::string condition(const spec::Expression& expression, const TorchFlow& flow);

 private:
  struct Target {
    std::string place, label;
    bool looped = false;  ///< in a loop of its own: the name has the loop's variable
  };
  using Lines = std::string;

  PythonNames names_for(const TorchFlow& flow);
  std::string text_of(const spec::ExpressionNode& node, const TorchFlow& flow);
  void item(const spec::Item& item, const Target& target, TorchFlow& flow, int depth, Lines& out);
  void once(const spec::Item& item, const Target& target, TorchFlow& flow, int depth, Lines& out);
  void of_any_form(const spec::Item& item, const Target& target, TorchFlow& flow, int depth,
                   Lines& out);
  TorchModule module_of(const spec::Item& item, const layers::LayerKind& kind,
                        const TorchFlow& flow);
  void nested(const std::string& head, bool loop, TorchFlow& flow, int depth, Lines& out,
              const std::function<void(TorchFlow&, Lines&)>& write);
  void layer(const spec::Item& item, const layers::LayerKind& kind, const Target& target,
             TorchFlow& flow, int depth, Lines& out);
  void activation(const spec::Item& item, const Target& target, TorchFlow& flow, int depth,
                  Lines& out);
  void block(const spec::Item& item, const Target& target, TorchFlow& flow, int depth, Lines& out);
  void group(const spec::Item& item, const Target& target, TorchFlow& flow, int depth, Lines& out);
  void merge(const spec::Item& item, const Target& target, TorchFlow& flow, int depth, Lines& out);
  WrittenBranch branch(const spec::Branch& branch, std::size_t index, const TorchFlow& entry,
                       int depth);
  TorchLayer torch_layer(const spec::Item& item, const layers::LayerKind& kind,
                         const TorchFlow& flow);
  /// Adds a module; how later lines refer to it.
  std::string add(const Target& target, const std::string& code, int depth, Lines& out);
  std::vector<std::string> choices_of(const spec::Expression& expression) const;

  const spec::ArchSpec* spec_;
  const TorchNames* names_;
  ClassScope* scope_;
  TorchUses* uses_;
  BlockLookup blocks_;
  std::string variable_ = "channels";  ///< that has the channels where they depend on conditions
  std::vector<std::string> rounds_;    ///< variables of the loops around
};

/// A label as an attribute of an nn.Sequential.
std::string attribute_name(std::string_view label);

}  // namespace archcost::exporter
