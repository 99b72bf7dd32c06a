// SPDX-License-Identifier: Apache-2.0
#include "search/space/sweep_filter.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/space/sweep_cost.hpp"
#include "spec/fields.hpp"

namespace archcost::space {
namespace {

// What a number measures. kAny: nothing is known of it, or it is 0.
enum class Dimension : std::uint8_t { kNone, kTime, kBytes, kPercent, kAny };

std::string_view noun(Dimension dimension) {
  if (dimension == Dimension::kTime) return "time";
  return dimension == Dimension::kBytes ? "memory size" : "percentage";
}

constexpr const char* kNoCondition = "it must be a condition, as macs <= 150M";

struct UnitRow {
  std::string_view name, factor;
  Dimension dimension;
};
constexpr UnitRow kUnits[] = {
    {"s", "/ 1", Dimension::kTime},          {"ms", "/ 1e3", Dimension::kTime},
    {"us", "/ 1e6", Dimension::kTime},       {"B", "* 1", Dimension::kBytes},
    {"KB", "* 1e3", Dimension::kBytes},      {"MB", "* 1e6", Dimension::kBytes},
    {"GB", "* 1e9", Dimension::kBytes},      {"KiB", "* 1024", Dimension::kBytes},
    {"MiB", "* 1048576", Dimension::kBytes}, {"GiB", "* 1073741824", Dimension::kBytes},
    {"K", "* 1e3", Dimension::kNone},        {"M", "* 1e6", Dimension::kNone},
    {"G", "* 1e9", Dimension::kNone},        {"T", "* 1e12", Dimension::kNone},
    {"%", "/ 1", Dimension::kPercent}};

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The symbols of headers are names too: "α <= 0.5" is "alpha <= 0.5".
std::string without_symbols(const std::vector<spec::ParamSpec>& params, std::string_view text) {
  std::string plain;
  const auto in_word = [](char c) { return is_word_character(c) || (c & 0x80) != 0; };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && in_word(text[end])) ++end;
    const std::string_view word = text.substr(i, end - i);
    const auto named = [&](const spec::ParamSpec& param) { return param.name == word; };
    const auto symbol = [&](const spec::ParamSpec& param) { return param.symbol == word; };
    const auto found = std::find_if(params.begin(), params.end(), symbol);
    const bool replaced =
        !word.empty() && found != params.end() && std::none_of(params.begin(), params.end(), named);
    plain += replaced ? std::string_view(found->name) : word;
    i = end;
    while (i < text.size() && !in_word(text[i])) plain += text[i++];
  }
  return plain;
}

// Whether an operand ends in front of `text`: else a % is the remainder of a division.
bool ends_operand(std::string_view text) {
  text = trim(text);
  return text.empty() || text.front() == ')' || text.front() == ',' || text.starts_with("and ") ||
         text.starts_with("or ");
}

// The unit that follows a number, with or without a blank; `end` moves behind it.
const UnitRow* unit_at(std::string_view text, std::size_t& end) {
  const std::size_t start = std::min(text.find_first_not_of(' ', end), text.size());
  std::size_t last = start;
  if (last < text.size() && text[last] == '%' && ends_operand(text.substr(last + 1)))
    ++last;
  else
    while (last < text.size() && is_word_character(text[last])) ++last;
  const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const UnitRow& row) {
    return row.name == text.substr(start, last - start);
  });
  if (unit == std::end(kUnits)) return nullptr;
  end = last;
  return unit;
}

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// "300M" for "300m": throws if the word behind a number is a unit but for its case, and if one that
// touches it is none.
void check_meant_unit(std::string_view number, std::string_view behind) {
  const std::size_t start = std::min(behind.find_first_not_of(' '), behind.size());
  std::size_t end = start;
  while (end < behind.size() && is_word_character(behind[end])) ++end;
  const auto lower = [](std::string_view text) {
    std::string result;
    for (const char c : text)
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
  };
  for (const UnitRow& row : kUnits) {
    if (lower(row.name) == lower(behind.substr(start, end - start)))
      throw spec::ExpressionFault{{},
                                  fmt::format("'{}{}' is not a number here; write {}{}", number,
                                              behind.substr(0, end), number, row.name)};
  }
  const bool read_otherwise = number.starts_with('0') || behind.starts_with('_');  // 0x10, 1_000
  if (start > 0 || end == 0 || read_otherwise) return;
  throw spec::ExpressionFault{
      {},
      fmt::format("'{}{}' is not a number here; write it as 12, 0.35, 1e3 or 300M (K, M, G, T)",
                  number, behind.substr(0, end))};
}

// Where the number at `at` ends: "0.5", "1e-3".
std::size_t end_of_number(std::string_view text, std::size_t at) {
  while (at < text.size() && (is_digit(text[at]) || text[at] == '.')) ++at;
  std::size_t exponent = at;
  if (exponent == text.size() || (text[exponent] != 'e' && text[exponent] != 'E')) return at;
  ++exponent;
  if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
  if (exponent == text.size() || !is_digit(text[exponent])) return at;
  while (exponent < text.size() && is_digit(text[exponent])) ++exponent;
  return exponent;
}

// "150M" is (150 * 1e6) to an expression, "5 ms" is (5 / 1e3): seconds. `literals` are the
// dimensions of all numbers of the result.
std::string without_units(std::string_view text, std::vector<Dimension>& literals) {
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t digit = text[i] == '.' ? i + 1 : i;  // ".5"
    const bool starts = digit < text.size() && is_digit(text[digit]) &&
                        (i == 0 || (!is_word_character(text[i - 1]) && text[i - 1] != '.'));
    if (!starts) {
      plain += text[i++];
      continue;
    }
    std::size_t end = end_of_number(text, i);
    const std::string number(text.substr(i, end - i));
    const UnitRow* unit = unit_at(text, end);
    if (unit == nullptr) check_meant_unit(number, text.substr(end));
    const bool zero = number.find_first_of("123456789") >= number.find_first_of("eE");
    literals.push_back(unit != nullptr ? unit->dimension
                       : zero          ? Dimension::kAny
                                       : Dimension::kNone);
    if (unit != nullptr) literals.push_back(Dimension::kNone);
    plain += unit != nullptr ? fmt::format("({} {})", number, unit->factor) : number;
    i = end;
  }
  return plain;
}

Dimension dimension_of(const std::string& cost) {
  if (cost == "latency") return Dimension::kTime;
  if (cost.starts_with("accuracy")) return Dimension::kAny;  // 65 and 65% are the same
  return is_memory_size(cost) ? Dimension::kBytes : Dimension::kNone;
}

// Sums and comparisons are of one dimension: a time is compared with a time.
class UnitCheck {
 public:
  UnitCheck(const spec::Expression& condition, int params, const std::vector<Dimension>& literals)
      : condition_(&condition), params_(params) {
    std::size_t next = 0;
    literals_.assign(condition.nodes.size(), Dimension::kAny);
    for (std::size_t n = 0; n < condition.nodes.size(); ++n) {
      if (condition.nodes[n].op == spec::ExpressionOp::kNumber && next < literals.size())
        literals_[n] = literals[next++];
    }
  }

  /// What is wrong; empty: nothing.
  std::string run() {
    of(static_cast<int>(condition_->nodes.size()) - 1);
    return wrong_;
  }

 private:
  Dimension of(int index) {
    const spec::ExpressionNode& node = condition_->nodes[static_cast<std::size_t>(index)];
    std::vector<Dimension> parts;
    for (int operand : node.operands) parts.push_back(of(operand));
    switch (node.op) {
      case spec::ExpressionOp::kNumber:
        return literals_[static_cast<std::size_t>(index)];
      case spec::ExpressionOp::kName:
        if (node.scope != spec::Scope::kParam) return Dimension::kAny;
        return node.slot < params_ ? Dimension::kNone : dimension_of(node.text);
      case spec::ExpressionOp::kNegate:
        return parts[0];
      case spec::ExpressionOp::kMultiply:
        if (parts[0] == Dimension::kNone) return parts[1];
        return parts[1] == Dimension::kNone ? parts[0] : Dimension::kAny;
      case spec::ExpressionOp::kDivide:
        if (parts[1] == Dimension::kNone) return parts[0];
        return parts[0] == parts[1] ? Dimension::kNone : Dimension::kAny;
      case spec::ExpressionOp::kAdd:
      case spec::ExpressionOp::kSubtract:
        return same(node, parts[0], parts[1]);
      default:
        if (node.op >= spec::ExpressionOp::kEqual && node.op <= spec::ExpressionOp::kGreaterEqual) {
          same(node, parts[0], parts[1]);
          check_percent(node.operands[0], node.operands[1]);
          check_percent(node.operands[1], node.operands[0]);
        }
        return Dimension::kAny;
    }
  }

  Dimension same(const spec::ExpressionNode& node, Dimension a, Dimension b) {
    if (a == Dimension::kAny || b == Dimension::kAny || a == b) return a == Dimension::kAny ? b : a;
    if (!wrong_.empty()) return Dimension::kAny;
    const Dimension known = a == Dimension::kNone ? b : a;
    const std::string cost = cost_in(node, known);
    const bool time = known == Dimension::kTime;
    if (a != Dimension::kNone && b != Dimension::kNone)
      wrong_ = fmt::format("it compares a {} with a {}", noun(a), noun(b));
    else if (cost.empty())
      wrong_ = fmt::format("it compares a {} with a number that is none", noun(known));
    else
      wrong_ = fmt::format("{} needs a number with a unit ({}), as {} <= 10 {}", cost,
                           time ? "s, ms, us" : "B, KB, MB, GB, KiB, MiB, GiB", cost,
                           time ? "ms" : "MB");
    return Dimension::kAny;
  }

  // An accuracy of 0.7 is 0.7 %: 70 % is meant.
  void check_percent(int name, int number) {
    const auto node = [&](int index) -> const spec::ExpressionNode& {
      return condition_->nodes[static_cast<std::size_t>(index)];
    };
    const bool accuracy = node(name).op == spec::ExpressionOp::kName &&
                          node(name).slot >= params_ && node(name).text == "accuracy";
    if (!accuracy || node(number).op != spec::ExpressionOp::kNumber || !wrong_.empty()) return;
    const double value = node(number).number.to_double();
    if (value > 0 && value <= 1)
      wrong_ = fmt::format("accuracy is in percent: write {:.4g}%", 100 * value);
  }

  // The first cost of that dimension below a node.
  std::string cost_in(const spec::ExpressionNode& node, Dimension dimension) const {
    if (node.op == spec::ExpressionOp::kName && node.slot >= params_ &&
        dimension_of(node.text) == dimension)
      return node.text;
    for (int operand : node.operands) {
      std::string found = cost_in(condition_->nodes[static_cast<std::size_t>(operand)], dimension);
      if (!found.empty()) return found;
    }
    return "";
  }

  const spec::Expression* condition_;
  int params_;
  std::vector<Dimension> literals_;  // by node
  std::string wrong_;
};

// A traced cost stays traced.
spec::Value value_of(const std::string& name, Count cost) {
  if (is_whole(name)) return spec::Value(cost);
  return spec::Value(spec::Number(sweep_value(name, cost.value())));
}

}  // namespace

std::vector<std::string> costs_of(const spec::ArchSpec& spec, const SweepFilter& filter) {
  const auto parameters = static_cast<int>(spec.main().params.size());
  std::vector<std::string> names;
  for (const spec::ExpressionNode& node : filter.condition.nodes) {
    if (node.scope != spec::Scope::kParam || node.slot < parameters) continue;
    const std::string& name = sweep_costs()[static_cast<std::size_t>(node.slot - parameters)];
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

bool asks_for_real_cost(const spec::ArchSpec& spec, const SweepFilter& filter) {
  const std::vector<std::string> names = costs_of(spec, filter);
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return cost::is_real_cost(name) || is_point_cost(name);
  });
}

bool asks_for_parameter(const spec::ArchSpec& spec, const SweepFilter& filter) {
  const std::vector<spec::ExpressionNode>& nodes = filter.condition.nodes;
  return std::any_of(nodes.begin(), nodes.end(), [&](const spec::ExpressionNode& node) {
    return node.scope == spec::Scope::kParam &&
           node.slot < static_cast<int>(spec.main().params.size());
  });
}

bool passes(const std::vector<SweepFilter>& filters,
            std::vector<std::optional<spec::Value>> parameters,
            const std::function<Count(const std::string&)>& cost) {
  if (filters.empty()) return true;
  spec::FileValues values;
  values.files = &values;
  values.params = std::move(parameters);
  const std::size_t count = values.params.size();
  values.params.resize(count + sweep_costs().size());
  spec::Environment environment;
  environment.file = &values;
  for (const SweepFilter& filter : filters) {
    for (const spec::ExpressionNode& node : filter.condition.nodes) {
      if (node.scope != spec::Scope::kParam || node.slot < static_cast<int>(count)) continue;
      const std::string& name = sweep_costs()[static_cast<std::size_t>(node.slot) - count];
      values.params[static_cast<std::size_t>(node.slot)] = value_of(name, cost(name));
    }
    try {
      const spec::Value value = spec::evaluate(filter.condition, environment);
      if (value == spec::Value(0)) return false;
      if (!(value == spec::Value(1)))
        throw Error(filter.option + " " + filter.condition.text, "neither true nor false");
    } catch (const spec::ExpressionFault& fault) {
      throw Error(filter.option + " " + filter.condition.text, fault.message);
    }
  }
  return true;
}

bool passes(const std::vector<SweepFilter>& filters, const graph::Network& network,
            const std::function<Count(const std::string&)>& cost) {
  std::vector<std::optional<spec::Value>> parameters;
  for (const graph::Parameter& parameter : network.parameters)
    parameters.emplace_back(parameter.value);
  return passes(filters, std::move(parameters), cost);
}

void check_condition(const std::string& text, std::string_view option) {
  const bool has_symbols =
      std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
  if (has_symbols) return;  // of parameters, which a spec has
  const auto fail = [&](const std::string& message) {
    throw Error(fmt::format("{} {}", option, text), message);
  };
  try {
    std::vector<Dimension> literals;
    if (!is_condition(spec::parse_expression(without_units(text, literals), {})))
      fail(kNoCondition);
  } catch (const spec::ExpressionFault& fault) {
    fail(fault.message);
  }
}

SweepFilter parse_filter(const spec::ArchSpec& spec, const std::string& text,
                         const std::string& option) {
  return {parse_condition(spec, text, option, point_costs()), option};
}

spec::Expression parse_condition(const spec::ArchSpec& spec, const std::string& text,
                                 std::string_view option, const std::vector<std::string>& more) {
  const auto fail = [&](const std::string& message) {
    throw Error(fmt::format("{} {}", option, text), message);
  };
  check_parameter_names(spec);
  const std::vector<spec::ParamSpec>& params = spec.main().params;
  std::vector<std::string> costs = cost::named_costs();
  costs.insert(costs.end(), more.begin(), more.end());
  std::set<std::string> words = spec.main().words;
  words.insert(spec::layer_words().begin(), spec::layer_words().end());
  try {
    std::vector<Dimension> literals;
    spec::Expression condition =
        spec::parse_expression(without_units(without_symbols(params, text), literals), {});
    condition.text = text;
    for (spec::ExpressionNode& node : condition.nodes) {
      if (node.op != spec::ExpressionOp::kName && node.op != spec::ExpressionOp::kCall) continue;
      const auto param = std::find_if(params.begin(), params.end(), [&](const spec::ParamSpec& p) {
        return p.name == node.text;
      });
      const auto cost = std::find(costs.begin(), costs.end(), node.text);
      if (param != params.end()) {
        node.slot = static_cast<int>(param - params.begin());
      } else if (node.op != spec::ExpressionOp::kCall && cost != costs.end()) {
        node.slot = static_cast<int>(params.size()) + static_cast<int>(cost - costs.begin());
      } else if (node.op == spec::ExpressionOp::kCall || words.contains(node.text)) {
        continue;  // a function, or a word
      } else {
        std::vector<std::string> known = costs;
        for (const spec::ParamSpec& p : params) known.push_back(p.name);
        const auto near = nearest(node.text, known);
        fail(fmt::format("'{}' is neither a parameter of '{}' nor a cost{}", node.text, spec.name,
                         near ? fmt::format("; did you mean '{}'?", *near) : ""));
      }
      node.scope = spec::Scope::kParam;
    }
    spec::resolve_words(condition, words);
    if (!is_condition(condition)) fail(kNoCondition);
    const std::string wrong = UnitCheck(condition, static_cast<int>(params.size()), literals).run();
    if (!wrong.empty()) fail(wrong);
    return condition;
  } catch (const spec::ExpressionFault& fault) {
    fail(fault.message);
  }
  return {};
}

bool is_condition(const spec::Expression& expression) {
  const spec::ExpressionOp op = expression.root().op;
  return (op >= spec::ExpressionOp::kEqual && op <= spec::ExpressionOp::kOr) ||
         op == spec::ExpressionOp::kNot || op == spec::ExpressionOp::kIf;
}

std::optional<UpperBound> parse_upper_bound(std::string_view condition) {
  const std::size_t sign = condition.find('<');
  if (sign == std::string_view::npos) return std::nullopt;
  UpperBound bound;
  bound.name = trim(condition.substr(0, sign));
  if (!is_identifier(bound.name)) return std::nullopt;
  std::string_view right = condition.substr(sign + 1);
  if (right.starts_with('=')) right.remove_prefix(1);
  right = trim(right);
  bound.number = right.substr(0, right.find_first_not_of("0123456789."));
  bound.unit = trim(right.substr(bound.number.size()));
  const bool letters = std::all_of(bound.unit.begin(), bound.unit.end(), [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
  });
  if (bound.number.empty() || !letters) return std::nullopt;
  return bound;
}

std::string forgotten_suffix(const std::string& condition, double value) {
  constexpr const char* kWords[] = {"thousands", "millions", "billions", "trillions"};
  const std::optional<UpperBound> bound = parse_upper_bound(condition);
  if (!bound || !bound->unit.empty()) return {};
  const double number = std::strtod(std::string(bound->number).c_str(), nullptr),
               factor = value / number;
  if (!(number > 0 && factor >= 1000)) return {};
  const auto place =
      static_cast<std::size_t>(std::clamp(std::lround(std::log10(factor) / 3), 1L, 4L));
  return fmt::format("{} means {}; {} are written {}{}.", condition, bound->number,
                     kWords[place - 1], bound->number, "KMGT"[place - 1]);
}

}  // namespace archcost::space
