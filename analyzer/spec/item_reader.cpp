// SPDX-License-Identifier: Apache-2.0
#include "spec/item_reader.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "layers/layer_table.hpp"
#include "spec/tensor_names.hpp"

namespace archcost::spec {
namespace {

const std::vector<std::string> kModifiers = {"name", "when", "repeat", "from"};

bool is_label(std::string_view text) {
  return !text.empty() && text != kInputWord &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

/// What uses another layer's weights may say so.
const std::vector<std::string> kSharing = {"weights_of"};

bool merges(const layers::LayerKind& kind) {
  return kind.arity == layers::Arity::kTwo || kind.arity == layers::Arity::kSeveral;
}

std::vector<std::string> with_modifiers(std::vector<std::string> keys) {
  keys.insert(keys.end(), kModifiers.begin(), kModifiers.end());
  return keys;
}
std::vector<std::string> with_all_modifiers(std::vector<std::string> keys) {
  keys = with_modifiers(std::move(keys));
  keys.insert(keys.end(), kSharing.begin(), kSharing.end());
  return keys;
}

// The modifier or attribute that the misspelt key of a merge was meant to be. A key with a list is
// a branch.
std::optional<std::string> meant_modifier(const layers::LayerKind& kind,
                                          const YamlNode::Entry& entry) {
  if (!entry.value.is_scalar()) return std::nullopt;
  return nearest(entry.key, with_modifiers(names_of(kind.attributes)));
}

class ItemReader {
 public:
  ItemReader(FieldReader& fields, const std::map<std::string, int>& blocks,
             const std::vector<BlockSpec>& signatures)
      : fields_(&fields), blocks_(&blocks), signatures_(&signatures) {}

  std::vector<Item> list(const YamlNode& node, std::string_view what) {
    std::vector<Item> items;
    if (!fields_->want_list(node, what)) return items;
    items.reserve(node.items.size());
    for (const YamlNode& entry : node.items) {
      if (auto read = item(entry)) items.push_back(std::move(*read));
    }
    return items;
  }

 private:
  // The branches that a merge has in the file, wrong ones too.
  struct WrittenBranches {
    bool any = false;
    std::size_t count = 0;
  };

  std::string subject(const Item& item) const {
    const std::string head =
        item.form == Item::Form::kBlock ? "block '" + item.head + "'" : item.head;
    return item.name.empty() || item.form == Item::Form::kBlock
               ? head
               : fmt::format("{} '{}'", head, item.name);
  }

  std::optional<Item> item(const YamlNode& node) {
    const auto read = [&](const std::string& head, const SourceRef& where, const YamlNode& body) {
      Item item;
      item.where = where;
      item.head = head;
      if (!set_head(item)) return std::optional<Item>();
      read_body(item, body);
      return std::optional(std::move(item));
    };
    if (node.is_scalar()) return read(node.text, node.where, {YamlNode::Kind::kMap, node.where});
    if (!node.is_map() || node.entries.size() != 1) {
      if (node.is_map() && node.entries.empty())
        return std::nullopt;  // its only key had no value: reported
      fields_->error(
          node.where,
          node.is_map()
              ? fmt::format(
                    "an item has one key, the layer's kind or block, and here are {}: '{}' and "
                    "'{}'; is the indentation right?",
                    node.entries.size(), node.entries[0].key, node.entries[1].key)
              : "an item must be a kind of layer or a block: '- relu' or '- conv: {...}'");
      return std::nullopt;
    }
    const YamlNode::Entry& entry = node.entries[0];
    return read(entry.key, entry.where, entry.value);
  }

  bool set_head(Item& item) {
    const std::string& head = item.head;
    if (head == "group" || head == "stage") {
      item.form = Item::Form::kGroup;
    } else if (head == "activation") {
      item.form = Item::Form::kActivation;
    } else if (const auto block = blocks_->find(head); block != blocks_->end()) {
      item.form = Item::Form::kBlock;
      item.block = block->second;
    } else if (const layers::LayerKind* kind = layers::find_kind(head)) {
      item.form = merges(*kind) ? Item::Form::kMerge : Item::Form::kLayer;
      item.kind = kind;
    } else {
      std::vector<std::string> known = layers::kind_names();
      for (const auto& [name, index] : *blocks_) known.push_back(name);
      known.insert(known.end(), {"group", "stage", "activation"});
      const std::size_t cut = head.find_first_of(":{ ");
      const std::string advice =
          cut == std::string::npos || cut == 0
              ? suggestion(head, known)
              : fmt::format("; YAML needs a {} '{}: {{...}}'",
                            head[cut] == ':' ? "space after the colon:" : "colon and a space:",
                            head.substr(0, cut));
      fields_->error(item.where,
                     fmt::format("unknown kind of layer or block '{}'{}", head, advice));
      return false;
    }
    return true;
  }

  void read_body(Item& item, const YamlNode& body) {
    if (body.is_map()) {
      for (const YamlNode::Entry& entry : body.entries) read_modifier(item, entry);
    }
    switch (item.form) {
      case Item::Form::kMerge:
        return read_merge(item, body);
      case Item::Form::kLayer:
        return read_layer(item, body);
      case Item::Form::kBlock:
        return read_block(item, body);
      case Item::Form::kGroup:
        return read_group(item, body);
      case Item::Form::kActivation:
        return read_activation(item, body);
    }
  }

  void read_modifier(Item& item, const YamlNode::Entry& entry) {
    if (entry.key == "name") {
      const auto name = fields_->text(entry.value, "name");
      if (name && is_label(*name)) {
        item.name = *name;
      } else if (name) {
        fields_->error(entry.value.where,
                       *name == kInputWord
                           ? std::string("'input' is the network's input; choose another name")
                           : fmt::format("name '{}' must be letters, digits and '_'", *name));
      }
    } else if (entry.key == "when") {
      item.when = fields_->expression(entry.value, "when");
    } else if (entry.key == "repeat") {
      item.repeat = fields_->expression(entry.value, "repeat");
    } else if (entry.key == "from") {
      read_from(item, entry.value);
    } else if (entry.key == "weights_of" && item.form != Item::Form::kMerge) {
      if (const auto path = fields_->text(entry.value, "weights_of"))
        item.weights_of = Reference{*path, entry.value.where, "weights_of"};
    } else if (entry.key == "call" && item.form != Item::Form::kBlock &&
               item.form != Item::Form::kGroup) {
      item.call = argument(entry);
    }
  }

  std::optional<NamedExpression> argument(const YamlNode::Entry& entry) {
    auto value = fields_->expression(entry.value, entry.key);
    if (!value) return std::nullopt;
    return NamedExpression{entry.key, entry.where, std::move(*value)};
  }

  void add_argument(Item& item, const YamlNode::Entry& entry) {
    if (auto read = argument(entry)) item.arguments.push_back(std::move(*read));
  }

  void read_from(Item& item, const YamlNode& node) {
    item.from = read_references(*fields_, node, "from");
    const bool one = item.form == Item::Form::kActivation ||
                     (item.form == Item::Form::kLayer && item.kind->arity != layers::Arity::kAny);
    if (item.from.size() > 1 && one) {
      fields_->error(node.where,
                     fmt::format("{} takes one input, not {}; join them with add or concat first",
                                 subject(item), item.from.size()));
    }
  }

  // The sides of a padding may have names; inside they are a list.
  YamlNode side_list(const YamlNode::Entry& entry) {
    static const std::vector<std::string> kSides = {"top", "left", "bottom", "right"};
    fields_->check_keys(entry.value, kSides, entry.key, "side");
    YamlNode list = {YamlNode::Kind::kList, entry.value.where};
    for (const std::string& side : kSides) {
      const YamlNode* written = entry.value.find(side);
      list.items.push_back(written ? *written
                                   : YamlNode{YamlNode::Kind::kScalar, entry.value.where, "0"});
    }
    return list;
  }

  // A value alone, as in 'conv: 64', for the first attribute that is needed.
  bool want_attributes(const Item& item, const YamlNode& body) {
    if (body.kind != YamlNode::Kind::kScalar) return fields_->want_map(body, subject(item));
    for (const layers::AttributeSpec& attribute : item.kind->attributes) {
      if (!attribute.fallback.empty()) continue;
      fields_->error(body.where,
                     fmt::format("{} must be a map; write '{}: {{{}: {}}}'", subject(item),
                                 item.kind->name, attribute.name, body.text));
      return false;
    }
    return fields_->want_map(body, subject(item));
  }

  void read_layer(Item& item, const YamlNode& body) {
    if (!want_attributes(item, body)) return;
    if (item.kind->arity == layers::Arity::kNone) {
      if (item.name.empty()) fields_->error(item.where, "a further input needs a name");
      if (!item.from.empty())
        fields_->error(item.where,
                       fmt::format("{} takes nothing; it has no 'from'", subject(item)));
    }
    std::vector<std::string> keys = with_all_modifiers(names_of(item.kind->attributes));
    keys.push_back("call");
    fields_->check_keys(body, keys, subject(item), "attribute");
    for (const YamlNode::Entry& entry : body.entries) {
      const layers::AttributeSpec* attribute = find_named(item.kind->attributes, entry.key);
      if (attribute == nullptr) continue;
      const bool sides = attribute->type == layers::AttributeType::kPadding && entry.value.is_map();
      add_argument(item, sides ? YamlNode::Entry{entry.key, entry.where, side_list(entry)} : entry);
    }
    for (const layers::AttributeSpec& attribute : item.kind->attributes) {
      if (attribute.fallback.empty() && body.find(attribute.name) == nullptr &&
          !fields_->is_misspelt(body, attribute.name)) {
        fields_->error(item.where, fmt::format("{}: missing attribute '{}' ({})", subject(item),
                                               attribute.name, attribute.help));
      }
    }
  }

  void read_block(Item& item, const YamlNode& body) {
    if (!fields_->want_map(body, subject(item))) return;
    const BlockSpec& block = (*signatures_)[item.block];
    fields_->check_keys(body, with_all_modifiers(names_of(block.args)), subject(item), "argument");
    for (const YamlNode::Entry& entry : body.entries) {
      if (find_named(block.args, entry.key) != nullptr) add_argument(item, entry);
    }
    for (const ArgSpec& arg : block.args) {
      if (!arg.fallback && body.find(arg.name) == nullptr && !fields_->is_misspelt(body, arg.name))
        fields_->error(item.where,
                       fmt::format("{}: missing argument '{}'", subject(item), arg.name));
    }
  }

  void read_group(Item& item, const YamlNode& body) {
    if (!fields_->want_map(body, subject(item))) return;
    fields_->check_keys(body, with_all_modifiers({"layers", "inputs", "outputs"}), subject(item));
    item.tensors = read_tensor_names(*fields_, body, subject(item));
    if (const YamlNode* layers = fields_->need(body, "layers", subject(item), item.where))
      item.layers = list(*layers, fmt::format("layers of {}", subject(item)));
    check_labels(*fields_, item.tensors, item.layers);
  }

  void read_activation(Item& item, const YamlNode& body) {
    if (!fields_->want_map(body, subject(item))) return;
    fields_->check_keys(body, with_all_modifiers({"kind", "call"}), subject(item));
    const YamlNode* kind = body.find("kind");
    if (kind != nullptr)
      add_argument(item, {"kind", kind->where, *kind});
    else if (!fields_->is_misspelt(body, "kind"))
      fields_->error(item.where, "activation: missing key 'kind' (the kind of layer, or none)");
  }

  // A merge takes branches, as a list or by name, or `from`.
  void read_merge(Item& item, const YamlNode& body) {
    WrittenBranches written;
    if (body.is_list()) {
      written = {true, body.items.size()};
      read_branch_list(item, body);
    } else if (body.is_map()) {
      for (const YamlNode::Entry& entry : body.entries) read_merge_entry(item, entry, written);
    } else {
      fields_->error(
          body.where,
          fmt::format("{} needs branches: a list of lists of layers, or 'name: [layers]'",
                      subject(item)));
      return;
    }
    check_merge(item, written);
  }

  // The map of a merge holds modifiers and the kind's attributes; every other key is a branch.
  void read_merge_entry(Item& item, const YamlNode::Entry& entry, WrittenBranches& written) {
    if (is_one_of(entry.key, kModifiers) || entry.key == "call") return;
    if (find_named(item.kind->attributes, entry.key) != nullptr) {
      add_argument(item, entry);
    } else if (entry.key == "branches") {
      written.any = true;
      written.count += entry.value.items.size();
      if (fields_->want_list(entry.value, "branches")) read_branch_list(item, entry.value);
    } else if (!is_label(entry.key)) {
      written.any = true;
      ++written.count;
      fields_->error(
          entry.where,
          entry.key == kInputWord
              ? std::string("'input' is the network's input; choose another name")
              : fmt::format("branch '{}' must be named with letters, digits and '_'", entry.key));
    } else if (const auto meant = meant_modifier(*item.kind, entry)) {
      fields_->error(entry.where, fmt::format("{}: unknown key '{}'; did you mean '{}'?",
                                              subject(item), entry.key, *meant));
    } else {
      written.any = true;
      ++written.count;
      if (auto read = branch(entry.value, entry.key)) item.branches.push_back(std::move(*read));
    }
  }

  void check_merge(const Item& item, const WrittenBranches& written) {
    const auto error = [&](std::string message) { fields_->error(item.where, std::move(message)); };
    const std::string what = subject(item);
    if (item.from.empty() && !written.any) {
      error(fmt::format("{} needs branches, or 'from' with the layers to join", what));
      return;
    }
    if (!item.from.empty() && written.any) {
      error(fmt::format("{} has branches and 'from'; it takes one of them", what));
    } else if (written.count == 1 && !item.branches.empty() && !item.branches.front().when) {
      const std::string& name = item.branches.front().name;
      error(fmt::format(
          "{} has one branch, '{}', and merges nothing; write its layers without {}, or "
          "more branches",
          what, name.empty() ? "[...]" : name, item.head));
    } else if (!item.from.empty() && item.repeat) {
      error(fmt::format("{}: 'repeat' with 'from' would join the same layers again; use a group",
                        what));
    }
    const std::size_t inputs = std::max(item.from.size(), item.branches.size());
    // One name may be of a block that gives several tensors.
    if (item.kind->arity == layers::Arity::kTwo && inputs != 2 && item.from.size() != 1)
      error(fmt::format("{} takes two inputs, not {}", what, inputs));
  }

  void read_branch_list(Item& item, const YamlNode& list) {
    for (const YamlNode& node : list.items) {
      if (auto read = branch(node, "")) item.branches.push_back(std::move(*read));
    }
    if (list.items.empty())
      fields_->error(list.where, fmt::format("{} has no branches", subject(item)));
  }

  std::optional<Branch> branch(const YamlNode& node, std::string name) {
    Branch branch;
    branch.name = std::move(name);
    const std::string what =
        branch.name.empty() ? std::string("a branch") : fmt::format("branch '{}'", branch.name);
    if (node.is_list()) {
      branch.layers = list(node, what);
      return branch;
    }
    static const std::vector<std::string> kKeys = {"when", "layers"};
    const auto is_key = [](const YamlNode::Entry& e) { return is_one_of(e.key, kKeys); };
    const bool of_branch_keys =
        node.is_map() &&
        (node.entries.empty() || std::any_of(node.entries.begin(), node.entries.end(), is_key));
    if (of_branch_keys) {
      fields_->check_keys(node, kKeys, what);
      if (const YamlNode* when = node.find("when"))
        branch.when = fields_->expression(*when, "when");
      if (const YamlNode* layers = node.find("layers"))
        branch.layers = list(*layers, "layers of " + what);
      return branch;
    }
    const std::string written =
        node.is_map() && !node.entries.empty() ? node.entries[0].key : node.text;
    const bool is_item = node.is_map() || layers::find_kind(written) != nullptr ||
                         blocks_->find(written) != blocks_->end();
    fields_->error(
        node.where,
        branch.name.empty()
            ? fmt::format(
                  "a branch is a list of items; write '[{}{}]'{}", written,
                  node.is_map() ? ": {...}" : "",
                  is_item ? ""
                          : fmt::format(", or 'from: [{}, ...]' for outputs of layers", written))
            : fmt::format("{} is a list of items; write '{}: [{}{}]', or {{when, layers}}", what,
                          branch.name, written, node.is_map() ? ": {...}" : ""));
    return std::nullopt;
  }

  FieldReader* fields_;
  const std::map<std::string, int>* blocks_;
  const std::vector<BlockSpec>* signatures_;
};

}  // namespace

std::vector<Item> read_items(FieldReader& fields, const std::map<std::string, int>& blocks,
                             const std::vector<BlockSpec>& signatures, const YamlNode& node,
                             std::string_view what) {
  return ItemReader(fields, blocks, signatures).list(node, what);
}

}  // namespace archcost::spec
