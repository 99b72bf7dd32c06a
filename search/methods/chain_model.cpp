// SPDX-License-Identifier: Apache-2.0
#include "search/methods/chain_model.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/diagnostic.hpp"
#include "core/trace.hpp"
#include "cost/entropy.hpp"
#include "cost/named_cost.hpp"
#include "search/methods/node_tables.hpp"
#include "search/space/sweep_filter.hpp"
#include "search/space/traced_axis.hpp"

namespace archcost::methods {
namespace {

constexpr std::size_t kMostAxes = 64, kMostPairs = 1 << 18;

// What a limit says of one quantity.
struct Bound {
  int quantity = 0;
  bool upper = true;
  double value = 0;
};

struct DoesNotAddUp {
  std::string why;
};

// The choice at whose table a set of axes is kept: its last one, when the others are its neighbour.
std::optional<std::size_t> stage_of(AxisSet axes) {
  if (axes == 0) return 0;
  const auto last = static_cast<std::size_t>(63 - std::countl_zero(axes));
  const AxisSet rest = axes & ~(AxisSet{1} << last);
  if (rest != 0 && (last == 0 || rest != AxisSet{1} << (last - 1))) return std::nullopt;
  return last;
}

// A node as a sum of nodes of neighbouring axes, each times a constant.
struct Addend {
  std::int32_t node = 0;
  double factor = 1;
};

class Modeller {
 public:
  Modeller(const SearchPlan& plan, std::size_t job)
      : plan_(&plan), job_(&plan.jobs[job]), bounds_(bounds_of(plan, job)) {}

  ChainModel run() {
    const sweep::SweepJob& job = *job_;
    if (plan_->objectives.size() != 1) throw DoesNotAddUp{"it takes one objective"};
    if (job.space.axes.size() > kMostAxes)
      throw DoesNotAddUp{fmt::format("it takes at most {} varied values", kMostAxes)};
    for (const space::SweepAxis& axis : job.space.axes) {
      axes_.emplace_back(job.spec, axis);
      model_.sizes.push_back(axis.values.size());
      if (!axes_.back().traced && axis.values.size() > 1)
        throw DoesNotAddUp{fmt::format("'{}' changes the structure", axis.label())};
    }
    Trace trace;
    std::vector<std::pair<int, std::int32_t>> costs;  // quantity, node
    cost::EntropyTerms terms;
    std::vector<std::int32_t> term_nodes;
    {
      const TraceScope scope(trace);
      std::vector<spec::Value> values;
      for (std::size_t k = 0; k < axes_.size(); ++k)
        values.push_back(axes_[k].traced ? spec::Value(axes_[k].number(trace, axes_[k].size - 1))
                                         : job.space.axes[k].values[0]);
      const graph::Network network =
          graph::build_network(job.spec, job.space.options(job.options, std::move(values)));
      cost::CostReader reader(network, job.wants.types);
      for (int q : wanted_costs()) costs.emplace_back(q, trace.node_of(*reader.cost(name_of(q))));
      if (wants_entropy()) {
        terms = cost::entropy_terms(network);
        for (Count number : terms.numbers) term_nodes.push_back(trace.node_of(number));
      }
    }
    if (!trace.exact_in_doubles()) throw DoesNotAddUp{"its numbers are too large"};
    NodeTables nodes(trace, axes_);
    empty_tables();
    check_conditions(nodes);
    space_conditions();
    for (const auto& [quantity, node] : costs) add_cost(nodes, quantity, node);
    if (wants_entropy()) add_entropy(nodes, terms.shape, term_nodes);
    return std::move(model_);
  }

 private:
  const std::string& name_of(int q) const {
    return plan_->quantities[static_cast<std::size_t>(q)].name;
  }
  bool wants_entropy() const {
    const auto real = [&](int q) { return cost::is_real_cost(name_of(q)); };
    return real(plan_->objectives[0].quantity) ||
           std::any_of(bounds_.begin(), bounds_.end(),
                       [&](const Bound& b) { return real(b.quantity); });
  }
  std::vector<int> wanted_costs() const {
    std::vector<int> wanted;
    const auto note = [&](int q) {
      if (plan_->quantities[static_cast<std::size_t>(q)].kind != space::QuantityKind::kCost)
        throw DoesNotAddUp{fmt::format("{} doesn't add up along the layers", name_of(q))};
      if (!cost::is_real_cost(name_of(q)) &&
          std::find(wanted.begin(), wanted.end(), q) == wanted.end())
        wanted.push_back(q);
    };
    note(plan_->objectives[0].quantity);
    for (const Bound& bound : bounds_) note(bound.quantity);
    return wanted;
  }

  static spec::Value value_of(const spec::Expression& number, const std::string& limit) {
    try {
      return spec::evaluate(number, {});
    } catch (const spec::ExpressionFault& fault) {
      throw Error("--limit " + limit, fault.message);
    }
  }

  // Limits of the form "macs <= 300M".
  static std::vector<Bound> bounds_of(const SearchPlan& plan, std::size_t job) {
    std::vector<std::string> more;
    for (const space::Quantity& quantity : plan.quantities) {
      if (quantity.kind != space::QuantityKind::kCost) more.push_back(quantity.name);
    }
    std::vector<Bound> bounds;
    for (const std::string& text : plan.limits) {
      const spec::ArchSpec& spec = plan.jobs[job].spec;
      const spec::Expression limit = space::parse_condition(spec, text, "--limit", more);
      const spec::ExpressionNode& root = limit.root();
      const DoesNotAddUp other{
          fmt::format("the limit '{}' isn't of the form COST <= NUMBER", text)};
      if (root.op != spec::ExpressionOp::kLessEqual && root.op != spec::ExpressionOp::kGreaterEqual)
        throw other;
      const spec::ExpressionNode& left = limit.nodes[static_cast<std::size_t>(root.operands[0])];
      const auto params = static_cast<int>(spec.main().params.size());
      if (left.op != spec::ExpressionOp::kName || left.slot < params) throw other;
      spec::Expression right = limit;
      right.nodes.resize(static_cast<std::size_t>(root.operands[1]) + 1);
      for (std::size_t n = 0; n < right.nodes.size(); ++n) {
        if (static_cast<int>(n) != root.operands[0] &&
            right.nodes[n].op == spec::ExpressionOp::kName)
          throw other;
      }
      const spec::Value value = value_of(right, text);
      if (!value.is_number()) throw other;
      bounds.push_back({space::find_quantity(plan.quantities, left.text),
                        root.op == spec::ExpressionOp::kLessEqual, value.number().to_double()});
    }
    return bounds;
  }

  void empty_tables() {
    std::size_t before = 1;
    for (std::size_t size : model_.sizes) {
      if (before * size > kMostPairs) throw DoesNotAddUp{"two neighbours have too many values"};
      model_.objective.emplace_back(before * size);
      model_.allowed.emplace_back(before * size, true);
      model_.a.emplace_back(size);
      model_.b.emplace_back(size);
      model_.d.emplace_back(size);
      before = size;
    }
  }

  template <class Visit>
  void each_pair(NodeTables& nodes, std::size_t k, bool neighbours, Visit visit) {
    nodes.each_pair(k, model_.sizes[k], k == 0 || !neighbours ? 1 : model_.sizes[k - 1], visit);
  }

  // The trace must hold for all points, as one structure.
  void check_conditions(NodeTables& nodes) {
    const std::vector<TraceCondition>& conditions = nodes.trace().conditions();
    std::vector<std::vector<const TraceCondition*>> by_stage(model_.sizes.size());
    for (const TraceCondition& condition : conditions) {
      const auto stage = stage_of(nodes.axes_of(condition.a) | nodes.axes_of(condition.b));
      if (!stage) throw DoesNotAddUp{"its structure depends on values that are no neighbours"};
      by_stage[*stage].push_back(&condition);
    }
    for (std::size_t k = 0; k < by_stage.size(); ++k) {
      if (by_stage[k].empty()) continue;
      each_pair(nodes, k, true, [&](std::size_t, std::size_t) {
        for (const TraceCondition* condition : by_stage[k]) {
          const double a = nodes.number(condition->a), b = nodes.number(condition->b);
          if ((condition->equal ? a == b : a < b) == condition->holds) continue;
          const std::string own = job_->space.axes[k].label();
          const AxisSet axes = nodes.axes_of(condition->a) | nodes.axes_of(condition->b);
          if (std::popcount(axes) < 2)
            throw DoesNotAddUp{fmt::format("'{}' changes the structure", own)};
          throw DoesNotAddUp{fmt::format(
              "'{}' and '{}' together change the structure, as a shortcut that needs equal widths",
              job_->space.axes[k - 1].label(), own)};
        }
      });
    }
  }

  // Conditions between parameters hold for pairs of neighbours.
  void space_conditions() {
    if (!job_->spec.search) return;
    const space::LimitScope scope = {&job_->spec, &job_->options, &job_->space, plan_->quantities};
    for (const spec::Expression& condition : job_->spec.search->conditions) {
      AxisSet axes = 0;
      for (const spec::ExpressionNode& node : condition.nodes) {
        if (node.scope != spec::Scope::kParam) continue;
        for (std::size_t k = 0; k < job_->space.axes.size(); ++k) {
          const space::SweepAxis& axis = job_->space.axes[k];
          const spec::ExpressionNode* element =
              node.operands.empty() ? nullptr
                                    : &condition.nodes[static_cast<std::size_t>(node.operands[0])];
          const bool other = element != nullptr && element->op == spec::ExpressionOp::kNumber &&
                             !(element->number == spec::Number(axis.element));
          if (axis.param == node.text && !other) axes |= AxisSet{1} << k;
        }
      }
      const auto stage = stage_of(axes);
      if (!stage)
        throw DoesNotAddUp{fmt::format("the condition '{}' is over values that are no neighbours",
                                       condition.text)};
      const space::Limit limit(scope, condition);
      std::vector<std::size_t> at(model_.sizes.size());
      const std::size_t k = *stage, before = k == 0 ? 1 : model_.sizes[k - 1];
      for (std::size_t y = 0; y < before; ++y) {
        for (std::size_t x = 0; x < model_.sizes[k]; ++x) {
          if (k > 0) at[k - 1] = y;
          at[k] = x;
          if (limit.violation(at, nullptr) > 0) model_.allowed[k][model_.pair(k, y, x)] = false;
        }
      }
    }
  }

  std::vector<Addend> addends_of(const NodeTables& nodes, std::int32_t root,
                                 const std::string& name) {
    std::vector<Addend> addends, open = {{root, 1}};
    while (!open.empty()) {
      const Addend addend = open.back();
      open.pop_back();
      const TraceNode& node = nodes.trace().nodes()[static_cast<std::size_t>(addend.node)];
      if (stage_of(nodes.axes_of(addend.node))) {
        addends.push_back(addend);
        continue;
      }
      const bool a_constant = nodes.axes_of(node.a) == 0, b_constant = nodes.axes_of(node.b) == 0;
      const auto constant = [&](std::int32_t n) {
        return static_cast<double>(nodes.trace().nodes()[static_cast<std::size_t>(n)].value);
      };
      if (node.op == TraceOp::kAdd || node.op == TraceOp::kSubtract) {
        open.push_back({node.a, addend.factor});
        open.push_back({node.b, node.op == TraceOp::kAdd ? addend.factor : -addend.factor});
      } else if (node.op == TraceOp::kMultiply && a_constant) {
        open.push_back({node.b, addend.factor * constant(node.a)});
      } else if (node.op == TraceOp::kMultiply && b_constant) {
        open.push_back({node.a, addend.factor * constant(node.b)});
      } else {
        throw DoesNotAddUp{fmt::format("{} isn't a sum over neighbouring layers", name)};
      }
    }
    return addends;
  }

  PairTable table_of(NodeTables& nodes, const std::vector<Addend>& addends) {
    PairTable table = model_.objective;
    for (auto& numbers : table) std::fill(numbers.begin(), numbers.end(), 0.0);
    std::vector<std::vector<Addend>> by_stage(model_.sizes.size());
    for (const Addend& addend : addends)
      by_stage[*stage_of(nodes.axes_of(addend.node))].push_back(addend);
    for (std::size_t k = 0; k < by_stage.size(); ++k) {
      if (by_stage[k].empty()) continue;
      each_pair(nodes, k, true, [&](std::size_t y, std::size_t x) {
        for (const Addend& addend : by_stage[k])
          table[k][model_.pair(k, y, x)] += addend.factor * nodes.number(addend.node);
      });
    }
    return table;
  }

  void add_cost(NodeTables& nodes, int quantity, std::int32_t node) {
    const PairTable table = table_of(nodes, addends_of(nodes, node, name_of(quantity)));
    const auto scaled = [&](double factor) {
      PairTable result = table;
      for (auto& numbers : result) {
        for (double& number : numbers) number *= factor;
      }
      return result;
    };
    const space::Objective& objective = plan_->objectives[0];
    if (objective.quantity == quantity) model_.objective = scaled(objective.maximize ? 1 : -1);
    for (const Bound& bound : bounds_) {
      if (bound.quantity == quantity)
        model_.resources.push_back(
            {scaled(bound.upper ? 1 : -1), bound.upper ? bound.value : -bound.value});
    }
  }

  // Convolutions and scales in the order of execution; an event belongs to the choice made last.
  void add_entropy(NodeTables& nodes, const cost::EntropyShape& shape,
                   const std::vector<std::int32_t>& terms) {
    struct Event {
      std::int32_t node;
      double weight;  // of a scale; 0: a convolution
    };
    std::vector<cost::EntropyShape::Scale> scales = shape.scales;
    std::vector<std::vector<Event>> by_stage(model_.sizes.size());
    std::size_t stage = 0;
    bool started = false;
    const auto take = [&](const Event& event) {
      const AxisSet axes = nodes.axes_of(event.node);
      if (std::popcount(axes) > 1)
        throw DoesNotAddUp{"a layer's part in the entropy depends on two choices"};
      if (axes != 0) {
        const std::size_t own = *stage_of(axes);
        if (started && own < stage)
          throw DoesNotAddUp{"its layers aren't in the order of the choices"};
        stage = own;
        started = true;
      }
      by_stage[stage].push_back(event);
    };
    std::vector<std::size_t> order(scales.size());
    for (std::size_t s = 0; s < order.size(); ++s) order[s] = s;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
      return scales[x].convolutions < scales[y].convolutions;
    });
    std::size_t next = 0;
    for (std::size_t c = 0; c <= shape.convolutions; ++c) {
      for (; next < order.size() && scales[order[next]].convolutions == c; ++next)
        take({terms[shape.convolutions + order[next]],
              static_cast<double>(scales[order[next]].weight)});
      if (c < shape.convolutions) take({terms[c], 0});
    }
    const space::Objective& objective = plan_->objectives[0];
    const bool entropy = name_of(objective.quantity) == "entropy";
    if (cost::is_real_cost(name_of(objective.quantity)) && (!entropy || !objective.maximize))
      throw DoesNotAddUp{"of entropy and effectiveness only the entropy's maximum is found"};
    for (std::size_t k = 0; k < by_stage.size(); ++k) {
      each_pair(nodes, k, false, [&](std::size_t, std::size_t x) {
        double a = 0, b = 0, d = 0;
        for (const Event& event : by_stage[k]) {
          const double log = std::log(nodes.number(event.node));
          if (event.weight == 0) {
            d += log;
          } else {
            a += event.weight * log;
            b += event.weight * log * d;
          }
        }
        if (entropy) {
          model_.a[k][x] = a;
          model_.b[k][x] = b;
          if (a < 0) throw DoesNotAddUp{"a scale's logarithm is negative"};
        }
        model_.d[k][x] = d;
      });
    }
    const auto layers = static_cast<double>(shape.convolutions);
    for (const Bound& bound : bounds_) {
      if (!cost::is_real_cost(name_of(bound.quantity))) continue;
      if (name_of(bound.quantity) == "effectiveness" && bound.upper && bound.value <= 0)
        throw DoesNotAddUp{
            "effectiveness is above 0 for every network: its limit must be a number above 0"};
      if (name_of(bound.quantity) != "effectiveness" || !bound.upper || !entropy)
        throw DoesNotAddUp{
            "of limits on entropy and effectiveness only effectiveness <= NUMBER is a sum along "
            "the "
            "chain, and only where entropy is maximized"};
      const double least = layers * std::log(layers / bound.value);
      model_.least_sum = std::max(model_.least_sum.value_or(least), least);
    }
  }

  const SearchPlan* plan_;
  const sweep::SweepJob* job_;
  std::vector<Bound> bounds_;
  std::vector<space::TracedAxis> axes_;
  ChainModel model_;
};

}  // namespace

std::optional<ChainModel> chain_model(const SearchPlan& plan, std::size_t job, std::string& why) {
  try {
    return Modeller(plan, job).run();
  } catch (const DoesNotAddUp& reason) {
    why = reason.why;
  } catch (const Error& error) {
    why = error.diagnostics().front().message;
  } catch (const CountOverflow&) {
    why = "a cost needs more than 64 bits";
  }
  return std::nullopt;
}

}  // namespace archcost::methods
