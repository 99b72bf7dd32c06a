// SPDX-License-Identifier: Apache-2.0
// The names of documents that every table uses.
#pragma once

#include <utility>

#include "reports/document/table.hpp"

namespace archcost::tables {

using document::Cell, document::Column, document::Document, document::Format, document::Section,
    document::Table;
using document::value_if;
using enum Format;

/// A table for machines.
inline Document data_document(Table table) { return {"", "", {{"", std::move(table), {}}}}; }

}  // namespace archcost::tables
