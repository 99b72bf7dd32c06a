#include "plan/choices.hpp"

#include <nlohmann/json.hpp>

namespace archcost {

nlohmann::json to_json(const Choices& choices) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [problem, options] : choices) {
    for (const auto& [option, tried] : options) {
      nlohmann::json& entry = json[problem][option];
      if (!tried.fault.empty()) {
        entry = {{"fault", tried.fault}};
      } else {
        entry = {{"seconds", tried.seconds}, {"implementation", tried.implementation}};
      }
    }
  }
  return json;
}

Choices choices_from_json(const nlohmann::json& json) {
  Choices choices;
  for (const auto& [problem, options] : json.items()) {
    for (const auto& [option, entry] : options.items()) {
      choices[problem][option] = {entry.value("seconds", 0.0), entry.value("implementation", ""),
                                  entry.value("fault", "")};
    }
  }
  return choices;
}

}  // namespace archcost
