#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/spool.hpp"
#include "http/endpoint.hpp"
#include "http/tls_credentials.hpp"

namespace nassaq::http {

struct Limits {
    std::size_t header_bytes = std::size_t{16} * 1024;
    std::size_t body_bytes = std::size_t{1} << 20;          ///< Of a body that is read into memory.
    std::uint64_t upload_bytes = std::uint64_t{50} << 20;   ///< Of one file of a multipart body.
    std::size_t form_field_bytes = std::size_t{64} * 1024;  ///< Of one text field of a multipart body.
    std::size_t form_parts = 64;
    std::size_t connections = 10'000;
    std::size_t connections_per_client =
        2'000;                            ///< From one address (of IPv6, one /64) but a trusted proxy's; 0 = any.
    std::size_t queued_requests = 1'000;  ///< Waiting for a thread of a pool; one more is answered 503.
    // Of these nobody has more than the part that is named, of what the others have left (FairShare).
    std::size_t uploads = 512;                              ///< In flight; a quarter, one more is answered 429.
    std::size_t event_streams = 4'096;                      ///< Open; a sixteenth, one more is answered 429.
    std::size_t body_memory_bytes = std::size_t{64} << 20;  ///< Of all bodies in memory; a quarter, more is 503.
    std::size_t answer_bytes = std::size_t{128} << 20;      ///< Of all answers that are being sent; a quarter.
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds idle_timeout{60'000};
    std::chrono::milliseconds stall_timeout{30'000};  ///< Between two pieces of a body, read or written.
    std::chrono::milliseconds body_timeout{60'000};   ///< To send a body in, besides what its length takes (BodyPace).
    std::uint64_t body_rate = 1024;                   ///< Bytes a second of an upload, at least; 0 = any.
    std::chrono::milliseconds body_rate_window{30'000};  ///< Over which that is averaged.
    std::size_t searches_per_user = 2;                   ///< At once; the others of this user wait.
    std::chrono::milliseconds search_timeout{10'000};    ///< From a search being let in, its waiting included.
};

/// One finished request, for the access log and the metrics.
struct Finished {
    const Endpoint* endpoint = nullptr;  ///< nullptr when no route took it.
    std::string_view method;
    std::string_view path;
    int status = 0;
    std::chrono::nanoseconds
        duration{};  ///< From the whole head being read to the last byte being handed to the kernel.
    std::uint64_t bytes_sent = 0;
    std::string_view request_id;
    std::string_view client_address;
    std::optional<std::int64_t> user_id;
};

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0 = any free port.
    Limits limits;
    std::vector<std::string> cors_origins;
    std::vector<std::string> trusted_proxies;   ///< Addresses or CIDR blocks whose X-Forwarded-For counts.
    std::shared_ptr<const TlsCredentials> tls;  ///< Serves HTTPS with them; none: plain HTTP.
    unsigned io_threads = 1;
    unsigned general_threads = 4;  ///< So many may work for one user.
    unsigned spare_threads = 0;    ///< More of them, for users for whom none works.
    unsigned hashing_threads = 2;
    unsigned searching_threads = 4;
    /// A number that is another whenever an answer may be: for Endpoint::recall, which is not called while there is
    /// none. Asked for on I/O threads: must not block.
    std::function<std::optional<std::int64_t>()> state_version;
    /// Called on an I/O thread after each request: must not block.
    std::function<void(const Finished&)> on_finished;
};

/// Whether a server can be told to listen there: an IP address, not a name.
bool is_listen_address(const std::string& host);

/// An HTTP/1.1 server over Boost.Beast (RFC 9110, RFC 9112). Coroutines stay behind this header.
class Server {
public:
    /// @param spool  outlives the server.
    Server(const ServerOptions& options, std::vector<Endpoint> endpoints, Spool& spool);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// Binds, listens and begins to serve. @throws boost::system::system_error naming the address when it cannot.
    void start();
    /// The port that it listens on, once started.
    [[nodiscard]] std::uint16_t port() const;
    /// Stops accepting, lets requests in flight finish for `grace`, then closes what is left. Blocks until then.
    void stop(std::chrono::milliseconds grace);
    /// Open connections, now.
    [[nodiscard]] std::size_t connection_count() const;
    /// Requests that wait for a thread of a pool, now.
    [[nodiscard]] std::size_t queued_requests(Pool pool) const;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace nassaq::http
