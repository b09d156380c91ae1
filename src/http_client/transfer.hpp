#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "http_client/connection.hpp"
#include "http_client/message.hpp"

namespace nassaq::http_client {

using Deadline = std::chrono::steady_clock::time_point;

/// How a transfer goes about it.
struct TransferOptions {
    std::chrono::milliseconds connect_timeout{5'000};
    /// Without a byte in either direction for so long, while we wait for one, it is given up.
    std::chrono::milliseconds stall_timeout{20'000};
    std::filesystem::path ca_file;  ///< PEM; empty = the certificate authorities of the system.
    /// When it is requested, what waits for the network is given up within a second, and nothing waits for it any more.
    std::stop_token stop;
};

/// One HTTP exchange, driven by the thread that waits for its head or reads its body: what is not asked for is not
/// taken from the network, so a body of any length costs a small buffer.
class Transfer {
public:
    /// Sends nothing yet. Borrows the pool, to which the connection goes back.
    Transfer(ConnectionPool& pool, const TransferOptions& options, Request request);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer();

    /// Sends the request and waits for the head of the response. @throws NetworkError
    const Response& wait_for_head(Deadline deadline);
    /// The next bytes of the body. @return 0 only at its end. @throws NetworkError when it ends before.
    std::size_t read(std::span<char> buffer, Deadline deadline = Deadline::max());

private:
    void prepare(const TransferOptions& options);
    void prepare_body();
    void add_headers();
    void wait_until(bool (Transfer::*condition)() const, Deadline deadline);
    void perform();
    void poll(Deadline deadline);
    void resume();
    [[noreturn]] void fail(CURLcode code) const;

    [[nodiscard]] bool has_head() const { return head_is_whole_; }
    [[nodiscard]] bool has_bytes() const { return taken_ < received_.size(); }

    std::size_t on_header(std::string_view line);
    std::size_t on_body(std::string_view bytes);
    std::size_t on_wanted(std::span<char> buffer);
    int on_seek(std::int64_t offset);
    void note_progress() { last_progress_ = std::chrono::steady_clock::now(); }

    static std::size_t header_callback(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t body_callback(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t wanted_callback(char* data, std::size_t size, std::size_t count, void* self);
    static int seek_callback(void* self, curl_off_t offset, int origin);

    struct FreeList {
        void operator()(curl_slist* list) const { curl().slist_free_all(list); }
    };

    ConnectionPool& pool_;
    std::unique_ptr<Connection> connection_;
    Request request_;
    std::unique_ptr<curl_slist, FreeList> header_list_;
    std::array<char, CURL_ERROR_SIZE> error_text_{};
    std::chrono::milliseconds stall_timeout_;
    std::stop_token stop_;

    std::uint64_t sent_ = 0;  ///< Of the request's body.
    Response response_;
    bool head_is_whole_ = false;
    std::string received_;   ///< Of the response's body, what read() has not asked for yet.
    std::size_t taken_ = 0;  ///< Of received_.
    bool is_paused_ = false;
    std::optional<CURLcode> result_;
    std::exception_ptr body_fault_;  ///< What the reading of the request's body has thrown.
    std::chrono::steady_clock::time_point last_progress_;
};

}  // namespace nassaq::http_client
