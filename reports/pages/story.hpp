// Reports with a subject instead of a network: the networks they need are their own.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/pages/report_input.hpp"

namespace archcost {

struct StoryInput {
  ReportOrigin origin;
  /// Empty: nothing is measured, and the measured sections are left out.
  std::function<Measurement(const Network&)> measure;
};

struct Story {
  std::string_view name;
  Page (*build)(const StoryInput&);
};

std::span<const Story> stories();
/// Null if there is none of that name.
const Story* find_story(std::string_view name);
std::vector<std::string> story_names();

/// "Light-weight convolutions in figures": depthwise separable and grouped convolutions, the
/// multipliers of MobileNet, the bottleneck of 1x1 convolutions, ShuffleNet, squeeze-and-excitation
/// and budgets.
Page light_weight_story(const StoryInput& input);

}  // namespace archcost
