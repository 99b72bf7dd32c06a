// SPDX-License-Identifier: Apache-2.0
// A file of its own for a search: what a `search` section holds.
#include <fmt/core.h>

#include "core/text_file.hpp"
#include "spec/arch_spec.hpp"
#include "spec/fields.hpp"
#include "spec/resolver.hpp"
#include "spec/row_reader.hpp"
#include "spec/yaml_tree.hpp"

namespace archcost::spec {

void read_search_file(ArchSpec& spec, const std::filesystem::path& path) {
  const int file = spec.sources.add({path.string(), read_text_file(path)});
  DiagnosticList diagnostics(spec.sources);
  FieldReader fields(diagnostics);
  const YamlNode root = parse_yaml(spec.sources, file, diagnostics);
  diagnostics.throw_if_any();
  RowReader(fields, spec).search(root);
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

}  // namespace archcost::spec
