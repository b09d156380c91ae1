#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace nassaq::imports {

/// Tells a person how an import goes: how many files of how many, each that fails and why, and what came of all in the
/// end. On a terminal a line that changes, elsewhere a line every ten seconds. Safe to use from several threads.
class Report {
public:
    struct Counts {
        std::uint64_t found = 0;  ///< So far.
        std::uint64_t imported = 0;
        std::uint64_t there = 0;  ///< Were there already.
        std::uint64_t failed = 0;
        std::uint64_t bytes = 0;  ///< Of those imported.
    };

    /// @param failures  a file that gets a line for each failure, path and reason with a tab between; may be empty
    explicit Report(const std::filesystem::path& failures);
    Report(const Report&) = delete;
    Report& operator=(const Report&) = delete;

    /// Tells of the progress until end().
    void begin();
    void end();

    void note_found() { ++found_; }
    void note_imported(std::uint64_t bytes);
    void note_there() { ++there_; }
    void note_failure(const std::filesystem::path& relative, std::string_view reason);
    /// Something that is no file's fault, once: that the server is away.
    void note_trouble(std::string_view what);

    [[nodiscard]] Counts counts() const;

private:
    void tell_of_progress(const std::stop_token& stop);
    void print_line(const std::string& line);
    [[nodiscard]] std::string progress() const;

    const bool is_terminal_;
    std::ofstream failures_;
    std::atomic<std::uint64_t> found_ = 0;
    std::atomic<std::uint64_t> imported_ = 0;
    std::atomic<std::uint64_t> there_ = 0;
    std::atomic<std::uint64_t> failed_ = 0;
    std::atomic<std::uint64_t> bytes_ = 0;
    std::chrono::steady_clock::time_point begun_;
    std::mutex mutex_;  ///< Of what is printed.
    std::jthread thread_;
};

}  // namespace nassaq::imports
