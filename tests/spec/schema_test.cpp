// SPDX-License-Identifier: Apache-2.0
// The JSON schema has the sections, kinds and modifiers that the reader knows.
#include "spec/schema.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/glossary.hpp"
#include "core/text.hpp"
#include "layers/layer_table.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

std::set<std::string> keys_in(const nlohmann::ordered_json& properties) {
  std::set<std::string> keys;
  for (const auto& [key, value] : properties.items()) keys.insert(key);
  return keys;
}

}  // namespace

TEST_CASE("the schema names every section, kind, attribute and modifier", "[spec]") {
  const std::string text = spec::spec_schema();
  CHECK(text.starts_with("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \""));
  CHECK(text.ends_with("}\n"));
  const auto schema = nlohmann::ordered_json::parse(text);
  using Keys = std::set<std::string>;
  CHECK(keys_in(schema["properties"]) ==
        Keys{"name", "source", "include", "params", "tables", "presets", "input", "let", "blocks",
             "layers", "outputs", "published", "accuracy", "rewrite", "search"});
  CHECK(schema["additionalProperties"] == false);
  CHECK(schema["properties"]["input"]["required"] ==
        std::vector<std::string>{"channels", "height", "width"});
  const auto& definitions = schema["definitions"];
  CHECK(keys_in(definitions) ==
        Keys{"value", "figure", "layers", "item", "branch", "param", "block", "table"});
  const auto& items = definitions["item"]["anyOf"][1];
  CHECK(items["minProperties"] == 1);
  CHECK(items["maxProperties"] == 1);
  const Keys modifiers = {"name", "when", "repeat", "from"};
  Keys heads = {"group", "stage", "activation"};
  for (const layers::LayerKind* kind : layers::layer_table()) {
    INFO(kind->name);
    heads.insert(std::string(kind->name));
    const auto& row = items["properties"][std::string(kind->name)];
    const bool merge = kind->arity == layers::Arity::kTwo || kind->arity == layers::Arity::kSeveral;
    const auto& map = merge ? row["anyOf"][1] : row;
    Keys expected = modifiers, required;
    expected.insert("call");
    expected.insert(merge ? "branches" : "weights_of");
    for (const layers::AttributeSpec& attribute : kind->attributes) {
      expected.insert(std::string(attribute.name));
      if (attribute.fallback.empty()) required.insert(std::string(attribute.name));
    }
    CHECK(keys_in(map["properties"]) == expected);
    if (!merge && !required.empty()) CHECK(map["required"].get<Keys>() == required);
    if (!merge) CHECK(map.contains("required") == !required.empty());
    CHECK(row["description"] == std::string(kind->help) + ". Source: " + std::string(kind->source));
  }
  CHECK(keys_in(items["properties"]) == heads);
  Keys group = modifiers;
  group.insert({"layers", "weights_of", "inputs", "outputs"});
  CHECK(keys_in(items["properties"]["group"]["properties"]) == group);
  CHECK(keys_in(items["properties"]["stage"]["properties"]) == group);
  Keys activation = modifiers;
  activation.insert({"kind", "call", "weights_of"});
  CHECK(keys_in(items["properties"]["activation"]["properties"]) == activation);
  CHECK(keys_in(definitions["block"]["anyOf"][1]["properties"]) ==
        Keys{"args", "let", "layers", "inputs", "outputs"});
  CHECK(keys_in(definitions["param"]["anyOf"][1]["properties"]) ==
        Keys{"default", "symbol", "help", "choices", "min", "max", "sweep", "neutral", "scaling"});
  Keys figures = {"at", "source", "recipe", "as", "why", "share", "top1", "top5"};
  for (const std::string& cost : cost_names()) figures.insert(cost);
  CHECK(keys_in(schema["properties"]["published"]["items"]["properties"]) == figures);
  CHECK(keys_in(schema["properties"]["accuracy"]["items"]["properties"]) == figures);
  const auto& pool = items["properties"]["max_pool"]["properties"];
  CHECK(pool["kernel"]["description"].get<std::string>().ends_with(" (required)"));
  CHECK(pool["stride"]["description"].get<std::string>().ends_with(" (default: as kernel)"));
  CHECK(pool["dilation"]["description"].get<std::string>().ends_with(" (default: 1)"));
  const auto words = [&](const char* kind, const char* attribute) {
    return items["properties"][kind]["properties"][attribute]["anyOf"][0]["enum"]
        .get<std::vector<std::string>>();
  };
  CHECK(words("layer_norm", "over") == std::vector<std::string>{"channels", "all"});
  CHECK(words("conv", "pad") == std::vector<std::string>{"same", "valid", "same_tf"});
  CHECK(pool["kernel"].dump().find("\"#/definitions/value\"") != std::string::npos);
  CHECK(definitions["item"]["anyOf"][0]["examples"].size() == layers::layer_table().size());
  const auto& scaling = definitions["param"]["anyOf"][1]["properties"]["scaling"]["items"];
  CHECK(scaling["required"] == std::vector<std::string>{"source"});
  CHECK(scaling["properties"]["macs"]["type"] == "number");
  CHECK(schema["properties"]["outputs"]["anyOf"].size() == 2);
}
