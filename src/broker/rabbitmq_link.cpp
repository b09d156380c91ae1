#include "broker/rabbitmq_link.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <exception>

#include "base/last_error.hpp"
#include "base/log.hpp"

namespace nassaq::broker::rabbitmq {
namespace {

/// How often heartbeats are seen to while nothing happens.
constexpr std::chrono::milliseconds turn{500};
/// How long who needs the connection waits for the first attempt to make it.
constexpr std::chrono::seconds first_attempt_patience{5};

UniqueFd make_eventfd() {
    UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!fd) {
        throw_last_error("make", "an eventfd");
    }
    return fd;
}

}  // namespace

Link::Link(AmqpAddress address, std::string name, LinkUser& user)
    : address_(std::move(address)),
      name_(std::move(name)),
      user_(user),
      wakeup_(make_eventfd()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Link::~Link() {
    thread_.request_stop();
    wake();
}

void Link::post(Command command) {
    {
        std::unique_lock lock(mutex_);
        require_connected(lock);
        commands_.push_back(std::move(command));
    }
    wake();
}

bool Link::try_post(Command command) {
    {
        const std::scoped_lock lock(mutex_);
        if (state_ != State::connected) {
            return false;
        }
        commands_.push_back(std::move(command));
    }
    wake();
    return true;
}

void Link::check() {
    std::unique_lock lock(mutex_);
    require_connected(lock);
}

void Link::require_connected(std::unique_lock<std::mutex>& lock) {
    changed_.wait_for(lock, first_attempt_patience, [this] { return state_ != State::connecting; });
    if (state_ != State::connected) {
        throw std::runtime_error("RabbitMQ is away: " + (last_error_.empty() ? "not connected yet" : last_error_));
    }
}

void Link::throw_not_connected() {
    const std::scoped_lock lock(mutex_);
    throw std::runtime_error("RabbitMQ is away: " + (last_error_.empty() ? "the connection was closed" : last_error_));
}

void Link::wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wakeup_.get(), &one, sizeof one);  // Full is as good as woken.
}

void Link::run(const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
    while (!stop.stop_requested()) {
        try {
            serve(stop);
        } catch (const std::exception& error) {
            const auto delay = backoff_.delay(++failures_);
            log::warning("RabbitMQ is away", {{"connection", name_},
                                              {"error", error.what()},
                                              {"failures", failures_},
                                              {"next_try_ms", delay.count()}});
            note_lost(error.what());
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, stop, delay, [] { return false; });
        }
    }
}

void Link::serve(const std::stop_token& stop) {
    Connection connection(address_, fmt::format("nassaq {} ({})", name_, ::getpid()));
    user_.on_connected(connection);
    note_connected();
    while (!stop.stop_requested()) {
        work(connection, stop);
    }
    run_commands(connection);
    user_.on_turn(connection);
    connection.close();
    note_lost("");
}

void Link::work(Connection& connection, const std::stop_token& stop) {
    while (auto event = connection.next_event()) {
        user_.on_event(connection, std::move(*event));
    }
    run_commands(connection);
    user_.on_turn(connection);
    // Sending reads, too: what came meanwhile lies in rabbitmq-c, where no poll sees it.
    if (auto event = connection.next_event()) {
        user_.on_event(connection, std::move(*event));
    } else if (!stop.stop_requested()) {
        wait_for_work(connection);
    }
}

void Link::run_commands(Connection& connection) {
    std::deque<Command> commands;
    {
        const std::scoped_lock lock(mutex_);
        commands.swap(commands_);
    }
    for (const Command& command : commands) {
        command(connection);
    }
}

void Link::wait_for_work(const Connection& connection) const {
    std::array<pollfd, 2> watched{pollfd{.fd = connection.descriptor(), .events = POLLIN, .revents = 0},
                                  pollfd{.fd = wakeup_.get(), .events = POLLIN, .revents = 0}};
    ::poll(watched.data(), watched.size(), static_cast<int>(turn.count()));
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wakeup_.get(), &count, sizeof count);
}

void Link::note_connected() {
    {
        const std::scoped_lock lock(mutex_);
        state_ = State::connected;
    }
    changed_.notify_all();
    if (failures_ > 0) {
        log::info("RabbitMQ is back", {{"connection", name_}, {"failures", failures_}});
    }
    failures_ = 0;
}

void Link::note_lost(const std::string& reason) {
    std::deque<Command> dropped;
    {
        const std::scoped_lock lock(mutex_);
        state_ = State::away;
        last_error_ = reason;
        dropped.swap(commands_);
    }
    changed_.notify_all();
    user_.on_lost(reason);
}

}  // namespace nassaq::broker::rabbitmq
