// SPDX-License-Identifier: Apache-2.0
#include "graph/bind.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "core/text.hpp"
#include "layers/layer_table.hpp"
#include "spec/choices.hpp"
#include "spec/resolver.hpp"

namespace archcost::graph {
namespace {

// Fills the slots of one attribute.
class AttributeBinder {
 public:
  AttributeBinder(const layers::LayerKind& kind, const spec::Environment& environment, Layer& layer,
                  std::vector<AttributeFault>& faults)
      : kind_(&kind), environment_(&environment), layer_(&layer), faults_(&faults) {}

  bool bind(const layers::AttributeSpec& attribute, layers::Slot slot,
            const spec::Expression& expression) {
    spec_ = &attribute;
    slot_ = slot;
    expression_ = &expression;
    spec::Value value;
    try {
      value = spec::evaluate(expression, *environment_);
    } catch (const spec::ExpressionFault& fault) {
      faults_->push_back({fault.where, fault.message, false});
      return false;
    } catch (const spec::UnknownValue&) {
      return false;
    }
    switch (attribute.type) {
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
    }
    return false;
  }

  // What holds when the attribute isn't written; the table's literals are trusted.
  void bind_fallback(const layers::AttributeSpec& attribute, layers::Slot slot) {
    const std::string_view text = attribute.fallback;
    if (text.starts_with('=')) {
      const layers::Slot other =
          layers::slot_of(kind_->attributes, layers::find_attribute(*kind_, text.substr(1)));
      for (int k = 0; k < layers::number_width(attribute.type); ++k)
        layer_->numbers[slot.number + k] = layer_->numbers[other.number + k];
      return;
    }
    switch (attribute.type) {
      case layers::AttributeType::kInteger:
      case layers::AttributeType::kExtent: {
        std::int64_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        for (int k = 0; k < layers::number_width(attribute.type); ++k)
          layer_->numbers[slot.number + k] = number;
        return;
      }
      case layers::AttributeType::kPadding:
        layer_->words[slot.word] = static_cast<int>(*padding_mode(text));
        return;
      case layers::AttributeType::kFlag:
        layer_->words[slot.word] = text == "true";
        return;
      case layers::AttributeType::kWord:
        layer_->words[slot.word] = word_index(attribute, text);
        return;
      case layers::AttributeType::kReal:
        layer_->reals[slot.real] = Rational::parse(text)->to_double();
        return;
    }
  }

 private:
  bool fail(std::string message, bool fixable = false) {
    faults_->push_back({expression_->where, std::move(message), fixable});
    return false;
  }

  // "out = 32 * alpha = 10.56": as written and as evaluated, once if they are the same.
  std::string described(const spec::Value& value) const {
    const std::string shown = spec::to_string(value);
    return expression_->text == shown
               ? fmt::format("{} = {}", spec_->name, shown)
               : fmt::format("{} = {} = {}", spec_->name, expression_->text, shown);
  }

  bool whole(const spec::Value& value, int offset) {
    if (!value.is_number())
      return fail(fmt::format("{} must be a whole number, not {} '{}'", spec_->name,
                              spec::type_name(value), spec::to_string(value)));
    const spec::Number& number = value.number();
    const std::string names = show_names(*expression_, *environment_);
    const std::string given = names.empty() ? "" : fmt::format(" ({})", names);
    const bool looks_whole =
        !number.is_exact() && spec::to_string(number).find('.') == std::string::npos;
    if (looks_whole)
      return fail(fmt::format(
          "{} must be a whole number, and a root or broken power isn't exact; use round(){}",
          described(value), given));
    if (!number.is_whole())
      return fail(fmt::format("{} must be a whole number{}", described(value), given), true);
    const Count n = number.whole();
    if (n < spec_->min)
      return fail(fmt::format("{} must be at least {}{}", described(value), spec_->min, given),
                  true);
    layer_->numbers[slot_.number + offset] = n;
    return true;
  }

  bool extent(const spec::Value& value) {
    if (value.is_number()) return whole(value, 0) && whole(value, 1);
    if (value.is_list() && value.list().size() == 2)
      return whole(value.list()[0], 0) && whole(value.list()[1], 1);
    return fail(fmt::format("{} must be a whole number or [height, width], not {}", spec_->name,
                            spec::to_string(value)));
  }

  static std::optional<layers::PaddingMode> padding_mode(std::string_view text) {
    if (text == "same") return layers::PaddingMode::kSame;
    if (text == "valid") return layers::PaddingMode::kValid;
    if (text == "same_tf") return layers::PaddingMode::kSameTf;
    return std::nullopt;
  }

  bool padding(const spec::Value& value) {
    const std::optional<layers::PaddingMode> named =
        value.is_word() ? padding_mode(value.word()) : std::nullopt;
    layer_->words[slot_.word] = static_cast<int>(named.value_or(layers::PaddingMode::kNumbers));
    if (named) return true;
    if (value.is_number())
      return whole(value, 0) && whole(value, 1) && whole(value, 2) && whole(value, 3);
    if (value.is_list() && value.list().size() == 2) {
      const spec::Value &rows = value.list()[0], &columns = value.list()[1];
      return whole(rows, 0) && whole(columns, 1) && whole(rows, 2) && whole(columns, 3);
    }
    if (value.is_list() && value.list().size() == 4) {
      bool fine = true;
      for (int k = 0; k < 4; ++k) fine = fine && whole(value.list()[k], k);
      return fine;
    }
    return fail(
        fmt::format("{} must be same, valid, same_tf, a whole number, [height, width], [top, left, "
                    "bottom, right] "
                    "or a map of these sides, not {}",
                    spec_->name, spec::to_string(value)));
  }

  bool flag(const spec::Value& value) {
    const bool yes = value == spec::Value(1), no = value == spec::Value(0);
    if (!yes && !no)
      return fail(
          fmt::format("{} must be true or false, not {}", spec_->name, spec::to_string(value)));
    layer_->words[slot_.word] = yes;
    return true;
  }

  static int word_index(const layers::AttributeSpec& attribute, std::string_view text) {
    const auto found = std::find(attribute.words.begin(), attribute.words.end(), text);
    return found == attribute.words.end() ? -1 : static_cast<int>(found - attribute.words.begin());
  }

  bool word(const spec::Value& value) {
    const int index = value.is_word() ? word_index(*spec_, value.word()) : -1;
    if (index < 0) {
      const std::vector<std::string> known(spec_->words.begin(), spec_->words.end());
      return fail(fmt::format("{} must be {}, not '{}'", spec_->name, join_or(known),
                              spec::to_string(value)));
    }
    layer_->words[slot_.word] = index;
    return true;
  }

  bool real(const spec::Value& value) {
    if (!value.is_number())
      return fail(
          fmt::format("{} must be a number, not '{}'", spec_->name, spec::to_string(value)));
    layer_->reals[slot_.real] = value.number().to_double();
    return true;
  }

  const layers::LayerKind* kind_;
  const spec::Environment* environment_;
  Layer* layer_;
  std::vector<AttributeFault>* faults_;
  const layers::AttributeSpec* spec_ = nullptr;
  layers::Slot slot_;
  const spec::Expression* expression_ = nullptr;
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
    const spec::Environment environment = {&values, {}, {}, {}, {}};
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
    try {
      return spec::evaluate(param.fallback, environment);
    } catch (const spec::ExpressionFault& fault) {
      add(fault.where, fmt::format("parameter '{}': {}", param.name, fault.message));
    } catch (const spec::UnknownValue&) {
    }
    return std::nullopt;
  }

  std::optional<spec::Value> outside_value(const spec::ParamSpec& param,
                                           const std::optional<spec::Value>& fallback) {
    std::optional<spec::Value> value;
    if (const spec::Preset* preset = spec_->find_preset(options_->preset)) {
      for (const spec::Setting& setting : preset->settings) {
        if (setting.name != param.name) continue;
        value = setting.value;
        if (const auto wrong = spec::check_param(param, *value, fallback ? &*fallback : nullptr)) {
          add(setting.where,
              fmt::format("preset '{}': parameter '{}' {}", preset->name, param.name, *wrong));
        }
      }
    }
    for (const ParameterSetting& setting : options_->settings) {
      if (setting.name != param.name) continue;
      value = setting.value;
      if (const auto wrong = spec::check_param(param, *value, fallback ? &*fallback : nullptr)) {
        diagnostics_.push_back(
            {setting.place, fmt::format("parameter '{}' {}", param.name, *wrong), "", {}});
      }
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

ParameterSetting parse_setting(const spec::ArchSpec& spec, std::string_view text,
                               std::string_view option) {
  const std::string place = fmt::format("{} {}", option, text);
  const auto fail = [&](std::string message) { throw Error(place, std::move(message)); };
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) fail("write NAME=VALUE, as alpha=0.5");
  const std::string name(trim(text.substr(0, equals)));
  const std::string_view value = trim(text.substr(equals + 1));
  if (spec.find_param(name) == nullptr) {
    std::vector<std::string> known;
    for (const spec::ParamSpec& param : spec.main().params) known.push_back(param.name);
    fail(fmt::format("'{}' has no parameter '{}'{}", spec.name, name,
                     known.empty() ? "; it has none" : suggestion(name, known)));
  }
  if (value.empty()) fail(fmt::format("'{}' has no value", name));
  try {
    spec::Expression expression = spec::parse_expression(value, {});
    const spec::ParamSpec& param = *spec.find_param(name);
    const spec::ExpressionNode* word = expression.plain_name();
    if (word != nullptr && !param.choices.empty() &&
        std::none_of(param.choices.begin(), param.choices.end(),
                     [](const spec::Value& v) { return v.is_list(); })) {
      return {name, spec::Word{word->text},
              place};  // whether it is one of the choices is asked when it is bound
    }
    spec::resolve_outside(expression, spec, false);
    return {name, spec::evaluate(expression, {}), place};
  } catch (const spec::ExpressionFault& fault) {
    fail(fault.message);
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
    const std::string text =
        fmt::format("{} = {}", node.text, spec::to_string(spec::evaluate(name, environment)));
    if (std::find(shown.begin(), shown.end(), text) == shown.end()) shown.push_back(text);
  }
  return join(shown, ", ");
}

bool bind_attributes(const layers::LayerKind& kind,
                     const std::vector<spec::ItemArgument>& arguments,
                     const spec::Environment& environment, Layer& layer,
                     std::vector<AttributeFault>& faults) {
  const layers::Slot end = layers::slot_of(kind.attributes, kind.attributes.size());
  layer.numbers.assign(end.number, Count(0));
  layer.words.assign(end.word, 0);
  layer.reals.assign(end.real, 0.0);
  AttributeBinder binder(kind, environment, layer, faults);
  bool known = true;
  for (std::size_t k = 0; k < kind.attributes.size(); ++k) {
    const layers::AttributeSpec& attribute = kind.attributes[k];
    const layers::Slot slot = layers::slot_of(kind.attributes, k);
    const auto written = std::find_if(
        arguments.begin(), arguments.end(),
        [&](const spec::ItemArgument& argument) { return argument.name == attribute.name; });
    if (written == arguments.end()) {
      binder.bind_fallback(attribute, slot);
    } else {
      known = binder.bind(attribute, slot, written->value) && known;
    }
  }
  return known;
}

}  // namespace archcost::graph
