#include "raw_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "http/ascii.hpp"

namespace nassaq::http::test {
namespace {

constexpr std::chrono::seconds patience{5};

Answer parse_head(std::string_view head) {
    Answer answer;
    answer.status = std::stoi(std::string(head.substr(9, 3)));
    head.remove_prefix(head.find("\r\n") + 2);
    while (!head.empty()) {
        const std::string_view line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(line.size() + 2, head.size()));
        const std::size_t colon = line.find(':');
        answer.headers.add(line.substr(0, colon), ascii::trim(line.substr(colon + 1)));
    }
    return answer;
}

}  // namespace

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot connect");
    }
}

void RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = put(bytes);
        if (sent < 0) return;  // The server has closed: what it said before is still there to be read.
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void RawClient::finish_sending() {
    ::shutdown(socket_.get(), SHUT_WR);
}

bool RawClient::wait_readable(std::chrono::milliseconds time) {
    return !received_.empty() || waits_for_bytes(time);
}

ssize_t RawClient::put(std::string_view bytes) {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

ssize_t RawClient::take(std::span<char> room) {
    return ::recv(socket_.get(), room.data(), room.size(), 0);
}

bool RawClient::waits_for_bytes(std::chrono::milliseconds time) {
    pollfd poll{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&poll, 1, static_cast<int>(time.count())) == 1;
}

bool RawClient::fill() {
    if (!waits_for_bytes(patience)) {
        ADD_FAILURE() << "nothing came from the server";
        return false;
    }
    std::array<char, 65536> buffer{};
    const ssize_t count = take(buffer);
    if (count <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

std::optional<Answer> RawClient::receive(bool to_head) {
    std::size_t end = received_.find("\r\n\r\n");
    while (end == std::string::npos) {
        if (!fill()) return std::nullopt;
        end = received_.find("\r\n\r\n");
    }
    Answer answer = parse_head(std::string_view(received_).substr(0, end));
    received_.erase(0, end + 4);
    const bool has_body = !to_head && answer.status >= 200 && answer.status != 204 && answer.status != 304;
    const std::size_t length = has_body ? std::stoul(answer.header("content-length")) : 0;
    while (received_.size() < length && fill()) {
    }
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    answer.is_whole = answer.body.size() == length;
    return answer;
}

Answer RawClient::exchange(std::string_view bytes, bool to_head) {
    send(bytes);
    auto answer = receive(to_head);
    if (!answer) ADD_FAILURE() << "the server closed without an answer";
    return answer.value_or(Answer{});
}

std::string RawClient::receive_all() {
    while (fill()) {
    }
    return std::exchange(received_, {});
}

bool RawClient::is_closed_by_server() {
    return !fill() && received_.empty();
}

void RawClient::reset() {
    const linger abort{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    socket_.reset();
}

std::string get(std::string_view path, std::string_view fields) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view fields) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace nassaq::http::test
