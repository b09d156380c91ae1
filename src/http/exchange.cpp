#include "http/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <stdexcept>

#include "base/log.hpp"
#include "http/problem.hpp"
#include "http/response_head.hpp"

namespace nassaq::http {
namespace {

constexpr std::size_t stream_piece_bytes = std::size_t{64} * 1024;
/// A slow client holds that much, and slow clients may be many.
constexpr std::size_t open_piece_bytes = std::size_t{16} * 1024;

void log_failure(std::string_view message, const Request& request, std::string_view error) noexcept {
    try {
        log::error(
            message,
            {{"request_id", request.request_id}, {"method", request.method}, {"path", request.path}, {"error", error}});
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
        // No memory for a line of the log: serving goes on without it.
    }
}

/// Fills the piece as far as the body goes. @throws std::runtime_error when the source ends before its length.
void fill_piece(std::string& piece, ByteSource& source, std::uint64_t left) {
    piece.resize(std::min<std::uint64_t>(left, stream_piece_bytes));
    for (std::size_t filled = 0; filled < piece.size();) {
        const std::size_t count = source.read(std::span(piece).subspan(filled));
        if (count == 0) throw std::runtime_error("the response's body is shorter than its length");
        filled += count;
    }
}

}  // namespace

void Exchange::answer(int status, RefusalCode code, std::string_view detail) {
    answer(Problem(status, code, detail).to_response());
}

void Exchange::answer_current_exception() noexcept {
    try {
        try {
            throw;
        } catch (const Problem& problem) {
            answer(problem.to_response());
        } catch (const std::exception& error) {
            log_failure("request failed", request, error.what());
            answer(500, RefusalCode::internal_error, "Internal Server Error");
        } catch (...) {
            log_failure("request failed", request, "an exception of an unknown type");
            answer(500, RefusalCode::internal_error, "Internal Server Error");
        }
    } catch (...) {  // Out of memory while saying so.
        answered = response_lost = true;
    }
}

void Exchange::run_admission() noexcept {
    attempt([&] {
        if (auto refusal = endpoint->admit ? endpoint->admit(request) : std::nullopt) answer(std::move(*refusal));
    });
}

void Exchange::run_recall() noexcept {
    attempt([&] {
        if (auto known = endpoint->recall(request)) answer(std::move(*known));
    });
}

void Exchange::find_owner() noexcept {
    attempt([&] {
        if (endpoint->owner) owner = endpoint->owner(request);
    });
}

void Exchange::run_guard() noexcept {
    attempt([&] {
        if (auto refusal = endpoint->guard ? endpoint->guard(request) : std::nullopt) answer(std::move(*refusal));
    });
}

void Exchange::run_handler() noexcept {
    attempt([&] { handle(); });
    request.form.clear();  // Here, because removing a large file from the spool takes its time.
}

void Exchange::handle() {
    Response made = endpoint->handle(request);
    auto* stream = std::get_if<StreamBody>(&made.body);
    // The first piece is read before the head is written, so that a file that cannot be read is still a clean 500.
    if (stream != nullptr && stream->source && request.method != "HEAD" && status_has_body(made.status)) {
        fill_next_piece(*stream, stream->length.value_or(0));
    }
    answer(std::move(made));
}

/// @param left  of a stream whose length is known, with this piece
void Exchange::fill_next_piece(StreamBody& stream, std::uint64_t left) {
    if (!stream.length) return fill_open_piece(*stream.source);
    fill_piece(stream_piece, *stream.source, left);
    stream_left = left - stream_piece.size();
}

/// The next piece of a stream without a length, as it goes over the wire: a client of HTTP/1.0 knows no chunks, and
/// takes the end of the connection for the end of the body.
void Exchange::fill_open_piece(ByteSource& source) {
    std::string bytes(open_piece_bytes, '\0');
    bytes.resize(source.read(bytes));
    stream_left = bytes.empty() ? 0 : 1;
    stream_piece.clear();
    if (parser.is_http_1_0()) {
        stream_piece = std::move(bytes);
    } else if (bytes.empty()) {
        stream_piece = "0\r\n\r\n";
    } else {
        fmt::format_to(std::back_inserter(stream_piece), "{:x}\r\n{}\r\n", bytes.size(), bytes);
    }
}

bool Exchange::read_stream() noexcept {
    try {
        fill_next_piece(std::get<StreamBody>(response.body), stream_left);
        return true;
    } catch (const std::exception& error) {
        log_failure("response cut short", request, error.what());
        return false;
    }
}

Exchange::Sending Exchange::send_file(const PoolSocket& socket, FilePart& from) noexcept {
    try {
        bool has_waited = false;  // Without having sent anything since.
        for (std::uint64_t sent = 0; stream_left > 0 && sent < PoolSocket::share;) {
            const auto count = socket.send(from, std::min(stream_left, PoolSocket::share));
            if (!count) return Sending::is_broken;
            if (*count == 0) {
                client_keeps_up = client_keeps_up && !has_waited && socket.is_writable_soon();
                if (!client_keeps_up) return Sending::has_to_wait;
            }
            has_waited = *count == 0;
            from.offset += *count;
            stream_left -= *count;
            bytes_sent += *count;
            sent += *count;
        }
        return Sending::goes_on;
    } catch (const std::exception& error) {
        log_failure("response cut short", request, error.what());
        return Sending::is_broken;
    }
}

bool Exchange::read_events() noexcept {
    try {
        auto piece = std::get<EventBody>(response.body).source->next();
        if (!piece) {
            stream_piece.clear();
            return false;
        }
        stream_piece = std::move(*piece);
        return true;
    } catch (const std::exception& error) {
        log_failure("events ended", request, error.what());
        return false;
    }
}

void Exchange::release_files() noexcept {
    request.form.clear();
    if (auto* stream = std::get_if<StreamBody>(&response.body)) stream->source.reset();
    if (auto* events = std::get_if<EventBody>(&response.body)) events->source.reset();
}

}  // namespace nassaq::http
