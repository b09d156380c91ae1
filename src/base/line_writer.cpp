#include "base/line_writer.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace nassaq {
namespace {

/// How long lines are gathered: nobody reads faster, and waking a thread for each line costs more than the line.
constexpr auto gathering = std::chrono::milliseconds(2);

}  // namespace

LineWriter::LineWriter(int fd, std::size_t most_pending, std::function<std::string(std::size_t)> describe_loss)
    : fd_(fd), most_pending_(most_pending), describe_loss_(std::move(describe_loss)), thread_([this] {
          ::pthread_setname_np(::pthread_self(), "log");
          write_until_stopped();
      }) {}

LineWriter::~LineWriter() {
    close();
}

void LineWriter::close() {
    {
        const std::scoped_lock lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    // What came when the thread had ended already.
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
    write(pending_, std::exchange(dropped_, 0));
    pending_.clear();
}

void LineWriter::add(std::string_view line) {
    bool wakes = false;
    {
        const std::scoped_lock lock(mutex_);
        if (is_closed_) {
            std::string whole(line);
            whole.push_back('\n');
            write(whole, 0);
            return;
        }
        if (pending_.size() + line.size() >= most_pending_) {
            ++dropped_;
            return;
        }
        pending_.append(line).push_back('\n');
        wakes = std::exchange(is_idle_, false);
    }
    if (wakes) wake_.notify_one();
}

void LineWriter::write_until_stopped() {
    std::string lines;
    std::unique_lock lock(mutex_);
    for (;;) {
        is_idle_ = true;
        wake_.wait(lock, [this] { return !pending_.empty() || is_stopping_; });
        is_idle_ = false;
        if (pending_.empty()) return;
        wake_.wait_for(lock, gathering, [this] { return is_stopping_; });
        std::swap(lines, pending_);
        const std::size_t dropped = std::exchange(dropped_, 0);
        lock.unlock();
        write(lines, dropped);
        lines.clear();
        lock.lock();
    }
}

void LineWriter::write(std::string& lines, std::size_t dropped) const {
    if (dropped > 0) lines.append(describe_loss_(dropped)).push_back('\n');
    std::string_view rest = lines;
    while (!rest.empty()) {
        const ssize_t written = ::write(fd_, rest.data(), rest.size());
        if (written < 0 && errno != EINTR) return;  // There is no place left to complain to.
        if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace nassaq
