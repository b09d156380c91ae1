#include <poll.h>

#include "http/pool_job.hpp"
#include "http/problem.hpp"
#include "http/session.hpp"

namespace nassaq::http {
namespace {

/// Whether the other end has finished sending or broken off: known even behind bytes that nobody has read yet, where
/// reading would show but those.
bool is_at_end(Socket& socket) {
    pollfd end{.fd = socket.native_handle(), .events = POLLRDHUP, .revents = 0};
    return ::poll(&end, 1, 0) > 0;
}

}  // namespace

/// Looked at with each tick while the request is being worked on: nobody waits for the answer any more.
void Session::look_for_client() {
    if (!is_at_end(socket_)) return;
    is_lost_ = true;
    current().stop.request_stop();
}

/// The handler of an endpoint on Pool::searching.
Awaitable<void> Session::run_search() {
    Exchange& exchange = current();
    exchange.stop = std::stop_source();
    exchange.request.stop = exchange.stop.get_token();
    deadline_ = Clock::now() + server_.limits.search_timeout;
    auto search = [&]() noexcept { exchange.run_handler(); };
    is_searching_ = true;
    PoolJob job(thread_, search);
    co_await job.run_on(server_.searching, WorkerPool::Admission::bounded, exchange.owner);
    is_searching_ = false;
    deadline_ = Clock::time_point::max();
    if (job.was_refused()) {
        exchange.answer(Problem(429, RefusalCode::too_many_searches, "Too many searches at once")
                            .with_header("retry-after", "1")
                            .to_response());
    }
}

}  // namespace nassaq::http
