// SPDX-License-Identifier: Apache-2.0
// The independent channel counts of a graph. Every convolution and linear layer begins a count of
// its own; additions, gates and depthwise convolutions tie counts, concatenation sums them, splits
// and groups ask for multiples.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace archcost::onnx {

/// A whole number of channels as a sum: 2 * w3 + w5 / 2 + 8.
struct WidthTerm {
  int width = 0;  ///< index in WidthSystem
  std::int64_t factor = 1, divisor = 1;
};
struct WidthForm {
  std::vector<WidthTerm> terms;
  std::int64_t constant = 0;
};

WidthForm fixed_width(std::int64_t channels);

class WidthSystem {
 public:
  /// A new count, of that size in the file.
  WidthForm add(std::int64_t channels);
  WidthForm sum(const std::vector<WidthForm>& parts) const;
  WidthForm times(const WidthForm& form, std::int64_t factor) const;
  /// One of equal parts. Parts of a concatenation of equal counts are made the same count.
  WidthForm part(const WidthForm& form, std::int64_t parts);
  /// The two are equal from now on.
  void tie(const WidthForm& a, const WidthForm& b);
  /// The form is a multiple of that.
  void need_multiple(const WidthForm& form, std::int64_t multiple);
  /// What the form is made of keeps its size.
  void pin(const WidthForm& form);
  /// In terms of counts that are free.
  WidthForm resolved(const WidthForm& form) const;
  /// Of the file.
  std::int64_t value(const WidthForm& form) const;

  /// Settles what multiples need. No other call follows but the ones below.
  void finish();
  /// The counts that are left, numbered from 0, with their sizes in the file and the multiple that
  /// each must be of.
  struct Free {
    std::int64_t channels = 1, multiple = 1;
  };
  const std::vector<Free>& free_widths() const { return free_; }
  /// "w3", "2 * w3 + 8", "64": numbered from 1.
  std::string text(const WidthForm& form) const;

 private:
  struct Width {
    std::int64_t channels = 1, multiple = 1;
    std::optional<WidthForm> is;  ///< what it was found to be equal to
    int number = -1;              ///< among the free ones
  };
  struct Need {
    WidthForm form;
    std::int64_t multiple = 1;
  };
  bool meet(const Need& need);

  std::vector<Width> widths_;
  std::vector<Need> needs_;
  std::vector<Free> free_;
};

}  // namespace archcost::onnx
