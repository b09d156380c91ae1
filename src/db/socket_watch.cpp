#include "db/socket_watch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <string>
#include <system_error>

namespace nassaq::db {
namespace {

constexpr std::chrono::milliseconds look_interval{500};

/// The port at the other end; 0 when it is no connected TCP socket.
std::uint16_t peer_port(int fd) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        return 0;
    }
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
    }
    return address.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port) : 0;
}

std::set<int> sockets_to(std::uint16_t port) {
    std::set<int> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
        const std::string name = entry.path().filename().string();
        int fd = -1;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        if (fd >= 0 && peer_port(fd) == port) {
            found.insert(fd);
        }
    }
    return found;
}

}  // namespace

SocketWatch::Socket::Socket(SocketWatch& watch, int fd) : watch_(watch), fd_(fd) {
    const std::scoped_lock lock(watch_.mutex_);
    watch_.sockets_.insert(this);
}

SocketWatch::Socket::~Socket() {
    const std::scoped_lock lock(watch_.mutex_);
    watch_.sockets_.erase(this);
}

SocketWatch::SocketWatch() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

int SocketWatch::find_socket(std::uint16_t port, const std::function<void()>& connect) {
    const std::scoped_lock lock(connecting_);
    const std::set<int> before = sockets_to(port);
    connect();
    int found = -1;
    for (const int fd : sockets_to(port)) {
        if (!before.contains(fd)) {
            if (found >= 0) {
                return -1;
            }
            found = fd;
        }
    }
    return found;
}

void SocketWatch::run(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    while (!stopped.wait_for(lock, stop, look_interval, [&] { return stop.stop_requested(); })) {
        end_overdue();
    }
}

void SocketWatch::end_overdue() {
    const Clock::rep time = Clock::now().time_since_epoch().count();
    const std::scoped_lock lock(mutex_);
    for (Socket* socket : sockets_) {
        const Clock::rep deadline = socket->deadline_;
        if (deadline != 0 && deadline < time) {
            ::shutdown(socket->fd_, SHUT_RDWR);  // The driver's read ends, and tells that the connection is lost.
        }
    }
}

}  // namespace nassaq::db
