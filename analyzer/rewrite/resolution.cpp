// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "rewrite/techniques.hpp"

namespace archcost::rewrite {

// The resolution multiplier: arXiv:1704.04861 section 3.4.
void multiply_resolution(Editor& editor) {
  const TensorShape& input = editor.network().input;
  if (input.height == Count(1) && input.width == Count(1)) return;
  if (set_own_multiplier(editor, "rho", "ρ")) return;
  const std::string rho = editor.name("rho");
  const auto scaled = [&](const spec::Expression& size) {
    return fmt::format("round({} * {})", factor(size.text), rho);
  };
  editor.set_input("height", scaled(editor.spec().input.height));
  editor.set_input("width", scaled(editor.spec().input.width));
  editor.add_parameter("rho");
}

}  // namespace archcost::rewrite
