// How: the Debian package is made of what has been built, unpacked into a folder and used there.

#include "harness/base/text.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>

namespace watertight::test {

static bool has_packaging_tools()
{
    return run({"sh", "-c", "command -v dpkg-shlibdeps && command -v dpkg-deb"}).code == 0;
}

// The one package in the folder.
static std::string made_in(std::filesystem::path const& folder)
{
    auto const o = run({WT_CPACK, "-G", "DEB", "--config", WT_CPACK_CONFIG, "-B", folder.string()});
    EXPECT_EQ(o.code, 0) << o.output;
    for (auto const& entry : std::filesystem::directory_iterator{folder}) {
        if (entry.path().extension() == ".deb") return entry.path().string();
    }
    ADD_FAILURE() << "no package was made\n" << o.output;
    return {};
}

TEST(Package, HoldsProgramsAndScenariosAndNamesWhatItNeeds)
{
    if (!has_packaging_tools()) GTEST_SKIP() << "dpkg-dev is not installed";
    temp_dir const folder{"package"};
    auto const package = made_in(folder.path());
    ASSERT_FALSE(package.empty());
    // As the image's build file expects it.
    EXPECT_TRUE(std::regex_match(
        std::filesystem::path{package}.filename().string(),
        std::regex{"watertight_" WT_PROJECT_VERSION "_[a-z0-9]+\\.deb"}
    )) << package;
    auto const needs = run({"dpkg-deb", "--field", package, "Depends"}).output;
    for (auto const* const library : {"libc6", "libpq5", "libssl3", "libmongoc"}) {
        EXPECT_NE(needs.find(library), std::string::npos) << needs;
    }

    auto const root = (folder / "root").string();
    EXPECT_EQ(run({"dpkg-deb", "--extract", package, root}).code, 0);
    for (auto const* const file :
         {"usr/bin/watertight-lab",
          "usr/share/watertight/scenarios/mis/drill/forward.sql",
          "usr/share/watertight/scenarios/schema.json",
          "usr/share/watertight/result.schema.json",
          "usr/share/doc/watertight/copyright"})
    {
        EXPECT_TRUE(std::filesystem::exists(root + "/" + file)) << file;
    }
    for (auto const& [file, part] : std::map<std::string, std::string>{
             {"man/man1/watertight.1", ".TH WATERTIGHT 1"},
             {"bash-completion/completions/watertight", "complete "},
             {"zsh/vendor-completions/_watertight", "#compdef watertight"},
             {"fish/vendor_completions.d/watertight.fish", "complete -c watertight"}})
    {
        auto const text = read_file(root + "/usr/share/" + file);
        ASSERT_TRUE(text) << file;
        EXPECT_NE(text->find(part), std::string::npos) << file;
    }
    auto const program = root + "/usr/bin/watertight";
    EXPECT_EQ(run({program, "--version"}).output, "watertight " WT_PROJECT_VERSION "\n");
    // Without a scenario, the pack's: it lies in the package, for the folder has none.
    auto const o = run({"sh", "-c", "cd / && " + shell_quote(program) + " validate"});
    EXPECT_EQ(o.code, 0) << o.output;
}

} // namespace watertight::test
