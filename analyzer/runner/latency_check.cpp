// SPDX-License-Identifier: Apache-2.0
#include "runner/latency_check.hpp"

#include <fmt/core.h>

#include <utility>

#include "core/diagnostic.hpp"

namespace archcost::runner {

MeasuredCheck measure_check(const std::string& label, const graph::Network& network,
                            MeasureOptions& options, const MeasureProgress& progress) {
  // Disturbed measurements are repeated; the one with the most good blocks counts.
  constexpr int kMostTries = 3;
  constexpr double kCalm = 0.02;
  const auto measure = [&] {
    Measurement measured = measure_network(network, options, progress);
    options.wait_seconds = measured.wait_left;
    return measured;
  };
  Measurement m = measure();
  for (int tries = 1;
       tries < kMostTries && m.complete() && (m.spread > kCalm || m.rejected.sum() > m.blocks);
       ++tries) {
    Measurement again = measure();
    if (again.blocks > m.blocks || (again.blocks == m.blocks && again.spread < m.spread)) {
      m = std::move(again);
    }
  }
  if (!m.complete()) throw Error(fmt::format("'{}': some layers can't be run", label));
  latency::NetworkCheck check;
  check.network = label;
  check.threads = options.threads;
  Count macs(0);
  for (const graph::Layer& layer : network.layers) macs += layer.cost.macs;
  check.macs = static_cast<double>((macs * Count(network.batch)).value());
  check.seconds = m.plain_seconds;
  // Without a good block the figure is unreliable, even with a small spread.
  check.spread = m.blocks > 0 ? m.spread : 1;
  check.reference = m.reference_seconds;
  check.core_latency = m.core_latency;
  check.how = fmt::format("{} passes in {} blocks{}", m.passes, m.blocks,
                          options.cpu >= 0 ? fmt::format("; processor {}", options.cpu) : "");
  check.date = m.date;
  return {std::move(check), m.instability()};
}

OtherPredictions predict_check(latency::NetworkCheck& check, const graph::Network& network,
                               const latency::LatencyPredictor& predictor, bool winograd) {
  const double scale = predictor.reference() > 0 && check.reference > 0
                           ? check.reference / predictor.reference()
                           : 1;
  const auto seconds = [&](const latency::PredictOptions& options) {
    const latency::Predicted predicted = predictor.predict(network, options);
    return predicted.complete() ? predicted.seconds * scale : 0;
  };
  check.composed = seconds({winograd, false, false});
  check.unseen = seconds({winograd, false, true});
  return {seconds({winograd, false, false, plan::Fusion::kNone}), seconds({winograd, true})};
}

}  // namespace archcost::runner
