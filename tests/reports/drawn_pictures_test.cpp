// SPDX-License-Identifier: Apache-2.0
// Pictures are drawn by a program: shell scripts stand in for gnuplot here.
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <set>

#include "core/diagnostic.hpp"
#include "reports/pictures/gnuplot.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// A program of the shell; it finds the names of the scripts in "$@".
std::string shell_program(const TestFolder& folder, const std::string& name,
                          const std::string& lines) {
  folder.write(name, "#!/bin/sh\n" + lines);
  const std::string file = folder / name;
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file;
}

// Draws each picture as a small file and notes its arguments.
constexpr const char* kDraws = R"(echo "$@" >> calls
draw() { echo '<svg><title>Gnuplot</title><g/></svg>' > "${1%.gp}.svg"; }
)";

document::Picture picture_named(const std::string& name, const std::string& alt = "A.") {
  document::Picture picture;
  picture.name = name;
  picture.alt = alt;
  return picture;
}

pictures::DrawnPictures draw_abc(const TestFolder& folder, const std::string& lines) {
  const std::string program = shell_program(folder, "fake", kDraws + lines);
  const document::Picture a = picture_named("a"), b = picture_named("b"), c = picture_named("c");
  return pictures::draw_pictures(program, {&a, &b, &c}, folder.text());
}

bool is_there(const std::string& file) { return std::filesystem::exists(file); }

std::size_t open_files() {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd"))
    files += file.path().empty() ? 0 : 1;
  return files;
}

// Sets a variable of the environment while it lives.
class VariableSet {
 public:
  VariableSet(const char* name, const char* value) : name_(name) {
    const char* old = std::getenv(name);
    was_set_ = old != nullptr;
    if (was_set_) old_ = old;
    value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  }
  ~VariableSet() { was_set_ ? setenv(name_.c_str(), old_.c_str(), 1) : unsetenv(name_.c_str()); }
  VariableSet(const VariableSet&) = delete;
  VariableSet& operator=(const VariableSet&) = delete;

 private:
  std::string name_, old_;
  bool was_set_ = false;
};

}  // namespace

TEST_CASE("a script of a picture names its files, size, colours and types of lines", "[report]") {
  document::Picture picture = picture_named("costs");
  picture.height = 321;
  picture.script = "plot 'costs.csv'\n";
  CHECK("\n" + pictures::gnuplot_script(picture) == R"(
# Draws costs.svg from costs.csv.
reset
set terminal svg size 830,321 font 'sans-serif,14' background rgb '#ffffff' noenhanced
set output 'costs.svg'
ink = '#24292f'
axis = '#57606a'
faint = '#d0d7de'
ground = '#ffffff'
set linetype 1 lc rgb '#0072b2' lw 2 pt 7 ps 0.7
set linetype 2 lc rgb '#e69f00' lw 2 pt 7 ps 0.7
set linetype 3 lc rgb '#009e73' lw 2 pt 7 ps 0.7
set linetype 4 lc rgb '#d55e00' lw 2 pt 7 ps 0.7
set linetype 5 lc rgb '#cc79a7' lw 2 pt 7 ps 0.7
set linetype 6 lc rgb '#56b4e9' lw 2 pt 7 ps 0.7
set encoding utf8
set datafile separator comma
set datafile commentschars ''
set datafile columnheaders
set border 3 lc rgb axis
set tics nomirror textcolor rgb ink
set xlabel textcolor rgb ink
set ylabel textcolor rgb ink
set grid lc rgb faint lw 1 lt 1
set key textcolor rgb ink
set style fill solid 1 noborder
plot 'costs.csv'
)");
}

TEST_CASE("one process draws all pictures, in the folder of their scripts", "[report]") {
  const TestFolder folder;
  const pictures::DrawnPictures drawn = draw_abc(folder, "cat\nfor f; do draw $f; done\n");
  CHECK(drawn.names == std::set<std::string>{"a", "b", "c"});
  CHECK(drawn.failure == "");
  CHECK(read_file(folder / "calls") == "a.gp b.gp c.gp\n");
  for (const char* name : {"a.svg", "b.svg", "c.svg"}) CHECK(is_there(folder / name));
}

TEST_CASE("a drawn picture has its title and colours of a dark scheme", "[report]") {
  const TestFolder folder;
  const std::string program = shell_program(folder, "fake", kDraws + std::string("draw $1\n"));
  const document::Picture picture = picture_named("p", "Shares <of>\nkinds & more.");
  CHECK(pictures::draw_pictures(program, {&picture}, folder.text()).names ==
        std::set<std::string>{"p"});
  CHECK(read_file(folder / "p.svg") == R"svg(<svg><title>Shares &lt;of&gt; kinds &amp; more.</title>
<style>@media (prefers-color-scheme: dark) {
[fill="rgb(36,41,47)"] {fill: #e6edf3} [stroke="rgb(36,41,47)"] {stroke: #e6edf3}
[fill="rgb( 36,  41,  47)"] {fill: #e6edf3} [stroke="rgb( 36,  41,  47)"] {stroke: #e6edf3}
[fill="rgb(87,96,106)"] {fill: #9ea7b3} [stroke="rgb(87,96,106)"] {stroke: #9ea7b3}
[fill="rgb( 87,  96, 106)"] {fill: #9ea7b3} [stroke="rgb( 87,  96, 106)"] {stroke: #9ea7b3}
[fill="rgb(208,215,222)"] {fill: #3d444d} [stroke="rgb(208,215,222)"] {stroke: #3d444d}
[fill="rgb(208, 215, 222)"] {fill: #3d444d} [stroke="rgb(208, 215, 222)"] {stroke: #3d444d}
[fill="#ffffff"] {fill: #0d1117} [stroke="#ffffff"] {stroke: #0d1117}
[fill="rgb(255, 255, 255)"] {fill: #0d1117} [stroke="rgb(255, 255, 255)"] {stroke: #0d1117}
}</style>
<g/></svg>
)svg");
}

TEST_CASE("when a script fails, each picture has a process, and the first failure is told",
          "[report]") {
  const TestFolder folder;
  const pictures::DrawnPictures drawn = draw_abc(folder, R"(for f; do
  case $f in
    b.gp) echo '<svg><title>Gnuplot</title></svg>' > b.svg; echo first; echo '  why b  ' >&2; echo; exit 3;;
    c.gp) echo 'why c'; exit 1;;
  esac
  draw $f
done
)");
  CHECK(drawn.names == std::set<std::string>{"a"});
  CHECK(drawn.failure == "b: why b");
  CHECK(read_file(folder / "calls") == "a.gp b.gp c.gp\na.gp\nb.gp\nc.gp\n");
  CHECK(contains(read_file(folder / "a.svg"), "<title>A.</title>"));
  CHECK_FALSE(is_there(folder / "b.svg"));
  CHECK_FALSE(is_there(folder / "c.svg"));
}

TEST_CASE("a picture that is not whole is taken away", "[report]") {
  const TestFolder folder;
  const pictures::DrawnPictures drawn = draw_abc(folder, R"(for f; do
  case $f in
    a.gp) echo '<svg><title>Gnuplot</title>' > a.svg;;
    b.gp) echo '<svg><title>Other</title></svg>' > b.svg;;
  esac
done
)");
  CHECK(drawn.names.empty());
  CHECK(drawn.failure == "a: no reason given");
  CHECK(read_file(folder / "calls") == "a.gp b.gp c.gp\n");
  CHECK_FALSE(is_there(folder / "a.svg"));
  CHECK_FALSE(is_there(folder / "b.svg"));
}

TEST_CASE("a drawing program that a signal ends has failed, however much it said", "[report]") {
  const TestFolder folder;
  const std::string program = shell_program(folder, "fake", kDraws + std::string(R"(draw $1
i=0
while [ $i -lt 400 ]; do echo "line $i of what it says"; i=$((i+1)); done
kill -9 $$
)"));
  const document::Picture picture = picture_named("p");
  const pictures::DrawnPictures drawn = pictures::draw_pictures(program, {&picture}, folder.text());
  CHECK(drawn.names.empty());
  CHECK(drawn.failure == "p: line 399 of what it says");
  CHECK_FALSE(is_there(folder / "p.svg"));
}

TEST_CASE("a drawing program reads nothing of what archcost is given", "[report]") {
  const TestFolder folder;
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  REQUIRE(write(ends[1], "secret", 6) == 6);
  close(ends[1]);
  const int old = dup(STDIN_FILENO);
  dup2(ends[0], STDIN_FILENO);
  close(ends[0]);
  draw_abc(folder, "cat > got\nfor f; do draw $f; done\n");
  dup2(old, STDIN_FILENO);
  close(old);
  CHECK(read_file(folder / "got") == "");
}

TEST_CASE("drawing leaves no file open, and one character is a reason", "[report]") {
  const TestFolder folder;
  const std::size_t before = open_files();
  CHECK(draw_abc(folder, "printf x\nexit 1\n").failure == "a: x");
  const document::Picture picture = picture_named("p");
  CHECK_THROWS_AS(pictures::draw_pictures("/nowhere/gnuplot", {&picture}, folder.text()), Error);
  CHECK(open_files() == before);
}

TEST_CASE("a drawing program that can't be started is an error", "[report]") {
  const TestFolder folder;
  const document::Picture picture = picture_named("p");
  const auto message = [&](const std::string& program, const std::string& where) -> std::string {
    try {
      pictures::draw_pictures(program, {&picture}, where);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message("/nowhere/gnuplot", folder.text()) ==
        "error: '/nowhere/gnuplot' can't be started: No such file or directory");
  folder.write("plain", "#!/bin/sh\n");
  CHECK(message(folder / "plain", folder.text()) ==
        "error: '" + folder / "plain" + "' can't be started: Permission denied");
  // Without pictures nothing is started.
  const pictures::DrawnPictures none =
      pictures::draw_pictures("/nowhere/gnuplot", {}, folder.text());
  CHECK(none.names.empty());
  CHECK(none.failure == "");
}

TEST_CASE("the drawing program is the one that the environment names, or the path's first",
          "[report]") {
  const TestFolder folder;
  for (const char* name : {"one", "two", "three"}) std::filesystem::create_directory(folder / name);
  folder.write("one/gnuplot", "not a program");
  const std::string two = shell_program(folder, "two/gnuplot", "");
  const std::string three = shell_program(folder, "three/gnuplot", "");
  const std::string other = shell_program(folder, "other", "");
  const std::string path =
      folder / "none" + "::" + folder / "one" + ":" + folder / "two" + ":" + folder / "three";
  const VariableSet folders("PATH", path.c_str());
  const auto found = [](const char* named) {
    const VariableSet variable("ARCHCOST_GNUPLOT", named);
    const auto file = pictures::find_gnuplot();
    return file ? file->string() : "none";
  };
  CHECK(found(nullptr) == two);
  CHECK(found(other.c_str()) == other);
  CHECK(found((folder / "one/gnuplot").c_str()) == "none");
  CHECK(found((folder / "one").c_str()) == "none");
  CHECK(found("/nowhere/gnuplot") == "none");
  CHECK(found("") == "none");
  {
    const VariableSet nothing("PATH", nullptr);
    CHECK(found(nullptr) == "none");
  }
  {
    const VariableSet last("PATH", (folder / "three").c_str());
    CHECK(found(nullptr) == three);
  }
  const VariableSet bad("PATH", (folder / "one").c_str());
  CHECK(found(nullptr) == "none");
}
