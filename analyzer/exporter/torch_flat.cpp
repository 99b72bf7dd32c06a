// SPDX-License-Identifier: Apache-2.0
#include "exporter/torch_flat.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "core/text.hpp"
#include "exporter/kind_row.hpp"
#include "exporter/python_format.hpp"
#include "exporter/shared_attention.hpp"
#include "graph/layer_problem.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"

namespace archcost::exporter {
namespace {

// An attribute's value as Python has it.
std::string attribute_text(const graph::Layer& layer, std::string_view name) {
  const int index = layers::find_attribute(*layer.kind, name);
  const layers::AttributeSpec& attribute = layer.kind->attributes[static_cast<std::size_t>(index)];
  const layers::Slot slot =
      layers::slot_of(layer.kind->attributes, static_cast<std::size_t>(index));
  const auto number = [&](std::size_t k) {
    return std::to_string(layer.numbers[static_cast<std::size_t>(slot.number) + k].value());
  };
  const layers::LayerView view = {layer.numbers, layer.words, {}};
  if (view.is_unset(attribute, slot)) return "None";
  switch (attribute.type) {
    case layers::AttributeType::kInteger:
      return number(0);
    case layers::AttributeType::kExtent:
      return number(0) == number(1) ? number(0) : fmt::format("({}, {})", number(0), number(1));
    case layers::AttributeType::kPadding: {
      const auto mode =
          static_cast<layers::PaddingMode>(layer.words[static_cast<std::size_t>(slot.word)]);
      if (mode == layers::PaddingMode::kValid) return "\"valid\"";
      if (mode == layers::PaddingMode::kSame) return "\"same\"";
      if (mode == layers::PaddingMode::kSameTf) return "\"same_tf\"";
      if (number(0) != number(2) || number(1) != number(3))
        return fmt::format("({}, {}, {}, {})", number(0), number(1), number(2), number(3));
      return number(0) == number(1) ? number(0) : fmt::format("({}, {})", number(0), number(1));
    }
    case layers::AttributeType::kFlag:
      return layer.words[static_cast<std::size_t>(slot.word)] != 0 ? "True" : "False";
    case layers::AttributeType::kWord:
      return python_text(
          attribute
              .words[static_cast<std::size_t>(layer.words[static_cast<std::size_t>(slot.word)])]);
    case layers::AttributeType::kReal:
      return fmt::format("{}", layer.reals[static_cast<std::size_t>(slot.real)]);
    case layers::AttributeType::kParts: {
      std::vector<std::string> sizes;
      for (const Count size : view.sizes(layer.kind->attributes))
        sizes.push_back(std::to_string(size.value()));
      return sizes.empty() ? number(0) : fmt::format("({})", join(sizes, ", "));
    }
  }
  return {};
}

constexpr const char* kAsImage = "[:, :, None, None]";

// Modules of several inputs that take no vectors.
bool takes_images(const graph::Layer& layer) {
  return layer.inputs.size() > 1 && (layer.is(layers::kinds::matmul_kind) ||
                                     layer.is(layers::kinds::multi_head_attention_kind));
}

// What a module takes of another one that has its weights.
std::vector<std::string_view> shared_attributes(const layers::LayerKind& kind,
                                                const std::string& code) {
  if (&kind == &layers::kinds::multi_head_attention_kind) {
    if (code.find("SelfAttention(") != std::string::npos)
      return {"in_proj_weight", "in_proj_bias", "out_proj"};
    return {"q_proj", "k_proj", "v_proj", "out_proj"};
  }
  if (&kind == &layers::kinds::batch_norm_kind)
    return {"weight", "bias", "running_mean", "running_var"};
  if (&kind == &layers::kinds::position_embedding_kind ||
      &kind == &layers::kinds::class_token_kind || &kind == &layers::kinds::prelu_kind)
    return {"weight"};
  return {"weight", "bias"};
}

class FlatWriter {
 public:
  FlatWriter(const graph::Network& network, TorchUses& uses)
      : network_(&network),
        uses_(&uses),
        readers_(graph::readers_of(network)),
        forms_(network.layers.size()),
        names_(network.layers.size()) {}

  std::string run(const std::string& name) {
    const std::string sizes = "self.input_shape = " + shape_text(network_->input);
    std::string modules, forward, inputs = "self, x", further;
    for (std::size_t k = 0; k < network_->layers.size(); ++k) {
      const graph::Layer& layer = network_->layers[k];
      if (layer.is(layers::kinds::input_kind)) {
        names_[k] = input_name(layer.name);
        inputs += ", " + names_[k];
        further += (further.empty() ? "" : ", ") + shape_text(layer.output);
      } else {
        write_layer(k, modules, forward);
      }
    }
    if (!further.empty())
      modules = python_statement(fmt::format("self.further_inputs = [{}]", further), 2) + modules;
    std::vector<std::string> outputs;
    for (const graph::LayerId id : network_->outputs) outputs.push_back(text_of(id));
    return fmt::format("class {}(nn.Module):\n", name) +
           python_statement("def __init__(self):", 1) + python_statement("super().__init__()", 2) +
           python_statement(sizes, 2) + modules + "\n" +
           python_statement(fmt::format("def forward({}):", inputs), 1) + forward +
           python_statement("return " + join(outputs, ", "), 2);
  }

 private:
  static std::string shape_text(const TensorShape& shape) {
    return fmt::format("({}, {}, {})", shape.channels.value(), shape.height.value(),
                       shape.width.value());
  }

  // Variables are x, x1, x2 ...
  std::string input_name(const std::string& path) {
    std::string name = python_name(path);
    std::replace(name.begin(), name.end(), '.', '_');
    const bool variable = name[0] == 'x' && std::all_of(name.begin() + 1, name.end(), [](char c) {
                            return c >= '0' && c <= '9';
                          });
    if (variable || name == "self") name += "_";
    while (!inputs_.insert(name).second) name += "_";
    return name;
  }

  std::string text_of(graph::LayerId id) const {
    return id == graph::kNetworkInput ? "x" : names_[static_cast<std::size_t>(id)];
  }
  TorchForm form_of(graph::LayerId id) const {
    return id == graph::kNetworkInput ? TorchForm::kImage : forms_[static_cast<std::size_t>(id)];
  }

  // The network's input is x, and so is a value that the next layer alone reads.
  std::string variable(std::size_t k) {
    const bool input_read_later =
        std::any_of(network_->layers.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                    network_->layers.end(), [](const graph::Layer& layer) {
                      return std::find(layer.inputs.begin(), layer.inputs.end(),
                                       graph::kNetworkInput) != layer.inputs.end();
                    });
    const auto id = static_cast<graph::LayerId>(k);
    const bool last = k + 1 == network_->layers.size() && network_->outputs.size() == 1;
    const bool next_alone =
        last || (readers_[k].size() == 1 && readers_[k][0] == id + 1 && !network_->is_output(id));
    return next_alone && !input_read_later ? "x" : fmt::format("x{}", k + 1);
  }

  void write_layer(std::size_t k, std::string& modules, std::string& forward) {
    const graph::Layer& layer = network_->layers[k];
    const TorchModule module = find_row(layer.kind->name)->torch(torch_layer(layer));
    forms_[k] = module.out.form;
    std::vector<std::string> inputs;
    for (const graph::LayerId id : layer.inputs) inputs.push_back(text_of(id));
    std::string value;
    if (layer.kind->family == layers::Family::kMerge) {
      value = merged(layer, inputs, forms_[k]);
    } else {
      std::string code = module.code;
      if (const std::size_t hole = code.find("{}"); hole != std::string::npos)
        code.replace(hole, 2, "");
      if (const std::size_t comma = code.find("(, "); comma != std::string::npos)
        code.replace(comma, 3, "(");
      for (std::size_t j = 0; j < inputs.size() && takes_images(layer); ++j) {
        if (form_of(layer.inputs[j]) == TorchForm::kVector) inputs[j] += kAsImage;
      }
      if (!module.before.empty()) code = fmt::format("nn.Sequential({}, {})", module.before, code);
      value = call(add_module(k, code, modules), inputs);
    }
    names_[k] = variable(k);
    forward += python_statement(fmt::format("{} = {}", names_[k], value), 2);
  }

  // The module of a layer: that of the layer whose weights it uses, or one that has its parameters,
  // where strides or paddings differ.
  std::string add_module(std::size_t k, const std::string& code, std::string& modules) {
    const graph::Layer& layer = network_->layers[k];
    const auto owner = static_cast<graph::LayerId>(layer.weights_of.value_or(static_cast<int>(k)));
    const auto known = modules_.find(owner);
    if (known != modules_.end() && known->second.second == code) return known->second.first;
    std::string path = "self." + module_name(layer.name);
    modules += python_statement(fmt::format("{} = {}", path, code), 2);
    if (known == modules_.end()) {
      modules_[owner] = {path, code};
      return path;
    }
    // The module with the weights comes after one that changes the tensor's form.
    const auto inside = [](const std::string& module, const std::string& text) {
      return module + (text.starts_with("nn.Sequential(") ? "[1]" : "");
    };
    const std::string own = inside(path, code),
                      given = inside(known->second.first, known->second.second);
    for (const std::string_view name : shared_attributes(*layer.kind, code))
      modules += python_statement(fmt::format("{0}.{2} = {1}.{2}", own, given, name), 2);
    return path;
  }

  std::string merged(const graph::Layer& layer, std::vector<std::string> inputs, TorchForm& form) {
    bool all = true;
    for (const graph::LayerId id : layer.inputs) all = all && form_of(id) == TorchForm::kVector;
    form = all ? TorchForm::kVector : TorchForm::kImage;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (!all && form_of(layer.inputs[k]) == TorchForm::kVector) inputs[k] += kAsImage;
    }
    if (layer.is(layers::kinds::concat_kind))
      return fmt::format("torch.cat([{}], 1)", join(inputs, ", "));
    return join(inputs, layer.is(layers::kinds::add_kind) ? " + " : " * ");
  }

  std::string module_name(const std::string& path) {
    std::string name;
    for (const char c : path) name += c == '.' ? '_' : c;
    name = attribute_name(name);
    while (!taken_.insert(name).second) name += "_";
    return name;
  }

  TorchLayer torch_layer(const graph::Layer& layer) {
    TorchLayer result;
    const TensorShape in = network_->shape(layer.inputs[0]);
    result.in = {std::to_string(in.channels.value()), std::to_string(in.height.value()),
                 std::to_string(in.width.value()), form_of(layer.inputs[0])};
    if (takes_images(layer)) result.in.form = TorchForm::kImage;
    result.inputs = layer.inputs.size();
    result.separate_projections = layer.is(layers::kinds::multi_head_attention_kind) &&
                                  has_separate_projections(*network_, layer);
    if (layer.inputs.size() > 1)
      result.context_channels = std::to_string(network_->shape(layer.inputs[1]).channels.value());
    const bool merge = layer.kind->family == layers::Family::kMerge;
    static std::set<std::string> unused;  // the classes of merges, which are written in forward()
    result.helpers = merge ? &unused : &uses_->helpers;
    result.attribute = [&layer](std::string_view name) { return attribute_text(layer, name); };
    return result;
  }

  const graph::Network* network_;
  TorchUses* uses_;
  std::vector<std::vector<graph::LayerId>> readers_;
  std::vector<TorchForm> forms_;
  std::vector<std::string> names_;
  std::set<std::string> taken_, inputs_;
  std::map<graph::LayerId, std::pair<std::string, std::string>> modules_;  ///< path and code
};

}  // namespace

std::string flat_class(const graph::Network& network, const std::string& name, TorchUses& uses) {
  return FlatWriter(network, uses).run(name);
}

}  // namespace archcost::exporter
