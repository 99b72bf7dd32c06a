// Which kernel is best for which problem: what was tried on this machine, remembered.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace archcost {

/// One way to run a problem, tried.
struct Tried {
  double seconds = 0;          ///< of one run; 0 when it failed
  std::string implementation;  ///< the library's name of the kernel
  std::string fault;  ///< why it can't be used: "SIGFPE", "unimplemented"; empty when it can
};

/// By problem ("conv 1x32x112x112 > ..."), then by option ("nhwc>nhwc").
using Choices = std::map<std::string, std::map<std::string, Tried>>;

nlohmann::json to_json(const Choices& choices);
/// Throws nlohmann::json::exception for another shape.
Choices choices_from_json(const nlohmann::json& json);

}  // namespace archcost
