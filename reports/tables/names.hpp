// SPDX-License-Identifier: Apache-2.0
// The names of documents that every table uses.
#pragma once

#include "reports/document/table.hpp"

namespace archcost::tables {

using document::Cell, document::Column, document::Document, document::Format, document::Section,
    document::Table;
using enum Format;

}  // namespace archcost::tables
