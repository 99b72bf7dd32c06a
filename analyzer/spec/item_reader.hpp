// SPDX-License-Identifier: Apache-2.0
// Reading lists of layers: items, groups, branches.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "spec/arch_spec.hpp"
#include "spec/fields.hpp"
#include "spec/yaml_tree.hpp"

namespace archcost::spec {

class ItemReader {
 public:
  /// `blocks` maps the names of the blocks that can be used to their indices.
  ItemReader(FieldReader& fields, const std::map<std::string, int>& blocks,
             const std::vector<BlockSpec>& signatures)
      : fields_(&fields), blocks_(&blocks), signatures_(&signatures) {}

  std::vector<Item> list(const YamlNode& node, std::string_view what);

 private:
  /// The branches that a merge has in the file, wrong ones too.
  struct WrittenBranches {
    bool any = false;
    std::size_t count = 0;
  };

  std::optional<Item> item(const YamlNode& node);
  bool set_head(Item& item);
  void read_body(Item& item, const YamlNode& body);
  void read_modifier(Item& item, const YamlNode::Entry& entry);
  std::optional<ItemArgument> argument(const YamlNode::Entry& entry);
  void add_argument(Item& item, const YamlNode::Entry& entry);
  YamlNode side_list(const YamlNode::Entry& entry);
  void read_layer(Item& item, const YamlNode& body);
  void read_block(Item& item, const YamlNode& body);
  void read_group(Item& item, const YamlNode& body);
  void read_activation(Item& item, const YamlNode& body);
  void read_merge(Item& item, const YamlNode& body);
  void read_merge_entry(Item& item, const YamlNode::Entry& entry, WrittenBranches& written);
  void check_merge(const Item& item, const WrittenBranches& written);
  void read_branch_list(Item& item, const YamlNode& list);
  std::optional<Branch> branch(const YamlNode& node, std::string name);
  void read_from(Item& item, const YamlNode& node);
  std::string subject(const Item& item) const;

  FieldReader* fields_;
  const std::map<std::string, int>* blocks_;
  const std::vector<BlockSpec>* signatures_;
};

}  // namespace archcost::spec
