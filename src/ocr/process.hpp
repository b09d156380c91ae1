#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "ocr/landlock.hpp"

namespace nassaq::ocr {

/// What the kernel holds a process to (setrlimit(2)). Core dumps are always off.
struct ProcessLimits {
    std::int64_t address_space_bytes = 0;
    std::int64_t cpu_seconds = 0;
    std::int64_t file_size_bytes = 0;
    std::int64_t open_files = 0;
};

/// What a program may leave in its folder, as is looked at ten times a second: the kernel limits one file only.
struct FolderLimits {
    std::int64_t bytes = std::int64_t{1} << 30;  ///< That all files take on the disk.
    std::int64_t files = 4'096;                  ///< More than any decoder makes.
};

/// A program to run over foreign bytes.
struct Command {
    std::filesystem::path program;       ///< Absolute; no search in PATH. An executable of the machine's own format.
    std::vector<std::string> arguments;  ///< Without the name of the program.
    std::filesystem::path folder;        ///< Working directory, TMPDIR, and all that it may write to.
    std::filesystem::path document;      ///< A file that it may read. May be empty.
    std::string input;                   ///< What the program finds on standard input.
    ProcessLimits limits;
    FolderLimits folder_limits;
    std::chrono::milliseconds timeout{0};  ///< Wall clock.
    /// How much longer a program may take that computes and does not hang, on a machine too busy to let it; what it may
    /// compute is limited all the same.
    std::chrono::milliseconds grace{0};
    std::size_t output_bytes = 0;  ///< A program that writes more to standard output is killed.
    /// A descriptor that standard output goes to, and then is no part of Outcome::output; only ProcessLimits limit it.
    std::optional<int> output_file;
    /// Called, by the thread that waits, with each line that the program ends on standard output, which then is no part
    /// of Outcome::output any more, and with the number of its process. What it returns is put behind the input, which
    /// otherwise ends. May be empty. A line of more than 64 KiB ends the program, and so do answers that it leaves
    /// unread, of more than 1 MiB.
    std::function<std::string(std::string_view line, int process)> on_line;
    std::int64_t most_lines = 1'000;  ///< A program that ends more of them is killed.
    /// Another process over foreign bytes that waits for this one, and is held to its number of threads meanwhile.
    std::optional<int> waiting_process;
    int landlock = newest_landlock;  ///< The newest version to use: an older kernel, for tests.
};

enum class Ending {
    exited,
    signalled,
    timed_out,
    stopped,
    output_too_large,
    too_many_threads,
    said_too_much,  ///< By lines: too many, too long ones, or it did not read what they were answered.
    folder_too_large
};

/// How a program ended.
struct Outcome {
    Ending ending = Ending::exited;
    int code = 0;        ///< The exit code, or the number of the signal.
    std::string output;  ///< Standard output.
    std::string errors;  ///< The beginning of standard error, at most 16 KiB.

    [[nodiscard]] bool succeeded() const { return ending == Ending::exited && code == 0; }
};

/// More than any decoder starts, and few enough to harm nobody.
inline constexpr std::int64_t most_threads = 64;

/// Runs a program to its end and waits for it. It gets an environment of nothing but PATH, the locale and TMPDIR (no
/// secret of the server's), no file descriptor but the three standard ones, no new privileges, of root's own none but
/// that of reading files, no files but its own (FileRules), no network and no process beside itself
/// (SystemCallFilter), and dies with its parent.
///
/// Safe in a program with several threads. The calling thread must live as long as the program runs, for the kernel
/// counts a thread's end as the parent's (prctl(2), PR_SET_PDEATHSIG).
///
/// @param stop  When it is requested, the program is killed.
/// @return an error when the program could not be started.
std::expected<Outcome, std::error_code> run_process(const Command& command, std::stop_token stop = {});

/// Looks a program up in the standard folders for programs.
std::optional<std::filesystem::path> find_program(std::string_view name);

}  // namespace nassaq::ocr
