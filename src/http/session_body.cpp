#include <algorithm>
#include <functional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/multipart.hpp"
#include "http/pool_job.hpp"
#include "http/problem.hpp"
#include "http/session.hpp"
#include "http/upload.hpp"
#include "http/url.hpp"

namespace nassaq::http {
namespace {

Problem body_too_large(std::size_t limit) {
    return {413, RefusalCode::body_too_large,
            "Request body too large, Max Limit is set to " + std::to_string(limit) + " bytes"};
}

}  // namespace

/// Where a body goes that is not an upload.
class SmallBodySink : public BodySink {
public:
    explicit SmallBodySink(std::size_t limit) : limit_(limit) {}

    void on_body(std::string_view piece) final {
        if (piece.size() > limit_ - size_) throw body_too_large(limit_);
        size_ += piece.size();
        keep(piece);
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    /// How many bytes of memory it takes by now.
    [[nodiscard]] virtual std::size_t memory() const = 0;

private:
    virtual void keep(std::string_view piece) = 0;

    std::size_t limit_;
    std::size_t size_ = 0;
};

namespace {

constexpr std::size_t body_piece_bytes = std::size_t{16} * 1024;
constexpr std::size_t kept_piece_bytes = std::size_t{64} * 1024 - 1;  // And the NUL of a std::string.
constexpr std::size_t upload_piece_bytes = std::size_t{128} * 1024;
/// So much of a body is not counted: what a connection is read by takes more.
constexpr std::size_t uncounted_body_bytes = 4096;
/// How long a connection is read from after its last answer, so that the client gets to see that answer.
constexpr std::chrono::seconds linger_timeout{10};

/// Keeps a body in pieces of one size until it is whole. One piece that grows would leave gaps of all sizes in the
/// memory of a server to which many bodies are sent that it then refuses: ten times as much as it counts.
class MemorySink final : public SmallBodySink {
public:
    using SmallBodySink::SmallBodySink;

    [[nodiscard]] std::size_t memory() const override {
        return pieces_.empty() ? 0 : (pieces_.size() - 1) * kept_piece_bytes + pieces_.back().capacity();
    }

    std::string take_whole() {
        if (pieces_.empty()) return {};
        std::string whole = std::move(pieces_.front());
        whole.reserve(size());
        for (std::size_t i = 1; i < pieces_.size(); ++i) whole += std::exchange(pieces_[i], {});
        pieces_.clear();
        return whole;
    }

private:
    void keep(std::string_view piece) override {
        while (!piece.empty()) {
            if (pieces_.empty()) pieces_.emplace_back();
            if (pieces_.back().size() == kept_piece_bytes) pieces_.emplace_back().reserve(kept_piece_bytes);
            std::string& last = pieces_.back();
            const std::size_t count = std::min(piece.size(), kept_piece_bytes - last.size());
            last.append(piece.substr(0, count));
            piece.remove_prefix(count);
        }
    }

    std::vector<std::string> pieces_;
};

/// Keeps nothing of it.
class CountingSink final : public SmallBodySink {
public:
    using SmallBodySink::SmallBodySink;

    [[nodiscard]] std::size_t memory() const override { return 0; }

private:
    void keep(std::string_view) override {}
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

/// As parts beyond their limit: a form of one-letter fields would take a hundred times its size.
Problem too_many_fields(std::size_t limit) {
    return {400, RefusalCode::malformed_body,
            "Too many fields. Maximum number of fields is " + std::to_string(limit) + '.'};
}

}  // namespace

void Session::refuse_body(int status, RefusalCode code, std::string_view detail) {
    current().answer(status, code, detail);
    current().body_is_broken = true;
}

/// What a body takes for as long as its client takes its time with it. @throws Problem 503 when so much is not left for
/// its owner.
void Session::claim_body_memory(std::size_t bytes) {
    if (bytes <= uncounted_body_bytes) return;
    Exchange& exchange = current();
    if (!exchange.body_memory) exchange.body_memory.emplace(server_.body_memory, exchange.owner, std::size_t{0});
    if (!exchange.body_memory->grow_to(bytes)) throw server_is_busy();
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
    } else if (exchange.endpoint->body == BodyKind::none) {
        co_await read_in_vain();
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

/// Of what is refused nothing is kept while the client is told so: `sink` ends with its caller.
Awaitable<void> Session::read_small_body(SmallBodySink& sink) {
    Exchange& exchange = current();
    if (exchange.parser.content_length().value_or(0) > server_.limits.body_bytes) {
        exchange.answer(body_too_large(server_.limits.body_bytes).to_response());
        co_return;
    }
    bool goes_on = true;
    while (goes_on) {
        exchange.attempt([&] {
            put_buffered(exchange.body, buffer_, sink);
            claim_body_memory(sink.memory());
        });
        exchange.body_is_broken = exchange.answered;
        if (exchange.answered || exchange.body.is_done()) break;
        goes_on = co_await read_more_body(body_piece_bytes);
    }
    if (exchange.answered) exchange.body_memory.reset();
}

Awaitable<void> Session::read_in_vain() {
    CountingSink sink(server_.limits.body_bytes);
    co_await read_small_body(sink);
    current().request.has_unread_body = sink.size() > 0;
}

Awaitable<void> Session::read_into_memory() {
    Exchange& exchange = current();
    MemorySink sink(server_.limits.body_bytes);
    co_await read_small_body(sink);
    if (!exchange.body.is_done() || exchange.answered) co_return;
    exchange.request.body = sink.take_whole();
    if (!text::is_valid_utf8(exchange.request.body)) {
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
        if (media_type_of(exchange.request.headers) != "application/x-www-form-urlencoded") return;
        auto fields = parse_form(exchange.request.body);
        if (fields.size() > server_.limits.form_parts) throw too_many_fields(server_.limits.form_parts);
        for (auto& [name, value] : fields) {
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
        claim_body_memory(reader.field_bytes());
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
