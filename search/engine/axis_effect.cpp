// SPDX-License-Identifier: Apache-2.0
#include "search/engine/axis_effect.hpp"

#include <algorithm>
#include <optional>
#include <random>

#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"
#include "search/engine/sweep_engine.hpp"

namespace archcost::engine {
namespace {

constexpr long double kMostChecked = 200'000;  // points
constexpr int kSampledPoints = 6;              // of the other axes

// Nothing for a point that can't be built.
std::optional<graph::Network> network_at(const spec::ArchSpec& spec,
                                         const graph::BuildOptions& options,
                                         const space::SweepSpace& space,
                                         const std::vector<std::size_t>& at) {
  try {
    return graph::build_network(spec, space.options(options, at));
  } catch (const Error&) {
  } catch (const CountOverflow&) {
  }
  return std::nullopt;
}

bool same_layers(const graph::Network& a, const graph::Network& b) {
  return a.input == b.input && a.outputs == b.outputs &&
         std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(),
                    [](const graph::Layer& x, const graph::Layer& y) {
                      return x.kind == y.kind && x.numbers == y.numbers && x.words == y.words &&
                             x.reals == y.reals && x.call == y.call && x.inputs == y.inputs &&
                             x.weights_of == y.weights_of && x.output == y.output;
                    });
}

// At some points, the first and the last value of the axis.
bool seems_without_effect(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                          const space::SweepSpace& space, std::size_t axis) {
  std::minstd_rand random(1);
  for (int sample = 0; sample < kSampledPoints; ++sample) {
    std::vector<std::size_t> at;
    for (const space::SweepAxis& one : space.axes) {
      const std::size_t last = one.values.size() - 1;
      at.push_back(sample == 0 ? 0 : sample == 1 ? last : random() % one.values.size());
    }
    at[axis] = 0;
    const auto first = network_at(spec, options, space, at);
    at[axis] = space.axes[axis].values.size() - 1;
    const auto last = network_at(spec, options, space, at);
    if (first.has_value() != last.has_value()) return false;
    if (first && !same_layers(*first, *last)) return false;
  }
  return true;
}

}  // namespace

std::vector<std::size_t> axes_without_effect(const spec::ArchSpec& spec,
                                             const graph::BuildOptions& options,
                                             const space::SweepSpace& space) {
  std::vector<std::size_t> axes;
  if (space.size() > kMostChecked) return axes;
  for (std::size_t k = 0; k < space.axes.size(); ++k) {
    if (space.axes[k].values.size() > 1 && seems_without_effect(spec, options, space, k))
      axes.push_back(k);
  }
  if (axes.empty()) return axes;
  SweepWants wants;
  for (const std::string& cost : cost::named_costs()) {
    if (!cost::is_real_cost(cost)) wants.columns.push_back(cost);
  }
  SweepRows rows;
  SweepEngine(spec, options, space, wants)
      .evaluate(0, static_cast<std::size_t>(space.points()), rows);
  std::erase_if(axes, [&](std::size_t axis) {
    std::size_t stride = 1;
    for (std::size_t k = axis + 1; k < space.axes.size(); ++k)
      stride *= space.axes[k].values.size();
    for (std::size_t point = 0; point < rows.states.size(); ++point) {
      const std::size_t base = point - point / stride % space.axes[axis].values.size() * stride;
      if (rows.states[point] != rows.states[base]) return true;
      if (rows.states[point] == PointState::kRow &&
          std::any_of(rows.columns.begin(), rows.columns.end(),
                      [&](const auto& column) { return column[point] != column[base]; }))
        return true;
    }
    return false;
  });
  return axes;
}

}  // namespace archcost::engine
