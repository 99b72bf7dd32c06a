// SPDX-License-Identifier: Apache-2.0
// archcost batch: a script that runs a command in parts under a scheduler, and joins them.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "cli/work_estimate.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "reports/writers/writers.hpp"
#include "spec/library.hpp"

namespace archcost::cli {
namespace {

namespace fs = std::filesystem;

struct BatchSystem {
  const char* name;
  const char* file;     // of the template
  const char* at_once;  // tasks that run together, by default
};
constexpr BatchSystem kSystems[] = {{"slurm", "slurm.sh", ""},
                                    {"kubernetes", "kubernetes.yaml", ""},
                                    {"parallel", "parallel.sh", "100%"},
                                    {"make", "make.mk", "$(nproc)"}};

// A command that can be divided.
struct DividedCommand {
  const char* name;
  const char* output;  // the option that names its result
  bool resumes;        // by --resume; else by itself
  bool has_threads;    // --threads are those of the work, not of kernels
  bool rows;           // parts and result are rows of one format
};
constexpr DividedCommand kDivided[] = {{"sweep", "--output", true, true, true},
                                       {"search", "--output", true, true, false},
                                       {"accuracy", "--output", false, false, true},
                                       {"profile", "--db", false, false, false},
                                       {"db check", "--db", false, false, false}};

struct BatchArguments {
  std::string system, image = "archcost:" ARCHCOST_VERSION, name, template_file, output;
  std::vector<std::string> command;
  double minutes = 30;
  std::size_t tasks = 0, at_once = 0;
  int cores = 1;
};

std::string command_text(const std::vector<std::string>& arguments) {
  std::string text = "archcost";
  for (const std::string& argument : arguments) text += " " + shell_quoted(argument);
  return text;
}

const DividedCommand& divided_command(const std::vector<std::string>& command) {
  const std::string first = command.front() == "db" && command.size() > 1
                                ? command[0] + " " + command[1]
                                : command.front();
  std::vector<std::string> names;
  for (const DividedCommand& one : kDivided) {
    if (first == one.name) return one;
    names.emplace_back(one.name);
  }
  throw Error(fmt::format("batch divides {}; '{}' is none of them", join_or(names), first));
}

// Takes the option with its value out of the arguments; empty: it isn't there.
std::string take_option(std::vector<std::string>& arguments, const std::string& name,
                        const std::string& short_name) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto at = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    const bool named = arguments[i] == name || (!short_name.empty() && arguments[i] == short_name);
    if (named && i + 1 < arguments.size()) {
      std::string value = arguments[i + 1];
      arguments.erase(at, at + 2);
      return value;
    }
    if (arguments[i].starts_with(name + "=")) {
      std::string value = arguments[i].substr(name.size() + 1);
      arguments.erase(at);
      return value;
    }
  }
  return "";
}

WorkEstimate estimate_of(const std::vector<std::string>& command) {
  std::optional<WorkEstimate> estimate;
  wanted_estimate() = &estimate;
  const int status = run_arguments(command);
  wanted_estimate() = nullptr;
  if (!estimate)
    throw Error(fmt::format("'{}' can't be divided (status {})", command_text(command), status));
  return *estimate;
}

// Tasks of about so many minutes, each on `workers` cores.
std::uint64_t tasks_for(const WorkEstimate& work, const BatchArguments& options, int workers) {
  const double by_time = std::ceil(work.seconds / (60 * options.minutes * workers));
  const auto wanted = options.tasks > 0 ? static_cast<double>(options.tasks) : by_time;
  return static_cast<std::uint64_t>(
      std::clamp(wanted, 1.0, static_cast<double>(std::max<std::uint64_t>(1, work.most_parts))));
}

std::string duration_of(double minutes) {
  return minutes < 1    ? fmt::format("{:.0f} s", std::ceil(60 * minutes))
         : minutes < 90 ? fmt::format("{:.0f} min", minutes)
                        : fmt::format("{:.1f} h", minutes / 60);
}

std::string text_of_template(const BatchArguments& options, const BatchSystem& system) {
  if (!options.template_file.empty()) return read_text_file(options.template_file);
  return read_text_file(spec::shipped_folder("ARCHCOST_BATCH", "batch_templates") / system.file);
}

// Replaces every @NAME@; throws Error for a name that isn't known.
std::string filled_in(const std::string& text, const std::map<std::string, std::string>& values,
                      const std::string& file) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find('@', at);
    out += text.substr(at, open - at);
    if (open == std::string::npos) break;
    std::size_t close = open + 1;
    while (close < text.size() &&
           (std::isupper(static_cast<unsigned char>(text[close])) != 0 || text[close] == '_'))
      ++close;
    if (close == open + 1 || close == text.size() || text[close] != '@') {
      out += '@';
      at = open + 1;
      continue;
    }
    const auto found = values.find(text.substr(open + 1, close - open - 1));
    if (found == values.end()) {
      std::vector<std::string> names;
      for (const auto& [name, value] : values) names.push_back("@" + name + "@");
      throw Error(file, fmt::format("no value '{}'; there are {}",
                                    text.substr(open, close + 1 - open), join(names, ", ")));
    }
    out += found->second;
    at = close + 1;
  }
  return out;
}

std::string dollars_doubled(std::string text) {
  for (std::size_t at = 0; (at = text.find('$', at)) != std::string::npos; at += 2)
    text.insert(at, "$");
  return text;
}

// The parts have the rows of --format, or of the result's name: those that join can join.
void check_row_format(const std::vector<std::string>& command, const std::string& output) {
  std::vector<std::string> others = command;
  const std::string format = take_option(others, "--format", "");
  const writers::OutputFormat* named = writers::format_of_file(output);
  const bool npy = output.ends_with(".npy");
  const std::string of_name = npy ? "npy" : named == nullptr ? "" : std::string(named->name);
  const std::string& rows = format.empty() ? of_name : format;
  if (!format.empty() && !of_name.empty() && format != of_name)
    throw Error(
        fmt::format("-o {}: the rows have --format {}; name a file .{}", output, format, format));
  if (rows != "csv" && rows != "jsonl" && rows != "npy")
    throw Error(command.front() == "sweep"
                    ? "-o: batch divides rows; name a file .csv, .jsonl or, for columns, .npy"
                    : "-o: batch divides rows; name a file .csv or .jsonl");
}

// Schedulers take no other names, and in a script another one would be code.
void check_names(const BatchArguments& options) {
  const auto has_only = [](const std::string& name, std::string_view others) {
    return std::all_of(name.begin(), name.end(), [&](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
             others.find(c) != std::string_view::npos;
    });
  };
  if (!has_only(options.name, "._-"))
    throw Error(
        fmt::format("--name {}: a name has letters, digits, '.', '_' and '-'", options.name));
  if (!has_only(options.image, "._-/:@"))
    throw Error(
        fmt::format("--image {}: the name of an image has no such characters", options.image));
}

int run(const BatchArguments& options) {
  check_names(options);
  const BatchSystem& system =
      *std::find_if(std::begin(kSystems), std::end(kSystems),
                    [&](const BatchSystem& one) { return options.system == one.name; });
  std::vector<std::string> command = options.command;
  if (!command.empty() && command.front() == "archcost") command.erase(command.begin());
  if (command.empty())
    throw Error("batch needs a command: archcost batch slurm -- sweep mobilenet_v1 -o rows.csv");
  const DividedCommand& divided = divided_command(command);
  const bool database = divided.output == std::string("--db");
  const bool make = system.name == std::string("make");
  std::erase(command, "--resume");
  const std::string shard = take_option(command, "--shard", "");
  const std::string output = take_option(command, divided.output, database ? "" : "-o");
  if (!shard.empty()) throw Error("--shard: batch divides the work itself; leave it out");
  if (output.empty() || output == "-")
    throw Error(fmt::format("{}: name the file of the joined result", database ? "--db" : "-o"));
  if (make && output.find_first_of(" :#%$") != std::string::npos)
    throw Error(fmt::format("-o {}: make takes no file names with blanks or : # % $", output));
  const fs::path result(output);
  const std::string folder = output + ".parts", extension = result.extension().string();
  if (extension.find_first_of(" \t'\"$;&|<>()#%:") != std::string::npos)
    throw Error(fmt::format("{} {}: the scripts take no extension such as '{}'", divided.output,
                            output, extension));
  if (divided.rows) check_row_format(command, output);
  // The format is that of the result's name, which the parts have too.
  std::vector<std::string> planned = command;
  planned.insert(planned.end(), {divided.output, output});
  const WorkEstimate work = estimate_of(planned);
  const int workers = divided.has_threads ? options.cores : 1;
  const std::uint64_t tasks = tasks_for(work, options, workers);
  const bool own_threads =
      std::any_of(command.begin(), command.end(), [](const std::string& argument) {
        return argument == "--threads" || argument.starts_with("--threads=");
      });
  if (divided.has_threads && !own_threads)
    command.insert(command.end(), {"--threads", fmt::format("{}", options.cores)});
  const double minutes = work.seconds / 60 / static_cast<double>(tasks) / workers;
  const std::string parts = fmt::format("{}/part-*{}", shell_quoted(folder), extension);
  const std::string text = command_text(command);
  const std::string complete = divided.name == std::string("profile")
                                   ? fmt::format(" && {} --db {}", text, shell_quoted(output))
                                   : "";
  const auto in_make = [&](const std::string& value) {
    return make ? dollars_doubled(value) : value;
  };
  const std::uint64_t at_once = options.at_once > 0 ? options.at_once : tasks;
  const std::string script = filled_in(
      text_of_template(options, system),
      {{"SUMMARY", fmt::format("{}: {}, about {} in all; {} task{} of about {}", divided.name,
                               work.what, duration_of(work.seconds / 60), tasks,
                               tasks == 1 ? "" : "s", duration_of(minutes))},
       {"TASKS", fmt::format("{}", tasks)},
       {"AT_ONCE",
        options.at_once == 0 && *system.at_once != 0 ? system.at_once : fmt::format("{}", at_once)},
       {"RETRIES", fmt::format("{}", std::max<std::uint64_t>(10, tasks))},
       {"CORES", fmt::format("{}", options.cores)},
       {"LIMIT", fmt::format("{:.0f}", std::max(10.0, std::ceil(2 * minutes)))},
       {"NAME", options.name.empty() ? fmt::format("archcost-{}", command.front()) : options.name},
       {"IMAGE", options.image},
       {"COMMAND", in_make(text)},
       {"QUOTED_COMMAND", shell_quoted(text)},
       {"RESUME", divided.resumes ? "--resume" : ""},
       {"OUTPUT_OPTION", database ? "--db" : "-o"},
       {"OUTPUT", shell_quoted(output)},
       {"FOLDER", shell_quoted(folder)},
       {"QUOTED_FOLDER", shell_quoted(shell_quoted(folder))},
       {"EXTENSION", extension},
       {"JOIN", fmt::format("archcost join {} -o {}", parts, shell_quoted(output))},
       {"AND_COMPLETE", in_make(complete)}},
      options.template_file.empty() ? system.file : options.template_file);
  write_output(script, options.output);
  return kFine;
}

std::function<int()> declare_batch(CLI::App& app) {
  auto options = std::make_shared<BatchArguments>();
  std::vector<std::string> names;
  for (const BatchSystem& system : kSystems) names.emplace_back(system.name);
  with_choices(app.add_option("SYSTEM", options->system, join_or(names))->required(), names);
  app.add_option("COMMAND", options->command,
                 "after --: a sweep, search, profile, accuracy or db check, with its result: -o "
                 "FILE, or --db FILE");
  add_value(app, "--minutes", options->minutes, "M",
            "minutes of a task, about; sets the number of tasks (default: 30)")
      ->check(above_zero());
  add_count(app, "--tasks", options->tasks, "the number of tasks instead");
  add_count(app, "--at-once", options->at_once,
            "tasks that run at a time, at most (default: all; parallel and make: by cores)");
  add_value(app, "--cores", options->cores, "N", "cores of a task (default: 1)")
      ->check(at_least_one());
  add_value(app, "--name", options->name, "NAME", "of the job (default: archcost-COMMAND)");
  add_value(app, "--image", options->image, "IMAGE",
            "kubernetes: the image of the container (default: archcost:" ARCHCOST_VERSION ")");
  add_input(app, "--template", options->template_file,
            "a template of your own; the shipped ones are in share/archcost/batch_templates");
  declare_output_file(app, options->output, {".sh", ".yaml", ".mk"});
  return [options] { return run(*options); };
}

}  // namespace

std::optional<WorkEstimate>*& wanted_estimate() {
  static std::optional<WorkEstimate>* wanted = nullptr;
  return wanted;
}

const Command kBatchCommand = {
    "batch",
    "a script that runs a command in parts under a scheduler",
    "  archcost batch slurm --minutes 20 -- sweep mobilenet_v1 \\\n"
    "      --vary alpha=0.1:1:0.00001 -o rows.csv > job.sh && bash job.sh\n"
    "  archcost batch kubernetes --tasks 64 -- search shufflenet_v1 --minimize macs -o best.csv\n"
    "  archcost batch parallel -- sweep mobilenet_v1 -o rows.csv | bash\n"
    "  archcost batch make -- profile resnet50 xception --db latency.db",
    declare_batch,
};

}  // namespace archcost::cli
