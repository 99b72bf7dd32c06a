// SPDX-License-Identifier: Apache-2.0
// A parameter that switches targets on and off by stage. Blocks that are used several times get it
// as an argument of the parameter's name: `separable: separable and 2 in separable_stages`.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rewrite/editor.hpp"
#include "rewrite/targets.hpp"

namespace archcost::rewrite {

/// The stages of a network: layers whose convolutions have equally large outputs. Stage 1 has the
/// largest ones.
class Stages {
 public:
  explicit Stages(const graph::Network& network);
  /// Nothing where the layer's output is as large as no convolution's.
  int of(const graph::Layer& layer) const;

 private:
  std::vector<std::int64_t> areas_;  // of the stages
};

class Switch {
 public:
  /// `is_target` tells which of the network's layers are targets. Adds the parameters `parameter`
  /// and, if the targets are in several stages, `stages`. With `but_first` the network's first
  /// convolution is left out, unless it is the only one.
  Switch(Editor& editor, const Targets& targets, std::string_view parameter,
         std::string_view stages, std::function<bool(const graph::Layer&)> is_target,
         bool but_first);

  /// When the target is switched on, as a condition in its scope; empty: it isn't a target after
  /// all.
  std::string when(const spec::Item& target) const;

 private:
  void find_stages();
  void leave_out_first();
  bool hands_on(const spec::Item& use) const;
  bool has_switch(int block) const;
  void hand_to_blocks();
  std::string stage_behind(const spec::Item& item) const;
  std::string stage_text(const spec::Item& item) const;
  std::string base(const spec::Item& item) const;
  bool shared(const spec::Item& item) const;

  Editor* editor_;
  const Targets* targets_;
  std::string parameter_, stages_parameter_, name_, stages_name_;
  std::function<bool(const graph::Layer&)> is_target_;
  // Of an item: the stages of the targets in it, each with the count of the repeat around.
  std::map<const spec::Item*, std::vector<std::pair<std::int64_t, int>>> stages_;
  std::map<const spec::Item*, std::string> left_out_;  // when: "" is always
  std::optional<std::size_t> first_layer_;             // left out
  bool staged_ = false;
};

}  // namespace archcost::rewrite
