// SPDX-License-Identifier: Apache-2.0
// The classes of a file: one for each block, and the network's.
#pragma once

#include <map>
#include <optional>
#include <string>
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
  const TorchUses& uses() const { return uses_; }

 private:
  std::string block_class(int block);
  std::string network_text();
  std::string signature(const std::vector<std::string>& arguments) const;
  std::string parameter_docs() const;
  ItemWriter writer(ClassScope& scope);
  TorchForm form_of(int block);
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
  TorchUses uses_;
  std::string network_class_;
  std::map<int, std::string> classes_;  ///< by block
  std::map<int, TorchForm> forms_;
  std::set<FileName> defined_;
  TorchFlow input_;
};

}  // namespace archcost::exporter
