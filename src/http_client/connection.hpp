#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "http_client/curl_library.hpp"

namespace nassaq::http_client {

/// A libcurl multi handle with one easy handle: it carries one exchange at a time, is driven by whoever reads from it,
/// and keeps its connection to the server for the next one. Used by one thread at a time.
class Connection {
public:
    /// @throws std::bad_alloc; std::runtime_error when there is no libcurl.
    Connection();

    [[nodiscard]] CURLM* multi() const { return multi_.get(); }
    [[nodiscard]] CURL* easy() const { return easy_.get(); }

private:
    struct FreeMulti {
        void operator()(CURLM* multi) const { curl().multi_cleanup(multi); }
    };
    struct FreeEasy {
        void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
    };
    std::unique_ptr<CURLM, FreeMulti> multi_;
    std::unique_ptr<CURL, FreeEasy> easy_;  // Goes before the multi handle, as libcurl wants it.
};

/// Connections that nobody uses now. Safe to use from several threads.
class ConnectionPool {
public:
    explicit ConnectionPool(std::size_t most_idle) : most_idle_(most_idle) {}

    /// The one given back last, whose server is the least likely to have closed it, or a new one.
    std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection);

private:
    std::size_t most_idle_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace nassaq::http_client
