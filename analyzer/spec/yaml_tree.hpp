// SPDX-License-Identifier: Apache-2.0
// YAML text as a tree of plain values, each with its place. The only user of yaml-cpp.
//
// yaml-cpp accepts much that is likely a mistake (equal keys, tags, a second document, tabs as
// part of a key, `1:144` as a key); all of that is refused here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostic.hpp"

namespace archcost::spec {

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  SourceRef where;
  std::string text;             ///< of a scalar
  bool quoted = false;          ///< the scalar was written in quotes or as a block
  bool literal = true;          ///< the file contains its text unchanged: one line, no escapes
  bool flow = false;            ///< the list or map was written in [ ] or { }
  std::vector<YamlNode> items;  ///< of a list
  std::vector<Entry> entries;   ///< of a map, in the order of the file

  bool is_map() const { return kind == Kind::kMap; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  const YamlNode* find(std::string_view key) const;
};

struct YamlNode::Entry {
  std::string key;
  SourceRef where;
  YamlNode value;
};

/// Parses the text of one file of `sources`. Mistakes of form (equal keys, tags, keys and list
/// items without a value) are added to `diagnostics`; a text that isn't YAML throws Error with all
/// found so far. A null in the tree has its message already.
YamlNode parse_yaml(const Sources& sources, int file, DiagnosticList& diagnostics);

}  // namespace archcost::spec
