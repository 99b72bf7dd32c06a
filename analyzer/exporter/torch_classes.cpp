// SPDX-License-Identifier: Apache-2.0
#include "exporter/torch_classes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "exporter/python_format.hpp"
#include "exporter/python_helpers.hpp"

namespace archcost::exporter {
namespace {

using spec::Expression;
using spec::ExpressionNode;
using spec::Scope;

bool is_plain_constant(const Expression& expression) {
  return std::all_of(expression.nodes.begin(), expression.nodes.end(), [](const ExpressionNode& n) {
    return n.op == spec::ExpressionOp::kNumber || n.op == spec::ExpressionOp::kList ||
           n.op == spec::ExpressionOp::kDivide ||
           (n.op == spec::ExpressionOp::kName && n.scope == Scope::kWord);
  });
}

// A parameter that may be a fraction shows it: 1.0.
std::string as_decimal(const std::string& text) {
  return is_whole_literal(text) ? text + ".0" : text;
}

}  // namespace

ClassWriter::ClassWriter(const spec::ArchSpec& spec, const graph::BuildOptions& options)
    : spec_(&spec), options_(&options), names_(spec), network_class_(python_class(spec.name)) {
  std::set<std::string> taken = {network_class_};
  for (const int block : names_.blocks()) {
    std::string name = python_class(spec.blocks[static_cast<std::size_t>(block)].name);
    while (!taken.insert(name).second) name += "_";
    classes_[block] = name;
  }
}

std::string ClassWriter::run() {
  const std::string network = network_text();
  return chosen_classes() + "\n\n" + network;
}

// Each block for the form of its inputs, those that use it first; one that gets images and vectors
// has to be written for both.
std::string ClassWriter::chosen_classes() {
  std::map<int, std::set<TorchForm>> entries;
  const auto add_calls = [&](const BlockClass& user) {
    for (const auto& [block, form] : user.calls) entries[block].insert(form);
  };
  add_calls(network_);
  std::string text;
  const std::vector<int>& blocks = names_.blocks();
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    const std::set<TorchForm>& forms = entries[*block];
    const TorchForm in = forms.empty()       ? TorchForm::kImage
                         : forms.size() == 1 ? *forms.begin()
                                             : TorchForm::kEither;
    const BlockClass& written = block_class(*block, in);
    add_calls(written);
    network_.uses.helpers.insert(written.uses.helpers.begin(), written.uses.helpers.end());
    network_.uses.activations.insert(written.uses.activations.begin(),
                                     written.uses.activations.end());
    text.insert(0, fmt::format("\n\n{}", written.text));
  }
  return text;
}

std::optional<spec::Value> ClassWriter::given(const std::string& param) const {
  std::optional<spec::Value> value;
  if (const spec::Preset* preset = spec_->find_preset(options_->preset)) {
    for (const spec::Setting& setting : preset->settings) {
      if (setting.name == param) value = setting.value;
    }
  }
  for (const graph::ParameterSetting& setting : options_->settings) {
    if (setting.name == param) value = setting.value;
  }
  return value;
}

// --- blocks ------------------------------------------------------------------------------------

// A block's own name hides the file's: the file's gets another one in its class.
std::string ClassWriter::name_in_block(int block, const FileName& name) const {
  const spec::BlockSpec& own = spec_->blocks[static_cast<std::size_t>(block)];
  std::string text = names_.base_name(name);
  const auto hidden = [&](const auto& row) { return python_name(row.name) == text; };
  while (std::any_of(own.args.begin(), own.args.end(), hidden) ||
         std::any_of(own.lets.begin(), own.lets.end(), hidden))
    text.insert(0, "net_");
  return text;
}

std::vector<std::pair<std::string, FileName>> ClassWriter::handed_over(int block) {
  std::vector<std::pair<std::string, FileName>> names;
  for (const FileName& name : names_.needed(block))
    names.emplace_back(name_in_block(block, name), name);
  return names;
}

ItemWriter ClassWriter::writer(ClassScope& scope, BlockClass& written) {
  const auto form_of = [this, &written](int block, TorchForm in) {
    written.calls.emplace(block, in);
    return block_class(block, in).out;
  };
  return {*spec_,
          names_,
          scope,
          written.uses,
          {.class_of = [this](int block) { return classes_.at(block); },
           .form_of = form_of,
           .handed_over = [this](int block) { return handed_over(block); }}};
}

std::string ClassWriter::signature(const std::vector<std::string>& arguments) const {
  return python_statement(fmt::format("def __init__({}):", join(arguments, ", ")), 1) +
         python_statement("super().__init__()", 2);
}

const ClassWriter::BlockClass& ClassWriter::block_class(int block, TorchForm in) {
  if (const auto known = blocks_.find({block, in}); known != blocks_.end()) return known->second;
  BlockClass written;
  const spec::BlockSpec& own = spec_->blocks[static_cast<std::size_t>(block)];
  ClassScope scope;
  scope.block = block;
  for (const spec::ArgSpec& arg : own.args) scope.arguments.push_back(python_name(arg.name));
  for (const spec::NamedExpression& let : own.lets) scope.lets.push_back(python_name(let.name));
  scope.taken.insert(scope.arguments.begin(), scope.arguments.end());
  scope.taken.insert(scope.lets.begin(), scope.lets.end());
  for (const auto& [name, file_name] : handed_over(block)) {
    scope.file_names[file_name] = name;
    scope.taken.insert(name);
  }
  ItemWriter items = writer(scope, written);
  TorchFlow flow = {"in_channels", std::nullopt, std::nullopt, in};
  if (in == TorchForm::kVector) flow.height = flow.width = "1";
  std::vector<std::string> first = {"self", "in_channels"}, last;
  std::string body;
  for (std::size_t k = 0; k < own.args.size(); ++k) {
    const std::optional<Expression>& fallback = own.args[k].fallback;
    const std::string& name = scope.arguments[k];
    if (!fallback) {
      first.push_back(name);
    } else if (is_plain_constant(*fallback)) {
      last.push_back(fmt::format("{}={}", name, items.value(*fallback, flow)));
    } else {
      last.push_back(name + "=None");
      body += python_statement(fmt::format("if {} is None:", name), 2);
      body += python_statement(fmt::format("{} = {}", name, items.value(*fallback, flow)), 3);
    }
  }
  for (const auto& [file_name, name] : scope.file_names) first.push_back(name);
  first.insert(first.end(), last.begin(), last.end());
  for (std::size_t k = 0; k < own.lets.size(); ++k)
    body += python_statement(
        fmt::format("{} = {}", scope.lets[k], items.value(own.lets[k].value, flow)), 2);
  body += items.items(own.layers, "self", flow, 2);
  body += python_statement("self.out_channels = " + flow.channels, 2);
  written.out = flow.form;
  written.text =
      fmt::format("class {}(nn.Sequential):\n", classes_.at(block)) + signature(first) + body;
  return blocks_.emplace(std::pair(block, in), std::move(written)).first->second;
}

// --- names of the file -------------------------------------------------------------------------

std::string ClassWriter::table_constants() {
  std::string code;
  ClassScope scope;
  for (std::size_t k = 0; k < spec_->main().tables.size(); ++k) {
    const FileName name = {Scope::kTable, static_cast<int>(k)};
    if (!names_.is_constant_list(name)) continue;
    ItemWriter items = writer(scope, network_);
    code += python_statement(fmt::format("{} = {}", names_.base_name(name),
                                         items.value(*spec_->main().tables[k].value, {})),
                             0);
  }
  return code.empty() ? code : "\n" + code;
}

void ClassWriter::define_names_in(const Expression& expression, ItemWriter& items,
                                  std::string& out) {
  for (const ExpressionNode& node : expression.nodes) {
    const bool of_file =
        node.scope == Scope::kParam || node.scope == Scope::kFileLet || node.scope == Scope::kTable;
    if (of_file && !names_.is_constant_list({node.scope, node.slot}))
      define({node.scope, node.slot}, items, out);
  }
}

// The line that gives a name its value, after those of the names that it uses.
void ClassWriter::define(const FileName& name, ItemWriter& items, std::string& out) {
  if (!defined_.insert(name).second) return;
  const auto slot = static_cast<std::size_t>(name.slot);
  const spec::FileScope& file = spec_->main();
  const std::string text = names_.base_name(name);
  if (name.scope == Scope::kParam) {
    const spec::ParamSpec& param = file.params[slot];
    if (given(param.name) || is_plain_constant(param.fallback)) return;
    define_names_in(param.fallback, items, out);
    out += python_statement(fmt::format("if {} is None:", text), 2);
    out += python_statement(fmt::format("{} = {}", text, items.value(param.fallback, input_)), 3);
  } else if (name.scope == Scope::kFileLet) {
    define_names_in(file.lets[slot].value, items, out);
    out += python_statement(
        fmt::format("{} = {}", text, items.value(file.lets[slot].value, input_)), 2);
  } else {
    const spec::LookupTable& table = file.tables[slot];
    if (table.value) {
      define_names_in(*table.value, items, out);
      out += python_statement(fmt::format("{} = {}", text, items.value(*table.value, input_)), 2);
      return;
    }
    define_names_in(*table.by, items, out);
    std::vector<std::string> rows;
    for (const spec::LookupRow& row : table.rows) {
      define_names_in(row.value, items, out);
      std::string key = python_constant(row.key);
      // A float is equal to a fraction only if it is exact.
      if (key.find('.') != std::string::npos && row.key.number().exact().denominator() % 5 == 0)
        key = fmt::format("Fraction(\"{}\")", key);
      rows.push_back(fmt::format("{}: {}", key, items.value(row.value, input_)));
    }
    out += python_statement(fmt::format("{} = {{{}}}", text, join(rows, ", ")), 2);
    out += python_statement(fmt::format("{0} = {0}.get({1})", text, items.value(*table.by, input_)),
                            2);
  }
}

std::string ClassWriter::param_default(const spec::ParamSpec& param, std::size_t slot) const {
  spec::ExpressionNode node;
  node.scope = Scope::kParam;
  node.slot = static_cast<int>(slot);
  const bool real = names_.is_real(-1, node);
  if (const auto value = given(param.name)) {
    const std::string text = python_constant(*value);
    return real ? as_decimal(text) : text;
  }
  if (!is_plain_constant(param.fallback)) return "None";
  const std::string text = python_constant(spec::evaluate(param.fallback, {}));
  return real ? as_decimal(text) : text;
}

// alpha, rho = exact(alpha), exact(rho)
std::string ClassWriter::exact_lines(const ClassScope& scope) const {
  std::string code;
  const auto& params = spec_->main().params;
  for (std::size_t k = 0; k < params.size(); ++k) {
    spec::ExpressionNode node;
    node.scope = Scope::kParam;
    node.slot = static_cast<int>(k);
    if (!names_.is_real(-1, node)) continue;
    const std::string& name = scope.file_names.at({Scope::kParam, static_cast<int>(k)});
    if (given(params[k].name) || is_plain_constant(params[k].fallback))
      code += python_statement(fmt::format("{0} = exact({0})", name), 2);
  }
  return code;
}

// --- the network -------------------------------------------------------------------------------

std::string ClassWriter::parameter_docs() const {
  std::string text = fmt::format("    \"\"\"{}\n", python_doc(spec_->name));
  bool first = true;
  for (const spec::ParamSpec& param : spec_->main().params) {
    if (param.help.empty()) continue;
    if (first) text += "\n";
    first = false;
    text += fmt::format("    {}: {}\n", python_name(param.name), python_doc(param.help));
  }
  return text + "    \"\"\"\n\n";
}

void ClassWriter::define_inputs(ItemWriter& items, TorchFlow& flow, std::string& out) {
  const spec::InputSpec& input = spec_->input;
  std::vector<std::string> sizes;
  if (options_->input) {
    for (const Count size :
         {options_->input->channels, options_->input->height, options_->input->width})
      sizes.push_back(std::to_string(size.value()));
  } else {
    for (const Expression* size : {&input.channels, &input.height, &input.width}) {
      define_names_in(*size, items, out);
      sizes.push_back(items.value(*size, {}));
    }
  }
  const char* names[] = {"in_channels", "height", "width"};
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    if (is_whole_literal(sizes[k])) continue;
    if (k == 2 && sizes[1] == "height" && input.height.text == input.width.text) {
      sizes[2] = "height";
      continue;
    }
    out += python_statement(fmt::format("{} = {}", names[k], sizes[k]), 2);
    sizes[k] = names[k];
  }
  flow = {sizes[0], sizes[1], sizes[2], TorchForm::kImage};
  out += python_statement(
      fmt::format("self.input_shape = ({}, {}, {})", sizes[0], sizes[1], sizes[2]), 2);
}

std::string ClassWriter::network_text() {
  ClassScope scope;
  const spec::FileScope& file = spec_->main();
  std::vector<std::string> arguments = {"self"};
  scope.taken = {"height", "width"};
  const auto add_names = [&](Scope kind, std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) {
      const FileName name = {kind, static_cast<int>(k)};
      const std::string text = names_.base_name(name);
      scope.file_names[name] = text;
      scope.taken.insert(text);
    }
  };
  add_names(Scope::kParam, file.params.size());
  add_names(Scope::kFileLet, file.lets.size());
  add_names(Scope::kTable, file.tables.size());
  for (std::size_t k = 0; k < file.params.size(); ++k)
    arguments.push_back(fmt::format("{}={}", names_.base_name({Scope::kParam, static_cast<int>(k)}),
                                    param_default(file.params[k], k)));
  ItemWriter items = writer(scope, network_);
  std::string body = exact_lines(scope);
  if (body.find("exact(") != std::string::npos) network_.uses.helpers.insert("exact");
  TorchFlow flow;
  for (std::size_t k = 0; k < file.params.size(); ++k)
    define({Scope::kParam, static_cast<int>(k)}, items, body);
  define_inputs(items, flow, body);
  input_ = flow;
  for (const FileName& name : names_.needed(-1)) define(name, items, body);
  body += items.items(spec_->layers, "self", flow, 2);
  body += python_statement("self.out_channels = " + flow.channels, 2);
  return fmt::format("class {}(nn.Sequential):\n", network_class_) + parameter_docs() +
         signature(arguments) + body;
}

}  // namespace archcost::exporter
