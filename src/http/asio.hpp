#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

/// The Asio types of this folder. Each connection belongs to one io_context, which one thread runs: the concrete
/// executor spares the type-erased one, and no strand is needed.
namespace nassaq::http {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Executor = asio::io_context::executor_type;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
/// What a session talks to: a client's TCP connection, or the TlsRelay before it.
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using UseAwaitable = asio::use_awaitable_t<Executor>;

template <class T>
using Awaitable = asio::awaitable<T, Executor>;

/// As a completion token: reports failure through `error` instead of throwing.
inline auto into(ErrorCode& error) {
    return asio::redirect_error(UseAwaitable(), error);
}

}  // namespace nassaq::http
