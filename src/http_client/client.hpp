#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>

#include "base/backoff.hpp"
#include "base/byte_source.hpp"
#include "http_client/transfer.hpp"

namespace nassaq::http_client {

/// A response whose body is pulled. Its connection goes back to its client, which must outlive it.
class ResponseStream final : public ByteSource {
public:
    ResponseStream(std::unique_ptr<Transfer> transfer, Response head);
    /// Without a body, except of a response that is no success: then the body is here, and read() gives nothing.
    [[nodiscard]] const Response& head() const { return head_; }
    /// @throws NetworkError when the body breaks off before its end, or stalls.
    std::size_t read(std::span<char> buffer) override;

private:
    std::unique_ptr<Transfer> transfer_;
    Response head_;
};

/// An HTTP/1.1 client over libcurl for the services that Nassaq uses (not for addresses that users name). Connections
/// are kept and used again. A request that fails for a passing reason (the network, 408, 429, 500, 502, 503, 504) is
/// sent again after a wait that grows and is spread by chance, or that the service asks for (Retry-After). Redirections
/// are not followed. Safe to use from several threads; each call blocks its own.
class Client {
public:
    struct Options {
        TransferOptions transfer;
        int attempts = 5;
        Backoff backoff{.base = std::chrono::milliseconds{200}, .cap = std::chrono::milliseconds{5'000}};
        std::size_t most_idle_connections = 64;
        std::function<void()> on_retry;  ///< Called before a request is sent again, on the thread that sends it.
    };

    /// Makes a request anew for each attempt, so that its signature has the time of now.
    using MakeRequest = std::function<Request()>;

    explicit Client(Options options);

    /// @return the last response, whatever its status; its body is at most 16 MiB.
    /// @throws NetworkError when there was none until the deadline.
    Response send(const MakeRequest& make_request, Deadline deadline);
    /// The same for a response whose body is to be pulled. The deadline is that of its head.
    std::unique_ptr<ResponseStream> open(const MakeRequest& make_request, Deadline deadline);

private:
    Response send_once(Request request, Deadline deadline);
    std::unique_ptr<ResponseStream> open_once(Request request, Deadline deadline);
    bool wait_before_next(int attempt, const Response* response, Deadline deadline) const;
    template <class Attempt>
    std::invoke_result_t<Attempt> try_several_times(Deadline deadline, const Attempt& attempt);

    Options options_;
    ConnectionPool pool_;
};

/// So long from now on.
inline Deadline in(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

}  // namespace nassaq::http_client
