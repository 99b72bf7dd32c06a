// SPDX-License-Identifier: Apache-2.0
// Reading the fields of YAML maps: known keys, texts, expressions. Every mistake becomes a
// diagnostic, and reading goes on.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/diagnostic.hpp"
#include "spec/expression.hpp"
#include "spec/yaml_tree.hpp"

namespace archcost::spec {

class FieldReader {
 public:
  explicit FieldReader(DiagnosticList& diagnostics) : diagnostics_(&diagnostics) {}

  void error(const SourceRef& where, std::string message) {
    diagnostics_->add(where, std::move(message));
  }

  /// Whether the node is a map; adds an error if not.
  bool want_map(const YamlNode& node, std::string_view what);
  bool want_list(const YamlNode& node, std::string_view what);
  /// Unknown keys are errors with the nearest known one; `subject` begins the message ("block
  /// 'unit'"), `key_word` is what its keys are called ("key", "attribute", "argument").
  void check_keys(const YamlNode& map, const std::vector<std::string>& known,
                  std::string_view subject, std::string_view key_word = "key");

  /// Keys of maps and lists that are nearly known ones are errors as in check_keys(), and get the
  /// known names: what they hold is read, and nothing counts as missing because of them.
  void respell(YamlNode& map, const std::vector<std::string>& known, std::string_view subject);
  /// Whether check_keys() reported a key of this map that stands for `key`, which is not missing
  /// then.
  bool is_misspelt(const YamlNode& map, std::string_view key) const;

  /// The value of a key that must be there; null, with an error at `where`, if it isn't.
  const YamlNode* need(const YamlNode& map, std::string_view key, std::string_view subject,
                       const SourceRef& where);

  std::optional<std::string> text(const YamlNode& node, std::string_view what);
  /// The text of a key; empty where it isn't written.
  std::string text_of(const YamlNode& map, std::string_view key);
  std::optional<Expression> expression(const YamlNode& node, std::string_view what);
  /// The value of an expression without names, but for the given words.
  std::optional<Value> constant(const YamlNode& node, std::string_view what,
                                const std::set<std::string>& words);
  /// A list of such values; one value stands for a list of one.
  List constants(const YamlNode& node, std::string_view what, const std::set<std::string>& words);

 private:
  bool refuse_yes_no(const YamlNode& node);
  DiagnosticList* diagnostics_;
  std::set<std::pair<const YamlNode*, std::string>> misspelt_;  // by map: the key that was meant
};

/// The plain words in a list as [relu, swish], which `choices` declares.
std::set<std::string> words_in(const YamlNode& choices);
/// Binds functions, and makes words of the names that are still unbound. Throws ExpressionFault for
/// names that aren't among `words`.
void resolve_words(Expression& expression, const std::set<std::string>& words);

}  // namespace archcost::spec
