#include "reports/pages/story.hpp"

namespace archcost {
namespace {

// A further story is a row here.
constexpr Story kStories[] = {{"light-weight-convolutions", light_weight_story}};

}  // namespace

std::span<const Story> stories() { return kStories; }

const Story* find_story(std::string_view name) {
  for (const Story& story : kStories) {
    if (story.name == name) return &story;
  }
  return nullptr;
}

std::vector<std::string> story_names() {
  std::vector<std::string> names;
  for (const Story& story : kStories) names.emplace_back(story.name);
  return names;
}

}  // namespace archcost
