#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace nassaq {

/// Writes lines to a file descriptor from a thread of its own, so that whoever adds one waits for no slow terminal and,
/// under load, makes no system call: the thread gathers lines for some milliseconds before it writes them together.
/// Lines that find too much waiting are dropped and counted. Thread-safe.
class LineWriter {
public:
    /// @param fd  borrowed; what it refuses is lost.
    /// @param most_pending  bytes that may wait.
    /// @param describe_loss  makes the line that stands for a number of dropped ones. Called on the writer's thread.
    LineWriter(int fd, std::size_t most_pending, std::function<std::string(std::size_t)> describe_loss);
    /// As close().
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// @param line  without a line feed at its end.
    void add(std::string_view line);
    /// Writes what is pending and ends the thread. What is added from then on is written at once, by whoever adds it.
    void close();

private:
    void write_until_stopped();
    void write(std::string& lines, std::size_t dropped) const;

    int fd_;
    std::size_t most_pending_;
    std::function<std::string(std::size_t)> describe_loss_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::string pending_;
    std::size_t dropped_ = 0;
    bool is_idle_ = false;
    bool is_stopping_ = false;
    bool is_closed_ = false;
    std::jthread thread_;
};

}  // namespace nassaq
