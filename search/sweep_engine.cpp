#include "search/sweep_engine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <numeric>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "spec/fields.hpp"

namespace archcost {
namespace {

constexpr int kLanes = BatchProgram::kLanes;
constexpr std::size_t kMostStructures = 512;  // of one group; beyond, points are counted one by one
constexpr std::int64_t kLargestDenominator = 1 << 20;

// "150M" is 150000000 to an expression.
std::string without_units(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    const bool starts = std::isdigit(static_cast<unsigned char>(text[i])) != 0 &&
                        (i == 0 || (std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0 &&
                                    text[i - 1] != '_' && text[i - 1] != '.'));
    std::size_t end = i;
    while (starts && end < text.size() &&
           (std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '.'))
      ++end;
    const std::size_t unit = end < text.size() && starts ? std::string_view("KMGT").find(text[end])
                                                         : std::string_view::npos;
    const bool ends =
        end + 1 >= text.size() ||
        (std::isalnum(static_cast<unsigned char>(text[end + 1])) == 0 && text[end + 1] != '_');
    if (starts && unit != std::string_view::npos && ends) {
      plain += fmt::format("({} * 1e{})", text.substr(i, end - i), 3 * (unit + 1));
      i = end + 1;
    } else if (starts) {
      plain += text.substr(i, end - i);
      i = end;
    } else {
      plain += text[i++];
    }
  }
  return plain;
}

/// A condition that has no answer: a mistake of the request, not of a combination.
struct FilterFault {
  std::string place, message;
};

bool passes(const std::vector<SweepFilter>& filters, const Network& network, CostReader& costs) {
  for (const SweepFilter& filter : filters) {
    FileValues values;
    values.files = &values;
    for (const Parameter& parameter : network.parameters)
      values.params.emplace_back(parameter.value);
    const std::size_t parameters = values.params.size();
    values.params.resize(parameters + named_costs().size());
    for (const ExpressionNode& node : filter.condition.nodes) {
      if (node.scope != Scope::kParam || node.slot < static_cast<int>(parameters)) continue;
      values.params[node.slot] = Value(*costs.cost(named_costs()[node.slot - parameters]));
    }
    Environment environment;
    environment.file = &values;
    try {
      const Value value = evaluate(filter.condition, environment);
      if (value == Value(0)) return false;
      if (!(value == Value(1)))
        throw FilterFault{"--where " + filter.condition.text,
                          "it must be true or false, as macs <= 150M"};
    } catch (const ExpressionFault& fault) {
      throw FilterFault{"--where " + filter.condition.text, fault.message};
    }
  }
  return true;
}

}  // namespace

SweepFilter parse_filter(const ArchSpec& spec, const std::string& text) {
  const auto fail = [&](const std::string& message) {
    throw Error(std::vector<Diagnostic>{{fmt::format("--where {}", text), message, "", {}}});
  };
  SweepFilter filter;
  const std::vector<ParamSpec>& params = spec.main().params;
  const std::vector<std::string>& costs = named_costs();
  std::set<std::string> words = spec.main().words;
  words.insert(layer_words().begin(), layer_words().end());
  try {
    filter.condition = parse_expression(without_units(text), {});
    filter.condition.text = text;
    for (ExpressionNode& node : filter.condition.nodes) {
      if (node.op != Op::kName) continue;
      const auto param = std::find_if(params.begin(), params.end(),
                                      [&](const ParamSpec& p) { return p.name == node.text; });
      const auto cost = std::find(costs.begin(), costs.end(), node.text);
      if (param != params.end()) {
        node.slot = static_cast<int>(param - params.begin());
      } else if (cost != costs.end()) {
        node.slot = static_cast<int>(params.size()) + static_cast<int>(cost - costs.begin());
      } else if (words.contains(node.text)) {
        continue;
      } else {
        std::vector<std::string> known = costs;
        for (const ParamSpec& p : params) known.push_back(p.name);
        const auto near = nearest(node.text, known);
        fail(fmt::format("'{}' is neither a parameter of '{}' nor a cost{}", node.text, spec.name,
                         near ? fmt::format("; did you mean '{}'?", *near) : ""));
      }
      node.scope = Scope::kParam;
    }
    resolve_words(filter.condition, words);
  } catch (const ExpressionFault& fault) {
    fail(fault.message);
  }
  return filter;
}

// The values of one axis as inputs of a trace: whole multiples of 1/denominator, or numerators and
// denominators where these have no small common multiple.
struct SweepEngine::Axis {
  bool traced = false;
  std::int64_t denominator = 1;  // common, or 0
  std::vector<double> numerators, denominators;
  std::int64_t low = 0, high = 0, least = 1, most = 1;  // bounds of the two

  Axis(const ArchSpec& spec, const SweepAxis& axis) {
    const auto exact = [](const Value& v) { return v.is_number() && v.number().is_exact(); };
    traced = axis.values.size() > 1 && std::all_of(axis.values.begin(), axis.values.end(), exact) &&
             spec.find_param(axis.param)->choices.empty();
    if (!traced) return;
    for (const Value& value : axis.values) {
      const std::int64_t d = value.number().exact().denominator();
      if (denominator != 0) denominator = denominator / std::gcd(denominator, d) * d;
      if (denominator > kLargestDenominator) denominator = 0;
    }
    std::vector<std::int64_t> tops, bottoms;
    for (const Value& value : axis.values) {
      const Rational x = value.number().exact();
      const Rational scaled =
          denominator != 0 ? x * Rational(denominator) : Rational(x.numerator());
      tops.push_back(scaled.numerator());
      bottoms.push_back(denominator != 0 ? denominator : x.denominator());
    }
    low = *std::min_element(tops.begin(), tops.end());
    high = *std::max_element(tops.begin(), tops.end());
    least = *std::min_element(bottoms.begin(), bottoms.end());
    most = *std::max_element(bottoms.begin(), bottoms.end());
    numerators.assign(tops.begin(), tops.end());
    denominators.assign(bottoms.begin(), bottoms.end());
  }

  Number number(Trace& trace, std::size_t index) const {
    const Count top = trace.input(static_cast<std::int64_t>(numerators[index]), low, high);
    const Count bottom = trace.input(static_cast<std::int64_t>(denominators[index]), least, most);
    return Number::traced({top, bottom});
  }
};

struct SweepEngine::Structure {
  PointState state = PointState::kRow;
  std::string failure;
  bool exact = true;
  std::optional<BatchProgram> program;
  std::size_t layers = 0;
};

struct SweepEngine::Group {
  std::vector<std::unique_ptr<Structure>> structures;  // the one that served last comes first
  bool one_by_one = false;
};

SweepEngine::SweepEngine(const ArchSpec& spec, BuildOptions options, const SweepSpace& space,
                         SweepWants wants)
    : spec_(&spec), options_(std::move(options)), space_(&space), wants_(std::move(wants)) {
  options_.mend = false;
  for (const SweepAxis& axis : space.axes) axes_.emplace_back(spec, axis);
}
SweepEngine::~SweepEngine() = default;
SweepEngine::SweepEngine(SweepEngine&&) noexcept = default;

std::size_t SweepEngine::structures() const {
  std::size_t count = 0;
  for (const auto& [key, group] : groups_) count += group.structures.size();
  return count;
}

BuildOptions SweepEngine::options_at(const std::vector<std::size_t>& indices) const {
  BuildOptions options = options_;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    options.settings.push_back({space_->axes[k].param, space_->axes[k].values[indices[k]], ""});
  }
  return options;
}

std::unique_ptr<SweepEngine::Structure> SweepEngine::trace(
    const std::vector<std::size_t>& indices) const {
  auto structure = std::make_unique<Structure>();
  Trace trace;
  const TraceScope scope(trace);
  BuildOptions options = options_at(indices);
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (axes_[k].traced)
      options.settings[options_.settings.size() + k].value = axes_[k].number(trace, indices[k]);
  }
  std::vector<std::int32_t> outputs;
  try {
    const Network network = build_network(*spec_, options);
    CostReader costs(network, wants_.types);
    if (!passes(wants_.filters, network, costs)) structure->state = PointState::kFiltered;
    if (structure->state == PointState::kRow) {
      for (const std::string& column : wants_.columns)
        outputs.push_back(trace.node_of(*costs.cost(column)));
      if (wants_.on_layers) {
        structure->layers = network.layers.size();
        for (const Layer& layer : network.layers) {
          const TensorShape& out = layer.output;
          for (Count number : {out.channels, out.height, out.width, layer.cost.params,
                               layer.cost.macs, layer.cost.activations}) {
            outputs.push_back(trace.node_of(number));
          }
        }
      }
    }
  } catch (const Error& error) {
    structure->state = PointState::kUnbuildable;
    structure->failure = error.diagnostics().front().message;
  } catch (const CountOverflow&) {
    structure->exact = false;
  }
  structure->exact = structure->exact && trace.exact_in_doubles();
  if (structure->exact) structure->program.emplace(trace, outputs);
  return structure;
}

PointState SweepEngine::evaluate_exactly(std::uint64_t point, std::vector<std::int64_t>& costs,
                                         std::string& failure) const {
  costs.clear();
  try {
    const Network network = build_network(*spec_, options_at(space_->indices(point)));
    CostReader reader(network, wants_.types);
    if (!passes(wants_.filters, network, reader)) return PointState::kFiltered;
    for (const std::string& column : wants_.columns) costs.push_back(reader.cost(column)->value());
    return PointState::kRow;
  } catch (const Error& error) {
    failure = error.diagnostics().front().message;
  } catch (const CountOverflow&) {
    failure = "a cost needs more than 64 bits";
  }
  return PointState::kUnbuildable;
}

void SweepEngine::evaluate(std::uint64_t first, std::size_t count, SweepRows& rows) {
  rows.first = first;
  rows.states.assign(count, PointState::kRow);
  rows.columns.resize(wants_.columns.size());
  for (auto& column : rows.columns) column.resize(count);
  rows.failures.clear();

  // The index of every axis at every point: counted on, not divided out.
  std::vector<std::size_t> at = space_->indices(first);
  lane_indices_.resize(axes_.size());
  for (auto& indices : lane_indices_) indices.resize(count);
  const std::size_t last = axes_.size() - 1;
  for (std::size_t p = 0; p < count;) {
    const std::size_t run = std::min(count - p, space_->axes[last].values.size() - at[last]);
    for (std::size_t k = 0; k < last; ++k)
      std::fill_n(lane_indices_[k].begin() + static_cast<std::ptrdiff_t>(p), run,
                  static_cast<std::uint32_t>(at[k]));
    std::iota(lane_indices_[last].begin() + static_cast<std::ptrdiff_t>(p),
              lane_indices_[last].begin() + static_cast<std::ptrdiff_t>(p + run),
              static_cast<std::uint32_t>(at[last]));
    p += run;
    at[last] += run;
    for (std::size_t k = last + 1; k-- > 0 && at[k] == space_->axes[k].values.size();) {
      at[k] = 0;
      if (k > 0) ++at[k - 1];
    }
  }

  const bool one_group =
      std::all_of(axes_.begin(), axes_.end(), [](const Axis& axis) { return axis.traced; });
  std::map<std::vector<std::size_t>, std::vector<std::uint32_t>> members;
  if (one_group) {
    members[{}].resize(count);
    std::iota(members[{}].begin(), members[{}].end(), 0u);
  } else {
    std::vector<std::size_t> key, before;
    std::vector<std::uint32_t>* group = nullptr;
    for (std::uint32_t p = 0; p < count; ++p) {
      key.clear();
      for (std::size_t k = 0; k < axes_.size(); ++k) {
        if (!axes_[k].traced) key.push_back(lane_indices_[k][p]);
      }
      if (group == nullptr || key != before) group = &members[key];
      before = key;
      group->push_back(p);
    }
  }
  try {
    for (const auto& [key, points] : members) evaluate_group(groups_[key], points, rows);
  } catch (const FilterFault& fault) {
    throw Error(std::vector<Diagnostic>{{fault.place, fault.message, "", {}}});
  }
}

void SweepEngine::evaluate_group(Group& group, const std::vector<std::uint32_t>& points,
                                 SweepRows& rows) {
  for (std::size_t p = 0; p < points.size(); p += kLanes) {
    evaluate_block(group, points.data() + p,
                   static_cast<int>(std::min<std::size_t>(kLanes, points.size() - p)), rows);
  }
}

void SweepEngine::evaluate_block(Group& group, const std::uint32_t* points, int lanes,
                                 SweepRows& rows) {
  std::array<std::uint32_t, kLanes> pending;
  std::copy_n(points, lanes, pending.begin());
  std::array<double, kLanes> meets;
  std::size_t tried = 0;
  while (lanes > 0) {
    if (tried == group.structures.size()) {
      if (group.one_by_one || tried >= kMostStructures) {
        for (int l = 0; l < lanes; ++l) store_exactly(pending[l], rows);
        return;
      }
      std::vector<std::size_t> indices;
      for (const auto& axis : lane_indices_) indices.push_back(axis[pending[0]]);
      auto fresh = trace(indices);
      if (!fresh->exact) {
        group.one_by_one = true;
        continue;
      }
      group.structures.push_back(std::move(fresh));
    }
    const Structure& structure = *group.structures[tried];
    fill_inputs(structure, pending.data(), lanes, rows);
    structure.program->match(registers_, meets.data());
    const int taken = static_cast<int>(std::count(meets.begin(), meets.begin() + lanes, 1.0));
    if (taken > 0) {
      store(structure, pending.data(), lanes, taken == lanes ? nullptr : meets.data(), rows);
      int left = 0;
      for (int l = 0; l < lanes; ++l) {
        if (meets[l] == 0) pending[left++] = pending[l];
      }
      lanes = left;
      std::rotate(group.structures.begin(),
                  group.structures.begin() + static_cast<std::ptrdiff_t>(tried),
                  group.structures.begin() + static_cast<std::ptrdiff_t>(tried) + 1);
    }
    ++tried;
  }
}

void SweepEngine::fill_inputs(const Structure& structure, const std::uint32_t* points, int lanes,
                              const SweepRows&) {
  const BatchProgram& program = *structure.program;
  registers_.reserve(program.registers());
  int input = 0;
  const auto fill = [&](const std::vector<double>& table,
                        const std::vector<std::uint32_t>& indices) {
    if (input >= program.inputs()) return;  // nothing depends on it or on what follows
    const int reg = program.input(input++);
    if (reg < 0) return;
    double* to = registers_.at(reg);
    for (int l = 0; l < lanes; ++l) to[l] = table[indices[points[l]]];
    for (int l = lanes; l < kLanes; ++l) to[l] = to[0];
  };
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (!axes_[k].traced) continue;
    if (axes_[k].low != axes_[k].high) fill(axes_[k].numerators, lane_indices_[k]);
    if (axes_[k].least != axes_[k].most) fill(axes_[k].denominators, lane_indices_[k]);
  }
}

// `take` marks the lanes that belong to the structure; null: all.
void SweepEngine::store(const Structure& structure, const std::uint32_t* points, int lanes,
                        const double* take, SweepRows& rows) {
  const auto taken = [&](int l) { return take == nullptr || take[l] != 0; };
  if (structure.state != PointState::kRow) {
    for (int l = 0; l < lanes; ++l) {
      if (!taken(l)) continue;
      rows.states[points[l]] = structure.state;
      if (structure.state == PointState::kUnbuildable) {
        SweepFailure& failure = rows.failures[structure.failure];
        if (failure.count++ == 0) failure.first = rows.first + points[l];
      }
    }
    return;
  }
  const BatchProgram& program = *structure.program;
  program.finish(registers_);
  const bool whole_run =
      take == nullptr && points[lanes - 1] - points[0] == static_cast<std::uint32_t>(lanes) - 1;
  for (std::size_t k = 0; k < wants_.columns.size(); ++k) {
    const double* from = registers_.at(program.output(static_cast<int>(k)));
    std::int64_t* to = rows.columns[k].data();
    if (whole_run) {
      for (int l = 0; l < lanes; ++l) to[points[0] + l] = static_cast<std::int64_t>(from[l]);
    } else {
      for (int l = 0; l < lanes; ++l) {
        if (taken(l)) to[points[l]] = static_cast<std::int64_t>(from[l]);
      }
    }
  }
  if (!wants_.on_layers) return;
  LayerArrays arrays;
  arrays.lanes = lanes;
  arrays.layers.resize(structure.layers);
  int output = static_cast<int>(wants_.columns.size());
  for (auto& layer : arrays.layers) {
    for (const double*& array : layer) array = registers_.at(program.output(output++));
  }
  wants_.on_layers(arrays);
}

void SweepEngine::store_exactly(std::uint32_t point, SweepRows& rows) const {
  std::vector<std::int64_t> costs;
  std::string message;
  rows.states[point] = evaluate_exactly(rows.first + point, costs, message);
  for (std::size_t k = 0; k < costs.size(); ++k) rows.columns[k][point] = costs[k];
  if (rows.states[point] != PointState::kUnbuildable) return;
  SweepFailure& failure = rows.failures[message];
  if (failure.count++ == 0) failure.first = rows.first + point;
}

}  // namespace archcost
