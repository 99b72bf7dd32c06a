// SPDX-License-Identifier: Apache-2.0
// The names of layers: a tree of labels. Equal labels of one level are numbered from 1 in order, a
// written repeat always; a layer's name is the path of its labels.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace archcost::graph {

using LabelId = int;
constexpr LabelId kRootLabel = 0;

/// Whether the name is the label and a number: "unit2" of "unit", "conv2_1" of "conv2".
bool is_numbered(std::string_view name, std::string_view label);

class LabelTree {
 public:
  LabelTree();

  LabelId add(LabelId parent, const std::string& text, bool repeated);
  /// The child that a name means: a unique label, or "unit2" for the second "unit".
  /// Nothing if there is none; `ambiguous` becomes the number of children when several share the
  /// label.
  std::optional<LabelId> find(LabelId parent, std::string_view name, int& ambiguous) const;
  /// The path, as far as the numbering is known by now; final when all labels are there.
  std::string name(LabelId id) const;
  std::vector<std::string> child_names(LabelId parent) const;

 private:
  struct Label {
    std::string text;
    LabelId parent = kRootLabel;
    int ordinal = 0;
    bool repeated = false;
    std::unordered_map<std::string, std::vector<LabelId>> children;
  };
  std::string own_name(LabelId id) const;

  std::deque<Label> labels_;
};

}  // namespace archcost::graph
