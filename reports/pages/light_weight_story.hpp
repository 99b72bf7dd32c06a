// The chapters of "Light-weight convolutions in figures".
#pragma once

#include <vector>

#include "reports/pages/story.hpp"
#include "reports/pages/story_networks.hpp"

namespace archcost {

struct StoryBook {
  const StoryInput& input;
  SpecLibrary library;
};

// In light_weight_layers.cpp: what a layer costs.
std::vector<PagePart> one_convolution(const StoryBook& book);
std::vector<PagePart> grouped_convolution(const StoryBook& book);
std::vector<PagePart> bottleneck(const StoryBook& book);
// In light_weight_networks.cpp: what the networks make of it.
std::vector<PagePart> mobilenet_multipliers(const StoryBook& book);
std::vector<PagePart> shufflenet_groups(const StoryBook& book);
std::vector<PagePart> squeeze_and_excitation(const StoryBook& book);
// In light_weight_budgets.cpp: a search over the families.
std::vector<PagePart> three_budgets(const StoryBook& book);

}  // namespace archcost
