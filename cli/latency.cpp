#include "cli/latency.hpp"

#include <memory>
#include <mutex>

#include "measure/measurement.hpp"

namespace archcost {

std::optional<Uncertain> measured_latency(const Network& network) {
  MeasureOptions options;
  options.blocks = 5;
  options.seconds = 0.1;
  const Measurement measurement = measure_network(network, options, [](const std::string&) {});
  if (!measurement.complete()) return std::nullopt;
  return Uncertain{measurement.seconds, measurement.seconds * measurement.spread};
}

std::vector<SlowCost> slow_costs() {
  // One network at a time: two would disturb each other.
  const auto alone = std::make_shared<std::mutex>();
  const auto latency = [alone](const Network& network) {
    const std::lock_guard lock(*alone);
    return measured_latency(network);
  };
  return {{"latency", "s", latency}};
}

}  // namespace archcost
