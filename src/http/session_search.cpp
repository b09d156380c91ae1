#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "http/pool_job.hpp"
#include "http/problem.hpp"
#include "http/session.hpp"

namespace nassaq::http {
namespace {

/// Notices that the client goes while its request is being worked on, and asks the work to stop. On the I/O thread.
class ClientWatch {
public:
    ClientWatch(Socket& socket, std::stop_source stop) : socket_(socket), state_(std::make_shared<State>()) {
        state_->stop = std::move(stop);
        socket_.async_wait(Socket::wait_read, [state = state_, &socket](const ErrorCode& error) {
            if (state->is_over) return;
            state->is_gone = !error && is_at_end(socket);
            // An error: the connection is being closed, or the time is up.
            if (error || state->is_gone) state->stop.request_stop();
        });
    }
    ClientWatch(const ClientWatch&) = delete;
    ClientWatch& operator=(const ClientWatch&) = delete;
    ~ClientWatch() {
        state_->is_over = true;
        ErrorCode ignored;
        socket_.cancel(ignored);
    }

    [[nodiscard]] bool is_gone() const { return state_->is_gone; }

private:
    /// Outlives the watch where the wait's end comes after it.
    struct State {
        std::stop_source stop{std::nostopstate};
        bool is_over = false;
        bool is_gone = false;
    };

    /// What is there to be read is the next request, or nothing more at all.
    static bool is_at_end(Socket& socket) {
        char byte = 0;
        const auto count = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return count == 0 || (count < 0 && errno != EAGAIN);
    }

    Socket& socket_;
    std::shared_ptr<State> state_;
};

}  // namespace

/// The handler of an endpoint on Pool::searching.
Awaitable<void> Session::run_search() {
    Exchange& exchange = current();
    exchange.stop = std::stop_source();
    exchange.request.stop = exchange.stop.get_token();
    deadline_ = Clock::now() + server_.limits.search_timeout;
    auto search = [&]() noexcept { exchange.run_handler(); };
    const ClientWatch watch(socket_, exchange.stop);
    PoolJob job(thread_, search);
    co_await job.run_on(server_.searching, WorkerPool::Admission::bounded, exchange.owner);
    deadline_ = Clock::time_point::max();
    is_lost_ = watch.is_gone();
    if (job.was_refused()) {
        exchange.answer(Problem(429, RefusalCode::too_many_searches, "Too many searches at once")
                            .with_header("retry-after", "1")
                            .to_response());
    }
}

}  // namespace nassaq::http
