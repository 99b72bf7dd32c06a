// SPDX-License-Identifier: Apache-2.0
#include "exporter/export_torch.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "exporter/kind_row.hpp"
#include "exporter/python_format.hpp"
#include "exporter/python_helpers.hpp"
#include "exporter/reference_names.hpp"
#include "exporter/refusals.hpp"
#include "exporter/torch_classes.hpp"
#include "exporter/torch_flat.hpp"
#include "exporter/window_padding.hpp"
#include "layers/kinds.hpp"

namespace archcost::exporter {
namespace {

constexpr std::string_view kLoadWeights = R"(
    def load_state_dict(self, state_dict, strict=True):
        """Also takes another implementation's weights: in order, where all shapes agree."""
        own = self.state_dict()
        if strict and shapes_of(state_dict) != shapes_of(own):
            state_dict = by_order(own, state_dict)
        return super().load_state_dict(state_dict, strict)
)";

constexpr std::string_view kLoadReferenceWeights = R"(
    def load_state_dict(self, state_dict, strict=True):
        """Takes torchvision's names, our own, or any in order, where all shapes agree."""
        own = super().state_dict()
        names = {name: key for key, name in reference_keys(self, own).items()}
        state_dict = {names.get(key, key): value for key, value in state_dict.items()}
        if strict and shapes_of(state_dict) != shapes_of(own):
            state_dict = by_order(own, state_dict)
        return super().load_state_dict(state_dict, strict)
)";

constexpr std::string_view kCheck = R"(

def shapes_of(tensors):
    return {name: tensor.shape for name, tensor in tensors.items()}


def by_order(own, given):
    """The given weights under our names: by name, or in order where modules have others."""
    values = {k: v for k, v in given.items() if not k.endswith("num_batches_tracked")}
    result, first = {}, {}
    for name, tensor in own.items():
        if name.endswith("num_batches_tracked"):
            result[name] = given.get(name, tensor)
        else:  # shared tensors are one
            first.setdefault(tensor.data_ptr(), name)
    if set(first.values()) <= values.keys() <= own.keys():
        values = {name: values[name] for name in first.values()}
    if len(first) != len(values):
        raise ValueError(f"{len(values)} tensors for a network with {len(first)}")
    for name, value in zip(first.values(), values.values()):
        sizes = [size for size in own[name].shape if size > 1]
        if sizes != [size for size in value.shape if size > 1]:
            shapes = f"{tuple(own[name].shape)}, not {tuple(value.shape)}"
            raise ValueError(f"{name} has the shape {shapes}")
        result[name] = value.reshape(own[name].shape)
    return {k: result[first.get(v.data_ptr(), k)] for k, v in own.items()}


def count_macs(net, *inputs):
    """Multiply-adds of convolutions, linear layers and matrix products."""
    total = 0

    def count(module, inputs, output):
        nonlocal total
        if isinstance(module, nn.ConvTranspose2d):
            total += inputs[0].numel() * module.weight[0].numel()
        elif isinstance(module, (nn.Conv2d, nn.Linear)):
            total += output.numel() * module.weight[0].numel()
        else:
            total += getattr(module, "macs", 0)

    handles = [module.register_forward_hook(count) for module in net.modules()]
    net(*inputs)
    for handle in handles:
        handle.remove()
    return total


def check(net, params, macs):
    """Prints what the network has, and compares it with what archcost computed."""
    net.eval()
    shapes = [net.input_shape, *getattr(net, "further_inputs", ())]
    inputs = [torch.zeros(1, *shape) for shape in shapes]
    with torch.no_grad():
        own = (sum(p.numel() for p in net.parameters()), count_macs(net, *inputs))
        outputs = net(*inputs)
    for name, tensors in (("input", inputs), ("output", outputs)):
        for x in [tensors] if isinstance(tensors, torch.Tensor) else tensors:
            print(f"{name} {tuple(x.shape)}")
    print(f"{own[0]:,} parameters, {own[1]:,} multiply-adds")
    if own != (params, macs):
        raise SystemExit(f"expected {params:,} parameters, {macs:,} multiply-adds")
)";

// Kinds that an argument chooses.
std::string activations(const std::set<std::string>& kinds) {
  if (kinds.empty()) return {};
  std::set<std::string> none;
  std::vector<std::string> rows;
  for (const std::string& kind : kinds) {
    TorchLayer layer;
    layer.helpers = &none;
    layer.attribute = [](std::string_view) { return std::string("0.01"); };
    std::string code = find_row(kind)->torch(layer).code;
    if (code.ends_with("()"))
      code.resize(code.size() - 2);
    else
      code.insert(0, "lambda: ");
    rows.push_back(fmt::format("\"{}\": {}", kind, code));
  }
  return "\n" + python_statement(fmt::format("ACTIVATIONS = {{{}}}", join(rows, ", ")), 0);
}

bool uses_name(const std::string& code, std::string_view name) {
  return code.find(name) != std::string::npos;
}

std::string docstring(const graph::Network& network, const std::string& command,
                      const std::string& counts, const std::string& flat_because) {
  std::string text = fmt::format("\"\"\"{}: {}\n\n{}\n", python_doc(network.name),
                                 python_doc(network.source), counts);
  if (!flat_because.empty()) text += "Layer by layer, for these values of the parameters.\n";
  return text + fmt::format("\nWritten by archcost: {}\n\"\"\"\n\n", python_doc(command));
}

// Whether a sum or product spreads sizes of 1 in another way than a gate over the image: the code
// of classes doesn't know which branch has the output's sizes then.
bool spreads(const graph::Network& network) {
  return std::any_of(network.layers.begin(), network.layers.end(), [&](const graph::Layer& layer) {
    const bool merge = layer.is(layers::kinds::add_kind) || layer.is(layers::kinds::multiply_kind);
    return merge && std::any_of(layer.inputs.begin(), layer.inputs.end(), [&](graph::LayerId id) {
             const TensorShape& shape = network.shape(id);
             const bool gate = layer.is(layers::kinds::multiply_kind) && shape.area() == Count(1) &&
                               shape.channels == layer.output.channels;
             return shape != layer.output && !gate;
           });
  });
}

bool needs_flat(const spec::Expression& expression) {
  return std::any_of(expression.nodes.begin(), expression.nodes.end(), [](const auto& node) {
    return node.scope == spec::Scope::kTensor || node.function == spec::Function::kLog2;
  });
}

bool needs_flat(const std::vector<spec::Item>& items);

bool needs_flat(const spec::TensorNames& tensors) {
  return !tensors.inputs.empty() || !tensors.outputs.empty();
}

bool needs_flat(const spec::Item& item) {
  const bool joins = item.from.size() > 1 && item.kind == nullptr;
  return joins || item.weights_of || needs_flat(item.tensors) || needs_flat(item.layers) ||
         (item.when && needs_flat(*item.when)) || (item.repeat && needs_flat(*item.repeat)) ||
         std::any_of(item.arguments.begin(), item.arguments.end(),
                     [](const auto& argument) { return needs_flat(argument.value); }) ||
         std::any_of(item.branches.begin(), item.branches.end(), [](const auto& branch) {
           return (branch.when && needs_flat(*branch.when)) || needs_flat(branch.layers);
         });
}

bool needs_flat(const std::vector<spec::Item>& items) {
  return std::any_of(items.begin(), items.end(),
                     [](const spec::Item& item) { return needs_flat(item); });
}

// Several tensors between items, and sizes of other layers, have no form in classes.
bool needs_flat(const spec::ArchSpec& spec) {
  const auto value = [](const spec::NamedExpression& let) { return needs_flat(let.value); };
  return !spec.outputs.empty() || needs_flat(spec.layers) ||
         std::any_of(spec.main().lets.begin(), spec.main().lets.end(), value) ||
         std::any_of(spec.blocks.begin(), spec.blocks.end(), [&](const spec::BlockSpec& block) {
           return needs_flat(block.tensors) || needs_flat(block.layers) ||
                  std::any_of(block.lets.begin(), block.lets.end(), value);
         });
}

}  // namespace

TorchCode torch_code(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                     const graph::Network& network, const std::string& command) {
  refuse_unwritable(network);
  TorchCode result;
  TorchUses uses;
  std::string classes, constants, name = python_class(spec.name);
  try {
    if (needs_flat(spec)) throw NotWritable("several tensors run between its items");
    if (spreads(network)) throw NotWritable("sums or products spread an operand");
    ClassWriter writer(spec, options);
    classes = writer.run();
    constants = writer.table_constants();
    uses = writer.uses();
    if (uses.helpers.contains("to_padding") && pads_by_side(network))
      throw NotWritable("a padding depends on a parameter, and one differs by side");
  } catch (const NotWritable& reason) {
    result.flat_because = reason.what();
    uses = {};
    classes = "\n\n" + flat_class(network, name, uses);
  }
  std::int64_t params = 0, macs = 0;
  for (const graph::Layer& layer : network.layers) {
    const LayerCost cost = graph::added_cost(layer);
    params += cost.params.value();
    macs += cost.macs.value();
  }
  const std::string counts =
      fmt::format("{} parameters, {} multiply-adds at {}.", with_commas(params), with_commas(macs),
                  to_string(network.input));
  const std::string_view names =
      result.flat_because.empty() ? reference_names(spec.name) : std::string_view();
  std::string code = activations(uses.activations) + constants + std::string(names) +
                     helper_code(uses.helpers, false) + helper_code(uses.helpers, true) + classes;
  if (names.empty())
    code += kLoadWeights;
  else
    code += std::string(kReferenceStateDict) + std::string(kLoadReferenceWeights);
  if (!names.empty()) code += kReferenceKeys;
  const std::string tail =
      std::string(kCheck) + "\n\nif __name__ == \"__main__\":\n" +
      python_statement(fmt::format("check({}(), params={}, macs={})", name, params, macs), 1);
  std::string head;
  if (uses_name(code, "math.")) head += "import math\n";
  if (!names.empty()) head += "import re\n";
  if (uses_name(code, "Fraction")) head += "from fractions import Fraction\n";
  if (!head.empty()) head += "\n";
  head += "import torch\n";
  if (uses_name(code, "F.pad")) head += "import torch.nn.functional as F\n";
  head += "from torch import nn\n";
  result.text = docstring(network, command, counts, result.flat_because) + head + code + tail;
  return result;
}

}  // namespace archcost::exporter
