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

#include "base/file.hpp"
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
                .output_bytes = 1 << 20};
    }

    /// What a shell would start other programs for.
    Command perl(std::string script) {
        Command command = shell("");
        command.program = "/usr/bin/perl";
        command.arguments = {"-e", std::move(script)};
        return command;
    }

    /// Of a program that stays and has its number written to the file "process".
    static std::string staying(const std::string& name = "process") {
        return "open F, '>" + name + "'; print F $$; close F; sleep 60";
    }

    /// How the kernel describes a program that runs (proc(5)).
    std::string status() {
        Command command = shell("echo ready; read answer");
        std::string text;
        command.on_line = [&](std::string_view, int process) {
            std::ifstream file("/proc/" + std::to_string(process) + "/status");
            text.assign(std::istreambuf_iterator<char>(file), {});
            return std::string("go\n");
        };
        EXPECT_TRUE(run(command).succeeded());
        return text;
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
    Command command = perl("print while <STDIN>; print STDERR \"trouble\\n\"; exit 3");
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
    const Outcome outcome = run(shell("pwd; echo TMPDIR=$TMPDIR; echo OMP_THREAD_LIMIT=$OMP_THREAD_LIMIT; export -p"));
    EXPECT_THAT(outcome.output, HasSubstr(folder_.path().string() + "\n"));
    EXPECT_THAT(outcome.output, HasSubstr("TMPDIR=" + folder_.path().string()));
    EXPECT_THAT(outcome.output, HasSubstr("OMP_THREAD_LIMIT=1"));
    EXPECT_THAT(outcome.output, Not(HasSubstr("SECRET")));
}

TEST_F(Process, InheritsNoDescriptor) {
    const int leaked = dup(STDOUT_FILENO);  // Without O_CLOEXEC, as a careless library makes them.
    ASSERT_GT(leaked, 2);
    const Outcome outcome =
        run(shell("test -e /proc/self/fd/2 || exit 2; test -e /proc/self/fd/" + std::to_string(leaked)));
    close(leaked);
    EXPECT_EQ(outcome.code, 1);
}

TEST_F(Process, HasNoNewPrivileges) {
    const std::string text = status();
    EXPECT_THAT(text, HasSubstr("NoNewPrivs:\t1"));
    // Of root's, that of reading what is another user's.
    EXPECT_THAT(text, HasSubstr(geteuid() == 0 ? "CapEff:\t0000000000000004" : "CapEff:\t0000000000000000"));
    EXPECT_THAT(text, HasSubstr(geteuid() == 0 ? "CapPrm:\t0000000000000004" : "CapPrm:\t0000000000000000"));
}

TEST_F(Process, IsTheFirstToGoWhenMemoryRunsOut) {
    Command command = shell("echo ready; read answer");
    command.on_line = [](std::string_view, int process) {
        std::string score;
        std::getline(std::ifstream("/proc/" + std::to_string(process) + "/oom_score_adj"), score);
        EXPECT_EQ(score, "500");
        return std::string("go\n");
    };
    EXPECT_TRUE(run(command).succeeded());
}

TEST_F(Process, ReachesNoFileButItsOwn) {
    const test::ScratchFolder elsewhere;
    const auto document = elsewhere.write("document", "the document\n");
    const auto other = elsewhere.write("other", "another one\n");
    Command command = shell("read line < " + document.string() + "; echo $line; echo x > mine; read line < mine; " +
                            "read line < " + other.string());
    command.document = document;
    Outcome outcome = run(command);
    EXPECT_EQ(outcome.output, "the document\n");
    EXPECT_THAT(outcome.errors, HasSubstr("other: Permission denied"));

    for (const std::string& script : {"echo x > " + document.string(), "echo x > " + elsewhere.path().string() + "/new",
                                      std::string("exec /bin/true"), std::string("read line < /etc/passwd")}) {
        outcome = run(shell(script));
        EXPECT_FALSE(outcome.succeeded()) << script;
        EXPECT_THAT(outcome.errors, HasSubstr("Permission denied")) << script;
    }
    // Where there is no Landlock, a process can read what its user can.
    command.landlock = 0;
    EXPECT_TRUE(run(command).succeeded());
}

#ifndef NASSAQ_IS_SANITIZED
TEST_F(Process, HasNoNetwork) {
    Command command = shell("");
    command.program = "/bin/bash";
    for (const char* script : {"exec 3<>/dev/tcp/127.0.0.1/1", "exec 3<>/dev/udp/127.0.0.1/53"}) {
        command.arguments = {"-c", script};
        const Outcome outcome = run(command);
        EXPECT_FALSE(outcome.succeeded());
        EXPECT_THAT(outcome.errors, HasSubstr("Operation not permitted")) << script;
    }
}

TEST_F(Process, SeesNothingOfOthersInProc) {
    for (const char* file : {"self/status", "self/maps", "cpuinfo"}) {
        const Outcome outcome = run(shell("read line < /proc/" + std::string(file)));
        EXPECT_THAT(outcome.errors, HasSubstr("Permission denied")) << file;
    }
}

TEST_F(Process, HasAFilterOfSystemCalls) {
    EXPECT_THAT(status(), HasSubstr("Seccomp:\t2"));
}

TEST_F(Process, StartsNoProcess) {
    const Outcome outcome = run(perl("defined(fork) or die \"$!\""));
    EXPECT_FALSE(outcome.succeeded());
    EXPECT_THAT(outcome.errors, HasSubstr("not permitted"));
    EXPECT_FALSE(run(shell("true | true")).succeeded());
}

TEST_F(Process, DoesNotReachOtherProcessesOfItsUser) {
    const std::string parent = std::to_string(getpid());
    const std::string own_nice = "getpriority(0, " + parent + ")";
    for (const std::string& script :
         {"kill(0, " + parent + ") or die \"$!\"", "setpriority(0, " + parent + ", " + own_nice + ") or die \"$!\""}) {
        EXPECT_EQ(std::system(("perl -e '" + script + "'").c_str()), 0) << "without the filter: " << script;
        const Outcome outcome = run(perl(script));
        EXPECT_FALSE(outcome.succeeded()) << script;
        EXPECT_THAT(outcome.errors, HasSubstr("not permitted")) << script;
    }
}

TEST_F(Process, MayAbort) {
    const Outcome outcome = run(perl("use POSIX; POSIX::abort()"));
    EXPECT_EQ(outcome.ending, Ending::signalled);
    EXPECT_EQ(outcome.code, SIGABRT);
}
#endif

TEST_F(Process, PassesOnLinesAsTheyEnd) {
    Command command = perl("$| = 1; print \"one\\ntw\"; select undef, undef, undef, 0.2; print \"o\\n\\nrest\"");
    std::vector<std::string> lines;
    command.on_line = [&](std::string_view line, int) {
        lines.emplace_back(line);
        return std::string();
    };
    EXPECT_EQ(run(command).output, "rest");
    EXPECT_THAT(lines, testing::ElementsAre("one", "two", ""));
}

TEST_F(Process, IsAnswered) {
    Command command = shell("read order; echo $order; read answer; echo $answer; read answer; printf %s $answer");
    command.input = "order\n";
    command.on_line = [&](std::string_view line, int) { return "answer to " + std::string(line) + "\n"; };
    // Longer than what a socket takes at once.
    EXPECT_EQ(run(command).output, "answertoanswertoorder");
    command = perl("$| = 1; print \"more\\n\"; $answer = <STDIN>; print length $answer");
    const std::string long_answer(1'000'000, 'x');
    command.on_line = [&](std::string_view, int) { return long_answer + "\n"; };
    EXPECT_EQ(run(command).output, "1000001");
}

TEST_F(Process, WritesIntoAFile) {
    const auto path = folder_.path() / "output";
    const UniqueFd file = file::create(path);
    Command command = shell("echo text");
    command.output_file = file.get();
    EXPECT_EQ(run(command).output, "");
    std::string text;
    std::getline(std::ifstream(path), text);
    EXPECT_EQ(text, "text");
}

TEST_F(Process, IsKilledWhenTheTimeIsOver) {
    Command command = perl(staying());
    command.timeout = 1s;
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.ending, Ending::timed_out);
    EXPECT_TRUE(ends_soon(number_in("process")));
}

TEST_F(Process, GetsLongerWhereItComputesAndTheMachineIsBusy) {
    Command command = shell("while :; do :; done");
    command.timeout = 100ms;
    command.grace = 600s;
    command.limits.cpu_seconds = 1;
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.ending, Ending::signalled) << "its processor time ends it";
    EXPECT_EQ(outcome.code, SIGXCPU);
}

TEST_F(Process, GetsNoLongerWhereItHangs) {
    Command command = perl("sleep 60");
    command.timeout = 500ms;
    command.grace = 600s;
    EXPECT_EQ(run(command).ending, Ending::timed_out);
}

TEST_F(Process, IsKilledWhenItClosesItsOutputAndHangs) {
    Command command = perl("close STDOUT; close STDERR; sleep 60");
    command.timeout = 300ms;
    EXPECT_EQ(run(command).ending, Ending::timed_out);
}

TEST_F(Process, IsKilledWhenAStopIsRequested) {
    std::stop_source stop;
    std::jthread later([&] {
        number_in("started");
        stop.request_stop();
    });
    const Outcome outcome = run(perl(staying("started")), stop.get_token());
    EXPECT_EQ(outcome.ending, Ending::stopped);
}

TEST_F(Process, DoesNotRunOnWhenAStopWasRequestedBefore) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(run(perl("sleep 60"), stop.get_token()).ending, Ending::stopped);
}

TEST_F(Process, IsKilledWhenItWritesTooMuch) {
    Command command = perl("print \"y\\n\" x 1000 while 1");
    command.output_bytes = 1000;
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.ending, Ending::output_too_large);
    EXPECT_EQ(outcome.output.size(), 1000U);
}

TEST_F(Process, IsKilledWhenItsLinesAreTooManyOrTooLong) {
    Command command = perl("$| = 1; print \"line\\n\" for 1 .. 20; sleep 60");
    command.most_lines = 19;
    int lines = 0;
    command.on_line = [&](std::string_view, int) {
        ++lines;
        return std::string();
    };
    EXPECT_EQ(run(command).ending, Ending::said_too_much);
    EXPECT_EQ(lines, 19);
    command.arguments = {"-e", "$| = 1; print 'x' x 70000, \"\\n\"; sleep 60"};
    EXPECT_EQ(run(command).ending, Ending::said_too_much);
    EXPECT_EQ(lines, 19);
}

TEST_F(Process, IsKilledWhenItDoesNotReadItsAnswers) {
    Command command = perl("$| = 1; print \"more\\n\" for 1 .. 20; sleep 60");
    command.on_line = [&](std::string_view, int) { return std::string(300'000, 'x'); };
    EXPECT_EQ(run(command).ending, Ending::said_too_much);
}

/// However fast it says the next one.
TEST_F(Process, IsKilledBetweenTwoLines) {
    Command command = perl("print \"line\\n\" for 1 .. 100000");
    command.most_lines = 100'000;
    command.timeout = 500ms;
    int lines = 0;
    command.on_line = [&](std::string_view, int) {
        std::this_thread::sleep_for(10ms);
        ++lines;
        return std::string();
    };
    EXPECT_EQ(run(command).ending, Ending::timed_out);
    EXPECT_LE(lines, 51);
}

TEST_F(Process, IsKilledWhenItsFolderGrowsTooLarge) {
    Command command = perl("for (1 .. 9) { open F, \">$_\"; syswrite F, 'x' x 100000; close F } sleep 60");
    command.folder_limits.bytes = 500'000;
    EXPECT_EQ(run(command).ending, Ending::folder_too_large);
    command.folder_limits = {.files = 8};
    EXPECT_EQ(run(command).ending, Ending::folder_too_large);
    command.folder_limits = {.bytes = 1'000'000, .files = 9};
    command.timeout = 500ms;
    EXPECT_EQ(run(command).ending, Ending::timed_out);
}

TEST_F(Process, MayWriteAsManyErrorsAsItLikesButFewAreKept) {
    const Outcome outcome = run(perl("print STDERR \"y\" x 1000 for 1 .. 1000"));
    EXPECT_TRUE(outcome.succeeded());
    EXPECT_EQ(outcome.errors.size(), 16U << 10U);
}

TEST_F(Process, IsHeldToItsCpuTime) {
    Command command = shell("while :; do :; done");
    command.limits.cpu_seconds = 1;
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.ending, Ending::signalled);
    EXPECT_EQ(outcome.code, SIGXCPU);
}

TEST_F(Process, IsHeldToItsLimits) {
    const Outcome limits = run(shell("ulimit -c; ulimit -n; ulimit -f; ulimit -t"));
    EXPECT_EQ(limits.output, "0\n64\n2048\n5\n");
    EXPECT_EQ(run(perl("open F, '>large'; syswrite F, 'x' x 1000000 for 1 .. 3")).code, SIGXFSZ);
}

#ifndef NASSAQ_IS_SANITIZED
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
    const Command command = perl(staying("child"));
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
