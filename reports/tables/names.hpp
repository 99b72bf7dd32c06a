// SPDX-License-Identifier: Apache-2.0
// The names of documents that every table uses.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/text.hpp"
#include "reports/document/table.hpp"

namespace archcost::tables {

using document::Cell, document::Column, document::Document, document::Format, document::Section,
    document::Table;
using document::value_if;
using enum Format;

/// What people see above the column of a cost: "peak memory", "accuracy (top-1 %)".
inline std::string cost_title(std::string_view cost) {
  return cost == "accuracy" ? "accuracy (top-1 %)" : spaced(cost);
}

/// A table for machines.
inline Document data_document(Table table) { return {"", "", {{"", std::move(table), {}}}}; }

}  // namespace archcost::tables
