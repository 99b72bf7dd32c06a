// SPDX-License-Identifier: Apache-2.0
// The fields of figures by name, once for SQL and JSON: both store them under these names.
#pragma once

#include <type_traits>

#include "latency/latency_db.hpp"

namespace archcost::latency {

/// Calls visit(name, field) for each field of a LayerFigure.
template <class Figure, class Visit>
requires std::is_same_v<std::remove_const_t<Figure>, LayerFigure>
void visit_fields(Figure& f, const Visit& visit) {
  visit("problem", f.problem);
  visit("option", f.option);
  visit("implementation", f.implementation);
  visit("threads", f.threads);
  visit("seconds", f.seconds);
  visit("spread", f.spread);
  visit("reference", f.reference);
  visit("samples", f.samples);
  visit("footprints", f.footprints);
  visit("passes", f.passes);
  visit("how", f.how);
  visit("date", f.date);
  visit("core_latency", f.core_latency);
  visit("origin", f.origin);
}

/// The same of a MachineId.
template <class Machine, class Visit>
requires std::is_same_v<std::remove_const_t<Machine>, MachineId>
void visit_fields(Machine& m, const Visit& visit) {
  visit("cpu", m.cpu);
  visit("isa", m.isa);
  visit("engine", m.engine);
  visit("version", m.version);
  visit("provider", m.provider);
  visit("data_type", m.data_type);
  visit("name", m.name);
}

/// The same of a NetworkCheck.
template <class Figure, class Visit>
requires std::is_same_v<std::remove_const_t<Figure>, NetworkCheck>
void visit_fields(Figure& c, const Visit& visit) {
  visit("network", c.network);
  visit("threads", c.threads);
  visit("macs", c.macs);
  visit("seconds", c.seconds);
  visit("spread", c.spread);
  visit("reference", c.reference);
  visit("composed", c.composed);
  visit("unseen", c.unseen);
  visit("how", c.how);
  visit("date", c.date);
  visit("core_latency", c.core_latency);
}

}  // namespace archcost::latency
