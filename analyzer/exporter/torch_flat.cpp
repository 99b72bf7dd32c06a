// SPDX-License-Identifier: Apache-2.0
#include "exporter/torch_flat.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "exporter/kind_row.hpp"
#include "exporter/python_format.hpp"
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
  const auto number = [&](int k) {
    return std::to_string(layer.numbers[static_cast<std::size_t>(slot.number + k)].value());
  };
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
    case layers::AttributeType::kParts:
      return number(0);  // unequal parts are refused
  }
  return {};
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
    std::string modules, forward;
    for (std::size_t k = 0; k < network_->layers.size(); ++k) layer(k, modules, forward);
    const std::string sizes =
        fmt::format("self.input_shape = ({}, {}, {})", network_->input.channels.value(),
                    network_->input.height.value(), network_->input.width.value());
    return fmt::format("class {}(nn.Module):\n", name) +
           python_statement("def __init__(self):", 1) + python_statement("super().__init__()", 2) +
           python_statement(sizes, 2) + modules + "\n" +
           python_statement("def forward(self, x):", 1) + forward +
           python_statement("return " + text_of(network_->outputs.front()), 2);
  }

 private:
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
    const bool next_alone = (readers_[k].size() == 1 && readers_[k][0] == id + 1) ||
                            (readers_[k].empty() && network_->is_output(id));
    return next_alone && !input_read_later ? "x" : fmt::format("x{}", k + 1);
  }

  void layer(std::size_t k, std::string& modules, std::string& forward) {
    const graph::Layer& layer = network_->layers[k];
    const TorchModule module = find_row(layer.kind->name)->torch(torch_layer(layer));
    forms_[k] = module.out.form;
    std::vector<std::string> inputs;
    for (const graph::LayerId id : layer.inputs) inputs.push_back(text_of(id));
    std::string value;
    if (layer.kind->family == layers::Family::kMerge) {
      value = merged(layer, inputs, forms_[k]);
    } else {
      std::string path = "self." + module_name(layer.name);
      std::string code = module.code;
      if (const std::size_t hole = code.find("{}"); hole != std::string::npos)
        code.replace(hole, 2, "");
      if (const std::size_t comma = code.find("(, "); comma != std::string::npos)
        code.replace(comma, 3, "(");
      if (!module.before.empty()) code = fmt::format("nn.Sequential({}, {})", module.before, code);
      modules += python_statement(fmt::format("{} = {}", path, code), 2);
      value = call(path, inputs);
    }
    names_[k] = variable(k);
    forward += python_statement(fmt::format("{} = {}", names_[k], value), 2);
  }

  std::string merged(const graph::Layer& layer, std::vector<std::string> inputs, TorchForm& form) {
    bool all = true;
    for (const graph::LayerId id : layer.inputs) all = all && form_of(id) == TorchForm::kVector;
    form = all ? TorchForm::kVector : TorchForm::kImage;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (!all && form_of(layer.inputs[k]) == TorchForm::kVector) inputs[k] += "[:, :, None, None]";
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
    result.inputs = layer.inputs.size();
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
  std::set<std::string> taken_;
};

}  // namespace

std::string flat_class(const graph::Network& network, const std::string& name, TorchUses& uses) {
  return FlatWriter(network, uses).run(name);
}

}  // namespace archcost::exporter
