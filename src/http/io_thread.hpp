#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "http/asio.hpp"
#include "http/job.hpp"

namespace nassaq::http {

using Clock = std::chrono::steady_clock;

/// What an I/O thread knows of a connection that it runs. Used on that thread only.
class Connection : public boost::intrusive::list_base_hook<> {
public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    /// Ends what the connection waits for when it has waited too long.
    virtual void check_deadline(Clock::time_point now) = 0;
    /// Closes a connection that has no request in flight.
    virtual void close_if_idle() = 0;
    virtual void close() = 0;
};

/// One thread with its io_context and the connections that belong to it. Instead of a timer a connection there is one
/// tick that looks at all their deadlines, which costs a request nothing but writing down a time.
class IoThread {
public:
    using StateVersion = std::function<std::optional<std::int64_t>()>;

    /// @param tick           how often deadlines are looked at.
    /// @param state_version  as ServerOptions::state_version.
    IoThread(std::string name, Clock::duration tick, StateVersion state_version);
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;
    ~IoThread();

    void start();
    /// Lets the thread end once it has nothing left to do, and waits for it.
    void join();

    asio::io_context& context() { return context_; }

    /// Calls the job's resume() on this thread. To be called from any thread. Jobs that come back at about the same
    /// time share one notification.
    void resume_later(Job& job);

    // The rest is for the thread itself.

    void add(Connection& connection) { connections_.push_back(connection); }
    void remove(Connection& connection) { connections_.erase(connections_.iterator_to(connection)); }
    /// Closes idle connections; the others are to close after the request in flight.
    void begin_stop();
    void close_all();
    [[nodiscard]] bool is_stopping() const { return is_stopping_; }
    /// As it is since the last request was read on this thread: asked for once for all that were read before.
    std::optional<std::int64_t> state_version();
    /// A request has been read: whatever state it has to see, it may be a newer one.
    void forget_state_version() { knows_state_version_ = false; }
    /// For the Date field; made once a second.
    std::string_view date();
    /// Unlike any other, on this or any other process; not a secret.
    std::string new_request_id();

private:
    Awaitable<void> watch_deadlines();
    void resume_jobs();

    std::string name_;
    Clock::duration tick_;
    asio::io_context context_{1};
    asio::executor_work_guard<Executor> work_{context_.get_executor()};
    asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer_{context_};
    boost::intrusive::list<Connection> connections_;
    bool is_stopping_ = false;
    bool is_ended_ = false;
    StateVersion ask_state_version_;
    std::optional<std::int64_t> state_version_;
    bool knows_state_version_ = false;
    std::chrono::sys_seconds date_time_;
    std::string date_;
    std::uint64_t request_id_prefix_;
    std::uint64_t request_count_ = 0;
    std::mutex jobs_mutex_;
    JobList jobs_;  ///< To be resumed.
    std::jthread thread_;
};

}  // namespace nassaq::http
