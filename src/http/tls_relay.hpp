#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "http/asio.hpp"
#include "http/io_thread.hpp"
#include "http/server.hpp"
#include "http/tls_credentials.hpp"

namespace nassaq::http {

/// Stands between a client that speaks TLS and a Session that does not: what the client sends goes on in plain through
/// a pair of sockets within the kernel, and back. It holds at most one piece of each direction, so that whoever does
/// not read slows the other side down. An end of either side that was said (close_notify) is passed on as an end, one
/// that was not (RFC 8446, 6.1) as a broken connection. Lives on the Session's I/O thread (decision 0050).
///
/// The process has to ignore SIGPIPE.
class TlsRelay final : public Connection {
public:
    /// @param limits  outlives the relay.
    TlsRelay(TcpSocket socket, TlsSession tls, const Limits& limits, IoThread& thread);
    TlsRelay(const TlsRelay&) = delete;
    TlsRelay& operator=(const TlsRelay&) = delete;
    ~TlsRelay() override;

    /// Shakes hands, within the time for a request's head. @return the Session's end; nothing when the client is not
    /// one for TLS: it has been told so then.
    Awaitable<std::optional<Socket>> open();
    /// After open(), both at once: each carries bytes one way until that is over.
    Awaitable<void> carry_to_session();
    Awaitable<void> carry_to_client();

    void check_deadline(Clock::time_point now) override;
    void close_if_idle() override;
    void close() override;

private:
    /// What OpenSSL's last call has come to.
    enum class Step { done, wants_readable, wants_writable, end, broken };

    [[nodiscard]] Step step_of(int result) const;
    Step receive_some(std::span<char> room, std::size_t& count);
    Step send_some(std::string_view bytes, std::size_t& count);
    Awaitable<bool> wait_for(Step step);
    Awaitable<bool> is_plain_http();
    Awaitable<void> refuse_plain_http();
    Awaitable<bool> shake_hands();
    std::optional<Socket> connect_session();
    Awaitable<bool> send_to_session(std::string_view bytes);
    Awaitable<bool> send_to_client(std::string_view bytes);
    Awaitable<void> say_end_to_client();

    TcpSocket socket_;
    TlsSession tls_;
    const Limits& limits_;
    IoThread& thread_;
    Socket session_;  ///< This side of the pair.
    Clock::time_point deadline_ = Clock::time_point::max();
    bool is_idle_ = false;  ///< Nobody needs what it is doing when the server stops.
    bool is_closed_ = false;
    bool client_has_ended_ = false;
};

}  // namespace nassaq::http
