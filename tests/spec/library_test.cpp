// SPDX-License-Identifier: Apache-2.0
// Specs of a folder by their names and their presets, and a spec with other defaults.
#include "spec/library.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "core/diagnostic.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("a folder's specs and presets by their names", "[spec]") {
  const TestFolder folder;
  const std::string input = "input: {channels: 3, height: 8, width: 8}\n";
  folder.write("b.yaml",
               "name: b\nparams: {k: 3, s: 1}\npresets:\n  small: {k: 1}\n  smallest: {k: 2}\n" +
                   input + "layers: [conv: {out: k + s}]\n");
  folder.write("a.yaml",
               "layers: [conv: {out: k}]\nname: a\nparams: {k: 3}\npresets: {tiny: {k: 2}, wee: "
               "{k: 1}}\n" +
                   input);
  folder.write("blocks.yaml", "# layers:\nblocks: {unit: [relu]}\n");
  folder.write("notes.txt", "layers: [relu]\n");
  const spec::SpecLibrary library(folder.text());
  CHECK(library.names() == std::vector<std::string>{"a", "b"});
  CHECK(library.find("a") == std::filesystem::path(folder / "a.yaml"));
  CHECK(library.find("blocks") == std::filesystem::path(folder / "blocks.yaml"));
  CHECK(!library.find("c"));
  CHECK(!library.find("notes"));
  CHECK(!library.find("../" + std::filesystem::path(folder.text()).filename().string() + "/a"));
  CHECK(library.preset_names() == std::vector<std::string>{"tiny", "wee", "small", "smallest"});
  const auto with = [&](const std::string& preset) {
    const auto path = library.find_with_preset(preset);
    return path ? path->filename().string() : std::string("none");
  };
  CHECK(with("small") == "b.yaml");
  CHECK(with("smallest") == "b.yaml");
  CHECK(with("tiny") == "a.yaml");
  CHECK(with("wee") == "a.yaml");
  CHECK(with("est") == "none");
  CHECK(with("k") == "none");
  CHECK(with("name") == "none");
}

TEST_CASE("a spec with other defaults is that alone", "[spec]") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "s.yaml",
      "name: t\nparams: {a: 1, b: {default: [2, 3]}, c: 4}\npresets: {p: {a: 2}}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers: [conv: {out: a + b(1) + c}]\n"
      "published: [{macs: 1, source: s}]\naccuracy: [{top1: 70, source: s}]\n"
      "search: {vary: {a: [1, 2]}}\n",
      ".");
  const spec::ArchSpec other = spec::with_defaults(
      spec, {{"a", spec::Value(7)}, {"b", spec::Value(spec::List{5, 6})}, {"d", spec::Value(9)}});
  CHECK(spec::write_spec(other) ==
        "name: t\n\nparams:\n  a: {default: 7}\n  b: {default: [5, 6]}\n  c: {default: 4}\n\n"
        "input: {channels: 3, height: 8, width: 8}\n\nlayers:\n  - conv: {out: a + b(1) + c}\n");
  CHECK(!other.search);
  CHECK(other.presets.empty());
}
