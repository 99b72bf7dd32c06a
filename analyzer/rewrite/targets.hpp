// SPDX-License-Identifier: Apache-2.0
// Which items a rewrite changes. What an attribute is decides it: a written number says it at once,
// an argument of a block is followed to the places that use the block, and what remains is a
// condition in the new spec. So the answer holds for every value of the parameters.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/structure.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::rewrite {

/// What a written value says of a test.
enum class Verdict { kHolds, kFails, kOpen };

/// A test of one attribute of a layer.
struct AttributeTest {
  std::string_view attribute;
  Verdict (*of)(const spec::Expression& value);
  /// The test as a condition over a value that can be a number only, or a list too.
  std::string (*condition)(const std::string& value, bool may_be_list);
};

/// A kernel larger than 1x1; 1x1; one group; as many groups as input channels.
extern const AttributeTest kSpatialKernel, kPointKernel, kOneGroup, kDepthwise;

/// A test whose answer isn't written where the layer is.
struct OpenTest {
  const AttributeTest* test = nullptr;
  const spec::Expression* value = nullptr;
};

class Targets {
 public:
  /// Layers of a kind that pass the tests, and `accepts` where it is given. Those in blocks that
  /// cannot be changed are left out.
  Targets(const spec::ArchSpec& spec, const Structure& structure, std::string_view kind,
          const std::vector<const AttributeTest*>& tests,
          bool (*accepts)(const spec::Item&) = nullptr);
  /// Items that were found otherwise.
  Targets(const spec::ArchSpec& spec, const Structure& structure,
          const std::vector<const spec::Item*>& items);

  const std::vector<const spec::Item*>& items() const { return items_; }
  bool contains(const spec::Item& item) const { return open_.contains(&item); }
  /// Which uses of a block conditions are for: those to which a switch is handed, which can reach a
  /// target, or all.
  enum class Uses { kReaching, kAll };
  /// Conditions in the item's own scope that it still has to meet.
  std::vector<std::string> conditions(const spec::Item& item, Uses uses) const;
  /// How many targets can be reached through the use of a block.
  int reached(const spec::Item& use) const;
  bool has_targets(int block) const { return !inside(block).empty(); }

 private:
  using Open = std::vector<OpenTest>;
  std::optional<Open> tests_of(const spec::Item& item,
                               const std::vector<const AttributeTest*>& tests);
  /// Of every target that the block has, what is open in terms of its arguments.
  const std::vector<Open>& inside(int block) const;
  /// The same as seen by a use of the block; targets that the use rules out are left out.
  std::vector<Open> seen_by(const spec::Item& use) const;
  bool holds_everywhere(int block, const OpenTest& test, Uses uses) const;
  bool may_be_list(int block, const spec::Expression& value) const;
  const spec::Expression* argument_of(const spec::Item& use, const std::string& name) const;

  const spec::ArchSpec* spec_;
  const Structure* structure_;
  std::vector<const spec::Item*> items_;
  std::map<const spec::Item*, Open> open_;
  mutable std::map<int, std::vector<Open>> inside_;
};

}  // namespace archcost::rewrite
