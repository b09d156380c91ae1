#include "db/socket_watch.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <utility>

namespace nassaq::db {
namespace {

using namespace std::chrono_literals;

/// A TCP socket, closed when it goes.
class TcpSocket {
public:
    explicit TcpSocket(int fd) : fd_(fd) {}
    TcpSocket(TcpSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    TcpSocket(const TcpSocket&) = delete;
    TcpSocket& operator=(const TcpSocket&) = delete;
    ~TcpSocket() { ::close(fd_); }

    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Listens on a port of its own.
class Listener {
public:
    Listener() : Listener(on(0).value()) {}
    /// Nothing when somebody else does.
    static std::optional<Listener> on(std::uint16_t port) {
        Listener listener(TcpSocket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
        sockaddr_in address = loopback(port);
        socklen_t length = sizeof address;
        const int fd = listener.socket_.fd();
        if (::bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(fd, 10) != 0 ||
            ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
            return std::nullopt;
        }
        listener.port_ = ntohs(address.sin_port);
        return listener;
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] TcpSocket connect() const {
        TcpSocket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_in address = loopback(port_);
        EXPECT_EQ(::connect(client.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return client;
    }
    [[nodiscard]] TcpSocket accept() const { return TcpSocket(::accept(socket_.fd(), nullptr, nullptr)); }

private:
    explicit Listener(TcpSocket socket) : socket_(std::move(socket)) {}

    TcpSocket socket_;
    std::uint16_t port_ = 0;
};

class SocketWatchTest : public testing::Test {
protected:
    SocketWatch watch_;
    Listener database_;
    Listener other_;
    std::optional<TcpSocket> connected_;
    std::optional<TcpSocket> besides_;
};

TEST_F(SocketWatchTest, FindsTheSocketToThePort) {
    const TcpSocket before = database_.connect();
    const int found = watch_.find_socket(database_.port(), [&] {
        besides_.emplace(other_.connect());
        connected_.emplace(database_.connect());
    });
    EXPECT_EQ(found, connected_->fd());
}

TEST_F(SocketWatchTest, FindsOneThatGetsTheNumberOfAnother) {
    std::optional<TcpSocket> closed(database_.connect());
    const int number = closed->fd();
    const int found = watch_.find_socket(database_.port(), [&] {
        closed.reset();
        connected_.emplace(database_.connect());
    });
    ASSERT_EQ(connected_->fd(), number);
    EXPECT_EQ(found, number);
}

/// The port of a DSN is not known.
TEST_F(SocketWatchTest, FindsTheOnlyOneWhereNoPortIsKnown) {
    const auto connect = [&] { connected_.emplace(other_.connect()); };
    const int found = watch_.find_socket(std::nullopt, connect);
    EXPECT_EQ(found, connected_->fd());
    EXPECT_EQ(watch_.find_socket(database_.port(), connect), -1);
}

/// Azure SQL sends clients on to such a port.
TEST_F(SocketWatchTest, FindsOneThatWasSentOn) {
    std::optional<Listener> redirected;
    for (std::uint16_t port = 11'000; !redirected && port < 12'000; ++port) {
        if (auto listener = Listener::on(port)) {
            redirected.emplace(std::move(*listener));
        }
    }
    ASSERT_TRUE(redirected);
    const auto connect = [&] {
        besides_.emplace(other_.connect());
        connected_.emplace(redirected->connect());
    };
    const int found = watch_.find_socket(database_.port(), connect);
    EXPECT_EQ(found, connected_->fd());
}

TEST_F(SocketWatchTest, LeavesAnotherSocketOfTheSameNumberAlone) {
    connected_.emplace(database_.connect());
    const int number = connected_->fd();
    const SocketWatch::Socket socket(watch_, number);
    connected_.reset();
    connected_.emplace(other_.connect());
    ASSERT_EQ(connected_->fd(), number);
    const TcpSocket peer = other_.accept();
    socket.end();
    EXPECT_EQ(::send(peer.fd(), "x", 1, MSG_NOSIGNAL), 1);
    char byte = 0;
    EXPECT_EQ(::recv(number, &byte, 1, 0), 1);
}

TEST_F(SocketWatchTest, IsNotMistakenForOneThatOthersHaveConnected) {
    const TcpSocket client = other_.connect();
    const int found = watch_.find_socket(std::nullopt, [&] {
        besides_.emplace(other_.accept());
        connected_.emplace(database_.connect());
    });
    EXPECT_EQ(found, connected_->fd());
}

TEST_F(SocketWatchTest, FindsNoneWhereItCannotBeTold) {
    EXPECT_EQ(watch_.find_socket(std::nullopt,
                                 [&] {
                                     besides_.emplace(other_.connect());
                                     connected_.emplace(database_.connect());
                                 }),
              -1);
    EXPECT_EQ(watch_.find_socket(database_.port(), [] {}), -1);
}

TEST_F(SocketWatchTest, EndsACallThatTakesTooLong) {
    const int fd = watch_.find_socket(database_.port(), [&] { connected_.emplace(database_.connect()); });
    SocketWatch::Socket socket(watch_, fd);
    char byte = 0;
    const auto begin = SocketWatch::Clock::now();
    {
        const WatchedCall call(&socket, 1s);
        EXPECT_EQ(::recv(fd, &byte, 1, 0), 0);
    }
    const auto time = SocketWatch::Clock::now() - begin;
    EXPECT_GE(time, 1s);
    EXPECT_LT(time, 3s);
}

TEST_F(SocketWatchTest, EndsOneAtOnceWhenItIsTold) {
    const int fd = watch_.find_socket(database_.port(), [&] { connected_.emplace(database_.connect()); });
    SocketWatch::Socket socket(watch_, fd);
    socket.end();
    char byte = 0;
    EXPECT_EQ(::recv(fd, &byte, 1, 0), 0);
}

}  // namespace
}  // namespace nassaq::db
