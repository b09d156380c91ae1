#include <array>

#include "http/pool_job.hpp"
#include "http/response_head.hpp"
#include "http/session.hpp"

namespace nassaq::http {
namespace {

/// A body up to this size is written in one piece with the head.
constexpr std::size_t small_body_bytes = 4096;

/// Of a file (PoolSocket::share), on one thread while nobody else wants it.
constexpr unsigned shares_in_a_row = 16;

/// What only the caller may see must not be given to the next one who sits at the same browser (RFC 9111, 5.2.2
/// and 4.1). What has been told that no cache may keep it at all stays so.
void keep_private(Headers& headers) {
    if (!headers.find("cache-control")) headers.add("cache-control", "private, no-cache");
    headers.add_to_list("vary", "Authorization");
    headers.add_to_list("vary", "Cookie");
}

std::string_view bytes_of(const Exchange& exchange) {
    if (const auto* text = std::get_if<std::string>(&exchange.response.body)) return *text;
    if (const auto* fixed = std::get_if<StaticBody>(&exchange.response.body)) return fixed->bytes;
    return exchange.stream_piece;
}

}  // namespace

/// Memory that an answer takes for as long as the client takes its time with it: what goes to the kernel in one piece
/// with its head is not counted.
std::size_t Session::memory_of_answer() const {
    const Exchange& exchange = current();
    if (const auto* text = std::get_if<std::string>(&exchange.response.body)) {
        return text->size() <= small_body_bytes ? 0 : text->capacity();
    }
    const auto* stream = std::get_if<StreamBody>(&exchange.response.body);
    return stream == nullptr ? 0 : stream->memory + exchange.stream_piece.capacity();
}

/// @return false when the connection broke, or has to be cut because the body did.
Awaitable<bool> Session::write_response() {
    Exchange& exchange = current();
    Response& response = exchange.response;
    if (exchange.endpoint != nullptr && exchange.endpoint->is_private) keep_private(response.headers);
    server_.cors.add_headers(exchange.request.headers, response.headers);
    output_.clear();
    append_response_head(output_, response,
                         {.date = thread_.date(),
                          .request_id = exchange.request.request_id,
                          .keep_alive = exchange.keep_alive,
                          .http_1_0 = exchange.parser.is_http_1_0()});
    const bool has_body = exchange.request.method != "HEAD" && status_has_body(response.status);
    std::string_view body = has_body ? bytes_of(exchange) : std::string_view();
    if (body.size() <= small_body_bytes) {
        output_.append(body);
        body = {};
    }
    bool written = co_await write(output_, body);
    if (written && has_body && exchange.stream_left > 0) written = co_await write_stream();
    if (written && has_body && std::holds_alternative<EventBody>(response.body)) co_await write_events();
    co_return written;
}

/// The first piece has been written with the head.
Awaitable<bool> Session::write_stream() {
    Exchange& exchange = current();
    bool is_whole = true;
    auto read_next = [&]() noexcept { is_whole = exchange.read_stream(); };
    if (const auto file = std::get<StreamBody>(exchange.response.body).source->file()) {
        const PoolSocket socket(socket_.native_handle());
        if (socket) co_return co_await send_file(socket, *file);
    }
    while (exchange.stream_left > 0) {
        PoolJob job(thread_, read_next);
        co_await job.run_on(server_.general, WorkerPool::Admission::granted, exchange.owner);
        if (!is_whole) co_return false;
        const bool written = co_await write(exchange.stream_piece);
        if (!written) co_return false;
    }
    co_return true;
}

/// From the file to the socket within the kernel; on a pool's thread, for reading the file may block.
Awaitable<bool> Session::send_file(const PoolSocket& socket, FilePart from) {
    Exchange& exchange = current();
    auto sending = Exchange::Sending::goes_on;
    // As long as nobody waits for a thread, this one goes on. Not for ever: the connection may have to be cut.
    auto send_more = [&]() noexcept {
        unsigned shares = 0;
        do {
            sending = exchange.send_file(socket, from);
            ++shares;
        } while (sending == Exchange::Sending::goes_on && exchange.stream_left > 0 && shares < shares_in_a_row &&
                 server_.general.queued() == 0);
    };
    while (sending != Exchange::Sending::is_broken && exchange.stream_left > 0) {
        PoolJob job(thread_, send_more);
        co_await job.run_on(server_.general, WorkerPool::Admission::granted, exchange.owner);
        if (sending == Exchange::Sending::has_to_wait) {
            const bool is_writable = co_await wait_until_writable();
            if (!is_writable) co_return false;
        }
    }
    co_return exchange.stream_left == 0;
}

Awaitable<bool> Session::wait_until_writable() {
    timed_out_ = false;
    deadline_ = Clock::now() + server_.limits.stall_timeout;
    ErrorCode error;
    co_await socket_.async_wait(Socket::wait_write, into(error));
    deadline_ = Clock::time_point::max();
    co_return !error;
}

Awaitable<bool> Session::write(std::string_view first, std::string_view second) {
    while (!first.empty() || !second.empty()) {
        const std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
        ErrorCode error;
        // Nearly always the kernel takes it at once, and the coroutine needs not be suspended.
        std::size_t count = socket_.write_some(buffers, error);
        if (error == asio::error::would_block) {
            timed_out_ = false;
            deadline_ = Clock::now() + server_.limits.stall_timeout;
            count = co_await socket_.async_write_some(buffers, into(error));
            deadline_ = Clock::time_point::max();
        }
        if (error) co_return false;
        current().bytes_sent += count;
        const std::size_t of_first = std::min(count, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(count - of_first);
    }
    co_return true;
}

/// Closing and removing files belongs to a pool's thread too.
Awaitable<void> Session::release_files() {
    Exchange& exchange = current();
    const auto* stream = std::get_if<StreamBody>(&exchange.response.body);
    const bool has_events = std::holds_alternative<EventBody>(exchange.response.body);
    if (exchange.request.form.empty() && (stream == nullptr || !stream->source) && !has_events) co_return;
    auto release = [&]() noexcept { exchange.release_files(); };
    PoolJob job(thread_, release);
    co_await job.run_on(server_.general, WorkerPool::Admission::granted, exchange.owner);
}

void Session::report() const {
    if (!server_.on_finished) return;
    const Exchange& exchange = current();
    server_.on_finished({.endpoint = exchange.endpoint,
                         .method = exchange.request.method,
                         .path = exchange.request.path,
                         .status = is_lost_ ? 499 : exchange.response.status,
                         .duration = Clock::now() - exchange.started,
                         .bytes_sent = exchange.bytes_sent,
                         .request_id = exchange.request.request_id,
                         .client_address = exchange.request.client_address,
                         .user_id = exchange.request.user_id});
}

}  // namespace nassaq::http
