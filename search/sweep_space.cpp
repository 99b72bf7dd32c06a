#include "search/sweep_space.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "graph/bind.hpp"
#include "graph/build.hpp"
#include "spec/choices.hpp"
#include "spec/resolver.hpp"

namespace archcost {
namespace {

constexpr std::int64_t kMostValues = 10'000'000;  // of one axis
constexpr std::uint64_t kMostPoints = 100'000'000'000;

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
  AxisReader(const ArchSpec& spec, const FileValues& defaults, std::string_view text)
      : spec_(&spec), defaults_(&defaults), text_(text) {}

  /// How many values there will be, before they are there.
  long double count() {
    const std::size_t equals = text_.find('=');
    param_ = spec_->find_param(trim(text_.substr(0, equals)));
    if (param_ == nullptr) return 1;  // run() says so
    if (equals == std::string_view::npos) return static_cast<long double>(param_->sweep.size());
    long double values = 0;
    for (const std::string& part : parts_of(text_.substr(equals + 1), ',')) {
      const std::vector<std::string> bounds = parts_of(part, ':');
      values += bounds.size() == 3
                    ? steps_of(number(bounds[0]), number(bounds[1]), number(bounds[2]))
                    : 1;
    }
    return values;
  }

  SweepAxis run() {
    const std::size_t equals = text_.find('=');
    SweepAxis axis;
    axis.param = std::string(trim(text_.substr(0, equals)));
    param_ = spec_->find_param(axis.param);
    if (param_ == nullptr) unknown_param(axis.param);
    if (equals == std::string_view::npos) {
      if (param_->sweep.empty())
        fail(text_,
             fmt::format("the spec has no 'sweep' values for '{0}'; write {0}=VALUES", axis.param));
      axis.values = param_->sweep;
      return axis;
    }
    const std::string_view values = trim(text_.substr(equals + 1));
    if (values.empty()) fail(text_, "no values; write FROM:TO:STEP, or values separated by commas");
    for (const std::string& part : parts_of(values, ',')) add(part, axis.values);
    check(axis.values);
    return axis;
  }

 private:
  [[noreturn]] void unknown_param(const std::string& name) const {
    std::vector<std::string> known;
    for (const ParamSpec& param : spec_->main().params) known.push_back(param.name);
    fail(text_, fmt::format("'{}' has no parameter '{}'{}", spec_->name, name,
                            known.empty() ? "; it has none" : suggestion(name, known)));
  }

  void add(const std::string& part, std::vector<Value>& values) const {
    const std::vector<std::string> bounds = parts_of(part, ':');
    if (bounds.size() == 1) {
      values.push_back(value(part));
    } else if (bounds.size() == 3) {
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
                 std::vector<Value>& values) const {
    const std::int64_t count = steps_of(from, to, step);
    try {
      for (std::int64_t k = 0; k < count; ++k)
        values.emplace_back(Number(from + step * Rational(k)));
    } catch (const CountOverflow&) {
      fail(text_, "its values need more than 64 bits");
    }
  }

  Value value(std::string_view part) const {
    if (trim(part).empty()) fail(text_, "a value is missing between two commas");
    return parse_setting(*spec_, fmt::format("{}={}", param_->name, part), "--vary").value;
  }

  Rational number(std::string_view part) const {
    const Value bound = value(part);
    if (!bound.is_number() || !bound.number().is_exact())
      fail(text_, fmt::format("'{}' is no end of a range; it must be an exact number", part));
    return bound.number().exact();
  }

  void check(const std::vector<Value>& values) const {
    for (std::size_t k = 0; k < values.size(); ++k) {
      const std::optional<Value>& fallback =
          defaults_->params[static_cast<std::size_t>(param_ - spec_->main().params.data())];
      if (const auto wrong = check_param(*param_, values[k], fallback ? &*fallback : nullptr))
        fail(text_, fmt::format("parameter '{}' {}", param_->name, *wrong));
    }
    std::vector<std::string> shown;
    if (values.size() > 10'000) return;  // a range has no value twice
    for (const Value& v : values) shown.push_back(to_string(v));
    std::sort(shown.begin(), shown.end());
    const auto twice = std::adjacent_find(shown.begin(), shown.end());
    if (twice != shown.end()) fail(text_, fmt::format("the value {} stands twice", *twice));
  }

  const ArchSpec* spec_;
  const FileValues* defaults_;
  std::string_view text_;
  const ParamSpec* param_ = nullptr;
};

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

SweepSpace sweep_space(const ArchSpec& spec, const std::vector<std::string>& texts) {
  const std::vector<FileValues> defaults = bind_parameters(spec, {});
  SweepSpace space;
  if (texts.empty()) {
    for (const ParamSpec& param : spec.main().params) {
      if (!param.sweep.empty()) space.axes.push_back({param.name, param.sweep});
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
  if (points > static_cast<long double>(kMostPoints)) {
    throw Error(fmt::format(
        "the sweep has {:.3Lg} points, and at most {} are swept; vary less, or in larger steps",
        points, with_commas(static_cast<std::int64_t>(kMostPoints))));
  }
  for (const std::string& text : texts) {
    SweepAxis axis = AxisReader(spec, defaults.front(), text).run();
    for (const SweepAxis& other : space.axes) {
      if (other.param == axis.param)
        fail(text, fmt::format("'{}' is varied twice; put its values into one --vary", axis.param));
    }
    space.axes.push_back(std::move(axis));
  }
  return space;
}

}  // namespace archcost
