// SPDX-License-Identifier: Apache-2.0
// Reading the sections that set parameters: presets, published figures, accuracies, the search.
#pragma once

#include <string>
#include <vector>

#include "spec/arch_spec.hpp"
#include "spec/fields.hpp"
#include "spec/yaml_tree.hpp"

namespace archcost::spec {

class RowReader {
 public:
  /// The spec's parameters are read already.
  RowReader(FieldReader& fields, ArchSpec& spec) : fields_(&fields), spec_(&spec) {}

  void presets(const YamlNode& node);
  std::vector<PublishedRow> rows(const YamlNode& node, const std::string& section);
  void search(const YamlNode& node);

 private:
  const ParamSpec* want_param(const YamlNode::Entry& entry, std::string_view name);
  bool vary_values(const YamlNode& node, SearchVary& axis);
  bool vary_value(const YamlNode& node, SearchVary& axis);
  void settings(const YamlNode& map, std::vector<Setting>& settings, std::string* preset);
  void check_rule(const PublishedRow& row, const std::string& section);
  void figure(const YamlNode::Entry& entry, PublishedRow& row);

  FieldReader* fields_;
  ArchSpec* spec_;
};

}  // namespace archcost::spec
