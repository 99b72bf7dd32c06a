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
#include "search/sweep/journal.hpp"
#include "spec/library.hpp"

namespace archcost::cli {
namespace {

namespace fs = std::filesystem;

struct BatchSystem {
  const char* name;
  const char* file;  // of the template
  bool one_machine;  // the tasks run on this machine
};
constexpr BatchSystem kSystems[] = {{"slurm", "slurm.sh", false},
                                    {"kubernetes", "kubernetes.yaml", false},
                                    {"parallel", "parallel.sh", true},
                                    {"make", "make.mk", true}};

constexpr std::size_t kLongestKubernetesName = 52;  // its pods and the join add to it

// A command that can be divided.
struct DividedCommand {
  const char* name;
  const char* output;  // the option that names its result
  bool resumes;        // by --resume; else by itself
  bool has_threads;    // --threads are those of the work, not of kernels
  bool rows;           // parts and result are rows of one format
  bool timed;          // tasks that run side by side on one machine disturb each other
  bool reads_figures;  // each part begins with the figures of the database
};
constexpr DividedCommand kDivided[] = {{"sweep", "--output", true, true, true, false, false},
                                       {"search", "--output", true, true, false, false, false},
                                       {"accuracy", "--output", false, false, true, false, false},
                                       {"profile", "--db", false, false, false, true, false},
                                       {"db check", "--db", false, false, false, true, true}};

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
    const bool is_joined = arguments[i].starts_with(name + "=");
    if (is_joined || (!short_name.empty() && arguments[i].starts_with(short_name))) {
      std::string value = arguments[i].substr(is_joined ? name.size() + 1 : short_name.size());
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

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool has_only(const std::string& name, std::string_view others) {
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

bool is_kubernetes_name(const std::string& name) {
  return !name.empty() && name.size() <= kLongestKubernetesName && has_only(name, "-") &&
         is_letter_or_digit(name.front()) && is_letter_or_digit(name.back()) &&
         std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Schedulers take no other names, and in a script another one would be code.
void check_names(const BatchArguments& options) {
  if (!has_only(options.name, "._-"))
    throw Error(
        fmt::format("--name {}: a name has letters, digits, '.', '_' and '-'", options.name));
  if (options.system == "kubernetes" && !options.name.empty() && !is_kubernetes_name(options.name))
    throw Error(
        fmt::format("--name {}: Kubernetes takes names of lower-case letters, digits and "
                    "'-' between them, of at most {} characters",
                    options.name, kLongestKubernetesName));
  if (!has_only(options.image, "._-/:@"))
    throw Error(
        fmt::format("--image {}: the name of an image has no such characters", options.image));
}

// A command that is to be divided: without its result, and without what a task sets itself.
struct DividedWork {
  const BatchSystem& system;
  const DividedCommand& divided;
  std::vector<std::string> command;
  std::string output;  // the file of the joined result

  bool is_slurm() const { return system.name == std::string_view("slurm"); }
  bool is_make() const { return system.name == std::string_view("make"); }
  bool is_parallel() const { return system.name == std::string_view("parallel"); }
  bool has_database() const { return divided.output == std::string_view("--db"); }
  // Of the parts: one for each command, with the files that it names, and number of tasks, so that
  // two scripts do not take each other's parts.
  std::string folder(std::uint64_t tasks) const {
    std::string text = ARCHCOST_VERSION " " + command_text(command);
    for (const std::string& argument : command) {
      std::error_code status;
      const std::string file = argument.substr(0, argument.find(':'));
      if (fs::is_regular_file(file, status)) text += sweep::fingerprint(read_text_file(file));
    }
    return fmt::format("{}.parts/{}-{}", output, tasks, sweep::fingerprint(text).substr(0, 8));
  }
  std::string extension() const { return fs::path(output).extension().string(); }
};

DividedWork divided_work(const BatchArguments& options) {
  const BatchSystem& system =
      *std::find_if(std::begin(kSystems), std::end(kSystems),
                    [&](const BatchSystem& one) { return options.system == one.name; });
  std::vector<std::string> command = options.command;
  if (!command.empty() && command.front() == "archcost") command.erase(command.begin());
  if (command.empty())
    throw Error("batch needs a command: archcost batch slurm -- sweep mobilenet_v1 -o rows.csv");
  DividedWork work = {system, divided_command(command), std::move(command), ""};
  std::erase(work.command, "--resume");
  const std::string shard = take_option(work.command, "--shard", "");
  if (std::find(work.command.begin(), work.command.end(), "--join") != work.command.end())
    throw Error("--join: the script joins the parts itself; leave it out");
  work.output = take_option(work.command, work.divided.output, work.has_database() ? "" : "-o");
  if (!shard.empty()) throw Error("--shard: batch divides the work itself; leave it out");
  return work;
}

// GNU parallel puts the number of the task, or a part of it, in the place of such braces.
void check_braces(const std::string& text) {
  for (std::size_t at = 0; (at = text.find('{', at)) != std::string::npos; ++at) {
    const char next = at + 1 < text.size() ? text[at + 1] : ' ';
    if (std::string_view("}./#%=+-0123456789").find(next) != std::string_view::npos)
      throw Error(fmt::format(
          "'{}': parallel replaces braces such as '{}' in a command; batch make does not", text,
          text.substr(at, 2)));
  }
}

// Whether the scripts, and what joins the parts, can name and write the result.
void check_result_file(const DividedWork& work) {
  const std::string& output = work.output;
  const std::string extension = work.extension();
  if (output.empty() || output == "-")
    throw Error(
        fmt::format("{}: name the file of the joined result", work.has_database() ? "--db" : "-o"));
  if (work.has_database() && !wrong_extension(output, {".db"}).empty())
    throw Error(fmt::format("--db {}: the result is a database; name a file .db", output));
  if (output.front() == '-')
    throw Error(fmt::format("{} {}: commands take such a name for an option; write ./{}",
                            work.divided.output, output, output));
  if (work.is_slurm() && output.find_first_of("%\\") != std::string::npos)
    throw Error(fmt::format("-o {}: Slurm replaces % and \\ in the names of logs", output));
  if (work.is_make() && output.find_first_of(" :#%$") != std::string::npos)
    throw Error(fmt::format("-o {}: make takes no file names with blanks or : # % $", output));
  if (extension.find_first_of(" \t'\"$;&|<>()#%:") != std::string::npos)
    throw Error(fmt::format("{} {}: the scripts take no extension such as '{}'",
                            work.divided.output, output, extension));
  if (work.is_parallel()) {
    std::vector<std::string> texts = work.command;
    texts.push_back(output);
    for (const std::string& text : texts) check_braces(text);
  }
  for (const std::string& text : work.command) {
    if (text.find('\n') != std::string::npos)
      throw Error("batch takes no line breaks in a command");
  }
  if (work.divided.rows) check_row_format(work.command, output);
  if (extension.empty())
    throw Error(fmt::format("{} {}: the joined result needs a name with an extension",
                            work.divided.output, output));
}

// The tasks into which the work is divided.
struct BatchTasks {
  WorkEstimate work;
  std::uint64_t count = 0;
  double minutes = 0;  // of each, about
};

BatchTasks tasks_of(const DividedWork& work, const BatchArguments& options) {
  // The format is that of the result's name, which the parts have too.
  std::vector<std::string> planned = work.command;
  planned.insert(planned.end(), {work.divided.output, work.output});
  BatchTasks tasks = {.work = estimate_of(planned)};
  const int workers = work.divided.has_threads ? options.cores : 1;
  tasks.count = tasks_for(tasks.work, options, workers);
  tasks.minutes = tasks.work.seconds / 60 / static_cast<double>(tasks.count) / workers;
  return tasks;
}

// The command of each task, but for its part and its output.
std::string task_command(const DividedWork& work, const BatchArguments& options) {
  std::vector<std::string> command = work.command;
  const bool own_threads =
      std::any_of(command.begin(), command.end(), [](const std::string& argument) {
        return argument == "--threads" || argument.starts_with("--threads=");
      });
  if (work.divided.has_threads && !own_threads)
    command.insert(command.end(), {"--threads", fmt::format("{}", options.cores)});
  return command_text(command);
}

// The tasks that run together, as the system writes it: by cores on one machine.
std::string tasks_at_once(const DividedWork& work, const BatchTasks& tasks,
                          const BatchArguments& options) {
  if (options.at_once > 0 || !work.system.one_machine)
    return fmt::format("{}", options.at_once > 0 ? options.at_once : tasks.count);
  if (work.divided.timed) return "1";
  if (work.is_parallel()) return fmt::format("{}%", std::max(1, 100 / options.cores));
  return options.cores == 1
             ? "$(nproc)"
             : fmt::format("$((($(nproc) + {}) / {}))", options.cores - 1, options.cores);
}

// What a template's names stand for.
std::map<std::string, std::string> template_values(const DividedWork& work, const BatchTasks& tasks,
                                                   const BatchArguments& options) {
  const DividedCommand& divided = work.divided;
  const std::string text = task_command(work, options), folder = work.folder(tasks.count);
  const std::string output = shell_quoted(work.output);
  const std::string parts = fmt::format("{}/part-*{}", shell_quoted(folder), work.extension());
  const std::string complete = divided.name == std::string_view("profile")
                                   ? fmt::format(" && {} --db {}", text, output)
                                   : "";
  const auto in_make = [&](const std::string& value) {
    return work.is_make() ? dollars_doubled(value) : value;
  };
  // A command that takes the name of the part; ":" does nothing.
  const std::string fill =
      divided.reads_figures ? fmt::format("archcost db merge {} --db", output) : ":";
  const std::string name =
      options.name.empty() ? fmt::format("archcost-{}", work.command.front()) : options.name;
  return {
      {"SUMMARY", fmt::format("{}: {}, about {} in all; {} task{} of about {}", divided.name,
                              tasks.work.what, duration_of(tasks.work.seconds / 60), tasks.count,
                              tasks.count == 1 ? "" : "s", duration_of(tasks.minutes))},
      {"TASKS", fmt::format("{}", tasks.count)},
      {"AT_ONCE", tasks_at_once(work, tasks, options)},
      {"RETRIES", fmt::format("{}", std::max<std::uint64_t>(10, tasks.count))},
      {"CORES", fmt::format("{}", options.cores)},
      {"LIMIT", fmt::format("{:.0f}", std::max(10.0, std::ceil(2 * tasks.minutes)))},
      {"NAME", name},
      {"IMAGE", options.image},
      {"COMMAND", in_make(text)},
      {"QUOTED_COMMAND", shell_quoted(text)},
      {"FILL", in_make(fill)},
      {"QUOTED_FILL", shell_quoted(fill)},
      {"RESUME", divided.resumes ? "--resume" : ""},
      {"OUTPUT_OPTION", work.has_database() ? "--db" : "-o"},
      {"OUTPUT", output},
      {"FOLDER", shell_quoted(folder)},
      {"QUOTED_FOLDER", shell_quoted(shell_quoted(folder))},
      {"EXTENSION", work.extension()},
      {"JOIN", fmt::format("archcost join {} -o {}", parts, output)},
      {"AND_COMPLETE", in_make(complete)}};
}

int run_batch(const BatchArguments& options) {
  check_names(options);
  const DividedWork work = divided_work(options);
  check_result_file(work);
  const BatchTasks tasks = tasks_of(work, options);
  const std::string script =
      filled_in(text_of_template(options, work.system), template_values(work, tasks, options),
                options.template_file.empty() ? work.system.file : options.template_file);
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
            "tasks that run at a time, at most (default: all; parallel and make: by cores, and 1 "
            "for profile and db check, which time kernels)");
  add_value(app, "--cores", options->cores, "N", "cores of a task (default: 1)")
      ->check(at_least_one());
  add_value(app, "--name", options->name, "NAME", "of the job (default: archcost-COMMAND)");
  add_value(app, "--image", options->image, "IMAGE",
            "kubernetes: the image of the container (default: archcost:" ARCHCOST_VERSION ")");
  add_input(app, "--template", options->template_file,
            "a template of your own; the shipped ones are in share/archcost/batch_templates");
  declare_output_file(app, options->output, {".sh", ".yaml", ".mk"});
  return [options] { return run_batch(*options); };
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
