#include "imports/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/last_error.hpp"
#include "imports/source_tree.hpp"
#include "jobs/wakeup.hpp"

namespace nassaq::imports {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds on_a_terminal{500};
constexpr milliseconds elsewhere{10'000};
constexpr std::string_view clear_line = "\r\x1b[K";

}  // namespace

Report::Report(const std::filesystem::path& failures)
    : is_terminal_(::isatty(STDERR_FILENO) == 1), begun_(std::chrono::steady_clock::now()) {
    if (failures.empty()) {
        return;
    }
    failures_.open(failures, std::ios::app);
    if (!failures_) {
        throw_last_error("open", failures.native());
    }
}

void Report::begin() {
    begun_ = std::chrono::steady_clock::now();
    thread_ = std::jthread([this](const std::stop_token& stop) { tell_of_progress(stop); });
}

void Report::end() {
    thread_ = {};
    const Counts all = counts();
    const std::scoped_lock lock(mutex_);
    if (is_terminal_) fmt::print(stderr, "{}", clear_line);
    fmt::print("Imported {} files ({} MB); {} were there already; {} failed.\n", all.imported, all.bytes / 1'000'000,
               all.there, all.failed);
    static_cast<void>(std::fflush(stdout));
}

void Report::note_imported(std::uint64_t bytes) {
    ++imported_;
    bytes_ += bytes;
}

void Report::note_failure(const std::filesystem::path& relative, std::string_view reason) {
    ++failed_;
    const std::string name = relative.empty() ? "." : shown(relative);
    print_line(fmt::format("failed: {}: {}", name, reason));
    const std::scoped_lock lock(mutex_);
    if (failures_.is_open()) {
        failures_ << name << '\t' << reason << std::endl;  // NOLINT(performance-avoid-endl): each is worth keeping.
    }
}

void Report::note_trouble(std::string_view what) {
    print_line(std::string(what));
}

Report::Counts Report::counts() const {
    return {.found = found_, .imported = imported_, .there = there_, .failed = failed_, .bytes = bytes_};
}

void Report::tell_of_progress(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        jobs::pause(stop, is_terminal_ ? on_a_terminal : elsewhere);
        if (stop.stop_requested()) return;
        const std::scoped_lock lock(mutex_);
        fmt::print(stderr, "{}{}{}", is_terminal_ ? clear_line : "", progress(), is_terminal_ ? "" : "\n");
        static_cast<void>(std::fflush(stderr));
    }
}

void Report::print_line(const std::string& line) {
    const std::scoped_lock lock(mutex_);
    fmt::print(stderr, "{}{}\n", is_terminal_ ? clear_line : "", line);
}

std::string Report::progress() const {
    const Counts all = counts();
    const std::uint64_t done = all.imported + all.there + all.failed;
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begun_;
    return fmt::format("{} of {} files: {} imported, {} were there already, {} failed; {:.0f} a minute", done,
                       std::max(all.found, done), all.imported, all.there, all.failed,
                       static_cast<double>(done) / std::max(1.0, time.count()) * 60);
}

}  // namespace nassaq::imports
