// SPDX-License-Identifier: Apache-2.0
#include "spec/schema.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "core/glossary.hpp"
#include "layers/layer_table.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::spec {
namespace {

using Json = nlohmann::ordered_json;

Json reference(std::string_view name) { return {{"$ref", fmt::format("#/definitions/{}", name)}}; }
Json described(Json schema, std::string_view description) {
  if (schema.contains("$ref")) schema = {{"allOf", Json::array({schema})}};
  schema["description"] = std::string(description);
  return schema;
}
Json object(Json properties, bool closed) {
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}};
  if (closed) schema["additionalProperties"] = false;
  return schema;
}
Json map_of(Json value) { return {{"type", "object"}, {"additionalProperties", std::move(value)}}; }
Json list_of(Json item) { return {{"type", "array"}, {"items", std::move(item)}}; }
Json any_of(std::vector<Json> choices) { return {{"anyOf", std::move(choices)}}; }

Json modifiers() {
  return {{"name",
           described({{"type", Json::array({"string", "number"})}, {"pattern", "^[A-Za-z0-9_]+$"}},
                     "label; equal labels are numbered")},
          {"when", described(reference("value"), "condition; false: the input passes on")},
          {"repeat", described(reference("value"), "how often; i counts from 1")},
          {"from", described(any_of({{{"type", "string"}}, list_of({{"type", "string"}})}),
                             "a named layer's output instead of what enters")}};
}
Json names_schema(std::string_view help) {
  return described(any_of({{{"type", "string"}}, list_of({{"type", "string"}})}), help);
}
void add_sharing(Json& properties) {
  properties["weights_of"] = described(
      {{"type", "string"}}, "a layer, block or group whose weights it uses: they count once");
}
void add_tensors(Json& properties) {
  properties["inputs"] = names_schema("names of the tensors that enter, _ for one that isn't used");
  properties["outputs"] = names_schema("the layers whose outputs it gives");
}

Json attribute_schema(const layers::AttributeSpec& attribute) {
  Json schema = reference("value");
  if (attribute.type == layers::AttributeType::kWord) {
    std::vector<std::string> words(attribute.words.begin(), attribute.words.end());
    schema = any_of({{{"enum", words}}, reference("value")});
  } else if (attribute.type == layers::AttributeType::kPadding) {
    schema = any_of({{{"enum", {"same", "valid", "same_tf"}}},
                     reference("value"),
                     object({{"top", reference("value")},
                             {"left", reference("value")},
                             {"bottom", reference("value")},
                             {"right", reference("value")}},
                            true)});
  }
  const std::string_view fallback = attribute.fallback;
  const std::string given = fallback.empty() ? "required"
                            : fallback.starts_with('=')
                                ? fmt::format("default: as {}", fallback.substr(1))
                                : fmt::format("default: {}", fallback);
  return described(schema, fmt::format("{} ({})", attribute.help, given));
}

Json kind_schema(const layers::LayerKind& kind) {
  Json properties = modifiers();
  Json required = Json::array();
  for (const layers::AttributeSpec& attribute : kind.attributes) {
    properties[std::string(attribute.name)] = attribute_schema(attribute);
    if (attribute.fallback.empty()) required.push_back(std::string(attribute.name));
  }
  properties["call"] =
      described(any_of({{{"enum", kCallWords}}, reference("value")}),
                "how the reference code calls it; only tools' conventions read it");
  Json schema;
  if (kind.arity != layers::Arity::kTwo && kind.arity != layers::Arity::kSeveral) {
    add_sharing(properties);
    schema = object(std::move(properties), true);
    if (!required.empty()) schema["required"] = std::move(required);
  } else {
    properties["branches"] = list_of(reference("branch"));
    Json by_name = {{"type", "object"},
                    {"properties", std::move(properties)},
                    {"additionalProperties", reference("branch")}};
    schema = any_of({list_of(reference("branch")), std::move(by_name)});
  }
  return described(std::move(schema), fmt::format("{}. Source: {}", kind.help, kind.source));
}

Json item_schema() {
  Json heads = Json::array(), properties;
  for (const layers::LayerKind* kind : layers::layer_table()) {
    heads.push_back(std::string(kind->name));
    properties[std::string(kind->name)] = kind_schema(*kind);
  }
  Json group = modifiers();
  group["layers"] = reference("layers");
  add_sharing(group);
  add_tensors(group);
  properties["group"] =
      described(object(group, true), "layers that are repeated or switched together");
  properties["stage"] = described(object(group, true), "a group that reports know");
  Json activation = modifiers();
  activation["kind"] = described(reference("value"), "the kind of activation, or none");
  activation["call"] = reference("value");
  add_sharing(activation);
  properties["activation"] =
      described(object(activation, true), "an activation whose kind is an argument");
  Json by_key = {{"type", "object"},
                 {"properties", std::move(properties)},
                 {"minProperties", 1},
                 {"maxProperties", 1},
                 {"additionalProperties",
                  described({{"type", "object"}}, "a block of this file, with its arguments")}};
  return any_of({described({{"type", "string"}, {"examples", heads}},
                           "a kind of layer or a block without arguments"),
                 by_key});
}

Json rows_schema() {
  Json row = {{"at", map_of(reference("value"))},
              {"source", {{"type", "string"}}},
              {"recipe", described({{"type", "string"}}, "how it was trained, for its accuracy")},
              {"as", described(reference("value"), "the rule that gives the figure")},
              {"why", {{"type", "string"}}}};
  for (const CostName& cost : glossary())
    row[std::string(cost.name)] = described(reference("figure"), cost.help);
  row["share"] = described(reference("figure"), "a share in percent, given by 'as'");
  for (const char* accuracy : {"top1", "top5"})
    row[accuracy] = described(reference("figure"), "accuracy in percent");
  return list_of(object(row, true));
}

Json scaling_schema() {
  Json row = {{"source", {{"type", "string"}}}};
  for (const CostName& cost : glossary())
    row[std::string(cost.name)] = described({{"type", "number"}}, cost.help);
  Json rows = object(row, true);
  rows["required"] = {"source"};
  return described(list_of(std::move(rows)), "exponents of costs in the parameter, by source");
}

Json definitions() {
  Json scalar = {{"type", Json::array({"number", "string", "boolean"})}};
  Json param = {{"default", reference("value")},
                {"symbol", {{"type", "string"}}},
                {"help", {{"type", "string"}}},
                {"choices", list_of(scalar)},
                {"min", scalar},
                {"max", scalar},
                {"sweep", described(reference("value"), "the values that a sweep takes")},
                {"neutral", described(scalar, "true: no published accuracy depends on it")},
                {"scaling", scaling_schema()}};
  Json arg = {{"default", reference("value")},
              {"choices", list_of(scalar)},
              {"help", {{"type", "string"}}}};
  Json block = {{"args", map_of(any_of({reference("value"), object(arg, true)}))},
                {"let", map_of(reference("value"))},
                {"layers", reference("layers")}};
  add_tensors(block);
  Json branch_keys = {{"when", reference("value")}, {"layers", reference("layers")}};
  return {{"value", described(any_of({scalar, list_of(reference("value"))}),
                              "a number, a word, an expression, or a list of them")},
          {"figure", {{"type", Json::array({"number", "string"})}}},
          {"layers", list_of(reference("item"))},
          {"item", item_schema()},
          {"branch", any_of({reference("layers"), object(branch_keys, true)})},
          {"param", any_of({reference("value"), object(param, true)})},
          {"block", any_of({reference("layers"), object(block, true)})},
          {"table", any_of({reference("value"), map_of(reference("value"))})}};
}

}  // namespace

std::string spec_schema() {
  Json input = object({{"channels", reference("value")},
                       {"height", reference("value")},
                       {"width", reference("value")}},
                      true);
  input["required"] = {"channels", "height", "width"};
  Json properties = {
      {"name", {{"type", "string"}}},
      {"source", described({{"type", "string"}}, "where the architecture comes from")},
      {"include", described(any_of({{{"type", "string"}}, list_of({{"type", "string"}})}),
                            "files whose blocks and tables this one uses")},
      {"params", described(map_of(reference("param")), "values that can be set from outside")},
      {"tables", map_of(reference("table"))},
      {"presets",
       described(map_of(map_of(reference("value"))), "named settings of the parameters")},
      {"input", input},
      {"let", map_of(reference("value"))},
      {"blocks", map_of(reference("block"))},
      {"layers", reference("layers")},
      {"outputs", names_schema("the layers whose outputs the network gives; the last item's")},
      {"published", rows_schema()},
      {"accuracy", rows_schema()},
      {"rewrite",
       described(list_of(any_of({{{"type", "string"}}, map_of(map_of(reference("value")))})),
                 "techniques applied to the whole network: separable, {se: {...}}")},
      {"search",
       described(
           object({{"vary", map_of(reference("value"))}, {"where", list_of(reference("value"))}},
                  true),
           "what searches choose from: values, ranges FROM:TO:STEP and lists of them by "
           "parameter, NAME(i) for every element of a list; conditions between parameters")},
  };
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "archcost architecture spec"}};
  schema.update(object(std::move(properties), true));
  schema["definitions"] = definitions();
  return schema.dump(2) + "\n";
}

}  // namespace archcost::spec
