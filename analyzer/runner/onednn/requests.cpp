// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/requests.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "interpreter/reference.hpp"
#include "runner/onednn/core_latency_guard.hpp"
#include "runner/onednn/machine_probe.hpp"
#include "runner/onednn/passes.hpp"
#include "runner/onednn/profile.hpp"
#include "runner/onednn/program.hpp"
#include "runner/onednn/setup.hpp"
#include "runner/onednn/tuner.hpp"

namespace archcost::onednn {
namespace {

using nlohmann::json;

void write_numbers(const std::string& path, const std::vector<float>& numbers) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(numbers.size() * sizeof(float)));
  if (!file) throw std::runtime_error(fmt::format("can't write '{}'", path));
}

json row_json(const Tasks& tasks, const ProgramRow& row) {
  const plan::Step& step = tasks.task(row.step).step;
  return {{"layers", row.reorder ? std::vector<graph::LayerId>{} : step.layers},
          {"main", step.main},
          {"reorder", row.reorder},
          {"value", row.value},
          {"option", plan::to_text(row.option)},
          {"problem", row.problem},
          {"implementation", row.implementation},
          {"origin", plan::name_of(row.origin)},
          {"fault", row.fault}};
}

void announce_program(const Setup& setup, const Tasks& tasks, const Program& program,
                      Announcer& announcer) {
  json rows = json::array();
  for (const ProgramRow& row : program.rows) rows.push_back(row_json(tasks, row));
  announcer.event({{"event", "program"},
                   {"library", library_name()},
                   {"isa", isa_name()},
                   {"rows", std::move(rows)},
                   {"arena_bytes", program.arena_bytes},
                   {"weight_bytes", setup.pool.bytes()}});
}

void check(const Setup& setup, const Program& program, Announcer& announcer) {
  const graph::LayerId output = setup.network.output;
  const interpreter::Tensor result = plain_output(
      program, graph::dims_of(setup.network, setup.plan.value_of(output)), setup.context.block);
  const std::vector<interpreter::Tensor> expected =
      interpreter::run_reference(setup.network, setup.weights, setup.input, [&](std::size_t layer) {
        announcer.doing(fmt::format("check {}", setup.network.layers[layer].name));
      });
  announcer.event(
      {{"event", "checked"}, {"error", interpreter::largest_error(result, expected[output])}});
}

void measure(const json& request, Announcer& announcer) {
  Setup setup(request.at("network"), request);
  const Tasks tasks(setup.network, setup.weights, setup.plan, setup.context);
  plan::KernelChoices choices = plan::choices_from_json(request.value("choices", json::object()));
  CoreLatencyGuard core_latency_guard(request);
  core_latency_guard.settle(announcer);
  try_options(tasks, choices, announcer, request.value("warm", false));
  announcer.doing("build");
  const Program program = build_program(tasks, choose_options(tasks, choices), setup.pool);
  announce_program(setup, tasks, program, announcer);
  std::copy(setup.input.begin(), setup.input.end(), program.input);
  run_announced(program, announcer);
  if (request.value("check", false)) check(setup, program, announcer);
  if (request.contains("dump")) {
    const auto folder = request.at("dump").get<std::string>();
    write_numbers(folder + "/input.f32", setup.input);
    write_numbers(
        folder + "/output.f32",
        plain_output(program,
                     graph::dims_of(setup.network, setup.plan.value_of(setup.network.output)),
                     setup.context.block));
    std::vector<float> all;
    json index = json::array();
    for (const interpreter::LayerWeights& w : setup.weights) {
      json entry = json::object();
      const auto put = [&](const char* name, const std::vector<float>& numbers) {
        if (numbers.empty()) return;
        entry[name] = {all.size(), numbers.size()};
        all.insert(all.end(), numbers.begin(), numbers.end());
      };
      put("kernel", w.kernel);
      put("bias", w.bias);
      put("scale", w.scale);
      put("shift", w.shift);
      put("mean", w.mean);
      put("variance", w.variance);
      index.push_back(std::move(entry));
    }
    write_numbers(folder + "/weights.f32", all);
    std::ofstream(folder + "/weights.json") << index.dump();
  }
  const int blocks = request.value("blocks", 0);
  const ReferenceLayer reference(setup.context);
  // With "turns" another program is measured between the blocks: each waits for a line.
  const bool turns = request.value("turns", false);
  for (int i = 0; i < blocks; ++i) {
    if (turns) {
      announcer.event({{"event", "ready"}});
      std::string line;
      if (!std::getline(std::cin, line)) break;
    }
    const double core_latency = core_latency_guard.settle(announcer);
    const PassBlock block = time_block(program, reference, request.value("seconds", 0.3),
                                       request.value("passes", 12), announcer);
    announcer.event({{"event", "block"},
                     {"rows", block.rows},
                     {"stamped", block.stamped},
                     {"plain", block.plain},
                     {"reference", block.reference},
                     {"core_latency", core_latency_guard.highest(core_latency)},
                     {"passes", block.passes},
                     {"disturbed", block.disturbed}});
  }
  announcer.event({{"event", "done"}});
}

}  // namespace

void answer(const json& request, Announcer& announcer) {
  const auto what = request.at("do").get<std::string>();
  if (what == "hello") {
    announcer.event({{"event", "hello"}, {"library", library_name()}, {"isa", isa_name()}});
    announcer.event({{"event", "done"}});
    return;
  }
  if (what == "measure") return measure(request, announcer);
  if (what == "profile") return profile(request, announcer);
  if (what == "machine") {
    latency::Machine machine = probe_machine(request.at("threads").get<std::vector<int>>());
    machine.library = library_name();
    machine.isa = isa_name();
    announcer.event({{"event", "machine"}, {"machine", json::parse(latency::to_json(machine))}});
    announcer.event({{"event", "done"}});
    return;
  }
  throw std::runtime_error(fmt::format("unknown request '{}'", what));
}

}  // namespace archcost::onednn
