#include "http/io_thread.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <utility>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace nassaq::http {

IoThread::IoThread(std::string name, Clock::duration tick, StateVersion state_version)
    : name_(std::move(name)), tick_(tick), ask_state_version_(std::move(state_version)) {
    std::memcpy(&request_id_prefix_, random_bytes(sizeof request_id_prefix_).data(), sizeof request_id_prefix_);
}

IoThread::~IoThread() {
    join();
}

void IoThread::start() {
    asio::co_spawn(context_, watch_deadlines(), asio::detached);
    thread_ = std::jthread([this] {
        ::pthread_setname_np(::pthread_self(), name_.c_str());
        context_.run();
    });
}

void IoThread::join() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] {
        is_ended_ = true;
        timer_.cancel();  // Without effect when it has just gone off: hence the flag.
    });
    work_.reset();
    thread_.join();
}

Awaitable<void> IoThread::watch_deadlines() {
    while (!is_ended_) {
        timer_.expires_after(tick_);
        ErrorCode ignored;
        co_await timer_.async_wait(into(ignored));
        const auto now = Clock::now();
        for (Connection& connection : connections_) {
            connection.check_deadline(now);
        }
    }
}

void IoThread::resume_later(Job& job) {
    bool is_first = false;
    {
        const std::scoped_lock lock(jobs_mutex_);
        is_first = jobs_.empty();
        jobs_.push(job);
    }
    if (is_first) asio::post(context_, [this] { resume_jobs(); });
}

void IoThread::resume_jobs() {
    JobList jobs;
    {
        const std::scoped_lock lock(jobs_mutex_);
        jobs = std::exchange(jobs_, {});
    }
    while (!jobs.empty()) {
        jobs.pop().resume();
    }
}

void IoThread::begin_stop() {
    is_stopping_ = true;
    for (Connection& connection : connections_) {
        connection.close_if_idle();
    }
}

void IoThread::close_all() {
    for (Connection& connection : connections_) {
        connection.close();
    }
}

std::optional<std::int64_t> IoThread::state_version() {
    if (!knows_state_version_ && ask_state_version_) {
        state_version_ = ask_state_version_();
        knows_state_version_ = true;
    }
    return state_version_;
}

std::string_view IoThread::date() {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (now != date_time_ || date_.empty()) {
        date_time_ = now;
        date_ = to_http_date(now);
    }
    return date_;
}

std::string IoThread::new_request_id() {
    return fmt::format("{:016x}{:08x}", request_id_prefix_, ++request_count_);
}

}  // namespace nassaq::http
