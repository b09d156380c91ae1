#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "base/backoff.hpp"
#include "base/file.hpp"
#include "broker/rabbitmq_connection.hpp"

namespace nassaq::broker::rabbitmq {

/// What a connection is for. Called by the link's thread alone. What a member throws ends the connection.
class LinkUser {
public:
    LinkUser() = default;
    LinkUser(const LinkUser&) = delete;
    LinkUser& operator=(const LinkUser&) = delete;
    virtual ~LinkUser() = default;

    virtual void on_connected(Connection& connection) = 0;
    virtual void on_event(Connection& connection, Event event) = 0;
    /// After every round of events and commands, at least once a second.
    virtual void on_turn(Connection& connection) = 0;
    /// The connection is no more.
    virtual void on_lost(const std::string& reason) = 0;
};

/// A connection that is kept alive, and made again with growing pauses when it breaks, by a thread of its own. Others
/// hand that thread commands. Safe to use from several threads.
class Link {
public:
    using Command = std::function<void(Connection&)>;

    /// @param user  Outlives the link.
    Link(AmqpAddress address, std::string name, LinkUser& user);
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    /// Carries out the commands that it has, if it is connected, and closes the connection.
    ~Link();

    /// To be carried out by the thread; dropped when the connection is lost before.
    /// @throws std::runtime_error when there is no connection. A first attempt that goes on is waited for.
    void post(Command command);

    /// The same, without waiting. @return false when there is no connection.
    bool try_post(Command command);

    /// The result of `work(Connection&)`. @throws std::runtime_error also when it takes longer than `patience`
    template <class Work>
    auto ask(Work work, std::chrono::milliseconds patience) {
        using Result = std::invoke_result_t<Work, Connection&>;
        auto promise = std::make_shared<std::promise<Result>>();
        auto future = promise->get_future();
        post([promise, work = std::move(work)](Connection& connection) {
            try {
                promise->set_value(work(connection));
            } catch (const ConnectionError&) {
                promise->set_exception(std::current_exception());
                throw;
            } catch (...) {
                promise->set_exception(std::current_exception());
            }
        });
        promise.reset();  // A dropped command breaks the promise.
        return wait_for(future, patience);
    }

    /// The value of a future whose promise breaks when the connection is lost. @throws std::runtime_error
    template <class Result>
    Result wait_for(std::future<Result>& future, std::chrono::milliseconds patience) {
        if (future.wait_for(patience) != std::future_status::ready) {
            throw std::runtime_error("RabbitMQ does not answer");
        }
        try {
            return future.get();
        } catch (const std::future_error&) {
            throw_not_connected();
        }
    }

    /// @throws std::runtime_error when there is no connection. A first attempt that goes on is waited for.
    void check();

private:
    enum class State { connecting, connected, away };

    void run(const std::stop_token& stop);
    void serve(const std::stop_token& stop);
    void work(Connection& connection, const std::stop_token& stop);
    void run_commands(Connection& connection);
    void wait_for_work(const Connection& connection) const;
    void note_connected();
    void note_lost(const std::string& reason);
    void require_connected(std::unique_lock<std::mutex>& lock);
    void wake() const;
    [[noreturn]] void throw_not_connected();

    AmqpAddress address_;
    std::string name_;
    LinkUser& user_;
    Backoff backoff_{.base = std::chrono::milliseconds{250}, .cap = std::chrono::seconds{5}};
    UniqueFd wakeup_;  ///< An eventfd(2), which a poll(2) can wait for together with the socket.

    std::mutex mutex_;
    std::condition_variable_any changed_;
    State state_ = State::connecting;  ///< This and what follows: guarded by mutex_.
    std::string last_error_;
    std::deque<Command> commands_;
    std::int64_t failures_ = 0;  ///< In a row; of the thread alone.

    std::jthread thread_;  ///< Last, so that it ends first.
};

}  // namespace nassaq::broker::rabbitmq
