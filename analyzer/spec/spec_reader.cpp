// SPDX-License-Identifier: Apache-2.0
// A file and what it includes to an ArchSpec: the top level of the language.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "core/text.hpp"
#include "core/text_file.hpp"
#include "layers/layer_table.hpp"
#include "spec/arch_spec.hpp"
#include "spec/declarations.hpp"
#include "spec/fields.hpp"
#include "spec/item_reader.hpp"
#include "spec/resolver.hpp"
#include "spec/row_reader.hpp"
#include "spec/tensor_names.hpp"
#include "spec/yaml_tree.hpp"

namespace archcost::spec {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kSections = {
    "name",   "source", "include", "params",    "tables",   "presets", "input",  "let",
    "blocks", "layers", "outputs", "published", "accuracy", "search",  "rewrite"};

const std::vector<std::string> kBlockKeys = {"args", "inputs", "outputs", "let", "layers"};

// One file while it is being read. Its names are known before its layers are read, so that blocks
// may be written in any order.
struct OpenFile {
  int scope = 0;
  YamlNode root;
  std::map<std::string, int> blocks;           // all that can be used
  std::map<std::string, SourceRef> own_names;  // of blocks and tables, for clashes
};

// A pipe, as /dev/fd/63, has no canonical path.
fs::path canonical_path(const fs::path& path) {
  std::error_code status;
  fs::path canonical = fs::weakly_canonical(path, status);
  return status ? path : canonical;
}

class SpecReader {
 public:
  SpecReader() : diagnostics_(spec_.sources), fields_(diagnostics_) {}

  ArchSpec run(std::string name, std::string text, const fs::path& folder, const fs::path& path) {
    if (!path.empty()) including_.push_back(canonical_path(path));
    const int file = spec_.sources.add({std::move(name), std::move(text)});
    std::optional<OpenFile> main = open_file(file, folder);
    if (main) read_main(*main);
    main.reset();  // the tree is large
    resolve_names(spec_, broken_, diagnostics_);
    diagnostics_.throw_if_any();
    return std::move(spec_);
  }

 private:
  // The names of a file, then its blocks' layers; what it includes first.
  std::optional<OpenFile> open_file(int file, const fs::path& folder) {
    OpenFile open;
    open.scope = file;
    spec_.files.resize(std::max<std::size_t>(spec_.files.size(), file + 1));
    spec_.files[file].where = {file, 0, 0};
    open.root = parse_yaml(spec_.sources, file, diagnostics_);
    if (open.root.kind == YamlNode::Kind::kNull) {
      fields_.error({file, 0, 0},
                    "the file is empty; a spec has at least 'name', 'input' and 'layers'");
      return std::nullopt;
    }
    if (!fields_.want_map(open.root, "a spec")) return std::nullopt;
    respell_sections(open.root);
    fields_.check_keys(open.root, kSections, "spec");
    if (const YamlNode* include = open.root.find("include")) read_includes(*include, open, folder);
    FileScope& scope = spec_.files[file];  // nothing is included from here on
    DeclarationReader declarations(fields_, scope, broken_);
    if (const YamlNode* params = open.root.find("params")) declarations.params(*params);
    if (const YamlNode* tables = open.root.find("tables")) read_tables(*tables, open, declarations);
    if (const YamlNode* lets = open.root.find("let")) scope.lets = declarations.lets(*lets, "let");
    if (const YamlNode* blocks = open.root.find("blocks")) read_blocks(*blocks, open, declarations);
    for (const auto& [name, index] : open.blocks) scope.blocks.push_back(index);
    spec_.bind_order.push_back(file);
    return open;
  }

  // What a misspelt section declares isn't unknown where it is used.
  void respell_sections(YamlNode& root) {
    fields_.respell(root, kSections, "spec");
    for (YamlNode::Entry& section : root.entries) {
      if (section.key != "blocks") continue;
      for (YamlNode::Entry& block : section.value.entries)
        fields_.respell(block.value, kBlockKeys, fmt::format("block '{}'", block.key));
    }
  }

  void read_main(OpenFile& open) {
    const YamlNode& root = open.root;
    fields_.need(root, "name", "spec", {0, 0, 0});
    spec_.name = fields_.text_of(root, "name");
    spec_.source = fields_.text_of(root, "source");
    if (const YamlNode* input = root.find("input")) {
      read_input(*input);
    } else {
      fields_.error(
          {0, 0, 0},
          "spec: missing key 'input'; write 'input: {channels: 3, height: 224, width: 224}'");
    }
    if (const YamlNode* layers = root.find("layers")) {
      spec_.layers = read_items(fields_, open.blocks, spec_.blocks, *layers, "layers");
      if (layers->is_list() && layers->items.empty())
        fields_.error(layers->where, "layers is empty");
    } else {
      fields_.error({0, 0, 0}, root.find("blocks")
                                   ? "spec: missing key 'layers'; a file of blocks is for 'include'"
                                   : "spec: missing key 'layers'");
    }
    if (const YamlNode* outputs = root.find("outputs"))
      spec_.outputs = read_references(fields_, *outputs, "outputs");
    if (const YamlNode* presets = root.find("presets")) read_presets(fields_, spec_, *presets);
    if (const YamlNode* published = root.find("published"))
      spec_.published = read_rows(fields_, spec_, *published, "published");
    if (const YamlNode* accuracy = root.find("accuracy"))
      spec_.accuracy = read_rows(fields_, spec_, *accuracy, "accuracy");
    if (const YamlNode* search = root.find("search"))
      spec_.search = read_search(fields_, spec_, *search);
    if (const YamlNode* rewrite = root.find("rewrite"))
      spec_.rewrites = read_rewrites(fields_, *rewrite);
  }

  void read_includes(const YamlNode& node, OpenFile& open, const fs::path& folder) {
    const std::span<const YamlNode> names =
        node.is_list() ? std::span(node.items) : std::span(&node, 1);
    for (const YamlNode& name : names) {
      if (const auto text = fields_.text(name, "include")) include(*text, name.where, open, folder);
    }
  }

  void include(const std::string& name, const SourceRef& where, OpenFile& open,
               const fs::path& folder) {
    const fs::path path = folder / name;
    // Nothing of a file that isn't a spec may appear in a message.
    if (path.extension() != ".yaml" && path.extension() != ".yml") {
      fields_.error(where, fmt::format("can't include '{}': names of specs end in .yaml", name));
      return;
    }
    const fs::path canonical = canonical_path(path);
    const auto cycle = std::find(including_.begin(), including_.end(), canonical);
    if (cycle != including_.end()) {
      std::vector<std::string> names;
      for (auto it = cycle; it != including_.end(); ++it) names.push_back(it->filename().string());
      names.push_back(canonical.filename().string());
      fields_.error(where, fmt::format("{}: {}",
                                       names.size() == 2 ? "the file includes itself"
                                                         : "files include each other",
                                       join(names, " -> ")));
      return;
    }
    auto known = included_.find(canonical);
    if (known == included_.end()) {
      std::string text;
      try {
        text = read_text_file(path);
      } catch (const Error& error) {
        fields_.error(where, fmt::format("can't include: {}", error.diagnostics().front().message));
        return;
      }
      including_.push_back(canonical);
      const int file = spec_.sources.add({path.string(), std::move(text)});
      auto included = open_file(file, path.parent_path());
      including_.pop_back();
      if (!included) return;
      included->root = {};
      known = included_.emplace(canonical, std::move(*included)).first;
    }
    bring_in(known->second, where, open);
  }

  // The blocks and tables of an included file become names of this one.
  void bring_in(const OpenFile& included, const SourceRef& where, OpenFile& open) {
    for (const auto& [name, index] : included.blocks) {
      const auto [known, fresh] = open.blocks.emplace(name, index);
      if (!fresh && known->second != index)
        clash(name, where, spec_.blocks[known->second].where, spec_.blocks[index].where);
      open.own_names.emplace(name, spec_.blocks[index].where);
    }
    const FileScope& theirs = spec_.files[included.scope];
    std::vector<ImportedTable> tables = theirs.imported;
    for (int slot = 0; slot < static_cast<int>(theirs.tables.size()); ++slot)
      tables.push_back({included.scope, slot});
    for (const ImportedTable& table : tables) {
      const LookupTable& imported = spec_.files[table.file].tables[table.slot];
      const auto [known, fresh] = open.own_names.emplace(imported.name, imported.where);
      if (fresh)
        spec_.files[open.scope].imported.push_back(table);
      else if (known->second != imported.where)
        clash(imported.name, where, known->second, imported.where);
    }
  }

  void clash(const std::string& name, const SourceRef& where, const SourceRef& one,
             const SourceRef& other) {
    fields_.error(where, fmt::format("two included files have the name '{}': {} and {}", name,
                                     spec_.sources.place(one), spec_.sources.place(other)));
  }

  bool claim(OpenFile& open, const std::string& name, const SourceRef& where) {
    const auto [known, fresh] = open.own_names.emplace(name, where);
    if (!fresh) {
      fields_.error(where, fmt::format("'{}' is already a name of {}", name,
                                       spec_.sources.place(known->second)));
    }
    return fresh;
  }

  void read_tables(const YamlNode& node, OpenFile& open, DeclarationReader& declarations) {
    if (!fields_.want_map(node, "tables")) {
      broken_.insert("");
      return;
    }
    for (const YamlNode::Entry& entry : node.entries) {
      if (!declarations.check_name(entry, "table") || !claim(open, entry.key, entry.where))
        continue;
      if (auto table = declarations.table(entry))
        spec_.files[open.scope].tables.push_back(std::move(*table));
    }
  }

  // Signatures first, then bodies: a block may use one that is written below it.
  void read_blocks(const YamlNode& node, OpenFile& open, DeclarationReader& declarations) {
    if (!fields_.want_map(node, "blocks")) return;
    std::vector<std::pair<int, const YamlNode*>> bodies;
    for (const YamlNode::Entry& entry : node.entries) {
      if (!declarations.check_name(entry, "block") || !claim(open, entry.key, entry.where))
        continue;
      if (entry.key == "group" || entry.key == "stage" || entry.key == "activation") {
        fields_.error(
            entry.where,
            fmt::format("block '{}': the word is reserved; choose another name", entry.key));
        continue;
      }
      BlockSpec block;
      block.name = entry.key;
      block.where = entry.where;
      block.file = open.scope;
      const std::string what = fmt::format("block '{}'", block.name);
      if (entry.value.is_map()) {
        fields_.check_keys(entry.value, kBlockKeys, what);
        if (const YamlNode* args = entry.value.find("args"))
          block.args = declarations.args(*args, what);
        block.tensors = read_tensor_names(fields_, entry.value, what);
        if (const YamlNode* lets = entry.value.find("let"))
          block.lets = declarations.lets(*lets, "let");
      } else if (!entry.value.is_list()) {
        fields_.error(entry.value.where,
                      fmt::format("{} must be a map with 'args', 'let' and 'layers'", what));
      }
      const int index = static_cast<int>(spec_.blocks.size());
      open.blocks.emplace(block.name, index);
      spec_.blocks.push_back(std::move(block));
      bodies.emplace_back(index, &entry.value);
    }
    for (const auto& [index, body] : bodies) {
      const std::string what = fmt::format("layers of block '{}'", spec_.blocks[index].name);
      const YamlNode* layers = body->is_list() ? body : body->find("layers");
      if (layers != nullptr) {
        spec_.blocks[index].layers = read_items(fields_, open.blocks, spec_.blocks, *layers, what);
        check_labels(fields_, spec_.blocks[index].tensors, spec_.blocks[index].layers);
      } else if (body->is_map()) {
        fields_.error(spec_.blocks[index].where,
                      fmt::format("block '{}': missing key 'layers'", spec_.blocks[index].name));
      }
    }
  }

  void read_input(const YamlNode& node) {
    if (!node.is_map()) {
      if (node.kind != YamlNode::Kind::kNull)  // whose message is given already
        fields_.error(node.where, "input must be a map: {channels: 3, height: 224, width: 224}");
      return;
    }
    static const std::vector<std::string> kKeys = {"channels", "height", "width"};
    fields_.check_keys(node, kKeys, "input");
    for (const auto& [key, target] :
         {std::pair{"channels", &spec_.input.channels}, std::pair{"height", &spec_.input.height},
          std::pair{"width", &spec_.input.width}}) {
      const YamlNode* size = fields_.need(node, key, "input", node.where);
      auto value = size ? fields_.expression(*size, key) : std::nullopt;
      if (value) *target = std::move(*value);
    }
  }

  ArchSpec spec_;
  DiagnosticList diagnostics_;
  FieldReader fields_;
  std::set<std::string> broken_;     // names whose declarations have mistakes
  std::vector<fs::path> including_;  // from the spec down to the file being read
  std::map<fs::path, OpenFile> included_;
};

}  // namespace

const ScalingClaim* ParamSpec::find_scaling(std::string_view cost) const {
  const auto found = std::find_if(scaling.begin(), scaling.end(),
                                  [&](const ScalingClaim& claim) { return claim.cost == cost; });
  return found == scaling.end() ? nullptr : &*found;
}

const ParamSpec* ArchSpec::find_param(std::string_view param) const {
  return find_named(main().params, param);
}

const Preset* ArchSpec::find_preset(std::string_view preset) const {
  return find_named(presets, preset);
}

ArchSpec read_spec_text(std::string name, std::string text, const fs::path& folder) {
  return SpecReader().run(std::move(name), std::move(text), folder, {});
}

ArchSpec read_spec(const fs::path& path) {
  return SpecReader().run(path.string(), read_text_file(path), path.parent_path(), path);
}

void read_search_file(ArchSpec& spec, const std::filesystem::path& path) {
  const int file = spec.sources.add({path.string(), read_text_file(path)});
  DiagnosticList diagnostics(spec.sources);
  FieldReader fields(diagnostics);
  const YamlNode root = parse_yaml(spec.sources, file, diagnostics);
  diagnostics.throw_if_any();
  spec.search = read_search(fields, spec, root);
  diagnostics.throw_if_any();
  const auto resolve = [&](Expression& expression, bool round) {
    try {
      resolve_outside(expression, spec, true, round);
    } catch (const ExpressionFault& fault) {
      diagnostics.add(fault.where, fault.message);
    }
  };
  for (SearchVary& vary : spec.search->vary) {
    for (Expression& part : vary.parts) resolve(part, element_name(vary.name).element == "i");
  }
  for (Expression& condition : spec.search->conditions) resolve(condition, false);
  diagnostics.throw_if_any();
}

const std::set<std::string>& layer_words() {
  static const std::set<std::string> kWords = [] {
    std::set<std::string> words = {"none", "same", "valid", "same_tf"};
    words.insert(kCallWords.begin(), kCallWords.end());
    for (const layers::LayerKind* kind : layers::layer_table()) {
      words.emplace(kind->name);
      for (const layers::AttributeSpec& attribute : kind->attributes) {
        for (std::string_view word : attribute.words) words.emplace(word);
      }
    }
    return words;
  }();
  return kWords;
}

bool is_reserved(std::string_view name) {
  static const std::set<std::string_view> kWords = {"required", "none", "same", "valid", "same_tf"};
  return layers::find_kind(name) != nullptr || find_function(name) || kWords.contains(name) ||
         is_one_of(name, reserved_words());
}

bool is_reserved_argument(std::string_view name) {
  const layers::LayerKind* kind = layers::find_kind(name);
  return is_reserved(name) && (kind == nullptr || kind->family == layers::Family::kActivation);
}

}  // namespace archcost::spec
