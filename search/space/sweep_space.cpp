// SPDX-License-Identifier: Apache-2.0
#include "search/space/sweep_space.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "graph/bind.hpp"
#include "graph/build.hpp"
#include "search/space/sweep_cost.hpp"
#include "spec/choices.hpp"
#include "spec/resolver.hpp"

namespace archcost::space {
namespace {

constexpr std::int64_t kMostValues = 10'000'000;  // of one axis
constexpr std::size_t kMostInSubsets = 12;        // elements

[[noreturn]] void fail(std::string_view text, std::string message) {
  throw Error(
      std::vector<Diagnostic>{{fmt::format("--vary {}", text), std::move(message), "", {}}});
}

// "a,b,[c,d]" or "0.25:1:0.05": parts outside brackets.
std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (char c : text) {
    depth += (c == '[' || c == '(') - (c == ']' || c == ')');
    if (c == separator && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

class AxisReader {
 public:
  /// `defaults` are the values of the spec's parameters when nothing is set.
  AxisReader(const spec::ArchSpec& spec, const spec::FileValues& defaults, std::string_view text)
      : spec_(&spec), defaults_(&defaults), text_(text) {
    const std::size_t equals = text_.find('=');
    const spec::ElementName name = spec::element_name(text_.substr(0, equals));
    name_ = std::string(name.list);
    values_ = equals == std::string_view::npos ? text_.substr(text_.size())
                                               : trim(text_.substr(equals + 1));
    bare_ = equals == std::string_view::npos;
    param_ = spec_->find_param(name_);
    if (!name.element.empty()) find_element(name.element);
  }

  /// How many values there will be, before they are there.
  long double count() {
    if (param_ == nullptr) return 1;  // run() says so
    if (bare_) return static_cast<long double>(own_values().size());
    long double values = 0;
    for (const std::string& part : parts_of(values_, ',')) {
      const std::vector<std::string> bounds = parts_of(part, ':');
      values += bounds.size() == 3
                    ? steps_of(number(bounds[0]), number(bounds[1]), number(bounds[2]))
                    : 1;
    }
    return values;
  }

  SweepAxis run() {
    SweepAxis axis;
    axis.param = name_;
    axis.element = element_;
    if (param_ == nullptr) unknown_param(axis.param);
    if (element_ > 0) axis.whole = current().list();
    if (bare_) {
      axis.values = own_values();
      if (axis.values.empty())
        fail(text_, fmt::format("the spec has no 'sweep' values for '{0}'; write {0}={1}",
                                axis.label(), example()));
      return axis;
    }
    if (values_.empty())
      fail(text_, "no values; write FROM:TO:STEP, or values separated by commas");
    for (const std::string& part : parts_of(values_, ',')) add(part, axis.values);
    check(axis.values);
    return axis;
  }

 private:
  [[noreturn]] void unknown_param(const std::string& name) const {
    std::vector<std::string> known;
    for (const spec::ParamSpec& param : spec_->main().params) known.push_back(param.name);
    fail(text_, fmt::format("'{}' has no parameter '{}'{}", spec_->name, name,
                            known.empty() ? "; it has none" : suggestion(name, known)));
  }

  // "3" of widths(3).
  void find_element(std::string_view text) {
    if (param_ == nullptr) unknown_param(name_);
    if (!current().is_list())
      fail(text_, fmt::format("'{}' is {}, not a list: it has no elements", name_,
                              spec::to_string(current())));
    const auto size = static_cast<int>(current().list().size());
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), element_);
    if (status != std::errc() || end != text.data() + text.size() || element_ < 1 ||
        element_ > size)
      fail(text_,
           fmt::format(
               "'{}' has elements 1 to {}; write {}(1)=VALUES, or {}(i)=VALUES for all of them",
               name_, size, name_, name_));
  }

  // What the name alone stands for.
  spec::List own_values() const {
    if (element_ > 0) return {};
    if (param_->sweep.empty() && !current().is_list()) return param_->choices;
    return param_->sweep;
  }

  std::string example() const {
    if (element_ > 0 || param_->choices.empty()) return "VALUES";
    return fmt::format("subsets({})", spec::to_string(spec::Value(param_->choices)));
  }

  // The parameter's value where it isn't varied.
  const spec::Value& current() const {
    return *defaults_->params[static_cast<std::size_t>(param_ - spec_->main().params.data())];
  }

  void add(const std::string& part, std::vector<spec::Value>& values) const {
    if (const std::string_view text = trim(part);
        text.starts_with("subsets(") && text.ends_with(')'))
      return add_subsets(value(text.substr(8, text.size() - 9)), values);
    const std::vector<std::string> bounds = parts_of(part, ':');
    const bool dots = part.find("..") != std::string::npos;
    if (bounds.size() == 1 && !dots) {
      values.push_back(value(part));
    } else if (bounds.size() == 3 && !dots) {
      add_range(number(bounds[0]), number(bounds[1]), number(bounds[2]), values);
    } else {
      fail(text_, fmt::format("'{}' is no range; write FROM:TO:STEP, as 0.25:1:0.05", part));
    }
  }

  // Values of a range; an error for one that is empty, endless or too long.
  std::int64_t steps_of(const Rational& from, const Rational& to, const Rational& step) const {
    if (step == Rational(0)) fail(text_, "the step is 0; write FROM:TO:STEP with a step above 0");
    if (step < Rational(0)) {
      fail(text_,
           fmt::format("the step {} is negative; write the smaller end first", to_string(step)));
    }
    if (to < from) {
      fail(text_, fmt::format("the range is empty: {0} is above {1}; write {1}:{0}:{2}",
                              to_string(from), to_string(to), to_string(step)));
    }
    try {
      const std::int64_t steps = ((to - from) / step).floor();
      if (steps < kMostValues) return steps + 1;
    } catch (const CountOverflow&) {
    }
    fail(text_, fmt::format("more than {} values; take a larger step", with_commas(kMostValues)));
  }

  void add_range(const Rational& from, const Rational& to, const Rational& step,
                 std::vector<spec::Value>& values) const {
    const std::int64_t count = steps_of(from, to, step);
    try {
      for (std::int64_t k = 0; k < count; ++k)
        values.emplace_back(spec::Number(from + step * Rational(k)));
    } catch (const CountOverflow&) {
      fail(text_, "its values need more than 64 bits");
    }
  }

  // Every choice of elements, in their order: none of them, the first, the second, both, ...
  void add_subsets(const spec::Value& of, std::vector<spec::Value>& values) const {
    if (!of.is_list() || of.list().size() > kMostInSubsets)
      fail(text_, fmt::format("subsets() takes a list of at most {} elements", kMostInSubsets));
    for (std::size_t mask = 0; mask < std::size_t{1} << of.list().size(); ++mask) {
      spec::List chosen;
      for (std::size_t k = 0; k < of.list().size(); ++k) {
        if ((mask >> k & 1) != 0) chosen.push_back(of.list()[k]);
      }
      values.emplace_back(std::move(chosen));
    }
  }

  // Of an element: over the parameters as they are set, and the element's number i.
  spec::Value element_value(std::string_view part) const {
    try {
      spec::Expression expression = spec::parse_expression(trim(part), {});
      spec::resolve_outside(expression, *spec_, true, true);
      spec::Environment environment;
      environment.file = defaults_;
      environment.round = element_;
      return spec::evaluate(expression, environment);
    } catch (const spec::ExpressionFault& fault) {
      fail(text_, fault.message);
    }
  }

  spec::Value value(std::string_view part) const {
    if (trim(part).empty()) fail(text_, "a value is missing between two commas");
    if (element_ > 0) return element_value(part);
    return graph::parse_setting(*spec_, fmt::format("{}={}", param_->name, part), "--vary").value;
  }

  Rational number(std::string_view part) const {
    const spec::Value bound = value(part);
    if (!bound.is_number() || !bound.number().is_exact())
      fail(text_, fmt::format("'{}' is no end of a range; it must be an exact number", part));
    return bound.number().exact();
  }

  void check(const std::vector<spec::Value>& values) const {
    for (std::size_t k = 0; k < values.size(); ++k) {
      const auto wrong =
          element_ > 0 ? spec::check_choice(param_->choices, param_->min, param_->max, values[k])
                       : spec::check_param(*param_, values[k], &current());
      if (wrong) fail(text_, fmt::format("parameter '{}' {}{}", param_->name, *wrong, advice()));
    }
    std::vector<std::string> shown;
    // A range has no value twice.
    if (values.size() > 10'000 && parts_of(values_, ',').size() == 1) return;
    for (const spec::Value& v : values) shown.push_back(spec::to_string(v));
    std::sort(shown.begin(), shown.end());
    const auto twice = std::adjacent_find(shown.begin(), shown.end());
    if (twice != shown.end()) fail(text_, fmt::format("the value {} stands twice", *twice));
  }

  // "0.25-1" is a difference.
  std::string advice() const {
    const auto is_number = [](std::string_view part) {
      return !part.empty() && part.find_first_not_of("0123456789./ ") == std::string_view::npos;
    };
    for (const std::string& part : parts_of(values_, ',')) {
      const std::string_view value = trim(part);
      const std::size_t minus = value.find('-');
      if (minus != std::string_view::npos && is_number(value.substr(0, minus)) &&
          is_number(value.substr(minus + 1)))
        return fmt::format("; '{}' is a difference, and a range is FROM:TO:STEP", value);
    }
    return {};
  }

  const spec::ArchSpec* spec_;
  const spec::FileValues* defaults_;
  std::string_view text_, values_;
  std::string name_;
  bool bare_ = false;
  int element_ = 0;
  const spec::ParamSpec* param_ = nullptr;
};

// "widths(i)=8:64:8" once for each element that has no text of its own.
std::vector<std::string> with_elements(const spec::ArchSpec& spec, const spec::FileValues& defaults,
                                       const std::vector<std::string>& texts) {
  std::vector<std::string> all;
  for (const std::string& text : texts) {
    const std::size_t equals = std::min(text.find('='), text.size());
    const spec::ElementName name = spec::element_name(std::string_view(text).substr(0, equals));
    const spec::ParamSpec* param = spec.find_param(name.list);
    const spec::Value* value =
        param == nullptr
            ? nullptr
            : &*defaults.params[static_cast<std::size_t>(param - spec.main().params.data())];
    if (name.element != "i" || value == nullptr || !value->is_list()) {
      all.push_back(text);
      continue;
    }
    if (value->list().empty()) fail(text, fmt::format("'{}' has no elements", name.list));
    const auto has_own = [&](std::size_t k) {
      return std::any_of(texts.begin(), texts.end(), [&](const std::string& other) {
        const spec::ElementName own = spec::element_name(
            std::string_view(other).substr(0, std::min(other.find('='), other.size())));
        return own.list == name.list && own.element == std::to_string(k);
      });
    };
    for (std::size_t k = 1; k <= value->list().size(); ++k) {
      if (!has_own(k)) all.push_back(fmt::format("{}({}){}", name.list, k, text.substr(equals)));
    }
  }
  return all;
}

}  // namespace

std::uint64_t SweepSpace::points() const {
  std::uint64_t points = 1;
  for (const SweepAxis& axis : axes) points *= axis.values.size();
  return points;
}

std::vector<std::size_t> SweepSpace::indices(std::uint64_t point) const {
  std::vector<std::size_t> indices(axes.size());
  for (std::size_t k = axes.size(); k-- > 0;) {
    indices[k] = point % axes[k].values.size();
    point /= axes[k].values.size();
  }
  return indices;
}

long double SweepSpace::size() const {
  long double points = 1;
  for (const SweepAxis& axis : axes) points *= static_cast<long double>(axis.values.size());
  return points;
}

std::string SweepAxis::label() const {
  return element == 0 ? param : fmt::format("{}({})", param, element);
}

std::vector<graph::ParameterSetting> SweepSpace::settings(std::vector<spec::Value> values) const {
  std::vector<graph::ParameterSetting> settings;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const SweepAxis& axis = axes[k];
    if (axis.element == 0) {
      settings.push_back({axis.param, std::move(values[k]), ""});
      continue;
    }
    auto list =
        std::find_if(settings.begin(), settings.end(),
                     [&](const graph::ParameterSetting& s) { return s.name == axis.param; });
    if (list == settings.end())
      list = settings.insert(settings.end(), {axis.param, spec::Value(axis.whole), ""});
    std::get<spec::List>(list->value.data)[static_cast<std::size_t>(axis.element - 1)] =
        std::move(values[k]);
  }
  return settings;
}

std::vector<graph::ParameterSetting> SweepSpace::settings(
    std::span<const std::size_t> indices) const {
  std::vector<spec::Value> values;
  for (std::size_t k = 0; k < axes.size(); ++k) values.push_back(axes[k].values[indices[k]]);
  return settings(std::move(values));
}

graph::BuildOptions SweepSpace::options(graph::BuildOptions base,
                                        std::vector<spec::Value> values) const {
  base.suggest_fix = false;
  for (graph::ParameterSetting& setting : settings(std::move(values)))
    base.settings.push_back(std::move(setting));
  return base;
}

graph::BuildOptions SweepSpace::options(graph::BuildOptions base,
                                        std::span<const std::size_t> indices) const {
  std::vector<spec::Value> values;
  for (std::size_t k = 0; k < axes.size(); ++k) values.push_back(axes[k].values[indices[k]]);
  return options(std::move(base), std::move(values));
}

SweepSpace sweep_space(const spec::ArchSpec& spec, const std::vector<std::string>& asked,
                       const graph::BuildOptions& options, long double most_points) {
  check_parameter_names(spec);
  const std::vector<spec::FileValues> defaults = graph::bind_parameters(spec, options);
  const std::vector<std::string> texts = with_elements(spec, defaults.front(), asked);
  SweepSpace space;
  if (texts.empty()) {
    for (const spec::ParamSpec& param : spec.main().params) {
      if (!param.sweep.empty()) space.axes.push_back({param.name, param.sweep, 0, {}});
    }
    if (space.axes.empty()) {
      throw Error(fmt::format(
          "'{}' has no parameter with 'sweep' values; say what to vary: --vary NAME=VALUES",
          spec.name));
    }
  }
  long double points = 1;
  for (const SweepAxis& axis : space.axes) points *= static_cast<long double>(axis.values.size());
  for (const std::string& text : texts) points *= AxisReader(spec, defaults.front(), text).count();
  if (points > most_points) {
    throw Error(fmt::format(
        "the sweep has {:.3Lg} points, and at most {} are swept; vary less, or in larger steps",
        points, with_commas(static_cast<std::int64_t>(most_points))));
  }
  for (const std::string& text : texts) {
    SweepAxis axis = AxisReader(spec, defaults.front(), text).run();
    for (const SweepAxis& other : space.axes) {
      const bool both_elements = other.element > 0 && axis.element > 0;
      if (other.param == axis.param && (!both_elements || other.element == axis.element))
        fail(text,
             fmt::format("'{}' is varied twice; put its values into one --vary", axis.label()));
    }
    space.axes.push_back(std::move(axis));
  }
  return space;
}

}  // namespace archcost::space
