#include <algorithm>
#include <functional>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/ascii.hpp"
#include "http/multipart.hpp"
#include "http/pool_job.hpp"
#include "http/problem.hpp"
#include "http/session.hpp"
#include "http/upload.hpp"
#include "http/url.hpp"

namespace nassaq::http {
namespace {

constexpr std::size_t body_piece_bytes = std::size_t{16} * 1024;
constexpr std::size_t upload_piece_bytes = std::size_t{128} * 1024;
/// How long a connection is read from after its last answer, so that the client gets to see that answer.
constexpr std::chrono::seconds linger_timeout{10};

class MemorySink final : public BodySink {
public:
    MemorySink(std::string& body, std::size_t limit) : body_(body), limit_(limit) {}

    void on_body(std::string_view piece) override {
        if (piece.size() > limit_ - body_.size()) throw too_large(limit_);
        body_.append(piece);
    }
    static Problem too_large(std::size_t limit) {
        return {413, RefusalCode::body_too_large,
                "Request body too large, Max Limit is set to " + std::to_string(limit) + " bytes"};
    }

private:
    std::string& body_;
    std::size_t limit_;
};

class UploadSink final : public BodySink {
public:
    UploadSink(UploadReader& reader, std::uint64_t& body_bytes, const Limits& limits)
        : reader_(reader), body_bytes_(body_bytes), limits_(limits) {}

    void on_body(std::string_view piece) override {
        body_bytes_ += piece.size();
        if (body_bytes_ > largest_upload_body(limits_)) throw file_too_large(limits_);
        reader_.feed(piece);
    }

private:
    UploadReader& reader_;
    std::uint64_t& body_bytes_;
    const Limits& limits_;
};

class DiscardingSink final : public BodySink {
public:
    void on_body(std::string_view) override {}
};

/// Takes what the buffer holds of the body.
void put_buffered(BodyDecoder& body, ReadBuffer& buffer, BodySink& sink) {
    const auto taken = body.put(buffer.view(), sink);
    if (!taken) throw Problem(400, RefusalCode::malformed_body, "Malformed chunked body");
    buffer.consume(*taken);
}

std::string_view media_type(const Request& request) {
    const std::string_view field = request.headers.find("content-type").value_or("");
    return ascii::trim(field.substr(0, field.find(';')));
}

}  // namespace

void Session::refuse_body(int status, RefusalCode code, std::string_view detail) {
    current().answer(status, code, detail);
    current().body_is_broken = true;
}

Awaitable<void> Session::read_body() {
    Exchange& exchange = current();
    const bool is_form = exchange.endpoint->body == BodyKind::multipart;
    const auto boundary =
        is_form ? parse_multipart_boundary(exchange.request.headers.find("content-type").value_or("")) : std::nullopt;
    if (boundary && !*boundary) {
        exchange.answer(400, RefusalCode::malformed_body, boundary->error().detail);
    } else if (boundary) {
        co_await read_upload(**boundary);
    } else if (is_form) {
        co_await read_form();
    } else {
        co_await read_into_memory();
    }
}

/// Tells a client that waits for it to go on, and reads what comes next.
/// @return false when there is nothing more to read: the client is gone, or has been refused.
Awaitable<bool> Session::read_more_body(std::size_t capacity_limit) {
    if (current().waits_for_continue()) {
        current().continued = true;
        is_lost_ = !co_await write("HTTP/1.1 100 Continue\r\n\r\n");
        if (is_lost_) co_return false;
    }
    BodyPace& pace = *current().pace;  // NOLINT(bugprone-unchecked-optional-access): since there is a head.
    const std::size_t buffered = buffer_.size();
    const auto begin = Clock::now();
    Read read = co_await read_some(capacity_limit, pace.deadline(begin));
    pace.add_waiting(Clock::now() - begin);
    if (read == Read::some) pace.add_bytes(buffer_.size() - buffered);
    if (read == Read::some && pace.is_over()) read = Read::timed_out;
    if (read == Read::timed_out) {
        refuse_body(408, RefusalCode::request_timeout, "The request body did not arrive in time");
    }
    if (read == Read::end) is_lost_ = true;
    co_return read == Read::some;
}

Awaitable<void> Session::read_into_memory() {
    Exchange& exchange = current();
    const std::size_t limit = server_.limits.body_bytes;
    if (exchange.parser.content_length().value_or(0) > limit) {
        exchange.answer(MemorySink::too_large(limit).to_response());
        co_return;
    }
    MemorySink sink(exchange.request.body, limit);
    bool goes_on = true;
    while (goes_on) {
        exchange.attempt([&] { put_buffered(exchange.body, buffer_, sink); });
        exchange.body_is_broken = exchange.answered;
        if (exchange.answered || exchange.body.is_done()) break;
        goes_on = co_await read_more_body(body_piece_bytes);
    }
    if (exchange.body.is_done() && !exchange.answered && !text::is_valid_utf8(exchange.request.body)) {
        // FastAPI's words for it.
        exchange.answer(400, RefusalCode::malformed_body, "There was an error parsing the body");
    }
}

/// A body for a multipart endpoint that is not multipart: a plain form has no files, anything else is an empty form.
Awaitable<void> Session::read_form() {
    co_await read_into_memory();
    Exchange& exchange = current();
    if (is_lost_ || exchange.answered) co_return;
    exchange.attempt([&] {
        if (!ascii::equals_ignoring_case(media_type(exchange.request), "application/x-www-form-urlencoded")) return;
        for (auto& [name, value] : parse_form(exchange.request.body)) {
            exchange.request.form.push_back({.name = std::move(name), .value = std::move(value)});
        }
    });
}

Awaitable<void> Session::read_upload(std::string_view boundary) {
    Exchange& exchange = current();
    if (exchange.parser.content_length().value_or(0) > largest_upload_body(server_.limits)) {
        exchange.answer(file_too_large(server_.limits).to_response());
        co_return;
    }
    exchange.place = server_.uploads.take(exchange.owner);
    if (!exchange.place) {
        exchange.answer(too_many(RefusalCode::too_many_uploads, "uploads").to_response());
        co_return;
    }
    exchange.pace.emplace(server_.limits, exchange.parser.content_length());
    std::function<void(UploadedFile&)> begin_file;
    if (exchange.endpoint->begin_file) {
        begin_file = [&exchange](UploadedFile& file) { exchange.endpoint->begin_file(exchange.request, file); };
    }
    UploadReader reader(boundary, server_.limits, server_.spool, exchange.request.form, std::move(begin_file));
    const PoolSocket socket(socket_.native_handle());
    std::uint64_t body_bytes = 0;
    bool goes_on = true;
    while (goes_on) {
        if (!buffer_.empty()) co_await take_upload(reader, body_bytes, socket);
        if (exchange.answered || exchange.body.is_done()) co_return;
        if (!buffer_.empty()) continue;  // Others have had their turn.
        buffer_.reserve(body_piece_bytes);
        goes_on = co_await read_more_body(upload_piece_bytes);
    }
}

/// What arrives goes to the disk, on a pool's thread; so does its hashing.
Awaitable<void> Session::take_upload(UploadReader& reader, std::uint64_t& body_bytes, const PoolSocket& socket) {
    Exchange& exchange = current();
    auto step = [&]() noexcept {
        exchange.attempt([&] {
            try {
                take_arrived(reader, body_bytes, socket);
            } catch (const std::system_error& error) {
                log::error("cannot write to the spool",
                           {{"request_id", exchange.request.request_id}, {"error", error.what()}});
                if (file::is_full(error)) throw Problem(507, RefusalCode::storage_full, "Storage is full");
                throw Problem(500, RefusalCode::storage_failed, "Storage upload failed");
            }
        });
    };
    PoolJob job(thread_, step);
    co_await job.run_on(server_.pool_of(*exchange.endpoint), WorkerPool::Admission::granted, exchange.owner);
    if (exchange.answered) exchange.body_is_broken = true;
}

/// What is in the buffer, and what comes without a pause behind it.
void Session::take_arrived(UploadReader& reader, std::uint64_t& body_bytes, const PoolSocket& socket) {
    Exchange& exchange = current();
    UploadSink sink(reader, body_bytes, server_.limits);
    for (std::uint64_t taken = 0; taken < PoolSocket::share;) {
        const std::size_t count = buffer_.size();
        put_buffered(exchange.body, buffer_, sink);
        if (exchange.body.is_done()) return reader.finish();
        // Only a client that fills the buffer gets a larger one.
        if (count == buffer_.capacity()) buffer_.reserve(std::min(count * 2, upload_piece_bytes));
        const std::size_t received = socket.receive(buffer_.prepare(upload_piece_bytes));
        if (received == 0) return;
        buffer_.commit(received);
        exchange.pace->add_bytes(received);  // NOLINT(bugprone-unchecked-optional-access): since there is a head.
        taken += received;
    }
}

/// After a refusal: the rest of a small body, so that the connection can go on.
Awaitable<bool> Session::discard_body() {
    DiscardingSink sink;
    bool goes_on = true;
    while (goes_on) {
        put_buffered(current().body, buffer_, sink);
        if (current().body.is_done()) break;
        goes_on = co_await read_more_body(body_piece_bytes);
    }
    co_return goes_on;
}

/// Closing a socket that still has unread bytes makes the kernel send a reset, which can overtake the answer. So say
/// that nothing more will come, and read on for a while until the client closes (RFC 9112, 9.6).
Awaitable<void> Session::linger() {
    ErrorCode error;
    socket_.shutdown(Socket::shutdown_send, error);
    const auto deadline = Clock::now() + std::min<Clock::duration>(linger_timeout, server_.limits.stall_timeout);
    is_idle_ = true;  // Nobody waits for the rest of it when the server stops.
    Read read = Read::some;
    while (!error && read == Read::some && !thread_.is_stopping()) {
        buffer_.clear();
        read = co_await read_some(body_piece_bytes, deadline);
    }
}

}  // namespace nassaq::http
