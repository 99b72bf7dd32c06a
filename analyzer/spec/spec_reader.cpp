// A file and what it includes to an ArchSpec: the top level of the language.
#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "core/glossary.hpp"
#include "core/text.hpp"
#include "layers/layer_table.hpp"
#include "spec/arch_spec.hpp"
#include "spec/fields.hpp"
#include "spec/item_reader.hpp"
#include "spec/resolver.hpp"
#include "spec/yaml_tree.hpp"

namespace archcost {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kSections = {"name",   "source", "include", "params",    "tables",   "presets", "input",
                                            "let",    "blocks", "layers",  "published", "accuracy", "search"};

// One file while it is being read. Its names are known before its layers are read, so that blocks may
// stand in any order.
struct OpenFile {
  int scope = 0;
  YamlNode root;
  std::map<std::string, int> blocks;         // all that can be used
  std::map<std::string, SourceRef> own_names; // of blocks and tables, for clashes
};

class SpecReader {
 public:
  SpecReader() : diagnostics_(spec_.sources), fields_(diagnostics_) {}

  ArchSpec run(std::string name, std::string text, const fs::path& folder, const fs::path& path) {
    if (!path.empty()) including_.push_back(fs::weakly_canonical(path));
    const int file = spec_.sources.add({std::move(name), std::move(text)});
    std::optional<OpenFile> main = open_file(file, folder);
    if (main) read_main(*main);
    diagnostics_.throw_if_any();
    resolve_names(spec_, diagnostics_);
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
      fields_.error({file, 0, 0}, "the file is empty; a spec has at least 'name', 'input' and 'layers'");
      return std::nullopt;
    }
    if (!fields_.want_map(open.root, "a spec")) return std::nullopt;
    fields_.check_keys(open.root, kSections, "spec");
    if (const YamlNode* include = open.root.find("include")) read_includes(*include, open, folder);
    if (const YamlNode* params = open.root.find("params")) read_params(*params, spec_.files[file]);
    if (const YamlNode* tables = open.root.find("tables")) read_tables(*tables, open);
    if (const YamlNode* lets = open.root.find("let")) spec_.files[file].lets = read_lets(*lets, "let");
    if (const YamlNode* blocks = open.root.find("blocks")) read_blocks(*blocks, open);
    for (const auto& [name, index] : open.blocks) spec_.files[file].blocks.push_back(index);
    return open;
  }

  void read_main(OpenFile& open) {
    const YamlNode& root = open.root;
    if (const YamlNode* name = root.find("name")) {
      spec_.name = fields_.text(*name, "name").value_or("");
    } else {
      fields_.error({0, 0, 0}, "spec: missing key 'name'");
    }
    if (const YamlNode* source = root.find("source")) spec_.source = fields_.text(*source, "source").value_or("");
    if (const YamlNode* input = root.find("input")) {
      read_input(*input);
    } else {
      fields_.error({0, 0, 0}, "spec: missing key 'input'; write 'input: {channels: 3, height: 224, width: 224}'");
    }
    if (const YamlNode* layers = root.find("layers")) {
      ItemReader reader(fields_, open.blocks, spec_.blocks);
      spec_.layers = reader.list(*layers, "layers");
      if (layers->is_list() && layers->items.empty()) fields_.error(layers->where, "layers is empty");
    } else {
      fields_.error({0, 0, 0}, root.find("blocks") ? "spec: missing key 'layers'; a file of blocks is for 'include'"
                                                   : "spec: missing key 'layers'");
    }
    if (const YamlNode* presets = root.find("presets")) read_presets(*presets);
    if (const YamlNode* rows = root.find("published")) spec_.published = read_rows(*rows, "published");
    if (const YamlNode* rows = root.find("accuracy")) spec_.accuracy = read_rows(*rows, "accuracy");
    if (const YamlNode* search = root.find("search")) read_search(*search);
  }

  void read_includes(const YamlNode& node, OpenFile& open, const fs::path& folder) {
    std::vector<const YamlNode*> names;
    if (node.is_list()) {
      for (const YamlNode& item : node.items) names.push_back(&item);
    } else {
      names.push_back(&node);
    }
    for (const YamlNode* name : names) {
      if (const auto text = fields_.text(*name, "include")) include(*text, name->where, open, folder);
    }
  }

  void include(const std::string& name, const SourceRef& where, OpenFile& open, const fs::path& folder) {
    const fs::path path = folder / name;
    const fs::path canonical = fs::weakly_canonical(path);
    const auto cycle = std::find(including_.begin(), including_.end(), canonical);
    if (cycle != including_.end()) {
      std::vector<std::string> names;
      for (auto it = cycle; it != including_.end(); ++it) names.push_back(it->filename().string());
      names.push_back(canonical.filename().string());
      fields_.error(where, fmt::format("files include each other: {}", join(names, " -> ")));
      return;
    }
    int file = -1;
    if (const auto known = included_.find(canonical); known != included_.end()) {
      file = known->second;
    } else {
      std::string text;
      try {
        text = read_text_file(path);
      } catch (const Error& error) {
        fields_.error(where, fmt::format("can't include: {}", error.diagnostics().front().message));
        return;
      }
      including_.push_back(canonical);
      file = spec_.sources.add({path.string(), std::move(text)});
      const auto included = open_file(file, path.parent_path());
      including_.pop_back();
      if (!included) return;
      included_[canonical] = file;
      included_names_[file] = *included;
    }
    bring_in(included_names_[file], where, open);
  }

  // The blocks and tables of an included file become names of this one.
  void bring_in(const OpenFile& included, const SourceRef& where, OpenFile& open) {
    for (const auto& [name, index] : included.blocks) {
      const auto [known, fresh] = open.blocks.emplace(name, index);
      if (!fresh && known->second != index) {
        fields_.error(where, fmt::format("two included files have a block '{}': {} and {}", name,
                                         spec_.sources.place(spec_.blocks[index].where),
                                         spec_.sources.place(spec_.blocks[known->second].where)));
      }
      open.own_names.emplace(name, spec_.blocks[index].where);
    }
    for (const LookupTable& table : spec_.files[included.scope].tables) {
      if (claim(open, table.name, where)) spec_.files[open.scope].tables.push_back(table);
    }
  }

  bool claim(OpenFile& open, const std::string& name, const SourceRef& where) {
    const auto [known, fresh] = open.own_names.emplace(name, where);
    if (!fresh) {
      fields_.error(where, fmt::format("'{}' is already a name of {}", name, spec_.sources.place(known->second)));
    }
    return fresh;
  }

  bool check_name(const YamlNode::Entry& entry, std::string_view what) {
    if (!is_identifier(entry.key)) {
      fields_.error(entry.where, fmt::format("{} '{}' must be named with letters, digits and '_'", what, entry.key));
    } else if (is_reserved(entry.key)) {
      fields_.error(entry.where, fmt::format("{} '{}': the word is reserved; choose another name", what, entry.key));
    } else {
      return true;
    }
    return false;
  }

  void read_params(const YamlNode& node, FileScope& scope) {
    if (!fields_.want_map(node, "params")) return;
    static const std::vector<std::string> kKeys = {"default", "symbol", "help", "choices", "min", "max", "sweep"};
    for (const YamlNode::Entry& entry : node.entries) {
      if (!check_name(entry, "parameter")) continue;
      ParamSpec param;
      param.name = entry.key;
      param.where = entry.where;
      const std::string what = fmt::format("parameter '{}'", param.name);
      const YamlNode* fallback = &entry.value;
      if (entry.value.is_map()) {
        fields_.check_keys(entry.value, kKeys, what);
        fallback = entry.value.find("default");
        read_param_fields(entry.value, what, param, scope);
        if (fallback == nullptr) {
          fields_.error(entry.where, fmt::format("{}: missing key 'default'", what));
          continue;
        }
      }
      if (auto value = fields_.expression(*fallback, what)) {
        param.fallback = std::move(*value);
        scope.params.push_back(std::move(param));
      }
    }
  }

  void read_param_fields(const YamlNode& map, const std::string& what, ParamSpec& param, FileScope& scope) {
    std::set<std::string> words;
    if (const YamlNode* choices = map.find("choices")) param.choices = read_choices(*choices, what, words, scope);
    if (const YamlNode* symbol = map.find("symbol")) param.symbol = fields_.text(*symbol, "symbol").value_or("");
    if (const YamlNode* help = map.find("help")) param.help = fields_.text(*help, "help").value_or("");
    if (const YamlNode* sweep = map.find("sweep")) param.sweep = fields_.constants(*sweep, "sweep", words);
    for (const auto& [key, bound] : {std::pair{"min", &param.min}, std::pair{"max", &param.max}}) {
      const YamlNode* node = map.find(key);
      if (node == nullptr) continue;
      const auto value = fields_.constant(*node, key, {});
      if (value && value->is_number()) *bound = value->number();
      if (value && !value->is_number()) fields_.error(node->where, fmt::format("{}: '{}' must be a number", what, key));
    }
    if (param.min && param.max && *param.max < *param.min) {
      fields_.error(map.find("max")->where, fmt::format("{}: max {} is below min {}", what, to_string(*param.max), to_string(*param.min)));
    }
  }

  List read_choices(const YamlNode& node, const std::string& what, std::set<std::string>& words, FileScope& scope) {
    if (!fields_.want_list(node, fmt::format("choices of {}", what))) return {};
    words = words_in(node);
    scope.words.insert(words.begin(), words.end());
    List choices = fields_.constants(node, "choices", words);
    if (node.items.empty()) fields_.error(node.where, fmt::format("{}: choices is empty", what));
    return choices;
  }

  void read_tables(const YamlNode& node, OpenFile& open) {
    if (!fields_.want_map(node, "tables")) return;
    for (const YamlNode::Entry& entry : node.entries) {
      if (!check_name(entry, "table") || !claim(open, entry.key, entry.where)) continue;
      LookupTable table;
      table.name = entry.key;
      table.where = entry.where;
      if (entry.value.is_map()) {
        read_table_rows(entry.value, table, spec_.files[open.scope]);
      } else if (auto value = fields_.expression(entry.value, fmt::format("table '{}'", table.name))) {
        table.value = std::move(*value);
      }
      if (table.by || table.value) spec_.files[open.scope].tables.push_back(std::move(table));
    }
  }

  void read_table_rows(const YamlNode& map, LookupTable& table, FileScope& scope) {
    const std::string what = fmt::format("table '{}'", table.name);
    const YamlNode* by = map.find("by");
    if (by == nullptr) {
      fields_.error(table.where, fmt::format("{}: missing key 'by', the value that picks the row; without one a table is a list", what));
      return;
    }
    if (auto key = fields_.expression(*by, "by")) table.by = std::move(*key);
    for (const YamlNode::Entry& row : map.entries) {
      if (row.key == "by") continue;
      YamlNode key_node;
      key_node.kind = YamlNode::Kind::kScalar;
      key_node.where = row.where;
      key_node.text = row.key;
      std::set<std::string> words;
      if (is_identifier(row.key)) words.insert(row.key);
      const auto key = fields_.constant(key_node, "row", words);
      auto value = fields_.expression(row.value, what);
      if (!key || !value) continue;
      const bool twice = std::any_of(table.rows.begin(), table.rows.end(), [&](const LookupRow& r) { return r.key == *key; });
      if (twice) fields_.error(row.where, fmt::format("{}: two rows for {}", what, to_string(*key)));
      table.rows.push_back({*key, std::move(*value), row.where});
      scope.words.insert(words.begin(), words.end());
    }
    if (table.rows.empty()) fields_.error(table.where, fmt::format("{} has no rows", what));
  }

  std::vector<LetSpec> read_lets(const YamlNode& node, const std::string& what) {
    std::vector<LetSpec> lets;
    if (!fields_.want_map(node, what)) return lets;
    for (const YamlNode::Entry& entry : node.entries) {
      if (!check_name(entry, "value")) continue;
      if (auto value = fields_.expression(entry.value, fmt::format("value '{}'", entry.key))) {
        lets.push_back({entry.key, entry.where, std::move(*value)});
      }
    }
    return lets;
  }

  // Signatures first, then bodies: a block may use one that is written below it.
  void read_blocks(const YamlNode& node, OpenFile& open) {
    if (!fields_.want_map(node, "blocks")) return;
    static const std::vector<std::string> kKeys = {"args", "let", "layers"};
    std::vector<std::pair<int, const YamlNode*>> bodies;
    for (const YamlNode::Entry& entry : node.entries) {
      if (!check_name(entry, "block") || !claim(open, entry.key, entry.where)) continue;
      if (entry.key == "group" || entry.key == "stage" || entry.key == "activation") {
        fields_.error(entry.where, fmt::format("block '{}': the word is reserved; choose another name", entry.key));
        continue;
      }
      Block block;
      block.name = entry.key;
      block.where = entry.where;
      block.file = open.scope;
      const std::string what = fmt::format("block '{}'", block.name);
      if (entry.value.is_map()) {
        fields_.check_keys(entry.value, kKeys, what);
        if (const YamlNode* args = entry.value.find("args")) read_args(*args, what, block);
        if (const YamlNode* lets = entry.value.find("let")) block.lets = read_lets(*lets, "let");
      } else if (!entry.value.is_list()) {
        fields_.error(entry.value.where, fmt::format("{} must be a map with 'args', 'let' and 'layers'", what));
      }
      const int index = static_cast<int>(spec_.blocks.size());
      open.blocks.emplace(block.name, index);
      spec_.blocks.push_back(std::move(block));
      bodies.emplace_back(index, &entry.value);
    }
    for (const auto& [index, body] : bodies) {
      ItemReader reader(fields_, open.blocks, spec_.blocks);
      const std::string what = fmt::format("layers of block '{}'", spec_.blocks[index].name);
      const YamlNode* layers = body->is_list() ? body : body->find("layers");
      if (layers != nullptr) {
        std::vector<Item> items = reader.list(*layers, what);
        spec_.blocks[index].layers = std::move(items);
      } else if (body->is_map()) {
        fields_.error(spec_.blocks[index].where, fmt::format("block '{}': missing key 'layers'", spec_.blocks[index].name));
      }
    }
  }

  void read_args(const YamlNode& node, const std::string& what, Block& block) {
    if (!fields_.want_map(node, fmt::format("args of {}", what))) return;
    static const std::vector<std::string> kKeys = {"default", "choices", "help"};
    static const std::vector<std::string> kTaken = {"name", "when", "repeat", "from"};
    for (const YamlNode::Entry& entry : node.entries) {
      if (!check_name(entry, "argument")) continue;
      if (std::find(kTaken.begin(), kTaken.end(), entry.key) != kTaken.end()) {
        fields_.error(entry.where, fmt::format("argument '{}': every item has a '{}' already; choose another name", entry.key, entry.key));
        continue;
      }
      ArgSpec arg;
      arg.name = entry.key;
      arg.where = entry.where;
      const YamlNode* fallback = &entry.value;
      if (entry.value.is_map()) {
        fields_.check_keys(entry.value, kKeys, fmt::format("argument '{}'", arg.name));
        fallback = entry.value.find("default");
        std::set<std::string> words;
        if (const YamlNode* choices = entry.value.find("choices")) {
          arg.choices = read_choices(*choices, fmt::format("argument '{}'", arg.name), words, spec_.files[block.file]);
        }
        if (const YamlNode* help = entry.value.find("help")) fields_.text(*help, "help");
      }
      const bool required = fallback == nullptr || (fallback->is_scalar() && fallback->text == "required");
      if (!required) arg.fallback = fields_.expression(*fallback, fmt::format("argument '{}'", arg.name));
      if (required || arg.fallback) block.args.push_back(std::move(arg));
    }
  }

  void read_input(const YamlNode& node) {
    spec_.input.where = node.where;
    if (!fields_.want_map(node, "input")) return;
    static const std::vector<std::string> kKeys = {"channels", "height", "width"};
    fields_.check_keys(node, kKeys, "input");
    for (const auto& [key, target] : {std::pair{"channels", &spec_.input.channels}, std::pair{"height", &spec_.input.height},
                                      std::pair{"width", &spec_.input.width}}) {
      const YamlNode* size = node.find(key);
      if (size == nullptr) {
        fields_.error(node.where, fmt::format("input: missing key '{}'", key));
      } else if (auto value = fields_.expression(*size, key)) {
        *target = std::move(*value);
      }
    }
  }

  const ParamSpec* want_param(const YamlNode::Entry& entry) {
    const ParamSpec* param = spec_.find_param(entry.key);
    if (param == nullptr) {
      std::vector<std::string> known;
      for (const ParamSpec& p : spec_.main().params) known.push_back(p.name);
      fields_.error(entry.where, fmt::format("unknown parameter '{}'{}", entry.key, suggestion(entry.key, known)));
    }
    return param;
  }

  void read_settings(const YamlNode& map, std::vector<Setting>& settings, std::string* preset) {
    for (const YamlNode::Entry& entry : map.entries) {
      if (preset != nullptr && entry.key == "preset") {
        *preset = fields_.text(entry.value, "preset").value_or("");
        if (!preset->empty() && spec_.find_preset(*preset) == nullptr) {
          std::vector<std::string> known;
          for (const Preset& p : spec_.presets) known.push_back(p.name);
          fields_.error(entry.value.where, fmt::format("unknown preset '{}'{}", *preset, suggestion(*preset, known)));
        }
        continue;
      }
      if (want_param(entry) == nullptr) continue;
      if (auto value = fields_.constant(entry.value, fmt::format("parameter '{}'", entry.key), spec_.main().words)) {
        settings.push_back({entry.key, entry.where, std::move(*value)});
      }
    }
  }

  void read_presets(const YamlNode& node) {
    if (!fields_.want_map(node, "presets")) return;
    for (const YamlNode::Entry& entry : node.entries) {
      Preset preset = {entry.key, entry.where, {}};
      if (!is_identifier(entry.key)) {
        fields_.error(entry.where, fmt::format("preset '{}' must be named with letters, digits and '_'", entry.key));
      } else if (fields_.want_map(entry.value, fmt::format("preset '{}'", entry.key))) {
        read_settings(entry.value, preset.settings, nullptr);
        spec_.presets.push_back(std::move(preset));
      }
    }
  }

  std::vector<PublishedRow> read_rows(const YamlNode& node, const std::string& section) {
    std::vector<PublishedRow> rows;
    if (!fields_.want_list(node, section)) return rows;
    std::vector<std::string> figures = cost_names();
    figures.insert(figures.end(), {"share", "top1", "top5"});
    std::vector<std::string> keys = figures;
    keys.insert(keys.end(), {"at", "source", "as", "why"});
    for (const YamlNode& item : node.items) {
      if (!fields_.want_map(item, fmt::format("a row of {}", section))) continue;
      fields_.check_keys(item, keys, section);
      PublishedRow row;
      row.where = item.where;
      for (const YamlNode::Entry& entry : item.entries) {
        if (entry.key == "at") {
          if (fields_.want_map(entry.value, "at")) read_settings(entry.value, row.at, &row.preset);
        } else if (entry.key == "source") {
          row.source = fields_.text(entry.value, entry.key).value_or("");
        } else if (entry.key == "as") {
          row.rule = fields_.expression(entry.value, "as");
        } else if (entry.key == "why") {
          row.why = fields_.text(entry.value, entry.key).value_or("");
        } else if (std::find(figures.begin(), figures.end(), entry.key) != figures.end()) {
          read_figure(entry, row);
        }
      }
      if (row.source.empty()) fields_.error(item.where, fmt::format("{}: missing key 'source'", section));
      if (row.figures.empty()) fields_.error(item.where, fmt::format("{}: a row without a figure", section));
      check_rule(row, section);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  // A rule is for one cost, and says what it means.
  void check_rule(const PublishedRow& row, const std::string& section) {
    const auto costs = std::count_if(row.figures.begin(), row.figures.end(),
                                     [](const Figure& f) { return f.name != "top1" && f.name != "top5"; });
    const bool share = std::any_of(row.figures.begin(), row.figures.end(), [](const Figure& f) { return f.name == "share"; });
    if (row.rule && costs != 1) {
      fields_.error(row.rule->where, fmt::format("{}: 'as' is a rule for one figure, and this row has {}; split it", section, costs));
    } else if (row.rule && row.why.empty() && !share) {
      fields_.error(row.where, fmt::format("{}: a row with 'as' says in 'why' what its rule means", section));
    } else if (share && !row.rule) {
      fields_.error(row.where, fmt::format("{}: a share needs 'as', as in 100 * macs(conv_1x1) / macs", section));
    }
  }

  void read_figure(const YamlNode::Entry& entry, PublishedRow& row) {
    const auto text = fields_.text(entry.value, entry.key);
    if (!text) return;
    std::string_view number = *text;
    if (number.find_last_of("KMGT") == number.size() - 1) number.remove_suffix(1);
    std::string digits(number);
    digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
    bool is_number = false;
    try {
      is_number = Rational::parse(digits).has_value();
    } catch (const CountOverflow&) {
    }
    if (is_number) {
      row.figures.push_back({entry.key, *text, entry.value.where});
    } else {
      fields_.error(entry.value.where, fmt::format("'{}' is not a figure; write it as printed: 569M, 4.2M, 71.8", *text));
    }
  }

  void read_search(const YamlNode& node) {
    if (!fields_.want_map(node, "search")) return;
    fields_.check_keys(node, {"vary", "where"}, "search");
    SearchSpec search;
    search.where = node.where;
    if (const YamlNode* vary = node.find("vary"); vary != nullptr && fields_.want_map(*vary, "vary")) {
      for (const YamlNode::Entry& entry : vary->entries) {
        if (want_param(entry) == nullptr) continue;
        if (auto values = fields_.expression(entry.value, "vary")) search.vary.push_back({entry.key, entry.where, std::move(*values)});
      }
    }
    if (const YamlNode* where = node.find("where"); where != nullptr && fields_.want_list(*where, "where")) {
      for (const YamlNode& item : where->items) {
        if (auto condition = fields_.expression(item, "where")) search.conditions.push_back(std::move(*condition));
      }
    }
    spec_.search = std::move(search);
  }

  ArchSpec spec_;
  DiagnosticList diagnostics_;
  FieldReader fields_;
  std::vector<fs::path> including_;  // from the spec down to the file being read
  std::map<fs::path, int> included_;
  std::map<int, OpenFile> included_names_;
};

}  // namespace

const ParamSpec* ArchSpec::find_param(std::string_view param) const {
  for (const ParamSpec& p : main().params) {
    if (p.name == param) return &p;
  }
  return nullptr;
}

const Preset* ArchSpec::find_preset(std::string_view preset) const {
  for (const Preset& p : presets) {
    if (p.name == preset) return &p;
  }
  return nullptr;
}

std::string read_text_file(const fs::path& path) {
  std::error_code status;
  if (fs::is_directory(path, status)) throw Error(fmt::format("'{}' is a directory, not a spec", path.string()));
  if (!fs::exists(path, status)) throw Error(fmt::format("no file '{}'", path.string()));
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw Error(fmt::format("'{}' can't be read", path.string()));
  return text.str();
}

ArchSpec read_spec_text(std::string name, std::string text, const fs::path& folder) {
  return SpecReader().run(std::move(name), std::move(text), folder, {});
}

ArchSpec read_spec(const fs::path& path) {
  return SpecReader().run(path.string(), read_text_file(path), path.parent_path(), path);
}

const std::set<std::string>& layer_words() {
  static const std::set<std::string> kWords = [] {
    std::set<std::string> words = {"none", "same", "valid", "same_tf", "module", "function", "method"};
    for (const LayerKind* kind : layer_table()) {
      words.emplace(kind->name);
      for (const AttributeSpec& attribute : kind->attributes) {
        for (std::string_view word : attribute.words) words.emplace(word);
      }
    }
    return words;
  }();
  return kWords;
}

bool is_reserved(std::string_view name) {
  if (find_kind(name) != nullptr || find_function(name)) return true;
  for (const std::string& word : reserved_words()) {
    if (word == name) return true;
  }
  return false;
}

}  // namespace archcost
