// SPDX-License-Identifier: Apache-2.0
// Reading what a file declares: parameters, tables, values, the arguments of blocks.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "spec/arch_spec.hpp"
#include "spec/fields.hpp"
#include "spec/yaml_tree.hpp"

namespace archcost::spec {

class DeclarationReader {
 public:
  /// `scope` gets the words that choices declare; `broken` the names whose declarations have
  /// mistakes, so that their uses aren't reported too; the empty name when it is unknown which.
  DeclarationReader(FieldReader& fields, FileScope& scope, std::set<std::string>& broken)
      : fields_(&fields), scope_(&scope), broken_(&broken) {}

  void params(const YamlNode& node);
  /// The value of one table; nothing when it has a mistake.
  std::optional<LookupTable> table(const YamlNode::Entry& entry);
  std::vector<NamedExpression> lets(const YamlNode& node, const std::string& what);
  std::vector<ArgSpec> args(const YamlNode& node, const std::string& what);
  /// Whether a parameter, table, value, argument or block may have that name.
  bool check_name(const YamlNode::Entry& entry, std::string_view what);

 private:
  void param_fields(const YamlNode& map, const std::string& what, ParamSpec& param);
  void scaling(const YamlNode& node, const std::string& what, ParamSpec& param);
  void scaling_row(const YamlNode& row, const std::string& what, ParamSpec& param);
  void table_rows(const YamlNode& map, LookupTable& table);
  bool want_map(const YamlNode& node, const std::string& what);
  List choices(const YamlNode& node, const std::string& what, std::set<std::string>& words);

  FieldReader* fields_;
  FileScope* scope_;
  std::set<std::string>* broken_;
};

}  // namespace archcost::spec
