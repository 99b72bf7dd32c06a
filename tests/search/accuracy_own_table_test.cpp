// SPDX-License-Identifier: Apache-2.0
// Tables of accuracies of one's own: cells, figures, whose rows they are; sources of a spec's own.
#include <fmt/core.h>

#include <algorithm>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/accuracy/accuracy_table.hpp"
#include "search/accuracy/own_tables.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using accuracy::AccuracyTable;

namespace {

spec::ArchSpec own_spec(const std::string& name = "net", const std::string& more = "") {
  return spec::read_spec_text(
      name + ".yaml",
      fmt::format("name: {}\nparams: {{a: {{default: 1, max: 9}}, b: {{default: 2}}, kind: "
                  "{{default: x, choices: [x, y]}}, note: {{default: 1, neutral: true}}}}\n"
                  "input: {{channels: 3, height: 4, width: 4}}\nlayers:\n"
                  "  - conv: {{out: a + b + (1 if kind == x else 2) + 0 * note}}\n"
                  "presets: {{wide: {{a: 7}}, wider: {{a: 8, b: 8}}}}\n{}",
                  name, more),
      ".");
}

graph::BuildOptions own_options(const spec::ArchSpec& spec,
                                const std::vector<std::string>& settings,
                                const std::string& preset = "",
                                const std::string& place = "--set") {
  graph::BuildOptions options;
  options.preset = preset;
  for (const std::string& setting : settings)
    options.settings.push_back(graph::parse_setting(spec, setting, place + " " + setting));
  return options;
}

// "name: a b kind = top1 ± unit; ..."
std::string own_table_text(const AccuracyTable& table) {
  std::vector<std::string> rows;
  for (const accuracy::AccuracyRow& row : table.rows)
    rows.push_back(fmt::format("{}: {} {} {} = {} ± {}", row.name, spec::to_string(row.values[0]),
                               spec::to_string(row.values[1]), spec::to_string(row.values[2]),
                               to_string(row.top1), to_string(row.unit)));
  return join(rows, "; ");
}

std::string own_rows(const std::string& text, const graph::BuildOptions& base = {}) {
  const spec::ArchSpec spec = own_spec();
  try {
    return own_table_text(accuracy::read_accuracy_csv(spec, base, "my.csv", text));
  } catch (const Error& error) {
    return error.what();
  }
}

// The first line of the message.
std::string own_error(const std::string& text) {
  const std::string all = own_rows(text);
  return all.substr(0, all.find('\n'));
}

}  // namespace

TEST_CASE("cells of a table: blanks, quotes, comments, ends of lines", "[accuracy]") {
  const std::string row = "a=3: 3 2 x = 60 ± 1";
  for (const std::string text :
       {"a,accuracy\n3,60\n", "a,accuracy\n3,60", "a,accuracy\r\n3,60\r\n", "a,top1\n3,60\n",
        "accuracy,a\n60,3\n", " a\t,  accuracy \n 3 ,\t60\t\n",
        "\"a\",\"accuracy\"\n\"3\",\"60\"\n",
        "\xEF\xBB\xBF"
        "a,accuracy\n3,60\n",
        "# of mine\n\n  \n a,accuracy\n  # more\n3,60\n\n", "a,b,accuracy\n3,,60\n"}) {
    INFO(text);
    CHECK(own_rows(text) == row);
  }
  CHECK(own_rows("a,kind,accuracy\n3,y,60\n,x,50\n") ==
        "a=3 kind=y: 3 2 y = 60 ± 1; kind=x: 1 2 x = 50 ± 1");
  CHECK(own_rows("b,accuracy\n\"min(3, 4)\",60\n") == "b=min(3, 4): 1 3 x = 60 ± 1");
  CHECK(own_rows("accuracy\n60\n") == "defaults: 1 2 x = 60 ± 1");
  CHECK(own_rows("preset,b,accuracy\nwide,3,60\nwider,,61\n,4,62\n") ==
        "wide b=3: 7 3 x = 60 ± 1; wider: 8 8 x = 61 ± 1; b=4: 1 4 x = 62 ± 1");
  // What holds for all rows.
  const spec::ArchSpec spec = own_spec();
  CHECK(own_rows("a,accuracy\n3,60\n,61\n", own_options(spec, {"b=5", "a=2"})) ==
        "a=3: 3 5 x = 60 ± 1; defaults: 2 5 x = 61 ± 1");
  const AccuracyTable table = accuracy::read_accuracy_csv(
      spec, {}, "my.csv", "a,b,kind,note,accuracy\n1,2,x,3,60\n2,2,x,4,61\n2,2,y,4,61\n");
  CHECK(table.family == "net");
  CHECK(table.recipe == "my.csv");
  CHECK(table.source == "my.csv");
  AccuracyTable again = table;
  accuracy::bind_rows(spec, again);
  CHECK(again.varied == table.varied);
  CHECK(table.varied == std::vector<std::size_t>{0, 2});  // neutral ones are no difference
}

TEST_CASE("figures of a table: percent, with a digit's worth", "[accuracy]") {
  const auto figure = [](const std::string& text) {
    const std::string all = own_error("a,accuracy\n3," + text + "\n");
    return all.substr(all.rfind(all.find(" = ") != std::string::npos ? " = " : "error: "));
  };
  CHECK(figure("0") == " = 0 ± 1");
  CHECK(figure("1") == " = 1 ± 1");
  CHECK(figure("100") == " = 100 ± 1");
  CHECK(figure("70.9") == " = 70.9 ± 0.1");
  CHECK(figure("70.90") == " = 70.9 ± 0.01");
  CHECK(figure("99.999") == " = 99.999 ± 0.001");
  CHECK(figure("100.0") == " = 100 ± 0.1");
  const std::string remedy = "; write percent, as 70.9";
  for (const std::string text : {"100.01", "101", "200.5"})
    CHECK(figure(text) == "error: an accuracy lies between 0 and 100, not " + text + remedy);
  for (const std::string text : {"0.99", "0.01", "0.5"})
    CHECK(figure(text) == "error: " + text + " looks like a fraction" + remedy);
  for (const std::string text : {"x", "70%", "-1", "1e99999", "99999999999999999999999"})
    CHECK(figure(text) == "error: '" + text + "' is no accuracy" + remedy);
  CHECK(figure("") == "error: the accuracy is missing" + remedy);
}

TEST_CASE("the place of a mistake is that of its cell's first character", "[accuracy]") {
  CHECK(own_error("a,accuracy\n3,  x\n").starts_with("my.csv:2:5: "));
  CHECK(own_error("a,kind,accuracy\n3,  ö,60\n").starts_with("my.csv:2:5: "));
  CHECK(own_error("kind,a,accuracy\n\"ä,ö\",x,60\n").starts_with("my.csv:2:1: "));
  CHECK(own_error("note,kind,a,accuracy\n1,x,10,60\n") ==
        "my.csv:2:1: error: parameter 'a' must be at most 9, not 10");
  CHECK(own_error("kind,a,accuracy\n\"x\",z,60\n").starts_with("my.csv:2:5: "));
  CHECK(own_error("# x\n\na,accuracy\n3,60,7\n") ==
        "my.csv:4:6: error: 3 cells, and the first line names 2 columns");
  CHECK(own_error("a, a,accuracy\n") == "my.csv:1:4: error: column 'a' stands twice");
  CHECK(own_error("a,top1,accuracy\n") == "my.csv:1:8: error: column 'accuracy' stands twice");
  CHECK(own_error("a,accuracy\n3,60\n2,61\n3,62\n") ==
        "my.csv:4:1: error: the same network as in line 2; one figure for each");
  CHECK(own_error("a,note,accuracy\n3,1,60\n3,2,61\n") ==
        "my.csv:3:1: error: the same network as in line 2; one figure for each");
  CHECK(own_error("a,\"accuracy\n3,60\n") ==
        "my.csv:1:1: error: a double quote isn't closed in this line");
  CHECK(own_error("") ==
        "my.csv: error: it is empty; the first line names the columns: parameters "
        "of 'net' and accuracy, as a,accuracy");
  // Of wrong names of columns alone, as rows can't be read then.
  CHECK(!test::contains(own_rows("a,zz,accuracy\n3,1,x\n"), "errors"));
  CHECK(own_error("# nothing\n") == own_error(""));
  CHECK(own_error("a,accuracy\n") ==
        "my.csv: error: it has no rows below the names of the columns");
  CHECK(own_error("a,b\n") ==
        "my.csv:1:1: error: no column 'accuracy'; the first line names the columns: parameters of "
        "'net' and accuracy, as a,accuracy");
  CHECK(own_error("preset,accuracy\nwede,60\n") ==
        "my.csv:2:1: error: unknown preset 'wede'; did you mean 'wide'?");
}

namespace {

// Of users by label, with the options of each, in turn.
struct OwnUser {
  std::string label;
  std::string spec;
  graph::BuildOptions options = {};
};

std::string own_tables_of(const std::vector<OwnUser>& users, const std::string& text) {
  std::vector<spec::ArchSpec> specs;
  specs.reserve(users.size());
  std::vector<accuracy::TableUser> asked;
  for (const OwnUser& user : users) {
    specs.push_back(own_spec(user.spec));
    asked.push_back({user.label, &specs.back(), &user.options});
  }
  try {
    const accuracy::OwnTables own = accuracy::read_own_tables(asked, "my.csv", text);
    std::vector<std::string> tables = {own.names_specs ? "by spec" : "one for all"};
    for (const auto& table : own.tables) tables.push_back(table ? own_table_text(*table) : "none");
    return join(tables, " | ");
  } catch (const Error& error) {
    const std::string all = error.what();
    return all.substr(0, all.find('\n'));
  }
}

}  // namespace

TEST_CASE("rows of a file are for the specs that its column names", "[accuracy]") {
  const spec::ArchSpec net = own_spec();
  const std::string text = "spec,a,accuracy\none,3,60\ntwo,4,61\none,5,62\n";
  CHECK(own_tables_of({{"one", "one"}, {"two", "two"}}, text) ==
        "by spec | a=3: 3 2 x = 60 ± 1; a=5: 5 2 x = 62 ± 1 | a=4: 4 2 x = 61 ± 1");
  CHECK(own_tables_of({{"two", "two"}, {"six", "six"}}, text) ==
        "by spec | a=4: 4 2 x = 61 ± 1 | none");
  CHECK(own_tables_of({{"six", "six"}}, text) ==
        "my.csv: error: no row is for 'six'; its column 'spec' names 'one', 'two'");
  CHECK(own_tables_of({{"six", "six"}, {"ten", "ten"}}, text) ==
        "my.csv: error: no row is for 'six' or 'ten'; its column 'spec' names 'one', 'two'");
  // Without the column all have one name.
  CHECK(own_tables_of({{"one", "one"}, {"one:b=3", "one"}}, "a,accuracy\n3,60\n") ==
        "one for all | a=3: 3 2 x = 60 ± 1 | a=3: 3 2 x = 60 ± 1");
  CHECK(own_tables_of({{"one", "one"}, {"two", "two"}}, "a,accuracy\n3,60\n") ==
        "my.csv: error: it doesn't say which rows are for which of 'one', 'two'; add a column "
        "'spec' with these names");
  // A name alone, a whole label, and the spec's own name.
  const std::string named = "spec,a,accuracy\nwide,,60\nwide:b=5,,61\nnet,3,62\n";
  CHECK(own_tables_of({{"wide", "net", own_options(net, {}, "wide")}}, named) ==
        "by spec | defaults: 7 2 x = 60 ± 1; a=3: 3 2 x = 62 ± 1");
  CHECK(own_tables_of({{"wide:b=5", "net", own_options(net, {"b=5"}, "wide", "label")}}, named) ==
        "by spec | defaults: 7 2 x = 60 ± 1; defaults: 7 5 x = 61 ± 1; a=3: 3 2 x = 62 ± 1");
  CHECK(own_tables_of({{"wider", "net", own_options(net, {}, "wider")}},
                      "spec,a,accuracy\nwider,,60\nnet,3,62\n") ==
        "by spec | defaults: 8 8 x = 60 ± 1; a=3: 3 2 x = 62 ± 1");
  // What --set sets holds for all rows, what a label sets for its own.
  CHECK(own_tables_of({{"net", "net", own_options(net, {"b=4"})}}, "spec,a,accuracy\nnet,3,60\n") ==
        "by spec | a=3: 3 4 x = 60 ± 1");
  CHECK(own_tables_of({{"net:b=4", "net", own_options(net, {"b=4"}, "", "label")}},
                      "spec,a,accuracy\nnet,3,60\n") == "by spec | a=3: 3 2 x = 60 ± 1");
  // Columns that only another spec has are no mistake; those of its rows are passed over.
  CHECK(own_tables_of({{"one", "one"}}, "spec,a,depth,accuracy\none,3,,60\nnine,z,8,61\n") ==
        "by spec | a=3: 3 2 x = 60 ± 1");
  CHECK(own_tables_of({{"one", "one"}}, "spec,a,accuracy\none,3,60\n,4,61\n") ==
        "my.csv:3:1: error: the spec is missing");
  CHECK(own_tables_of({{"one", "one"}}, "spec,spec,accuracy\none,one,60\n")
            .starts_with("my.csv:1:6: error: column 'spec' stands twice"));
  CHECK(own_tables_of({{"one", "one"}}, "a,zz,accuracy\n3,1,60\n") ==
        "my.csv:1:3: error: 'one' has no parameter 'zz'; known are 'a', 'b', 'kind', 'note', "
        "'preset', 'accuracy', 'top1'");
  CHECK(own_tables_of({{"one", "one"}}, "\xEF\xBB\xBFspec,a,accuracy\none,3,60\n") ==
        "by spec | a=3: 3 2 x = 60 ± 1");
  CHECK(own_tables_of({{"one", "one"}}, "# of mine\n\n a , spec ,accuracy\n3,one,60\n") ==
        "by spec | a=3: 3 2 x = 60 ± 1");
}

TEST_CASE("a spec's own tables: recipes, sources, what is set", "[accuracy]") {
  const spec::ArchSpec spec = own_spec("net", R"(published:
  - {at: {a: 3}, top1: 60.5, source: s}
  - {at: {preset: wide}, top1: 61, source: t, recipe: s}
accuracy:
  - {at: {a: 4, kind: y}, top1: 62, source: "s", recipe: s}
  - {at: {a: 3, note: 7}, top1: 63, source: s}
  - {at: {b: 3}, top1: 64, source: u, recipe: v}
  - {at: {b: 3, a: 1}, top1: 65, source: u}
)");
  const std::vector<AccuracyTable> tables = accuracy::accuracy_tables(spec);
  REQUIRE(tables.size() == 3);
  CHECK(tables[0].recipe == "s");
  CHECK(tables[0].source == "s; t");
  CHECK(own_table_text(tables[0]) ==
        "a=3: 3 2 x = 60.5 ± 0.1; wide: 7 2 x = 61 ± 1; a=4 kind=y: 4 2 y = 62 ± 1");
  CHECK(tables[0].varied == std::vector<std::size_t>{0, 2});
  CHECK(tables[1].recipe == "v");
  CHECK(tables[1].varied.empty());
  CHECK(tables[2].recipe == "u");
  CHECK(&accuracy::table_of(tables, "v") == &tables[1]);
  const auto missing = [](const std::vector<AccuracyTable>& some) -> std::string {
    try {
      accuracy::table_of(some, "w");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(missing(tables) == "error: no recipe 'w'; there are 's', 'v', 'u'");
  CHECK(missing({tables[1]}) == "error: no recipe 'w'; there is 'v'");
  CHECK(missing({}) == "error: no recipe 'w': the spec has no accuracies");
  // Values, and which of them count.
  const auto values = [&](const std::vector<std::string>& settings,
                          const std::string& preset = "") {
    return accuracy::values_of(spec, own_options(spec, settings, preset));
  };
  CHECK(accuracy::same_accuracy(spec, values({}), values({"note=5"})));
  CHECK(!accuracy::same_accuracy(spec, values({}), values({"kind=y"})));
  CHECK(!accuracy::same_accuracy(spec, values({"a=2"}), values({})));
  CHECK(accuracy::same_accuracy(spec, values({"a=7"}), values({}, "wide")));
  // All that estimates depend on.
  std::vector<std::string> identities;
  for (const std::string text : {"a,b,accuracy\n1,2,60\n2,2,61\n", "a,b,accuracy\n1,2,60\n2,2,62\n",
                                 "a,b,accuracy\n1,2,60\n2,3,61\n", "a,b,accuracy\n1,2,60\n",
                                 "a,b,accuracy\n2,2,61\n1,2,60\n"})
    identities.push_back(accuracy::identity(accuracy::read_accuracy_csv(spec, {}, "x", text)));
  std::sort(identities.begin(), identities.end());
  CHECK(std::unique(identities.begin(), identities.end()) == identities.end());
}
