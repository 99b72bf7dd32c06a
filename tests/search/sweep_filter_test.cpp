// SPDX-License-Identifier: Apache-2.0
// Conditions over parameters and costs: what they say of one network, and which are refused.
#include "search/space/sweep_filter.hpp"

#include <fmt/core.h>

#include <map>

#include "core/diagnostic.hpp"
#include "search/space/sweep_cost.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const spec::ArchSpec& filtered_spec() {
  static const spec::ArchSpec spec = spec::read_spec_text(
      "filtered.yaml",
      "name: filtered\nparams:\n  alpha: {default: 1, symbol: α}\n  rho: {default: 3, symbol: "
      "alpha}\n"
      "  gate: {default: relu, choices: [relu, swish]}\n  widths: {default: [8, 16, 32]}\n  k1s: "
      "4\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: 8 * widths(1) * alpha + "
      "k1s + "
      "rho}\n  - activation: {kind: gate}\n",
      ".");
  return spec;
}

// What rows hold of the costs of one network.
const std::map<std::string, std::int64_t> kHeld = {
    {"macs", 2'000'000},        {"params", 3000},         {"traffic", 7340032},
    {"latency", 5'000'000},     {"latency_estimated", 2}, {"accuracy", 71'500'000},
    {"entropy", 1'500'000},     {"peak_memory", 7000},    {"activations", 60},
    {"accuracy_error", 250'000}};

// alpha 0.5, rho 3, gate relu, widths [8, 16, 32], k1s 4.
bool conditions_hold(const std::vector<std::string>& conditions,
                     std::vector<std::string>* asked = nullptr) {
  std::vector<space::SweepFilter> filters;
  for (const std::string& text : conditions)
    filters.push_back(space::parse_filter(filtered_spec(), text));
  std::vector<std::optional<spec::Value>> parameters = {
      spec::Value(spec::Number(Rational(1, 2))), spec::Value(3), spec::Value(spec::Word{"relu"}),
      spec::Value(spec::List{spec::Value(8), spec::Value(16), spec::Value(32)}), spec::Value(4)};
  return space::passes(filters, parameters, [&](const std::string& name) {
    if (asked != nullptr) asked->push_back(name);
    return Count(kHeld.at(name));
  });
}

// The message behind the option and the condition, whole.
std::string filter_refusal(const std::string& condition) {
  try {
    conditions_hold({condition});
  } catch (const Error& error) {
    const std::string place = fmt::format("--where {}: error: ", condition), what = error.what();
    return what.starts_with(place) ? what.substr(place.size()) : "elsewhere: " + what;
  }
  return "";
}

}  // namespace

TEST_CASE("a condition holds or does not", "[search]") {
  struct Row {
    const char* text;
    bool expected;
  };
  for (const Row& row : {
           Row{"alpha == 0.5", true},
           Row{"alpha == 1/2 and rho != 3", false},
           Row{"gate == relu", true},
           Row{"gate != relu or rho > 3", false},
           Row{"widths(2) == 16", true},
           Row{"widths(3) == 16", false},
           Row{"16 in widths", true},
           Row{"not (macs == 2M)", false},
           Row{"macs == 2000K if rho == 3 else macs == 1", true},
           Row{"1 if alpha == 0.5 else 0", true},
           Row{"round(params / 1000) == 3", true},
           Row{"params == 3e3", true},
           Row{"params == 3E3", true},
           Row{"params == 0.3e+4", true},
           Row{"params == 30000e-1", true},
           Row{"params == 300.e1", true},
           Row{"params == 0.03e2K", true},
           Row{"params == 3 K", true},
           Row{"params == 3   K and macs == 0.002G", true},
           Row{"macs == 0.000002T", true},
           Row{"macs == 2G", false},
           Row{"traffic == 7MiB", true},
           Row{"traffic == 7168 KiB", true},
           Row{"traffic == 7340032 B", true},
           Row{"traffic == 7MB", false},
           Row{"peak_memory == 7KB", true},
           Row{"traffic < 1GB", true},
           Row{"traffic > 0.007 GiB", false},
           Row{"traffic > 0.0068 GiB", true},
           Row{"latency == 5ms", true},
           Row{"latency == 0.005 s", true},
           Row{"latency == 5000us", true},
           Row{"latency <= 4.999 ms", false},
           Row{"latency_estimated == 2", true},
           Row{"accuracy == 71.5", true},
           Row{"accuracy == 71.5%", true},
           Row{"(accuracy == 71.5 %)", true},
           Row{"accuracy == 71.5% and rho == 3", true},
           Row{"rho == 3 and accuracy == 71.4% or rho == 3", true},
           Row{"accuracy == max(71.5%, 3)", true},
           Row{"accuracy == 71.5 % or rho == 4", true},
           Row{"accuracy_error == 0.25", true},
           Row{"entropy == 1.5", true},
           Row{"17 % 5 == 2", true},
           Row{"17%5 == 2", true},
           Row{"rho % 2 == 1", true},
           Row{"params % 7 == 4", true},
           Row{"alpha*rho == 1.5", true},
           Row{"alpha*2==1", true},
           Row{"6000/3K == 2", true},
           Row{"6000./3K == 2", true},
           Row{"k1s == 4", true},
           Row{"k1s == 0.004 K and rho == 3", true},
           Row{"2*3K == 6000", true},
           Row{"gate == hard_sigmoid", false},  // a word of layers, but not one of its choices
       }) {
    INFO(row.text);
    CHECK(conditions_hold({row.text}) == row.expected);
  }
}

TEST_CASE("a parameter's symbol stands for its name, unless another has that name", "[search]") {
  CHECK(conditions_hold({"α == 0.5"}));
  CHECK(conditions_hold({"2*α==1 and α<rho"}));
  CHECK(conditions_hold({"(α)==0.5"}));
  CHECK(!conditions_hold({"α == 3"}));
  CHECK(conditions_hold({"alpha == 0.5"}));  // the symbol of rho, and the name of the first
  for (const char* unknown : {"αα == 1", "xα == 1", "αx == 1", "ρ == 3"}) {
    INFO(unknown);
    CHECK(!filter_refusal(unknown).empty());
  }
}

TEST_CASE("all conditions must hold, and no more costs are asked for than that takes", "[search]") {
  std::vector<std::string> asked;
  CHECK(conditions_hold({}, &asked));
  CHECK(asked.empty());
  CHECK(conditions_hold({"macs == 2M", "alpha < 1", "params < 4K and macs > 1"}, &asked));
  CHECK(asked == std::vector<std::string>{"macs", "params", "macs"});
  asked.clear();
  CHECK(!conditions_hold({"alpha < 1", "macs == 3M", "params < 4K"}, &asked));
  CHECK(asked == std::vector<std::string>{"macs"});
  CHECK(!conditions_hold({"alpha > 1", "macs == 2M"}));
  CHECK(!conditions_hold({"macs == 2M", "alpha > 1"}));
}

TEST_CASE("what is no condition is refused", "[search]") {
  const std::string no_condition = "it must be a condition, as macs <= 150M";
  for (const char* text : {"macs", "3", "alpha + 1", "-rho", "max(1, 2)", "widths", "macs * 2"}) {
    INFO(text);
    CHECK(filter_refusal(text) == no_condition);
  }
  struct Row {
    const char *text, *message;
  };
  for (const Row& row : {
           Row{"xyzzy <= 3", "'xyzzy' is neither a parameter of 'filtered' nor a cost"},
           Row{"mac <= 3",
               "'mac' is neither a parameter of 'filtered' nor a cost; did you mean "
               "'macs'?"},
           Row{"rh <= 3",
               "'rh' is neither a parameter of 'filtered' nor a cost; did you mean "
               "'rho'?"},
           Row{"2 if alpha == 0.5 else 0", "neither true nor false"},
           Row{"rho / 0 == 1", "division by zero in 'rho / 0 == 1'"},
           Row{"params <= 3m", "'3m' is not a number here; write 3M"},
           Row{"params <= 3 k", "'3 k' is not a number here; write 3K"},
           Row{"traffic <= 3kib", "'3kib' is not a number here; write 3KiB"},
           Row{"traffic <= 1.5  mb or rho == 3", "'1.5  mb' is not a number here; write 1.5MB"},
           Row{"latency <= 3MS", "'3MS' is not a number here; write 3ms"},
           Row{"params <= 3x",
               "'3x' is not a number here; write it as 12, 0.35, 1e3 or 300M (K, "
               "M, G, T)"},
           Row{"params <= 3e",
               "'3e' is not a number here; write it as 12, 0.35, 1e3 or 300M (K, "
               "M, G, T)"},
           Row{"params <= 3e+",
               "'3e' is not a number here; write it as 12, 0.35, 1e3 or 300M (K, "
               "M, G, T)"},
           Row{"params <= 3K5",
               "'3K5' is not a number here; write it as 12, 0.35, 1e3 or 300M (K, "
               "M, G, T)"},
           Row{"params <= 3e5x",
               "'3e5x' is not a number here; write it as 12, 0.35, 1e3 or 300M "
               "(K, M, G, T)"},
       }) {
    INFO(row.text);
    CHECK(filter_refusal(row.text) == row.message);
  }
  // The spec language says what it says of other texts.
  for (const char* text : {"params <= 0x10", "params <= 1_000", "params <= 3 x", "params <=", "",
                           "params = 3", "macs(1) == 3", "rho <= 3)"}) {
    INFO(text);
    const std::string message = filter_refusal(text);
    CHECK(!message.empty());
    CHECK(!contains(message, "write it as 12"));
    CHECK(!message.starts_with("elsewhere: "));
  }
}

TEST_CASE("numbers are compared with numbers of their kind", "[search]") {
  for (const std::string op : {"<", "<=", ">", ">=", "==", "!="}) {
    INFO(op);
    const std::string time = "latency needs a number with a unit (s, ms, us), as latency <= 10 ms";
    CHECK(filter_refusal("latency " + op + " 5") == time);
    CHECK(filter_refusal("5 " + op + " latency") == time);
    CHECK(filter_refusal("latency " + op + " 5 ms").empty());
  }
  const std::string bytes =
      " needs a number with a unit (B, KB, MB, GB, KiB, MiB, GiB), as {} <= 10 MB";
  struct Row {
    const char* text;
    std::string message;
  };
  const std::string time = "latency needs a number with a unit (s, ms, us), as latency <= 10 ms",
                    traffic =
                        "traffic needs a number with a unit (B, KB, MB, GB, KiB, MiB, GiB), "
                        "as traffic <= 10 MB",
                    not_time = "it compares a time with a number that is none",
                    not_bytes = "it compares a memory size with a number that is none",
                    not_percent = "it compares a percentage with a number that is none";
  for (const Row& row : {
           Row{"traffic <= 5", traffic},
           Row{"rho == 3 and 5 >= traffic", traffic},
           Row{"latency <= 5 and traffic <= 5", time},
           Row{"traffic <= 5 and latency <= 5", traffic},
           Row{"latency <= alpha", time},
           Row{"rho >= latency", time},
           Row{"traffic <= params", traffic},
           Row{"-latency >= -5", time},
           Row{"latency + 1 <= 5 ms", time},
           Row{"latency - 1 <= 5 ms", time},
           Row{"1 + latency <= 5 ms", time},
           Row{"latency + 0 <= 5", time},
           Row{"0 + latency <= 5", time},
           Row{"2 * latency <= 5", time},
           Row{"latency * 2 <= 5", time},
           Row{"latency / 2 <= 5", time},
           Row{"macs + traffic > 3", traffic},
           Row{"macs <= 5 MB", not_bytes},
           Row{"5 KiB >= macs", not_bytes},
           Row{"macs <= 5 ms", not_time},
           Row{"rho <= 1 s", not_time},
           Row{"macs <= 5%", not_percent},
           Row{"1 ms < 3", not_time},
           Row{"latency <= 5 MB", "it compares a time with a memory size"},
           Row{"5 MB >= latency", "it compares a memory size with a time"},
           Row{"traffic <= 5 s", "it compares a memory size with a time"},
           Row{"latency <= 5%", "it compares a time with a percentage"},
           Row{"latency <= traffic", "it compares a time with a memory size"},
           Row{"1 ms + 2 KB < latency", "it compares a time with a memory size"},
           Row{"1 s < 2 KB or macs <= 5%", "it compares a time with a memory size"},
           Row{"accuracy >= 0.7", "accuracy is in percent: write 70%"},
           Row{"0.715 <= accuracy", "accuracy is in percent: write 71.5%"},
           Row{"accuracy >= 1", "accuracy is in percent: write 100%"},
           Row{"latency <= 5 and accuracy >= 0.7", time},
           Row{"accuracy >= 0.7 and latency <= 5", "accuracy is in percent: write 70%"},
       }) {
    INFO(row.text);
    CHECK(filter_refusal(row.text) == row.message);
  }
  for (const char* text : {
           "latency <= 0",
           "latency >= 0.0",
           "latency > 0e5",
           "traffic > 0E1",
           "0 < traffic",
           "2 * latency <= 10 ms",
           "latency * 2 <= 10 ms",
           "latency / 2 <= 5ms",
           "latency / 1ms <= 5",
           "latency / latency <= 5",
           "latency * latency <= 5 ms",
           "traffic / latency <= 5",
           "traffic / latency <= 5 MB",
           "5 / latency > 3",
           "-latency >= -5 ms",
           "latency + 1ms <= 5s",
           "latency - 1 us <= 5s",
           "traffic + peak_memory <= 3MB",
           "latency + 0 <= 5 ms",
           "0 + latency <= 5 ms",
           "max(latency, 3) <= 5",
           "accuracy >= 1.5",
           "accuracy >= 0",
           "accuracy >= 0.7%",
           "accuracy + 1 >= 0.7",
           "accuracy_error <= 0.5",
           "accuracy >= rho",
           "2 > 0.5",
           "rho >= 0.7",
           "macs <= 5M + params",
           "1 s > 3 ms",
       }) {
    INFO(text);
    CHECK(filter_refusal(text).empty());
  }
}

TEST_CASE("which costs and parameters a condition asks for", "[search]") {
  const spec::ArchSpec& spec = filtered_spec();
  struct Row {
    const char* text;
    std::vector<std::string> costs;
    bool real, parameter;
  };
  using Names = std::vector<std::string>;
  for (const Row& row : {
           Row{"macs > params and macs < 3M", Names{"macs", "params"}, false, false},
           Row{"params + alpha * macs > 3", Names{"params", "macs"}, false, true},
           Row{"gate == relu", Names{}, false, true},
           Row{"widths(1) == 8", Names{}, false, true},
           Row{"16 in widths or entropy > 3", Names{"entropy"}, true, true},
           Row{"effectiveness > 3", Names{"effectiveness"}, true, false},
           Row{"macs > 1 and accuracy >= 70", Names{"macs", "accuracy"}, true, false},
           Row{"latency < 1ms", Names{"latency"}, true, false},
           Row{"latency_estimated == 0", Names{"latency_estimated"}, true, false},
           Row{"1 < 2", Names{}, false, false},
       }) {
    INFO(row.text);
    const space::SweepFilter filter = space::parse_filter(spec, row.text, "--limit");
    CHECK(filter.option == "--limit");
    CHECK(filter.condition.text == row.text);
    CHECK(space::costs_of(spec, filter) == row.costs);
    CHECK(space::asks_for_real_cost(spec, filter) == row.real);
    CHECK(space::asks_for_parameter(spec, filter) == row.parameter);
  }
  CHECK_THROWS_WITH(space::parse_filter(spec, "macs", "--limit"),
                    "--limit macs: error: it must be a condition, as macs <= 150M");
}

TEST_CASE("a condition whose spec isn't known is checked by its form", "[search]") {
  const auto message = [](const std::string& text) -> std::string {
    try {
      space::check_condition(text, "--limit");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  for (const char* text : {"foo <= 3", "macs <= 5 MB", "not (a == b)", "a == 1 if b else c == 1",
                           "a in [1, 2]", "a not in b", "a or b", "α", "macs <= α +"}) {
    INFO(text);
    CHECK(message(text).empty());
  }
  CHECK(message("macs") == "--limit macs: error: it must be a condition, as macs <= 150M");
  CHECK(message("a + b") == "--limit a + b: error: it must be a condition, as macs <= 150M");
  CHECK(message("macs <= 5m") == "--limit macs <= 5m: error: '5m' is not a number here; write 5M");
  CHECK(message("macs <=").starts_with("--limit macs <=: error: "));
}

TEST_CASE("a limit that is a thousand times too small may lack its suffix", "[search]") {
  struct Row {
    const char* condition;
    double value;
    const char* advice;
  };
  for (const Row& row : {
           Row{"macs <= 300", 300e3, "macs <= 300 means 300; thousands are written 300K."},
           Row{"macs <= 300", 299'999, ""},
           Row{"macs <= 1", 30e3, "macs <= 1 means 1; thousands are written 1K."},
           Row{"macs <= 1", 33e3, "macs <= 1 means 1; millions are written 1M."},
           Row{"macs <= 2.5", 2.5e9, "macs <= 2.5 means 2.5; billions are written 2.5G."},
           Row{"macs < 4", 4e12, "macs < 4 means 4; trillions are written 4T."},
           Row{"macs < 4", 4e15, "macs < 4 means 4; trillions are written 4T."},
           Row{"macs <= 0", 4e15, ""},
           Row{"macs <= 3K", 4e15, ""},
           Row{"macs >= 3", 4e15, ""},
       }) {
    INFO(row.condition << " " << row.value);
    CHECK(space::forgotten_suffix(row.condition, row.value) == row.advice);
  }
  CHECK(!space::parse_upper_bound("macs <"));
  CHECK(!space::parse_upper_bound("macs <= K"));
  CHECK(!space::parse_upper_bound("macs < = 3"));
  CHECK(!space::parse_upper_bound("macs <= 3M8"));
  CHECK(!space::parse_upper_bound("3 <= 5"));
  CHECK(space::parse_upper_bound("macs<3")->number == "3");
  CHECK(space::parse_upper_bound("macs<=3M")->unit == "M");
}

TEST_CASE("costs of sweeps: names, units and what a row's whole number stands for", "[search]") {
  for (const char* name : {"latency", "latency_estimated", "accuracy", "accuracy_error"}) {
    CHECK(space::is_point_cost(name));
    CHECK(std::count(space::sweep_costs().begin(), space::sweep_costs().end(), name) == 1);
  }
  CHECK(!space::is_point_cost("macs"));
  CHECK(space::sweep_value("latency", 1) == Rational(1, 1'000'000'000));
  CHECK(space::sweep_value("accuracy", 3) == Rational(3, 1'000'000));
  CHECK(space::sweep_value("accuracy_error", 3) == Rational(3, 1'000'000));
  CHECK(space::sweep_value("entropy", 3) == Rational(3, 1'000'000));
  CHECK(space::sweep_value("macs", 3) == Rational(3));
  CHECK(space::sweep_value("latency_estimated", 3) == Rational(3));
  for (const char* whole : {"macs", "params", "traffic", "latency_estimated"})
    CHECK(space::is_whole(whole));
  for (const char* real : {"latency", "accuracy", "accuracy_error", "entropy", "effectiveness"})
    CHECK(!space::is_whole(real));
  for (const char* bytes : {"traffic", "peak_memory", "peak_memory_in_place", "size_int8"})
    CHECK(space::is_memory_size(bytes));
  for (const char* other : {"macs", "params", "latency", "accuracy", "activations", "nothing"})
    CHECK(!space::is_memory_size(other));
  const std::vector<std::string> known = {"macs", "train_flops"};
  CHECK(space::cost_name(" train-flops ", known, "--sort") == "train_flops");
  CHECK(space::cost_name("macs", known, "--sort") == "macs");
  CHECK_THROWS_WITH(space::cost_name("mac-s", known, "--sort mac-s", "; see help"),
                    "--sort mac-s: error: no cost 'mac_s'; did you mean 'macs'?; see help");
  const spec::ArchSpec named = spec::read_spec_text(
      "named",
      "name: named\nparams: {latency: 1}\ninput: {channels: 1, height: 1, width: 1}\n"
      "layers:\n  - conv: {out: latency}\n",
      ".");
  const std::string message =
      "error: parameter 'latency' of 'named' has the name of a cost: conditions and columns could "
      "mean either; rename it";
  CHECK_THROWS_WITH(space::check_parameter_names(named), message);
  CHECK_THROWS_WITH(space::parse_filter(named, "macs > 3"), message);
}
