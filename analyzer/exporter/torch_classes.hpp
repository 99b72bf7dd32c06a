// SPDX-License-Identifier: Apache-2.0
// The classes of a file: one for each block, and the network's.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exporter/torch_items.hpp"
#include "graph/build.hpp"

namespace archcost::exporter {

class ClassWriter {
 public:
  /// Throws NotWritable.
  ClassWriter(const spec::ArchSpec& spec, const graph::BuildOptions& options);

  /// Blocks, and the network, two empty lines before each class. Throws NotWritable.
  std::string run();
  /// The tables that are lists of constants.
  std::string table_constants();
  const TorchUses& uses() const { return network_.uses; }

 private:
  /// The class of a block for inputs of one form, what it uses, and the form of its output.
  struct BlockClass {
    std::string text;
    TorchForm out = TorchForm::kImage;
    TorchUses uses;
    std::set<std::pair<int, TorchForm>> calls;  ///< blocks, and the forms of their inputs
  };
  const BlockClass& block_class(int block, TorchForm in);
  std::string chosen_classes();
  std::string network_text();
  std::string signature(const std::vector<std::string>& arguments) const;
  std::string parameter_docs() const;
  ItemWriter writer(ClassScope& scope, BlockClass& written);
  std::vector<std::pair<std::string, FileName>> handed_over(int block);
  std::string name_in_block(int block, const FileName& name) const;
  std::optional<spec::Value> given(const std::string& param) const;

  // The network's constructor.
  std::string exact_lines(const ClassScope& scope) const;
  void define(const FileName& name, ItemWriter& items, std::string& out);
  void define_names_in(const spec::Expression& expression, ItemWriter& items, std::string& out);
  std::string param_default(const spec::ParamSpec& param, std::size_t slot) const;
  void define_inputs(ItemWriter& items, TorchFlow& flow, std::string& out);

  const spec::ArchSpec* spec_;
  const graph::BuildOptions* options_;
  TorchNames names_;
  BlockClass network_;  ///< uses of the whole file
  std::string network_class_;
  std::map<int, std::string> classes_;  ///< by block
  std::map<std::pair<int, TorchForm>, BlockClass> blocks_;
  std::set<FileName> defined_;
  TorchFlow input_;
};

}  // namespace archcost::exporter
