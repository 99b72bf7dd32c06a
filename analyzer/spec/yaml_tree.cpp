// SPDX-License-Identifier: Apache-2.0
#include "spec/yaml_tree.hpp"

#include <fmt/core.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "core/text.hpp"
#include "spec/line_places.hpp"
#include "spec/yaml_fault.hpp"

namespace archcost::spec {
namespace {

constexpr std::size_t kMostNesting = 64;
constexpr std::size_t kMostAliasNodes = 100'000;
constexpr std::size_t kMostNodes = 2'000'000;

// Builds the tree from yaml-cpp's events. Its own node tree isn't used: it drops equal keys, shares
// aliased nodes and forgets where nulls were.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const LinePlaces& lines, DiagnosticList& diagnostics)
      : lines_(&lines), diagnostics_(&diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override { document_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override {
    YamlNode node;
    // The mark of a null is useless; the place of its key or list is better.
    if (stack_.empty()) {
      node.where = lines_->at(document_);
    } else if (stack_.back().node.is_list()) {
      node.where = stack_.back().node.where;
      stack_.back().missing.emplace_back(
          node.where,
          fmt::format("item {} of this list has no value", stack_.back().node.items.size() + 1));
    } else {
      node.where = stack_.back().key_where;
    }
    remember(anchor, node);
    put(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw YamlFault{lines_->at(mark), "an alias inside its own anchor; write the value out"};
    }
    alias_nodes_ += count(found->second);
    if (alias_nodes_ > kMostAliasNodes) {
      throw YamlFault{lines_->at(mark),
                      fmt::format("aliases expand to more than {} values; use blocks instead",
                                  with_commas(kMostAliasNodes))};
    }
    if (stack_.size() + depth(found->second) > kMostNesting) {
      throw YamlFault{lines_->at(mark),
                      fmt::format("nested more than {} levels deep", kMostNesting)};
    }
    YamlNode copy = found->second;
    copy.where = lines_->at(mark);
    put(std::move(copy));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.kind = YamlNode::Kind::kScalar;
    node.where = lines_->at(mark);
    node.text = value;
    node.quoted = tag == "!";
    const std::string_view written = without_anchor(lines_->from(mark));
    node.literal = anchor == 0 && written.substr(node.quoted ? 1 : 0).starts_with(value);
    if (node.quoted && !is_closed(written))
      throw YamlFault{node.where, "not valid YAML: a quote is not closed"};
    // A plain scalar has the tag "?", a quoted one "!"; anything else was written as a tag. So was
    // a plain "!" before a word (`when: !se`, `when: ! se`).
    const bool bare_tag =
        node.quoted &&
        (written.empty() || std::string_view("\"'|>").find(written[0]) == std::string_view::npos);
    if (bare_tag || (tag != "?" && tag != "!" && !tag.empty())) refuse_tag(node.where, tag);
    if (const auto control = find_control(value)) {
      diagnostics_->add(node.where, fmt::format("a text with the control character {}",
                                                code_point_name(value.substr(*control))));
      node.text.clear();
    }
    remember(anchor, node);
    put(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, YamlNode::Kind::kList, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap, style);
  }
  void OnMapEnd() override { close(); }

  YamlNode take_root() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    std::string key;
    SourceRef key_where;
    std::unordered_map<std::string, int> seen;  // key to line
    // Keys without a value, reported when the map is complete: in an unclosed one they mean
    // nothing.
    std::vector<std::pair<SourceRef, std::string>> missing;
  };

  // Whether a text that begins with a quote has a closing one; yaml-cpp accepts the end of the
  // file instead.
  static bool is_closed(std::string_view text) {
    if (text.empty() || (text[0] != '"' && text[0] != '\'')) return true;
    for (std::size_t i = 1; i < text.size(); ++i) {
      const bool escapes = text[0] == '"' && text[i] == '\\';
      const bool doubled =
          text[0] == '\'' && text[i] == '\'' && i + 1 < text.size() && text[i + 1] == '\'';
      if (escapes || doubled)
        ++i;
      else if (text[i] == text[0])
        return true;
    }
    return false;
  }

  // What follows "&name " at the beginning.
  static std::string_view without_anchor(std::string_view text) {
    if (!text.starts_with('&')) return text;
    const std::size_t end = text.find_first_of(" \n");
    const std::size_t next = text.find_first_not_of(" \n", std::min(end, text.size()));
    return next == std::string_view::npos ? std::string_view() : text.substr(next);
  }

  static std::size_t depth(const YamlNode& node) {
    std::size_t below = 0;
    for (const YamlNode& item : node.items) below = std::max(below, depth(item));
    for (const YamlNode::Entry& entry : node.entries) below = std::max(below, depth(entry.value));
    return below + 1;
  }

  static std::size_t count(const YamlNode& node) {
    std::size_t n = 1;
    for (const YamlNode& item : node.items) n += count(item);
    for (const YamlNode::Entry& entry : node.entries) n += count(entry.value);
    return n;
  }

  void refuse_tag(const SourceRef& where, const std::string& tag) {
    diagnostics_->add(
        where,
        fmt::format("'{}' is a YAML tag, which means nothing here; to negate, write 'not x'", tag));
  }

  void remember(YAML::anchor_t anchor, const YamlNode& node) {
    if (anchor != 0) anchors_[anchor] = node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind, YAML::EmitterStyle::value style) {
    Open level;
    level.node.kind = kind;
    level.node.where = lines_->at(mark);
    level.node.flow = style == YAML::EmitterStyle::Flow;
    level.anchor = anchor;
    // A list or map without a tag has "?"; "!" was written: `!{a: 1}`.
    if (tag != "?" && !tag.empty()) refuse_tag(level.node.where, tag);
    if (stack_.size() >= kMostNesting) {
      throw YamlFault{level.node.where,
                      fmt::format("nested more than {} levels deep", kMostNesting)};
    }
    stack_.push_back(std::move(level));
  }

  void close() {
    Open level = std::move(stack_.back());
    stack_.pop_back();
    // "- conv:" above lines that should have been its own.
    const bool shallow = level.node.entries.size() > 1 &&
                         level.node.entries[0].value.kind == YamlNode::Kind::kNull &&
                         !level.node.flow && !stack_.empty() && stack_.back().node.is_list();
    if (shallow) level.missing[0].second += "; the lines below it must be indented deeper than it";
    const Excerpt excerpt = shallow ? Excerpt::kIndented : Excerpt::kTrimmed;
    for (auto& [where, message] : level.missing)
      diagnostics_->add(where, std::move(message), excerpt);
    remember(level.anchor, level.node);
    put(std::move(level.node));
  }

  void put(YamlNode node) {
    if (++nodes_ > kMostNodes) {
      throw YamlFault{node.where, fmt::format("more than {} values in a file; equal layers are "
                                              "written once, with 'repeat'",
                                              with_commas(kMostNodes))};
    }
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& level = stack_.back();
    if (level.node.is_list()) {
      level.node.items.push_back(std::move(node));
    } else if (!level.has_key) {
      take_key(level, node);
    } else {
      add_entry(level, std::move(node));
    }
  }

  void take_key(Open& level, const YamlNode& node) {
    level.has_key = true;
    level.key = node.text;
    level.key_where = node.where;
    if (!node.is_scalar())
      diagnostics_->add(node.where, "a key must be a word; write 'key: value'");
  }

  void add_entry(Open& level, YamlNode value) {
    level.has_key = false;
    const auto [place, fresh] = level.seen.emplace(level.key, level.key_where.line);
    if (!fresh) {
      diagnostics_->add(
          level.key_where,
          fmt::format("'{}' is written twice; the first is on line {}", level.key, place->second));
      return;
    }
    if (value.kind == YamlNode::Kind::kNull)
      level.missing.emplace_back(level.key_where, missing_value_message(level));
    level.node.entries.push_back({level.key, level.key_where, std::move(value)});
  }

  // A key without a value is usually an expression or a text that YAML read as a key.
  static std::string missing_value_message(const Open& level) {
    const std::string& key = level.key;
    const std::size_t colon = key.find(':');
    if (key.find('(') != std::string::npos || key.find(')') != std::string::npos ||
        (level.node.flow && cut_at_comma(level))) {
      return fmt::format(
          "'{}' has no value: inside {{ }} and [ ] YAML cuts an expression at its comma; put the "
          "whole expression in quotes",
          key);
    }
    if (colon != std::string::npos && colon + 1 < key.size()) {
      return fmt::format("'{}' has no value; YAML needs a space after the colon: '{}: {}'", key,
                         key.substr(0, colon), key.substr(colon + 1));
    }
    if (level.node.flow) {
      return fmt::format(
          "'{}' has no value; write '{}: value' (and put an expression with a comma in quotes)",
          key, key);
    }
    return fmt::format("'{}' has no value", key);
  }

  // Whether the entry before ends inside a parenthesis, so that this key is its other half.
  static bool cut_at_comma(const Open& level) {
    if (level.node.entries.empty()) return false;
    const std::string& text = level.node.entries.back().value.text;
    std::ptrdiff_t balance = 0;
    for (char c : text) balance += (c == '(') - (c == ')');
    return balance > 0;
  }

  const LinePlaces* lines_;
  DiagnosticList* diagnostics_;
  YAML::Mark document_;
  std::vector<Open> stack_;
  std::unordered_map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t alias_nodes_ = 0, nodes_ = 0;
  YamlNode root_;
};

// Bytes that no spec may hold. Tabs that indent become part of a key in yaml-cpp.
void check_bytes(std::string_view text, const LinePlaces& lines) {
  if (const auto bad = find_invalid_utf8(text)) {
    throw YamlFault{lines.at_offset(*bad),
                    fmt::format("byte 0x{:02X} is not UTF-8; save the file as UTF-8",
                                static_cast<unsigned char>(text[*bad]))};
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    throw YamlFault{lines.at_offset(nul), "a zero byte; this is not a text file"};
  }
  if (const auto control = find_control(text)) {
    throw YamlFault{lines.at_offset(*control), fmt::format("the control character {}",
                                                           code_point_name(text.substr(*control)))};
  }
  bool indent = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\t' && indent)
      throw YamlFault{lines.at_offset(i), "a tab as indentation; YAML needs spaces",
                      Excerpt::kIndented};
    indent = text[i] == '\n' || (indent && text[i] == ' ');
  }
}

YamlNode parse(std::string_view text, const LinePlaces& lines, DiagnosticList& diagnostics) {
  check_bytes(text, lines);
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    TreeBuilder builder(lines, diagnostics);
    if (!parser.HandleNextDocument(builder)) return {};
    YamlNode root = builder.take_root();
    TreeBuilder second(lines, diagnostics);
    if (parser.HandleNextDocument(second)) {
      const YamlNode extra = second.take_root();
      throw YamlFault{extra.where, "a second document after '---'; a spec is one document"};
    }
    return root;
  } catch (const YAML::DeepRecursion& e) {
    throw YamlFault{lines.at(e.mark), fmt::format("nested more than {} levels deep", kMostNesting)};
  } catch (const YAML::Exception& e) {
    throw yaml_fault(text, lines, e.msg, text.size() - lines.from(e.mark).size());
  }
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

YamlNode parse_yaml(const Sources& sources, int file, DiagnosticList& diagnostics) {
  const std::string& text = sources.file(file).text;
  const LinePlaces lines(text, file);
  try {
    return parse(text, lines, diagnostics);
  } catch (const YamlFault& fatal) {
    diagnostics.add(fatal.where, fatal.message, fatal.excerpt);
    diagnostics.throw_if_any();
    throw;
  }
}

}  // namespace archcost::spec
