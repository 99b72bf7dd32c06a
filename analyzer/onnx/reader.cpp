// SPDX-License-Identifier: Apache-2.0
#include "onnx/reader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "core/count.hpp"
#include "core/text.hpp"
#include "onnx/arch_builder.hpp"
#include "onnx/graph_file.hpp"
#include "onnx/lowering.hpp"
#include "onnx/model.hpp"
#include "onnx/names.hpp"
#include "onnx/own_layers.hpp"
#include "onnx/recognise.hpp"
#include "onnx/recognise_attention.hpp"

namespace archcost::onnx {
namespace {

constexpr std::size_t kPlacesShown = 4;

// Every error names the file.
template <class Read>
auto in_file(const std::string& name, Read read) {
  try {
    return read();
  } catch (const Error& error) {
    std::vector<Diagnostic> diagnostics = error.diagnostics();
    for (Diagnostic& diagnostic : diagnostics) {
      if (diagnostic.place.empty()) diagnostic.place = name;
    }
    throw Error(std::move(diagnostics));
  } catch (const NodeFault& fault) {
    throw Error(std::vector<Diagnostic>{{name, fault.what(), "", {}}});
  } catch (const CountOverflow&) {
    throw Error(std::vector<Diagnostic>{{name, "its sizes need more than 64 bits", "", {}}});
  }
}

std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 60)) shown += c >= ' ' && c < 0x7F ? c : '?';
  return shown;
}

std::string describe(const Model& model) {
  std::string text = fmt::format("ONNX opset {}", model.opset);
  if (!model.producer.empty())
    text += fmt::format(", {} {}", printable(model.producer), printable(model.producer_version));
  return std::string(trim(text));
}

// Exporters that fold a batch norm into the convolution before it give that weights without a name.
std::string folding_note(const FoldedGraph& graph) {
  if (graph.layer_names) return {};
  std::int64_t folded = 0, channels = 0;
  for (const FoldedOp& op : graph.ops) {
    if (op.type == "BatchNormalization") return {};
    if (op.type != "Conv" || op.input(2) == kNone || !graph.is_fixed(op.input(1))) continue;
    const std::string_view weights = graph.value(op.input(1)).stored,
                           bias = graph.value(op.input(2)).stored;
    const bool renamed =
        weights.starts_with("onnx::Conv") || bias.find("atch") != std::string::npos;
    if (!renamed) continue;
    ++folded;
    channels += graph.shape(op.input(1))[0];
  }
  if (folded == 0) return {};
  return fmt::format(
      "Batch norms are folded into {} convolutions, whose biases count as params. Unfolded, at the "
      "file's widths, the "
      "network has {} params more.",
      folded, with_commas(channels));
}

void add_uncounted_notes(const Draft& draft, std::vector<std::string>& notes) {
  for (const Uncounted& entry : draft.uncounted) {
    std::vector<std::string> places;
    for (std::size_t k = 0; k < std::min(entry.places.size(), kPlacesShown); ++k)
      places.push_back(printable(entry.places[k]));
    if (entry.places.size() > kPlacesShown)
      places.push_back(fmt::format("and {} more", entry.places.size() - kPlacesShown));
    notes.push_back(fmt::format("Not counted: {} of {} ({}).", entry.places.size(),
                                printable(entry.type), join(places, ", ")));
  }
  if (draft.unreached > 0) {
    const std::string params =
        draft.unreached_params == 0
            ? ""
            : fmt::format(", with {} params", with_commas(draft.unreached_params));
    notes.push_back(
        fmt::format("Not counted: {} nodes after them, whose shapes depend on the data{}.",
                    draft.unreached, params));
  }
}

std::string batch_note(const Draft& draft) {
  if (draft.layers_of_batch == 0) return {};
  return fmt::format(
      "The file's batch of {0} became rows or channels of {1} layers, which count all {0} images: "
      "export it with a batch of 1.",
      draft.batch, draft.layers_of_batch);
}

// Weights that several layers use count each time where the layers differ in other weights, as in a
// bias.
void add_sharing_note(const FoldedGraph& graph, const Draft& draft,
                      std::vector<std::string>& notes) {
  std::vector<int> uses(graph.values.size());
  for (const DraftLayer& layer : draft.layers) {
    if (layer.op < 0 || layer.weights_of != kDraftInput || !layers::has_kernel(*layer.kind))
      continue;
    const FoldedOp& op = graph.ops[static_cast<std::size_t>(layer.op)];
    if (op.input(1) == kNone) continue;
    for (const ValueId source : graph.value(op.input(1)).sources) ++uses[source];
  }
  std::int64_t again = 0;
  for (std::size_t k = 0; k < uses.size(); ++k) {
    if (uses[k] > 1) again += (uses[k] - 1) * elements(*graph.values[k].shape);
  }
  if (again > 0) {
    notes.push_back(
        fmt::format("Layers that share a part of their weights are counted as if each had its own: "
                    "{} params too "
                    "many.",
                    with_commas(again)));
  }
}

spec::ArchSpec import(std::string_view bytes, const std::string& file, const ModelSizes& sizes) {
  const Model model = parse_model(bytes);
  if (model.opset > 0 && model.opset < 7)
    throw Error(
        fmt::format("opset {} is older than 7; convert the file with ONNX's version "
                    "converter",
                    model.opset));
  FoldedGraph graph = fold(model, sizes);
  std::vector<std::string> notes;
  if (std::string note = folding_note(graph); !note.empty()) notes.push_back(std::move(note));
  join_own_layers(graph);
  recognise(graph);
  recognise_attention(graph);
  const Draft draft = Lowering(graph).run();
  add_uncounted_notes(draft, notes);
  add_sharing_note(graph, draft, notes);
  if (std::string note = batch_note(draft); !note.empty()) notes.push_back(std::move(note));
  spec::ArchSpec spec = build_arch(graph, draft, std::filesystem::path(file).stem().string(), file);
  spec.source = describe(model);
  spec.notes = std::move(notes);
  return spec;
}

}  // namespace

bool is_model_file(const std::filesystem::path& path) {
  if (path.extension() == ".onnx") return true;
  std::error_code status;
  if (!std::filesystem::is_regular_file(path, status)) return false;  // a pipe is read once
  std::ifstream stream(path, std::ios::binary);
  char bytes[8] = {};
  stream.read(bytes, sizeof(bytes));
  return looks_like_model({bytes, static_cast<std::size_t>(stream.gcount())});
}

std::vector<std::string> symbolic_sizes(const std::filesystem::path& path) {
  return in_file(path.string(), [&] {
    const GraphFile file(path);
    const Model model = parse_model(file.bytes());
    std::set<std::string> names;
    for (const ValueInfo& input : model.graph.inputs) {
      for (const Dimension& dimension : input.dimensions) {
        if (!dimension.name.empty()) names.emplace(dimension.name);
      }
    }
    return std::vector<std::string>(names.begin(), names.end());
  });
}

spec::ArchSpec read_model_bytes(std::string_view bytes, const std::string& name,
                                const ModelSizes& sizes) {
  return in_file(name, [&] { return import(bytes, name, sizes); });
}

spec::ArchSpec read_model(const std::filesystem::path& path, const ModelSizes& sizes) {
  const GraphFile file(path);
  return read_model_bytes(file.bytes(), path.string(), sizes);
}

namespace {

constexpr std::string_view kExport = "torch.onnx.export(model, input, \"model.onnx\") writes one";

/// Files that users of other tools have instead of an ONNX file.
struct ForeignFile {
  std::size_t offset;
  std::string_view bytes, extension, what, remedy;
};
constexpr ForeignFile kForeignFiles[] = {
    {0, "PK\x03\x04", "", "a zip file, as of torch.save", kExport},
    {0, "\x80\x02", "", "a pickle, as of torch.save", kExport},
    {0, "", ".py", "Python code", kExport},
    {0, "\x89HDF", "", "an HDF5 file, as of Keras", "tf2onnx writes one"},
    {4, "TFL3", "", "a TFLite file", "tf2onnx writes one"},
};

void refuse_foreign_file(const std::filesystem::path& path) {
  std::error_code status;
  if (!std::filesystem::is_regular_file(path, status)) return;
  std::ifstream stream(path, std::ios::binary);
  char begin[8] = {};
  stream.read(begin, sizeof(begin));
  const std::string_view bytes(begin, static_cast<std::size_t>(stream.gcount()));
  for (const ForeignFile& row : kForeignFiles) {
    const bool same = row.extension.empty()
                          ? bytes.substr(std::min(row.offset, bytes.size())).starts_with(row.bytes)
                          : path.extension() == row.extension;
    if (same)
      throw Error(path.string(), fmt::format("it is {}; a network is read from a spec or an ONNX "
                                             "file: {}",
                                             row.what, row.remedy));
  }
}

}  // namespace

spec::ArchSpec read_architecture(const std::filesystem::path& path, const ModelSizes& sizes) {
  if (is_model_file(path)) return read_model(path, sizes);
  refuse_foreign_file(path);
  return spec::read_spec(path);
}

}  // namespace archcost::onnx
