#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "../support/test_data.hpp"
#include "ocr/extractor.hpp"
#include "ocr/landlock.hpp"
#include "support/extraction.hpp"
#include "support/scratch_folder.hpp"

#ifndef NASSAQ_IS_SANITIZED

namespace nassaq::ocr {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

using nassaq::test::data;

std::vector<std::string> lines_of(const std::string& text, std::string_view beginning) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        if (line.starts_with(beginning)) lines.push_back(line.substr(beginning.size()));
    }
    return lines;
}

/// Content, rights and times.
std::string state_of(const fs::path& file) {
    struct stat status {};
    if (lstat(file.c_str(), &status) != 0) return "gone";
    return test::read_file(file) + " " + std::to_string(status.st_mode) + " " + std::to_string(status.st_mtim.tv_sec) +
           "." + std::to_string(status.st_mtim.tv_nsec) + " " + std::to_string(status.st_ctim.tv_nsec);
}

/// What a server has, and a program in place of nassaq-extract that tries to get at it.
class HostileDecoder : public testing::Test {
protected:
    HostileDecoder() {
        fs::create_directory(victims_);
        for (const char* name : names_of_victims) {
            std::ofstream(victims_ / name) << "untouched";
        }
    }

    /// @param more  Instructions besides those that every mode gets.
    fs::path instructions(const std::string& mode, const std::string& more = {}) {
        return server_.write(mode + ".txt", "mode " + mode + "\ndatabase " + database_.string() + "\nblob " +
                                                blob_.string() + "\nvictims " + victims_.string() + "\npdf " +
                                                (data / "letter.pdf").string() + "\n" + spared() + more);
    }

    /// What would make the whole machine slow for everybody, were it not refused.
    static std::string spared() { return geteuid() == 0 ? "spare renice_user\n" : ""; }

    std::string report(const fs::path& file, const std::stop_token& stop = {}) {
        const auto document = Extractor(options_).extract(file, "letter.txt", stop);
        return document ? test::whole_text(*document) : "no report: " + document.error().reason;
    }

    /// By a decoder without Landlock, which is of this user.
    static void remove_what_was_made() {
        const std::string name = "nassaq-hostile";
        const std::string name_of_this_test = name + "-" + std::to_string(getpid());
        for (const char* folder : {"/tmp", "/var/tmp", "/dev/shm"}) fs::remove(fs::path(folder) / name_of_this_test);
        for (const char* folder : {"/usr/lib", "/var/cache/fontconfig"}) fs::remove(fs::path(folder) / name);
    }

    [[nodiscard]] std::vector<std::string> state_of_victims() const {
        std::vector<std::string> states{state_of(database_), state_of(blob_)};
        for (const char* name : names_of_victims) states.push_back(name + (" " + state_of(victims_ / name)));
        return states;
    }

    template <class Condition>
    static bool comes_true(const Condition& condition) {
        for (int attempt = 0; attempt < 1000; ++attempt) {
            if (condition()) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }

    /// An orphan that nobody reaped yet is dead, too.
    static bool is_alive(const std::string& process) {
        std::ifstream file("/proc/" + process + "/stat");
        std::string text;
        return std::getline(file, text) && text.find(") Z") == std::string::npos;
    }

    /// The folder and the number of a child that hangs.
    static std::pair<fs::path, std::string> process_below(const fs::path& temporary_directory) {
        std::pair<fs::path, std::string> found;
        const bool hangs = comes_true([&] {
            for (const auto& folder : fs::directory_iterator(temporary_directory)) {
                std::ifstream file(folder.path() / "process");
                if (std::getline(file, found.second) && !file.eof()) found.first = folder.path();
            }
            return !found.first.empty();
        });
        if (!hangs) throw std::runtime_error("no child hangs");
        return found;
    }

    static std::set<std::string> names_in(const fs::path& folder) {
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
        return names;
    }

    static constexpr const char* names_of_victims[] = {
        "truncate",  "empty",    "empty_by_mode_3", "write",  "read_and_write", "append",   "creat",
        "chmod",     "fchmodat", "fchmod",          "chown",  "lchown",         "utime",    "utimes",
        "utimensat", "setxattr", "attributes",      "rename", "unlink",         "unlinkat", "link"};

    test::ScratchFolder server_;
    test::ScratchFolder temporary_;
    fs::path database_ = server_.write("nassaq.db", "a hash: $2b$12$abcdefghijklmnopqrstuv");
    fs::path blob_ = server_.write("blob", "another document");
    fs::path victims_ = server_.path() / "blobs";
    Options options_{.temporary_directory = temporary_.path(), .program = test::hostile_decoder()};
};

/// Over the versions of Landlock, from the one of Linux 5.13 on.
class HostileDecoderByVersion : public HostileDecoder, public testing::WithParamInterface<int> {};

TEST_P(HostileDecoderByVersion, GetsNothingAndLeavesNothing) {
    if (landlock_version() < GetParam()) GTEST_SKIP() << "this kernel has version " << landlock_version();
    options_.landlock = GetParam();
    const fs::path document = instructions("attack");
    const auto before = state_of_victims();
    const auto names = names_in(server_.path());
    const std::string document_before = state_of(document);

    const std::string text = report(document);

    EXPECT_THAT(lines_of(text, "SUCCEEDED "), IsEmpty());
    EXPECT_GT(lines_of(text, "refused ").size(), 100U) << text;
    EXPECT_THAT(text, HasSubstr("its own folder can be used"));
    EXPECT_EQ(state_of_victims(), before);
    EXPECT_EQ(state_of(document), document_before);
    EXPECT_EQ(names_in(server_.path()), names);
    EXPECT_EQ(names_in(victims_).size(), std::size(names_of_victims));
    EXPECT_TRUE(fs::is_empty(temporary_.path()));
}

TEST_P(HostileDecoderByVersion, IsNoReasonToReadLess) {
    if (landlock_version() < GetParam()) GTEST_SKIP() << "this kernel has version " << landlock_version();
    Options options = test::child_options(temporary_.path());
    options.landlock = GetParam();
    for (const char* name : {"hybrid.pdf", "photo.heic", "letter-old.doc", "plan.pptx"}) {
        const auto document = test::extract(data / name, options);
        EXPECT_TRUE(document && document->word_count > 0) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(Landlock, HostileDecoderByVersion, testing::Range(1, newest_landlock + 1));

TEST_F(HostileDecoder, WithoutLandlockStillStartsSignalsAndSendsNothing) {
    options_.landlock = 0;
    const std::string text = report(instructions("attack"));
    remove_what_was_made();
    // What only Landlock keeps from it: the files that its user can reach, by reading and writing.
    const std::set<std::string> by_files{"hashes_of_the_database",
                                         "read_another_document",
                                         "write_database",
                                         "write",
                                         "read_and_write",
                                         "append",
                                         "creat",
                                         "make_file",
                                         "list_documents",
                                         "its_document_write",
                                         "its_document_read_and_write",
                                         "its_document_append",
                                         "its_document_creat",
                                         "command_line",
                                         "descriptors_of_the_server",
                                         "its_own_map",
                                         "out_of_memory_score",
                                         "accounts",
                                         "programs",
                                         "list_root",
                                         "list_temporary_folder",
                                         "write_tmp",
                                         "write_var_tmp",
                                         "write_shared_memory",
                                         "write_library",
                                         "write_fonts",
                                         "terminal",
                                         "write_memory_of_the_server"};
    for (const std::string& attack : lines_of(text, "SUCCEEDED ")) EXPECT_TRUE(by_files.contains(attack)) << attack;
    EXPECT_THAT(text, testing::AnyOf(HasSubstr("refused execute_a_tool"), HasSubstr("no report")));
}

TEST_F(HostileDecoder, GetsNothingOfAnotherOne) {
    if (landlock_version() == 0) GTEST_SKIP() << "this kernel has no Landlock";
    const test::ScratchFolder elsewhere;
    Options other = options_;
    other.temporary_directory = elsewhere.path();
    std::jthread sibling([&, document = server_.write("hang.txt", "mode hang\n")](const std::stop_token& stop) {
        EXPECT_FALSE(Extractor(other).extract(document, "letter.txt", stop));
    });
    const auto [folder, process] = process_below(elsewhere.path());
    const std::string text =
        report(instructions("attack", "sibling " + process + "\nsibling_folder " + folder.string() + "\n"));
    EXPECT_THAT(lines_of(text, "SUCCEEDED "), IsEmpty());
    EXPECT_THAT(text, HasSubstr("refused memory_of_a_sibling"));
    EXPECT_THAT(text, HasSubstr("refused write_memory_of_a_sibling"));
    EXPECT_EQ(names_in(folder), std::set<std::string>{"process"});
    EXPECT_TRUE(fs::exists("/proc/" + process)) << "it goes on";
}

TEST_F(HostileDecoder, IsEndedWithItsThreads) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(report(instructions("threads")), "no report: The file is damaged.");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST_F(HostileDecoder, IsEndedWithItsThreadsWhileItWaitsForATool) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(report(instructions("threads_beside_a_tool")), "no report: The file is damaged.");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST_F(HostileDecoder, HasNoToolsRunButThoseForDocuments) {
    if (landlock_version() == 0) GTEST_SKIP() << "this kernel has no Landlock";
    const auto before = state_of_victims();
    const std::string text = report(instructions("tools"));
    EXPECT_THAT(lines_of(text, "SUCCEEDED "), IsEmpty());
    EXPECT_EQ(lines_of(text, "refused tool_").size(), 6U) << text;
    EXPECT_EQ(state_of_victims(), before);
    EXPECT_EQ(names_in(victims_).size(), std::size(names_of_victims));
}

TEST_F(HostileDecoder, IsKilledWithItsServer) {
    const auto document = server_.write("hang.txt", "mode hang\n");
    const pid_t server = fork();
    ASSERT_GE(server, 0);
    if (server == 0) {
        static_cast<void>(Extractor(options_).extract(document, "letter.txt"));
        _exit(0);
    }
    const auto [folder, process] = process_below(temporary_.path());
    kill(server, SIGKILL);
    waitpid(server, nullptr, 0);
    EXPECT_TRUE(comes_true([&] { return !is_alive(process); }));
    EXPECT_EQ(remove_abandoned_folders(temporary_.path()), 1U);
}

}  // namespace
}  // namespace nassaq::ocr

#endif
