#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/file.hpp"

namespace nassaq::db {

/// Ends the socket under a call that gets no answer. For drivers that wait for one without end, as all of them do at
/// some time: TCP notices a peer that is gone, but not one that acknowledges every byte and says nothing more, as a
/// proxy or a frozen server does. Safe to use from any thread.
class SocketWatch {
public:
    using Clock = std::chrono::steady_clock;

    /// One connection's socket, under a number of its own: the driver's is somebody else's as soon as the driver has
    /// closed it. The other end is told of that only when this is destroyed, too.
    class Socket {
    public:
        Socket(SocketWatch& watch, int fd);
        Socket(const Socket&) = delete;
        Socket& operator=(const Socket&) = delete;
        ~Socket();

        /// Ends it now: whatever the driver has still to say to the other end would only be waited for.
        void end() const;

    private:
        friend class SocketWatch;
        friend class WatchedCall;
        SocketWatch& watch_;
        UniqueFd fd_;
        std::atomic<Clock::rep> deadline_ = 0;  ///< 0: no call.
    };

    SocketWatch();

    /// Runs `connect` and finds the TCP socket that it has opened: to `port`, or to one that Azure SQL sends clients on
    /// to; where no port is known, the only one that the process has opened to anywhere meanwhile.
    /// @return -1 when it cannot be told.
    int find_socket(std::optional<std::uint16_t> port, const std::function<void()>& connect);

private:
    void run(const std::stop_token& stop);
    void end_overdue();

    std::mutex connecting_;  ///< One at a time, or two could not tell their sockets apart.
    std::mutex mutex_;
    std::set<Socket*> sockets_;
    std::jthread thread_;
};

/// A call on a watched socket, which is ended when the call takes longer than `limit`; 0 is without a limit.
class WatchedCall {
public:
    WatchedCall(SocketWatch::Socket* socket, std::chrono::seconds limit) : socket_(socket) {
        if (socket_ != nullptr && limit.count() > 0) {
            socket_->deadline_ = (SocketWatch::Clock::now() + limit).time_since_epoch().count();
        }
    }
    WatchedCall(const WatchedCall&) = delete;
    WatchedCall& operator=(const WatchedCall&) = delete;
    ~WatchedCall() {
        if (socket_ != nullptr) {
            socket_->deadline_ = 0;
        }
    }

private:
    SocketWatch::Socket* socket_;
};

}  // namespace nassaq::db
