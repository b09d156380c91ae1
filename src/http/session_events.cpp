#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "http/pool_job.hpp"
#include "http/session.hpp"

namespace nassaq::http {
namespace {

/// The HTML standard advises a comment "every 15 seconds or so" (9.2.7).
constexpr std::chrono::seconds comment_interval{15};
constexpr std::string_view comment = ":\n\n";

/// The session, for whoever calls it from another thread: gone for them once the stream is over.
class Recipient {
public:
    explicit Recipient(Session& session) : link_(std::make_shared<Link>()) { link_->session = &session; }
    Recipient(const Recipient&) = delete;
    Recipient& operator=(const Recipient&) = delete;
    ~Recipient() { link_->session = nullptr; }

    /// @return what wakes the session: from any thread, as often as wanted, also when it is over.
    [[nodiscard]] std::function<void()> wake(const asio::io_context::executor_type& executor) const {
        return [link = link_, executor] {
            // One call on the way is enough, or a burst of events would fill the I/O thread's queue.
            if (link->is_called.exchange(true)) return;
            asio::post(executor, [link] {
                link->is_called = false;
                if (link->session != nullptr) link->session->wake_events();
            });
        };
    }

private:
    struct Link {
        Session* session = nullptr;  ///< Looked at on the session's own thread only.
        std::atomic<bool> is_called = false;
    };

    std::shared_ptr<Link> link_;
};

}  // namespace

/// Until the client goes, the source is over or the server stops; the connection ends with it.
Awaitable<void> Session::write_events() {
    Exchange& exchange = current();
    const Recipient recipient(*this);
    std::get<EventBody>(exchange.response.body).source->set_wake(recipient.wake(thread_.context().get_executor()));
    bool goes_on = true;
    auto read_next = [&]() noexcept { goes_on = exchange.read_events(); };
    auto comment_time = Clock::now() + comment_interval;
    while (true) {
        has_events_ = false;  // Before it is asked: what comes while it is asked is asked for once more.
        PoolJob job(thread_, read_next);
        co_await job.run_on(server_.general, WorkerPool::Admission::granted, exchange.owner);
        if (!goes_on || thread_.is_stopping()) co_return;
        const bool is_silent = exchange.stream_piece.empty();
        if (is_silent && Clock::now() < comment_time) {
            goes_on = co_await wait_for_events(comment_time);
        } else {
            const std::string_view piece = is_silent ? comment : std::string_view(exchange.stream_piece);
            goes_on = co_await write(piece);
            comment_time = Clock::now() + comment_interval;
        }
        if (!goes_on) co_return;
    }
}

/// Waits by reading, since that is how a client that goes away is noticed; what it says meanwhile is dropped, as the
/// connection will not be used again.
/// @return false when the client is gone or the server stops.
Awaitable<bool> Session::wait_for_events(Clock::time_point until) {
    while (!has_events_) {
        buffer_.clear();
        waits_for_events_ = is_idle_ = true;
        const Read read = co_await read_some(ReadBuffer::initial_capacity, until);
        waits_for_events_ = is_idle_ = false;
        if (read == Read::end) co_return false;
        if (read == Read::timed_out) break;  // The time has come, or wake_events() has ended it.
    }
    co_return true;
}

void Session::wake_events() {
    has_events_ = true;
    if (!waits_for_events_) return;  // What it waits for then is not to be interrupted.
    timed_out_ = true;
    ErrorCode ignored;
    socket_.cancel(ignored);
}

}  // namespace nassaq::http
