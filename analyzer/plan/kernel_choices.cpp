// SPDX-License-Identifier: Apache-2.0
#include "plan/kernel_choices.hpp"

#include <nlohmann/json.hpp>

namespace archcost::plan {

nlohmann::json to_json(const KernelChoices& choices) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [problem, options] : choices) {
    for (const auto& [option, trial] : options) {
      nlohmann::json& entry = json[problem][to_text(option)];
      if (!trial.fault.empty()) {
        entry = {{"fault", trial.fault}};
      } else {
        entry = {{"seconds", trial.seconds},
                 {"implementation", trial.implementation},
                 {"origin", name_of(trial.origin)}};
      }
    }
  }
  return json;
}

KernelChoices choices_from_json(const nlohmann::json& json) {
  KernelChoices choices;
  for (const auto& [problem, options] : json.items()) {
    for (const auto& [text, entry] : options.items()) {
      const auto option = option_from_text(text);
      if (!option) continue;
      choices[problem][*option] = {entry.value("seconds", 0.0), entry.value("implementation", ""),
                                   entry.value("fault", ""),
                                   origin_from_name(entry.value("origin", ""))};
    }
  }
  return choices;
}

}  // namespace archcost::plan
