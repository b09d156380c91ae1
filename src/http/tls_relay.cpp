#include "http/tls_relay.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <memory>

#include "base/last_error.hpp"
#include "base/log.hpp"
#include "http/problem.hpp"
#include "http/response_head.hpp"

namespace nassaq::http {
namespace {

/// The most that one record of TLS holds (RFC 8446, 5.1).
constexpr std::size_t from_client_bytes = std::size_t{16} * 1024;
constexpr std::size_t to_client_bytes = std::size_t{64} * 1024;
/// How much is carried before the other connections of the thread have their turn.
constexpr std::size_t share = std::size_t{512} * 1024;
/// How long the client may take to close once it has been told that nothing more will come.
constexpr std::chrono::seconds closing_timeout{10};

/// Room that is there only while bytes are on their way, so that thousands of idle connections cost little.
class Piece {
public:
    explicit Piece(std::size_t size) : size_(size) {}

    std::span<char> room() {
        if (!bytes_) bytes_ = std::make_unique_for_overwrite<char[]>(size_);
        return {bytes_.get(), size_};
    }
    [[nodiscard]] std::string_view first(std::size_t count) const { return {bytes_.get(), count}; }
    void release() { bytes_.reset(); }

private:
    std::size_t size_;
    std::unique_ptr<char[]> bytes_;
};

/// Counts what is carried without a pause.
class Turn {
public:
    /// @return whether it is somebody else's turn.
    bool is_over_after(std::size_t bytes) {
        carried_ += bytes;
        if (carried_ < share) return false;
        carried_ = 0;
        return true;
    }
    void begin() { carried_ = 0; }

private:
    std::size_t carried_ = 0;
};

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

TlsRelay::TlsRelay(TcpSocket socket, TlsSession tls, const Limits& limits, IoThread& thread)
    : socket_(std::move(socket)), tls_(std::move(tls)), limits_(limits), thread_(thread), session_(thread.context()) {
    thread_.add(*this);
}

TlsRelay::~TlsRelay() {
    thread_.remove(*this);
}

void TlsRelay::check_deadline(Clock::time_point now) {
    if (now >= deadline_) close();
}

void TlsRelay::close_if_idle() {
    if (is_idle_) close();
}

/// The client's socket itself stays open to the end: OpenSSL knows it by its number, which may be another's soon.
void TlsRelay::close() {
    is_closed_ = true;
    deadline_ = Clock::time_point::max();
    ErrorCode ignored;
    session_.close(ignored);
    socket_.cancel(ignored);
}

Awaitable<std::optional<Socket>> TlsRelay::open() {
    deadline_ = Clock::now() + limits_.header_timeout;
    is_idle_ = true;
    std::optional<Socket> end;
    ErrorCode error;
    socket_.non_blocking(true, error);
    if (error || thread_.is_stopping() || SSL_set_fd(tls_.get(), socket_.native_handle()) != 1) co_return end;
    const bool is_plain = co_await is_plain_http();
    if (is_plain) {
        co_await refuse_plain_http();
        co_return end;
    }
    const bool is_shaken = co_await shake_hands();
    deadline_ = Clock::time_point::max();
    is_idle_ = false;
    if (is_shaken) end = connect_session();
    co_return end;
}

/// A record of TLS begins with its type, a small number; a request with a letter (RFC 9112, 3).
Awaitable<bool> TlsRelay::is_plain_http() {
    char first = '\0';
    const bool is_readable = co_await wait_for(Step::wants_readable);
    co_return is_readable&& ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 &&
        is_letter(first);
}

/// Says so in plain, and reads on until the client closes, for a reset could overtake the answer (RFC 9112, 9.6).
Awaitable<void> TlsRelay::refuse_plain_http() {
    const Response response =
        Problem(400, RefusalCode::https_required, "This port speaks HTTPS: use https:// in the address").to_response();
    const std::string answer = to_closing_answer(response, thread_.date(), thread_.new_request_id());
    ErrorCode error;
    socket_.write_some(asio::buffer(answer), error);
    socket_.shutdown(TcpSocket::shutdown_send, error);
    std::array<char, 4096> ignored{};
    while (!error && !thread_.is_stopping()) {
        const bool is_readable = co_await wait_for(Step::wants_readable);
        if (!is_readable) break;
        socket_.read_some(asio::buffer(ignored), error);
        if (error == asio::error::would_block) error = {};
    }
}

Awaitable<bool> TlsRelay::shake_hands() {
    while (true) {
        ERR_clear_error();
        const Step step = step_of(SSL_accept(tls_.get()));
        if (step == Step::done) co_return true;
        if (step == Step::broken) {
            const char* reason = ERR_reason_error_string(ERR_peek_last_error());
            log::debug("TLS handshake failed", {{"reason", reason == nullptr ? "the client is gone" : reason}});
        }
        const bool goes_on = co_await wait_for(step);
        if (!goes_on) co_return false;
    }
}

std::optional<Socket> TlsRelay::connect_session() {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0) {
        log::warning("cannot make a pair of sockets for a TLS connection", {{"error", last_error().message()}});
        return std::nullopt;
    }
    UniqueFd ours(pair[0]);
    UniqueFd theirs(pair[1]);
    const asio::generic::stream_protocol protocol(AF_UNIX, 0);
    Socket end(thread_.context());
    session_.assign(protocol, ours.get());
    ours.release();
    end.assign(protocol, theirs.get());
    theirs.release();
    session_.non_blocking(true);
    return end;
}

TlsRelay::Step TlsRelay::step_of(int result) const {
    switch (SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_NONE:
            return Step::done;
        case SSL_ERROR_WANT_READ:
            return Step::wants_readable;
        case SSL_ERROR_WANT_WRITE:
            return Step::wants_writable;
        case SSL_ERROR_ZERO_RETURN:
            return Step::end;
        default:
            return Step::broken;
    }
}

TlsRelay::Step TlsRelay::receive_some(std::span<char> room, std::size_t& count) {
    ERR_clear_error();
    return step_of(SSL_read_ex(tls_.get(), room.data(), room.size(), &count));
}

TlsRelay::Step TlsRelay::send_some(std::string_view bytes, std::size_t& count) {
    ERR_clear_error();
    return step_of(SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count));
}

/// @return false when there is nothing to wait for, or it is over meanwhile.
Awaitable<bool> TlsRelay::wait_for(Step step) {
    if (is_closed_ || (step != Step::wants_readable && step != Step::wants_writable)) co_return false;
    const auto what = step == Step::wants_readable ? TcpSocket::wait_read : TcpSocket::wait_write;
    ErrorCode error;
    co_await socket_.async_wait(what, into(error));
    co_return !error && !is_closed_;
}

Awaitable<void> TlsRelay::carry_to_session() {
    Piece piece(from_client_bytes);
    Turn turn;
    bool session_listens = true;  // What it does not want any more is read all the same: see say_end_to_client().
    Step step = Step::done;
    bool goes_on = true;
    while (goes_on) {
        std::size_t count = 0;
        step = receive_some(piece.room(), count);
        if (step != Step::done) {
            piece.release();
            turn.begin();
            goes_on = co_await wait_for(step);
            continue;
        }
        if (session_listens) session_listens = co_await send_to_session(piece.first(count));
        if (turn.is_over_after(count)) co_await asio::post(thread_.context(), UseAwaitable());
        goes_on = !is_closed_;
    }
    client_has_ended_ = true;
    ErrorCode error;
    if (step == Step::end && !is_idle_) session_.shutdown(Socket::shutdown_send, error);
    if (step != Step::end || is_idle_) close();
}

/// @return false when the session is over.
Awaitable<bool> TlsRelay::send_to_session(std::string_view bytes) {
    while (!bytes.empty()) {
        ErrorCode error;
        std::size_t count = session_.write_some(asio::buffer(bytes), error);
        if (error == asio::error::would_block) {
            count = co_await session_.async_write_some(asio::buffer(bytes), into(error));
        }
        if (error) co_return false;
        bytes.remove_prefix(count);
    }
    co_return true;
}

Awaitable<void> TlsRelay::carry_to_client() {
    Piece piece(to_client_bytes);
    Turn turn;
    ErrorCode error;
    while (!error) {
        const std::span<char> room = piece.room();
        const std::size_t count = session_.read_some(asio::buffer(room.data(), room.size()), error);
        if (error == asio::error::would_block) {
            piece.release();
            turn.begin();
            co_await session_.async_wait(Socket::wait_read, into(error));
        } else if (!error) {
            const bool is_sent = co_await send_to_client(piece.first(count));
            if (!is_sent) co_return close();
            if (turn.is_over_after(count)) co_await asio::post(thread_.context(), UseAwaitable());
        }
    }
    co_await say_end_to_client();
}

/// @return false when the client is gone, or takes nothing for too long.
Awaitable<bool> TlsRelay::send_to_client(std::string_view bytes) {
    while (!bytes.empty()) {
        if (is_closed_) co_return false;
        std::size_t count = 0;
        const Step step = send_some(bytes, count);
        bytes.remove_prefix(count);
        if (step == Step::done) continue;
        deadline_ = Clock::now() + limits_.stall_timeout;
        const bool goes_on = co_await wait_for(step);
        deadline_ = Clock::time_point::max();
        if (!goes_on) co_return false;
    }
    co_return true;
}

/// The session has closed, or will say no more. Then what the client still sends is read for a while, since a reset
/// could overtake the last of the answer.
Awaitable<void> TlsRelay::say_end_to_client() {
    Step step = is_closed_ ? Step::broken : Step::wants_writable;
    if (!is_closed_) deadline_ = Clock::now() + limits_.stall_timeout;
    while (step == Step::wants_writable) {
        ERR_clear_error();
        const int result = SSL_shutdown(tls_.get());
        step = result >= 0 ? Step::done : step_of(result);
        if (step != Step::wants_writable) break;
        const bool goes_on = co_await wait_for(step);
        if (!goes_on) step = Step::broken;
    }
    ErrorCode error;
    if (step == Step::done) socket_.shutdown(TcpSocket::shutdown_send, error);
    if (step != Step::done || error || client_has_ended_ || thread_.is_stopping()) co_return close();
    is_idle_ = true;
    deadline_ = Clock::now() + std::min<Clock::duration>(closing_timeout, limits_.stall_timeout);
}

}  // namespace nassaq::http
