// SPDX-License-Identifier: Apache-2.0
// The places of a text's lines, so that byte columns become character columns.
#pragma once

#include <yaml-cpp/mark.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::spec {

class LinePlaces {
 public:
  LinePlaces(std::string_view text, int file) : text_(text), file_(file) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }

  /// From a 0-based line and byte column.
  SourceRef at(int line, int byte_column) const {
    line = std::clamp(line, 0, static_cast<int>(starts_.size()) - 1);
    const std::size_t start = starts_[line];
    const std::size_t end = std::min(start + static_cast<std::size_t>(byte_column), text_.size());
    // Places are usually queried in the order of the text: the columns of a long line are counted
    // from the last place on, not from the line's start.
    if (line != placed_line_ || end < placed_end_) {
      placed_line_ = line;
      placed_end_ = start;
      placed_width_ = 0;
    }
    placed_width_ += display_width(text_.substr(placed_end_, end - placed_end_));
    placed_end_ = end;
    return {file_, line + 1, static_cast<int>(placed_width_) + 1};
  }
  SourceRef at(const YAML::Mark& mark) const { return at(mark.line, mark.column); }
  SourceRef at_offset(std::size_t offset) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const auto line = static_cast<int>(next - starts_.begin()) - 1;
    return at(line, static_cast<int>(offset - starts_[line]));
  }
  /// The text from a mark on.
  std::string_view from(const YAML::Mark& mark) const {
    if (mark.line < 0 || mark.line >= static_cast<int>(starts_.size())) return {};
    return text_.substr(
        std::min(text_.size(), starts_[mark.line] + static_cast<std::size_t>(mark.column)));
  }

 private:
  std::string_view text_;
  int file_;
  std::vector<std::size_t> starts_;
  mutable int placed_line_ = -1;
  mutable std::size_t placed_end_ = 0, placed_width_ = 0;
};

}  // namespace archcost::spec
