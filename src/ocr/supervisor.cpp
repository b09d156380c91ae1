#include "ocr/supervisor.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <utility>

namespace nassaq::ocr {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t errors_bytes = std::size_t{16} << 10;
/// Two paths of the longest kind, every byte of them escaped, fit.
constexpr std::size_t longest_line = std::size_t{64} << 10;
/// A program that waits for its answers leaves one unread.
constexpr std::size_t most_unsent_bytes = std::size_t{1} << 20;
constexpr milliseconds look_every{100};

/// What a process has computed so far; nothing where that cannot be told.
std::chrono::nanoseconds processor_time(pid_t id) {
    clockid_t clock = 0;
    timespec time{};
    if (clock_getcpuclockid(id, &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

/// Nothing where that cannot be told: the process has ended, or there is no /proc.
std::int64_t threads_of(pid_t id) {
    struct stat folder {};
    constexpr std::int64_t links_of_a_folder = 2;  // One more for each thread.
    return stat(("/proc/" + std::to_string(id) + "/task").c_str(), &folder) == 0
               ? static_cast<std::int64_t>(folder.st_nlink) - links_of_a_folder
               : 0;
}

/// The folder is flat, and may grow meanwhile.
bool holds_too_much(const std::filesystem::path& folder, const FolderLimits& limits) {
    constexpr std::int64_t bytes_a_block = 512;  // Of stat(2), whatever the file system has.
    std::int64_t bytes = 0;
    std::int64_t files = 0;
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator(folder, error);
         !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        struct stat status {};
        if (lstat(entry->path().c_str(), &status) == 0) bytes += status.st_blocks * bytes_a_block;
        if (++files > limits.files || bytes > limits.bytes) return true;
    }
    return false;
}

/// Reads once what is there, without waiting, and keeps of it what fits. @return how much there was: nothing at the
/// end, too, where it is closed.
std::size_t read_some(UniqueFd& from, std::string& kept, std::size_t limit) {
    if (!from) return 0;
    std::array<char, std::size_t{64} << 10> buffer;
    const ssize_t count = read(from.get(), buffer.data(), buffer.size());
    if (count == 0) from.reset();
    if (count <= 0) return 0;
    const auto length = static_cast<std::size_t>(count);
    kept.append(buffer.data(), std::min(length, limit - kept.size()));
    return length;
}

}  // namespace

Supervisor::Supervisor(pid_t id, Ends ends, const Command& command)
    : id_(id), ends_(std::move(ends)), unsent_(command.input), command_(command) {
    send_input();
}

Ending Supervisor::watch(Clock::time_point deadline, int stop) {
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) {
            if (!is_starved()) return Ending::timed_out;
            deadline += command_.timeout;
            continue;
        }
        // A descriptor that reached its end is -1 by now, which poll(2) passes over.
        std::array<pollfd, 5> events{{{ends_.output.get(), POLLIN, 0},
                                      {ends_.errors.get(), POLLIN, 0},
                                      {ends_.process.get(), POLLIN, 0},
                                      {stop, POLLIN, 0},
                                      {unsent_.empty() ? -1 : ends_.input.get(), POLLOUT, 0}}};
        const milliseconds timeout = find_line_end() ? milliseconds{0} : std::min(left, look_every);
        if (poll(events.data(), events.size(), static_cast<int>(timeout.count())) < 0) continue;  // EINTR
        if (events[3].revents != 0) return Ending::stopped;
        if (const auto broken = look()) return *broken;
        const auto heard = listen();
        if (!heard) return heard.error();
        send_input();
        if (events[2].revents != 0 && !*heard) return Ending::exited;
    }
}

Outcome Supervisor::take_outcome() && {
    ends_ = {};
    return std::move(outcome_);
}

/// Whether it has computed since it was asked last, and may go on.
bool Supervisor::is_starved() {
    constexpr int little = 50;  // A fiftieth of the time.
    const auto used = processor_time(id_);
    const bool computes = little * (used - std::exchange(used_, used)) >= command_.timeout;
    granted_ += command_.timeout;
    return computes && granted_ <= command_.grace;
}

/// From time to time, at what the kernel holds no process to.
std::optional<Ending> Supervisor::look() {
    const auto time = Clock::now();
    if (time < next_look_) return std::nullopt;
    next_look_ = time + look_every;
    if (has_too_many_threads()) return Ending::too_many_threads;
    if (holds_too_much(command_.folder, command_.folder_limits)) return Ending::folder_too_large;
    return std::nullopt;
}

/// A filter of system calls cannot count them, and limits of the kernel (RLIMIT_NPROC) do not hold for root.
bool Supervisor::has_too_many_threads() const {
    return threads_of(id_) > most_threads ||
           (command_.waiting_process && threads_of(*command_.waiting_process) > most_threads);
}

/// A line is passed on before more is read, so that no more of them gather than one reading gives.
/// @return whether there was anything; or how it has to end, having said more than it may.
std::expected<bool, Ending> Supervisor::listen() {
    const bool complains = read_some(ends_.errors, outcome_.errors, errors_bytes) > 0;
    const auto line_end = find_line_end();
    auto heard = line_end ? pass_on_line(*line_end) : read_output();
    if (heard && complains) heard = true;
    return heard;
}

std::expected<bool, Ending> Supervisor::read_output() {
    const std::size_t room = command_.output_bytes - outcome_.output.size();
    const std::size_t length = read_some(ends_.output, outcome_.output, command_.output_bytes);
    if (length > room) return std::unexpected(Ending::output_too_large);
    return length > 0;
}

/// Of the first line.
std::optional<std::size_t> Supervisor::find_line_end() {
    if (!command_.on_line) return std::nullopt;
    const std::size_t end = outcome_.output.find('\n', searched_);
    searched_ = std::min(end, outcome_.output.size());
    return end == std::string::npos ? std::nullopt : std::optional(end);
}

std::expected<bool, Ending> Supervisor::pass_on_line(std::size_t end) {
    if (end > longest_line || ++lines_ > command_.most_lines) return std::unexpected(Ending::said_too_much);
    unsent_ += command_.on_line(std::string_view(outcome_.output).substr(0, end), id_);
    outcome_.output.erase(0, end + 1);
    searched_ = 0;
    if (unsent_.size() > most_unsent_bytes) return std::unexpected(Ending::said_too_much);
    return true;
}

/// As much as fits now. Input that nobody will add to ends.
void Supervisor::send_input() {
    while (ends_.input && !unsent_.empty()) {
        const ssize_t count = send(ends_.input.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count < 0) unsent_.clear();  // The program has ended, or reads no input.
        if (count > 0) unsent_.erase(0, static_cast<std::size_t>(count));
    }
    if (!command_.on_line) ends_.input.reset();
}

}  // namespace nassaq::ocr
