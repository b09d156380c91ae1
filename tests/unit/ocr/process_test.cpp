#include "ocr/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "support/extraction.hpp"
#include "support/scratch_folder.hpp"

namespace nassaq::ocr {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class Process : public testing::Test {
protected:
    Command shell(std::string script) {
        return {.program = "/bin/sh",
                .arguments = {"-c", std::move(script)},
                .folder = folder_.path(),
                .input = {},
                .limits = {.address_space_bytes = std::int64_t{1} << 30,
                           .cpu_seconds = 5,
                           .file_size_bytes = 1 << 20,
                           .open_files = 64},
                .timeout = 10s,
                .output_bytes = 1 << 20,
                .own_session = true};
    }

    static Outcome run(const Command& command, const std::stop_token& stop = {}) {
        auto outcome = run_process(command, stop);
        if (!outcome) throw std::system_error(outcome.error());
        return *outcome;
    }

    /// Waits for a number that the program writes into its folder.
    pid_t number_in(const char* name) {
        for (int attempt = 0; attempt < 500; ++attempt) {
            std::ifstream file(folder_.path() / name);
            pid_t number = 0;
            if (file >> number) return number;
            std::this_thread::sleep_for(10ms);
        }
        throw std::runtime_error("the program wrote no number");
    }

    static bool ends_soon(pid_t process) {
        for (int attempt = 0; attempt < 500; ++attempt) {
            // An orphan that nobody reaped yet is dead, too.
            std::ifstream status("/proc/" + std::to_string(process) + "/stat");
            std::string text;
            if (!std::getline(status, text) || text.find(") Z") != std::string::npos) return true;
            std::this_thread::sleep_for(10ms);
        }
        return false;
    }

    test::ScratchFolder folder_;
};

TEST_F(Process, GivesInputAndTakesOutputAndExitCode) {
    Command command = shell("cat; echo trouble >&2; exit 3");
    command.input = std::string(300'000, 'x');
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.ending, Ending::exited);
    EXPECT_EQ(outcome.code, 3);
    EXPECT_FALSE(outcome.succeeded());
    EXPECT_EQ(outcome.output, command.input);
    EXPECT_EQ(outcome.errors, "trouble\n");
}

TEST_F(Process, RunsInItsFolderWithAnEnvironmentOfItsOwn) {
    ASSERT_EQ(setenv("SECRET_OF_THE_SERVER", "1", 1), 0);  // NOLINT(concurrency-mt-unsafe): no other thread yet
    const Outcome outcome = run(shell("pwd; env"));
    EXPECT_THAT(outcome.output, HasSubstr(folder_.path().string() + "\n"));
    EXPECT_THAT(outcome.output, HasSubstr("TMPDIR=" + folder_.path().string()));
    EXPECT_THAT(outcome.output, HasSubstr("OMP_THREAD_LIMIT=1"));
    EXPECT_THAT(outcome.output, Not(HasSubstr("SECRET")));
}

TEST_F(Process, InheritsNoDescriptor) {
    const int leaked = dup(STDOUT_FILENO);  // Without O_CLOEXEC, as a careless library makes them.
    ASSERT_GT(leaked, 2);
    const Outcome outcome = run(shell("test -e /proc/self/fd/" + std::to_string(leaked)));
    close(leaked);
    EXPECT_EQ(outcome.code, 1);
}

TEST_F(Process, HasNoNewPrivileges) {
    EXPECT_EQ(run(shell("grep -q 'NoNewPrivs:.1' /proc/self/status")).code, 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(Process, HasNoNetwork) {
    Command command = shell("");
    command.program = "/bin/bash";
    for (const char* script : {"exec 3<>/dev/tcp/127.0.0.1/1", "exec 3<>/dev/udp/127.0.0.1/53",
                               "unset x; bash -c 'exec 3<>/dev/tcp/127.0.0.1/1'"}) {
        command.arguments = {"-c", script};
        const Outcome outcome = run(command);
        EXPECT_FALSE(outcome.succeeded());
        EXPECT_THAT(outcome.errors, HasSubstr("Operation not permitted")) << script;
    }
}

TEST_F(Process, HasAFilterOfSystemCallsThatItCannotTakeOff) {
    EXPECT_THAT(run(shell("cat /proc/self/status")).output, HasSubstr("Seccomp:\t2"));
    EXPECT_THAT(run(shell("unshare -r true; mount -t tmpfs none .; true")).errors, HasSubstr("not permitted"));
}
#endif

TEST_F(Process, PassesOnLinesAsTheyEnd) {
    Command command = shell("printf 'one\\ntw'; sleep 0.2; printf 'o\\n\\nrest'");
    std::vector<std::string> lines;
    command.on_line = [&](std::string_view line) { lines.emplace_back(line); };
    EXPECT_EQ(run(command).output, "rest");
    EXPECT_THAT(lines, testing::ElementsAre("one", "two", ""));
}

TEST_F(Process, IsKilledWithItsChildrenWhenTheTimeIsOver) {
    Command command = shell("sleep 60 & echo $! > child; wait");
    command.timeout = 300ms;
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.ending, Ending::timed_out);
    EXPECT_TRUE(outcome.ran_out_of_time());
    EXPECT_TRUE(ends_soon(number_in("child")));
}

TEST_F(Process, GetsLongerWhereItComputesAndTheMachineIsBusy) {
    Command command = shell("while :; do :; done");
    command.timeout = 100ms;
    command.grace = 600s;
    command.limits.cpu_seconds = 1;
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.ending, Ending::signalled) << "its processor time ends it";
    EXPECT_TRUE(outcome.ran_out_of_time());
}

TEST_F(Process, GetsNoLongerWhereItHangs) {
    Command command = shell("exec sleep 60");
    command.timeout = 500ms;
    command.grace = 600s;
    EXPECT_EQ(run(command).ending, Ending::timed_out);
}

TEST_F(Process, IsKilledWhenItClosesItsOutputAndHangs) {
    Command command = shell("exec >&- 2>&-; sleep 60");
    command.timeout = 300ms;
    EXPECT_EQ(run(command).ending, Ending::timed_out);
}

TEST_F(Process, LeavesNoChildBehindWhenItExits) {
    const Outcome outcome = run(shell("sleep 60 & echo $! > child"));
    EXPECT_TRUE(outcome.succeeded());
    EXPECT_TRUE(ends_soon(number_in("child")));
}

TEST_F(Process, IsKilledWhenAStopIsRequested) {
    std::stop_source stop;
    std::jthread later([&] {
        number_in("started");
        stop.request_stop();
    });
    const Outcome outcome = run(shell("echo 1 > started; sleep 60"), stop.get_token());
    EXPECT_EQ(outcome.ending, Ending::stopped);
}

TEST_F(Process, DoesNotRunOnWhenAStopWasRequestedBefore) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(run(shell("sleep 60"), stop.get_token()).ending, Ending::stopped);
}

TEST_F(Process, IsKilledWhenItWritesTooMuch) {
    Command command = shell("exec yes");
    command.output_bytes = 1000;
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.ending, Ending::output_too_large);
    EXPECT_EQ(outcome.output.size(), 1000U);
}

TEST_F(Process, MayWriteAsManyErrorsAsItLikesButFewAreKept) {
    const Outcome outcome = run(shell("yes | head -c 1000000 >&2"));
    EXPECT_TRUE(outcome.succeeded());
    EXPECT_EQ(outcome.errors.size(), 16U << 10U);
}

TEST_F(Process, IsHeldToItsCpuTime) {
    Command command = shell("while :; do :; done");
    command.limits.cpu_seconds = 1;
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.ending, Ending::signalled);
    EXPECT_EQ(outcome.code, SIGXCPU);
    EXPECT_TRUE(outcome.ran_out_of_time());
}

TEST_F(Process, IsHeldToItsLimits) {
    const Outcome limits = run(shell("ulimit -c; ulimit -n; ulimit -f; ulimit -t"));
    EXPECT_EQ(limits.output, "0\n64\n2048\n5\n");
    EXPECT_EQ(run(shell("exec head -c 2000000 /dev/zero > large")).code, SIGXFSZ);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(Process, IsHeldToItsMemory) {
    EXPECT_EQ(run(shell("ulimit -v")).output, "1048576\n");
}
#endif

TEST_F(Process, TellsWhyAProgramDidNotStart) {
    Command command = shell("");
    command.program = "/nowhere/program";
    const auto missing = run_process(command);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error(), std::errc::no_such_file_or_directory);

    command = shell("");
    command.folder = "/nowhere";
    EXPECT_FALSE(run_process(command));
}

TEST_F(Process, DiesWithItsParent) {
    const Command command = shell("echo $$ > child; sleep 60");
    const pid_t parent = fork();
    ASSERT_GE(parent, 0);
    if (parent == 0) {
        static_cast<void>(run_process(command));
        _exit(0);
    }
    const pid_t child = number_in("child");
    kill(parent, SIGKILL);
    waitpid(parent, nullptr, 0);
    EXPECT_TRUE(ends_soon(child));
}

TEST(FindProgram, LooksIntoTheStandardFolders) {
    EXPECT_EQ(find_program("sh"), "/usr/bin/sh");
    EXPECT_EQ(find_program("no-such-program"), std::nullopt);
}

}  // namespace
}  // namespace nassaq::ocr
