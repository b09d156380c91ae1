#include "db/socket_watch.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace nassaq::db {
namespace {

constexpr std::chrono::milliseconds look_interval{500};

/// A socket of this process that is connected by TCP. Its inode tells it from another that gets its number later.
struct Connected {
    int fd = -1;
    ino_t inode = 0;
    std::uint16_t own_port = 0;
    std::uint16_t peer_port = 0;
};

std::uint16_t port_in(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
    }
    return address.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port) : 0;
}

/// @param name  getsockname or getpeername. @return 0 when there is none.
std::uint16_t port_by(int (*name)(int, sockaddr*, socklen_t*), int fd) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    return name(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0 ? port_in(address) : 0;
}

bool listens(int fd) {
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0;
}

template <class Number>
Number number_in(std::string_view text) {
    Number number{};
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// The open sockets of this process by their numbers, each with its inode: "socket:[INODE]" is what /proc calls it
/// (proc(5)). To ask by fstat(2) would do as well, but ThreadSanitizer takes that amiss of another thread's.
std::map<int, ino_t> open_sockets() {
    constexpr std::string_view prefix = "socket:[";
    std::map<int, ino_t> sockets;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
        const std::string name = std::filesystem::read_symlink(entry.path(), ignored).string();
        if (name.starts_with(prefix)) {
            sockets.emplace(number_in<int>(entry.path().filename().string()),
                            number_in<ino_t>(std::string_view(name).substr(prefix.size())));
        }
    }
    return sockets;
}

/// Those that we have connected; not those that others have connected to us.
std::vector<Connected> outgoing_sockets() {
    std::vector<Connected> found;
    std::set<std::uint16_t> listening;
    for (const auto& [fd, inode] : open_sockets()) {
        const std::uint16_t own = port_by(&::getsockname, fd);
        if (own != 0 && listens(fd)) {
            listening.insert(own);
        } else if (const std::uint16_t peer = port_by(&::getpeername, fd); peer != 0) {
            found.push_back({.fd = fd, .inode = inode, .own_port = own, .peer_port = peer});
        }
    }
    std::erase_if(found, [&](const Connected& socket) { return listening.contains(socket.own_port); });
    return found;
}

/// learn.microsoft.com, "Azure SQL Database connectivity architecture", connection policy "Redirect".
bool is_sent_on_to(std::uint16_t port) {
    constexpr std::uint16_t first = 11'000;
    constexpr std::uint16_t last = 11'999;
    return port >= first && port <= last;
}

}  // namespace

SocketWatch::Socket::Socket(SocketWatch& watch, int fd) : watch_(watch), fd_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)) {
    const std::scoped_lock lock(watch_.mutex_);
    watch_.sockets_.insert(this);
}

SocketWatch::Socket::~Socket() {
    const std::scoped_lock lock(watch_.mutex_);
    watch_.sockets_.erase(this);
}

void SocketWatch::Socket::end() const {
    ::shutdown(fd_.get(), SHUT_RDWR);
}

SocketWatch::SocketWatch() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

int SocketWatch::find_socket(std::optional<std::uint16_t> port, const std::function<void()>& connect) {
    const std::scoped_lock lock(connecting_);
    std::set<ino_t> before;
    for (const Connected& socket : outgoing_sockets()) {
        before.insert(socket.inode);
    }
    connect();
    std::vector<Connected> opened = outgoing_sockets();
    std::erase_if(opened, [&](const Connected& socket) {
        return before.contains(socket.inode) || (port && socket.peer_port != port && !is_sent_on_to(socket.peer_port));
    });
    const auto leads_there = [&](const Connected& socket) { return socket.peer_port == port; };
    if (std::ranges::any_of(opened, leads_there)) {
        std::erase_if(opened, std::not_fn(leads_there));
    }
    return opened.size() == 1 ? opened.front().fd : -1;
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
            socket->end();  // The driver's read ends, and tells that the connection is lost.
        }
    }
}

}  // namespace nassaq::db
