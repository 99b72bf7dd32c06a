// SPDX-License-Identifier: Apache-2.0
#include "spec/inline_includes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>

#include "core/text.hpp"
#include "spec/resolver.hpp"

namespace archcost::spec {
namespace {

using Visit = std::function<void(Expression&)>;

void visit_optional(std::optional<Expression>& expression, const Visit& visit) {
  if (expression) visit(*expression);
}

void visit_all(std::vector<NamedExpression>& rows, const Visit& visit) {
  for (NamedExpression& row : rows) visit(row.value);
}

void visit_items(std::vector<Item>& items, const Visit& visit) {
  for (Item& item : items) {
    visit_optional(item.when, visit);
    visit_optional(item.repeat, visit);
    visit_all(item.arguments, visit);
    if (item.call) visit(item.call->value);
    visit_items(item.layers, visit);
    for (Branch& branch : item.branches) {
      visit_optional(branch.when, visit);
      visit_items(branch.layers, visit);
    }
  }
}

void visit_block(BlockSpec& block, const Visit& visit) {
  for (ArgSpec& arg : block.args) visit_optional(arg.fallback, visit);
  visit_all(block.lets, visit);
  visit_items(block.layers, visit);
}

void visit_table(LookupTable& table, const Visit& visit) {
  visit_optional(table.by, visit);
  visit_optional(table.value, visit);
  for (LookupRow& row : table.rows) visit(row.value);
}

// A name of a file: of a parameter, a value or a table.
struct FileName {
  int file = 0;
  std::string name;
  friend auto operator<=>(const FileName&, const FileName&) = default;
};

// Nothing for a name of a block, a word or a size.
std::optional<FileName> file_name(const ExpressionNode& node, int file) {
  if (node.op != ExpressionOp::kName && node.op != ExpressionOp::kCall) return {};
  if (node.scope == Scope::kTable) return FileName{node.file, node.text};
  if (node.scope == Scope::kParam || node.scope == Scope::kFileLet)
    return FileName{file, node.text};
  return {};
}

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The text with other names: whole identifiers, but none behind a dot.
std::string renamed(std::string_view text, const std::map<std::string, std::string>& names) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_name_character(text[end])) ++end;
    const std::string word(text.substr(i, end - i));
    const auto found = names.find(word);
    const bool member = i > 0 && text[i - 1] == '.';
    result += found == names.end() || member ? word : found->second;
    if (end == i) result += text[end++];
    i = end;
  }
  return result;
}

class Inliner {
 public:
  explicit Inliner(ArchSpec spec) : spec_(std::move(spec)) {}

  ArchSpec run() {
    find_used();
    choose_names();
    check_words();
    ArchSpec result = spec_;
    rename(result);
    merge(result);
    result.is_text = false;
    DiagnosticList diagnostics(result.sources);
    resolve_names(result, {}, diagnostics);
    diagnostics.throw_if_any();
    return result;
  }

 private:
  // --- what the network uses of included files

  void find_used() {
    blocks_.assign(spec_.blocks.size(), false);
    use_items(spec_.layers, 0);
    for (std::size_t b = 0; b < spec_.blocks.size(); ++b) {
      if (spec_.blocks[b].file == 0) use_block(b);
    }
    const Visit visit = [&](Expression& expression) { use(expression, 0); };
    FileScope& main = spec_.files.front();
    for (ParamSpec& param : main.params) visit(param.fallback);
    for (LookupTable& table : main.tables) visit_table(table, visit);
    visit_all(main.lets, visit);
    for (Expression* side : {&spec_.input.channels, &spec_.input.height, &spec_.input.width})
      visit(*side);
  }

  void use_block(std::size_t index) {
    if (blocks_[index]) return;
    blocks_[index] = true;
    BlockSpec& block = spec_.blocks[index];
    visit_block(block, [&](Expression& expression) { use(expression, block.file); });
    use_blocks_of(block.layers);
  }

  void use_items(std::vector<Item>& items, int file) {
    visit_items(items, [&](Expression& expression) { use(expression, file); });
    use_blocks_of(items);
  }

  void use_blocks_of(const std::vector<Item>& items) {
    for (const Item& item : items) {
      if (item.block >= 0) use_block(static_cast<std::size_t>(item.block));
      use_blocks_of(item.layers);
      for (const Branch& branch : item.branches) use_blocks_of(branch.layers);
    }
  }

  void use(Expression& expression, int file) {
    for (const ExpressionNode& node : expression.nodes) {
      const auto name = file_name(node, file);
      if (!name || name->file == 0 || !used_.insert(*name).second) continue;
      FileScope& scope = spec_.files[static_cast<std::size_t>(name->file)];
      const Visit visit = [&](Expression& inner) { use(inner, name->file); };
      for (ParamSpec& param : scope.params) {
        if (param.name == name->name) visit(param.fallback);
      }
      for (NamedExpression& let : scope.lets) {
        if (let.name == name->name) visit(let.value);
      }
      for (LookupTable& table : scope.tables) {
        if (table.name == name->name) visit_table(table, visit);
      }
    }
  }

  // --- names

  std::set<std::string> names_of(int file) const {
    std::set<std::string> names;
    const auto add = [&](const auto& rows) {
      for (const auto& row : rows) names.insert(row.name);
    };
    const FileScope& scope = spec_.files[static_cast<std::size_t>(file)];
    add(scope.params), add(scope.lets), add(scope.tables);
    for (const BlockSpec& block : spec_.blocks) {
      if (block.file == file) add(block.args), add(block.lets);
    }
    return names;
  }

  void choose_names() {
    std::map<std::string, int> owners;  // in how many files a name stands
    for (std::size_t f = 0; f < spec_.files.size(); ++f) {
      for (const std::string& name : names_of(static_cast<int>(f))) ++owners[name];
    }
    for (const FileName& used : used_) {
      std::string name = used.name;
      if (owners[name] > 1) {
        for (int number = 2; owners.contains(name); ++number)
          name = fmt::format("{}{}", used.name, number);
      }
      owners[name] += 1;
      names_[used.file][used.name] = name;
    }
  }

  void check_words() const {
    for (std::size_t f = 1; f < spec_.files.size(); ++f) {
      for (std::size_t other = 0; other < spec_.files.size(); ++other) {
        const std::set<std::string> names = names_of(static_cast<int>(other));
        for (const std::string& word : spec_.files[f].words) {
          if (other != f && names.contains(word))
            throw Error(
                fmt::format("'{}' can't be one file: '{}' is a choice in one of its files "
                            "and a name in another; call one of them differently",
                            spec_.name, word));
        }
      }
    }
  }

  // Names of a block stand before those of its file.
  void rename(Expression& expression, int file) const {
    std::map<std::string, std::string> own;
    for (ExpressionNode& node : expression.nodes) {
      const auto name = file_name(node, file);
      if (!name || !names_.contains(name->file)) continue;
      const auto found = names_.at(name->file).find(name->name);
      if (found == names_.at(name->file).end()) continue;
      own[name->name] = found->second;
      node.text = found->second;
    }
    expression.text = renamed(expression.text, own);
  }

  void rename(ArchSpec& result) const {
    for (std::size_t f = 0; f < result.files.size(); ++f) {
      FileScope& scope = result.files[f];
      const int file = static_cast<int>(f);
      const Visit visit = [&](Expression& expression) { rename(expression, file); };
      const auto rename_rows = [&](auto& rows) {
        for (auto& row : rows) row.name = new_name(file, row.name);
      };
      for (ParamSpec& param : scope.params) visit(param.fallback);
      for (LookupTable& table : scope.tables) visit_table(table, visit);
      visit_all(scope.lets, visit);
      rename_rows(scope.params), rename_rows(scope.tables), rename_rows(scope.lets);
    }
    for (BlockSpec& block : result.blocks)
      visit_block(block, [&](Expression& expression) { rename(expression, block.file); });
    visit_items(result.layers, [&](Expression& expression) { rename(expression, 0); });
    for (Expression* side : {&result.input.channels, &result.input.height, &result.input.width})
      rename(*side, 0);
  }

  const std::string& new_name(int file, const std::string& name) const {
    const auto names = names_.find(file);
    if (names == names_.end()) return name;
    const auto found = names->second.find(name);
    return found == names->second.end() ? name : found->second;
  }

  // --- one file

  template <class Rows>
  void move_used(int file, Rows& from, const Rows& before, Rows& to) const {
    for (std::size_t k = 0; k < from.size(); ++k) {
      if (used_.contains({file, before[k].name})) to.push_back(std::move(from[k]));
    }
  }

  void merge(ArchSpec& result) const {
    FileScope main = std::move(result.files.front());
    std::vector<NamedExpression> lets;
    for (const int f : result.bind_order) {
      if (f == 0) continue;
      FileScope& scope = result.files[static_cast<std::size_t>(f)];
      const FileScope& before = spec_.files[static_cast<std::size_t>(f)];
      const auto first = static_cast<std::ptrdiff_t>(main.params.size());
      move_used(f, scope.params, before.params, main.params);
      std::for_each(main.params.begin() + first, main.params.end(),
                    [](ParamSpec& param) { param.sweep.clear(); });
      move_used(f, scope.lets, before.lets, lets);
      move_used(f, scope.tables, before.tables, main.tables);
      main.words.insert(scope.words.begin(), scope.words.end());
    }
    lets.insert(lets.end(), main.lets.begin(), main.lets.end());
    main.lets = std::move(lets);
    main.imported.clear();
    std::vector<int> place(result.blocks.size(), -1);
    std::vector<BlockSpec> blocks;
    main.blocks.clear();
    for (std::size_t b = 0; b < result.blocks.size(); ++b) {
      if (!blocks_[b]) continue;
      place[b] = static_cast<int>(blocks.size());
      main.blocks.push_back(place[b]);
      result.blocks[b].file = 0;
      blocks.push_back(std::move(result.blocks[b]));
    }
    for (BlockSpec& block : blocks) move_items(block.layers, place);
    move_items(result.layers, place);
    result.blocks = std::move(blocks);
    result.files.clear();
    result.files.push_back(std::move(main));
    result.bind_order = {0};
  }

  static void move_items(std::vector<Item>& items, const std::vector<int>& place) {
    for (Item& item : items) {
      if (item.block >= 0) item.block = place[static_cast<std::size_t>(item.block)];
      move_items(item.layers, place);
      for (Branch& branch : item.branches) move_items(branch.layers, place);
    }
  }

  ArchSpec spec_;
  std::vector<bool> blocks_;                                 // by index: whether it is used
  std::set<FileName> used_;                                  // names of included files
  std::map<int, std::map<std::string, std::string>> names_;  // by file: old and new
};

}  // namespace

ArchSpec inline_includes(ArchSpec spec) {
  return spec.files.size() < 2 ? std::move(spec) : Inliner(std::move(spec)).run();
}

}  // namespace archcost::spec
