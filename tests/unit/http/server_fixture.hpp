#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/spool.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"
#include "raw_client.hpp"

namespace nassaq::http::test {

inline Response text_response(std::string body) {
    Response response;
    response.headers.add("content-type", "text/plain");
    response.body = std::move(body);
    return response;
}

/// What a guard gives to refuse.
inline Response refusal(int status) {
    return Problem(status, RefusalCode::not_authorized, "No").to_response();
}

/// A finished request, kept beyond the call that reported it.
struct FinishedRecord {
    bool routed;
    std::string method, path;
    int status;
    std::uint64_t bytes_sent;
    std::string request_id, client_address;
};

/// A server on a free port of the loopback, with a spool of its own.
class ServerTest : public ::testing::Test {
public:
    ServerTest(const ServerTest&) = delete;
    ServerTest& operator=(const ServerTest&) = delete;

protected:
    ServerTest() {
        options_.cors_origins = {"http://localhost:8080"};
        options_.general_threads = 2;
        options_.hashing_threads = 1;
        options_.on_finished = [this](const Finished& finished) {
            const std::scoped_lock lock(mutex_);
            finished_.push_back({.routed = finished.endpoint != nullptr,
                                 .method = std::string(finished.method),
                                 .path = std::string(finished.path),
                                 .status = finished.status,
                                 .bytes_sent = finished.bytes_sent,
                                 .request_id = std::string(finished.request_id),
                                 .client_address = std::string(finished.client_address)});
        };
    }
    ~ServerTest() override {
        server_.reset();
        spool_.reset();
        std::filesystem::remove_all(root_);
    }
    void add(std::string method, std::string pattern, std::function<Response(Request&)> handle) {
        endpoints_.push_back(
            {.method = std::move(method), .pattern = std::move(pattern), .guard = {}, .handle = std::move(handle)});
    }
    void add(Endpoint endpoint) { endpoints_.push_back(std::move(endpoint)); }

    void start() {
        server_ = std::make_unique<Server>(options_, endpoints_, *spool_);
        server_->start();
    }
    RawClient connect() { return RawClient(server_->port()); }

    /// How many files uploads have left.
    [[nodiscard]] std::size_t spool_files() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(spool_->directory())) {
            count += entry.path().filename() == "lock" ? 0 : 1;
        }
        return count;
    }
    std::vector<FinishedRecord> finished() {
        const std::scoped_lock lock(mutex_);
        return finished_;
    }
    /// Waits until it holds, for five seconds at most.
    template <class Condition>
    static bool eventually(Condition condition) {
        for (int i = 0; i < 500; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return condition();
    }

    ServerOptions options_;
    std::vector<Endpoint> endpoints_;
    std::filesystem::path root_ = std::filesystem::temp_directory_path() / ("nassaq-http-" + random_uuid());
    std::unique_ptr<Spool> spool_ = std::make_unique<Spool>(root_);
    std::unique_ptr<Server> server_;

private:
    std::mutex mutex_;
    std::vector<FinishedRecord> finished_;
};

/// Holds handlers until it is opened.
class Gate {
public:
    void wait() { opened_.wait(); }
    void open() { promise_.set_value(); }

private:
    std::promise<void> promise_;
    std::shared_future<void> opened_ = promise_.get_future().share();
};

}  // namespace nassaq::http::test
