// SPDX-License-Identifier: Apache-2.0
#include "graph/bind.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "layers/layer_table.hpp"
#include "spec/choices.hpp"
#include "spec/resolver.hpp"

namespace archcost::graph {
namespace {

std::optional<layers::PaddingMode> padding_mode(std::string_view text) {
  if (text == "same") return layers::PaddingMode::kSame;
  if (text == "valid") return layers::PaddingMode::kValid;
  if (text == "same_tf") return layers::PaddingMode::kSameTf;
  return std::nullopt;
}

// What holds when an attribute isn't written: a literal of the layer table.
spec::Value fallback_value(std::string_view text) {
  if (text == "true" || text == "false") return spec::Value(text == "true");
  if (const auto number = Rational::parse(text)) return spec::Number(*number);
  return spec::Word{std::string(text)};
}

// Fills the slots of one attribute.
class AttributeBinder {
 public:
  // `expression` is what is written; null for the attribute's default, which is always valid.
  AttributeBinder(const layers::AttributeSpec& attribute, layers::Slot slot, Layer& layer,
                  const spec::Expression* expression, const spec::Environment& environment,
                  std::vector<AttributeFault>& faults)
      : spec_(&attribute),
        slot_(slot),
        layer_(&layer),
        expression_(expression),
        environment_(&environment),
        faults_(&faults) {}

  bool bind(const spec::Value& value) {
    switch (spec_->type) {
      case layers::AttributeType::kInteger:
        return whole(value, 0);
      case layers::AttributeType::kExtent:
        return extent(value);
      case layers::AttributeType::kPadding:
        return padding(value);
      case layers::AttributeType::kFlag:
        return flag(value);
      case layers::AttributeType::kWord:
        return word(value);
      case layers::AttributeType::kReal:
        return real(value);
      case layers::AttributeType::kParts:
        return parts(value);
    }
    return false;
  }

 private:
  bool fail(std::string message, bool fixable = false) {
    faults_->push_back({expression_->where, std::move(message), fixable});
    return false;
  }
  // "kernel must be a whole number, not 'x'".
  bool fail_type(std::string_view wanted, std::string_view given) {
    return fail(fmt::format("{} must be {}, not {}", spec_->name, wanted, given));
  }

  // "out = 32 * alpha = 10.56": as written and as evaluated, once if they are the same or the text
  // is the name, as of an argument that is handed on.
  std::string described(const spec::Value& value) const {
    const std::string shown = spec::to_string(value);
    return expression_->text == shown || expression_->text == spec_->name
               ? fmt::format("{} = {}", spec_->name, shown)
               : fmt::format("{} = {} = {}", spec_->name, expression_->text, shown);
  }
  // " (alpha = 0.33)": the names in the expression.
  std::string given() const {
    const std::string names = show_names(*expression_, *environment_);
    return names.empty() ? "" : fmt::format(" ({})", names);
  }

  bool whole(const spec::Value& value, int offset) {
    if (!value.is_number())
      return fail_type("a whole number",
                       fmt::format("{} '{}'", spec::type_name(value), spec::to_string(value)));
    const spec::Number& number = value.number();
    const bool looks_whole =
        !number.is_exact() && spec::to_string(number).find('.') == std::string::npos;
    if (looks_whole)
      return fail(fmt::format(
          "{} must be a whole number, and a root or broken power isn't exact; use round(){}",
          described(value), given()));
    if (!number.is_whole())
      return fail(fmt::format("{} must be a whole number{}", described(value), given()), true);
    const Count n = number.whole();
    if (n < spec_->min)
      return fail(fmt::format("{} must be at least {}{}", described(value), spec_->min, given()),
                  true);
    layer_->numbers[slot_.number + offset] = n;
    return true;
  }

  // Numbers from a list of as many, or of each second one: [height, width] for four sides.
  bool whole_list(const spec::List& list, int width) {
    for (int k = 0; k < width; ++k) {
      if (!whole(list[k % list.size()], k)) return false;
    }
    return true;
  }

  bool extent(const spec::Value& value) {
    if (value.is_number()) return whole_list({value}, 2);
    if (value.is_list() && value.list().size() == 2) return whole_list(value.list(), 2);
    return fail_type("a whole number or [height, width]", spec::to_string(value));
  }

  bool padding(const spec::Value& value) {
    const auto named = value.is_word() ? padding_mode(value.word()) : std::nullopt;
    layer_->words[slot_.word] = static_cast<int>(named.value_or(layers::PaddingMode::kNumbers));
    if (named) return true;
    if (value.is_number()) return whole_list({value}, 4);
    if (value.is_list() && (value.list().size() == 2 || value.list().size() == 4))
      return whole_list(value.list(), 4);
    return fail_type(
        "same, valid, same_tf, a whole number, [height, width], [top, left, bottom, right] or a "
        "map of these sides",
        spec::to_string(value));
  }

  // Sizes of parts are appended: the kind has them after all other numbers.
  bool parts(const spec::Value& value) {
    if (value.is_number()) return whole(value, 0);
    if (!value.is_list() || value.list().size() < 2)
      return fail_type("a number of equal parts or a list with the size of each",
                       spec::to_string(value));
    std::vector<Count> sizes;
    for (const spec::Value& size : value.list()) {
      if (!whole(size, 0)) return false;
      sizes.push_back(layer_->numbers[slot_.number]);
    }
    layer_->numbers[slot_.number] = static_cast<std::int64_t>(sizes.size());
    layer_->numbers.insert(layer_->numbers.end(), sizes.begin(), sizes.end());
    return true;
  }

  bool flag(const spec::Value& value) {
    const bool yes = value == spec::Value(1), no = value == spec::Value(0);
    if (!yes && !no) return fail_type("true or false", spec::to_string(value));
    layer_->words[slot_.word] = yes;
    return true;
  }

  bool word(const spec::Value& value) {
    const auto found = value.is_word() ? std::find(spec_->words.begin(), spec_->words.end(),
                                                   std::string_view(value.word()))
                                       : spec_->words.end();
    if (found == spec_->words.end())
      return fail_type(join_or({spec_->words.begin(), spec_->words.end()}),
                       fmt::format("'{}'", spec::to_string(value)));
    layer_->words[slot_.word] = static_cast<int>(found - spec_->words.begin());
    return true;
  }

  bool real(const spec::Value& value) {
    if (!value.is_number())
      return fail_type("a number", fmt::format("'{}'", spec::to_string(value)));
    layer_->reals[slot_.real] = value.number().to_double();
    return true;
  }

  const layers::AttributeSpec* spec_;
  layers::Slot slot_;
  Layer* layer_;
  const spec::Expression* expression_;
  const spec::Environment* environment_;
  std::vector<AttributeFault>* faults_;
};

// The settings of the main file: the preset's, then those from outside.
class ParamBinder {
 public:
  ParamBinder(const spec::ArchSpec& spec, const BuildOptions& options)
      : spec_(&spec), options_(&options) {}

  std::vector<spec::FileValues> run() {
    std::vector<spec::FileValues> files(spec_->files.size());
    for (std::size_t f = 0; f < files.size(); ++f) {
      const spec::FileScope& file = spec_->files[f];
      files[f].tables = file.tables;
      files[f].table_values.resize(file.tables.size());
      files[f].params.resize(file.params.size());
      files[f].lets.resize(file.lets.size());
      files[f].files = files.data();
    }
    for (int f : spec_->bind_order) bind_file(f, files[f]);
    if (!diagnostics_.empty()) throw Error(std::move(diagnostics_));
    return files;
  }

 private:
  void bind_file(int f, spec::FileValues& values) {
    const spec::FileScope& file = spec_->files[f];
    const spec::Environment environment = {&values, {}, {}, {}, {}, nullptr};
    for (std::size_t k = 0; k < file.params.size(); ++k) {
      const spec::ParamSpec& param = file.params[k];
      const auto fallback = evaluate_default(param, environment);
      std::optional<spec::Value> value = f == 0 ? outside_value(param, fallback) : std::nullopt;
      if (!value && fallback) {
        value = fallback;
        if (const auto wrong = spec::check_choice(param.choices, param.min, param.max, *fallback)) {
          add(param.fallback.where,
              fmt::format("parameter '{}': its default {}", param.name, *wrong));
        }
      }
      values.params[k] = std::move(value);
    }
  }

  std::optional<spec::Value> evaluate_default(const spec::ParamSpec& param,
                                              const spec::Environment& environment) {
    return spec::evaluate_or_report(
        param.fallback, environment, [&](const spec::ExpressionFault& fault) {
          add(fault.where, fmt::format("parameter '{}': {}", param.name, fault.message));
        });
  }

  std::optional<spec::Value> outside_value(const spec::ParamSpec& param,
                                           const std::optional<spec::Value>& fallback) {
    std::optional<spec::Value> value;
    const spec::Value* known = fallback ? &*fallback : nullptr;
    if (const spec::Preset* preset = spec_->find_preset(options_->preset)) {
      for (const spec::Setting& setting : preset->settings) {
        if (setting.name != param.name) continue;
        value = setting.value;
        if (const auto wrong = spec::check_param(param, *value, known))
          add(setting.where,
              fmt::format("preset '{}': parameter '{}' {}", preset->name, param.name, *wrong));
      }
    }
    for (const ParameterSetting& setting : options_->settings) {
      if (setting.name != param.name) continue;
      value = setting.value;
      if (const auto wrong = spec::check_param(param, *value, known))
        diagnostics_.push_back(
            {setting.place, fmt::format("parameter '{}' {}", param.name, *wrong), "", {}});
    }
    return value;
  }

  void add(const SourceRef& where, std::string message) {
    diagnostics_.push_back(spec_->sources.diagnostic(where, std::move(message)));
  }

  const spec::ArchSpec* spec_;
  const BuildOptions* options_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

std::vector<spec::FileValues> bind_parameters(const spec::ArchSpec& spec,
                                              const BuildOptions& options) {
  return ParamBinder(spec, options).run();
}

namespace {

struct SizeOption {
  std::string_view name;
  std::string advice;
};

// What isn't a parameter, but has an option of its own.
const SizeOption kSizeOptions[] = {
    {"input", "; --input CxHxW sets the input's size"},
    {"batch", "; --batch N sets the batch"},
};

// Of the value of one setting, which has a comma: "0.5,rho=4/7", "1,2".
std::string advice_on_comma(std::string_view option, std::string_view name,
                            std::string_view value) {
  const std::size_t comma = value.find(',');
  if (comma == std::string_view::npos || option != "--set") return {};
  const std::string_view rest = trim(value.substr(comma + 1));
  if (rest.find('=') == std::string_view::npos)
    return "; --set takes one value, and --vary of archcost sweep several";
  return fmt::format("; one setting each: --set {}={} --set {}", name, trim(value.substr(0, comma)),
                     rest);
}

}  // namespace

ParameterSetting parse_setting(const spec::ArchSpec& spec, std::string_view text,
                               std::string_view option) {
  const std::string place = fmt::format("{} {}", option, text);
  const auto fail = [&](std::string message) { throw Error(place, std::move(message)); };
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) fail("write NAME=VALUE, as alpha=0.5");
  const std::string name(trim(text.substr(0, equals)));
  const std::string_view value = trim(text.substr(equals + 1));
  if (spec.find_param(name) == nullptr) {
    const std::vector<std::string> known = names_of(spec.main().params);
    const SizeOption* sized = find_named(kSizeOptions, name);
    fail(fmt::format("'{}' has no parameter '{}'{}", spec.name, name,
                     sized != nullptr ? sized->advice
                     : known.empty()  ? "; it has none"
                                      : suggestion(name, known)));
  }
  if (value.empty()) fail(fmt::format("'{}' has no value", name));
  try {
    spec::Expression expression = spec::parse_expression(value, {});
    const spec::ParamSpec& param = *spec.find_param(name);
    const spec::ExpressionNode* word = expression.plain_name();
    if (word != nullptr && param.choices.empty()) {  // "unknown word" wouldn't say what is wanted
      if (const auto wrong = spec::check_param(param, spec::Word{word->text}))
        fail(fmt::format("parameter '{}' {}", name, *wrong));
    }
    if (word != nullptr && !param.choices.empty() &&
        std::none_of(param.choices.begin(), param.choices.end(),
                     [](const spec::Value& v) { return v.is_list(); })) {
      return {name, spec::Word{word->text},
              place};  // whether it is one of the choices is asked when it is bound
    }
    spec::resolve_outside(expression, spec, false);
    return {name, spec::evaluate(expression, {}), place};
  } catch (const spec::ExpressionFault& fault) {
    fail(fault.message + advice_on_comma(option, name, value));
  }
  return {};
}

std::string show_names(const spec::Expression& expression, const spec::Environment& environment) {
  std::vector<std::string> shown;
  for (const spec::ExpressionNode& node : expression.nodes) {
    const bool named = node.op == spec::ExpressionOp::kName && node.scope != spec::Scope::kWord &&
                       node.scope != spec::Scope::kUnresolved;
    if (!named || expression.plain_name() != nullptr) continue;
    spec::Expression name;
    name.nodes.push_back(node);
    // A branch that was not taken may use a value that is not known.
    const auto value = spec::evaluate_or_report(name, environment, [](const auto&) {});
    const std::string text =
        value ? fmt::format("{} = {}", node.text, spec::to_string(*value)) : std::string();
    if (value && !is_one_of(text, shown)) shown.push_back(text);
  }
  return join(shown, ", ");
}

bool bind_attributes(const layers::LayerKind& kind,
                     const std::vector<spec::NamedExpression>& arguments,
                     const spec::Environment& environment, Layer& layer,
                     std::vector<AttributeFault>& faults) {
  const layers::Slot end = layers::slot_of(kind.attributes, kind.attributes.size());
  layer.numbers.assign(end.number, Count(0));
  layer.words.assign(end.word, 0);
  layer.reals.assign(end.real, 0.0);
  bool known = true;
  for (std::size_t k = 0; k < kind.attributes.size(); ++k) {
    const layers::AttributeSpec& attribute = kind.attributes[k];
    const layers::Slot slot = layers::slot_of(kind.attributes, k);
    if (const spec::NamedExpression* written = find_named(arguments, attribute.name)) {
      const auto value =
          spec::evaluate_or_report(written->value, environment, [&](const auto& fault) {
            faults.push_back({fault.where, fault.message, false});
          });
      AttributeBinder binder(attribute, slot, layer, &written->value, environment, faults);
      known = value && binder.bind(*value) && known;
    } else if (attribute.fallback == "none") {
      // 0: not written
    } else if (attribute.fallback.starts_with('=')) {
      const int other = layers::find_attribute(kind, attribute.fallback.substr(1));
      std::copy_n(layer.numbers.begin() + layers::slot_of(kind.attributes, other).number,
                  layers::number_width(attribute.type), layer.numbers.begin() + slot.number);
    } else {
      AttributeBinder(attribute, slot, layer, nullptr, environment, faults)
          .bind(fallback_value(attribute.fallback));
    }
  }
  return known;
}

}  // namespace archcost::graph
