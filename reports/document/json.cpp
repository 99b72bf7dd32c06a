// SPDX-License-Identifier: Apache-2.0
#include "reports/document/json.hpp"

#include <fmt/core.h>

#include "core/glossary.hpp"
#include "core/text.hpp"

namespace archcost::document {

Json to_json(const spec::Value& value) {
  if (value.is_word()) return value.word();
  if (value.is_list()) {
    Json list = Json::array();
    for (const spec::Value& item : value.list()) list.push_back(to_json(item));
    return list;
  }
  const spec::Number& number = value.number();
  if (number.is_whole()) return number.whole().value();
  return number.to_double();
}

std::string decimal_text(const spec::Value& value) {
  if (value.is_word()) return spec::to_string(value);
  if (value.is_number())
    return value.number().is_whole() ? spec::to_string(value)
                                     : fmt::format("{}", value.number().to_double());
  std::vector<std::string> items;
  for (const spec::Value& item : value.list()) items.push_back(decimal_text(item));
  return "[" + join(items, ", ") + "]";
}

Cell value_cell(const spec::Value& value) {
  std::string text = spec::to_string(value);
  const bool fraction = text.find('/') != std::string::npos && value.is_number();
  return fraction ? Cell(NumberText{std::move(text), value.number().to_double()}) : Cell(text);
}

Json to_json(const LayerCost& cost) {
  Json json = Json::object();
  for (const CostName& name : glossary()) {
    if (name.counter != nullptr) json[std::string(name.name)] = (cost.*name.counter).value();
  }
  return json;
}

Json to_json(const TensorShape& shape, std::int64_t batch) {
  return Json::array({batch, shape.channels.value(), shape.height.value(), shape.width.value()});
}

}  // namespace archcost::document
