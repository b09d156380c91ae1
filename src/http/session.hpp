#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/asio.hpp"
#include "http/exchange.hpp"
#include "http/io_thread.hpp"
#include "http/read_buffer.hpp"
#include "http/server_context.hpp"

namespace nassaq::http {

class SmallBodySink;
class UploadReader;

/// Who is at the other end of a connection: a client or its proxy.
struct Peer {
    std::string address;  ///< Of an IPv4 peer as such, also on an IPv6 socket.
    bool uses_tls = false;
};

/// One connection: reads requests and writes their answers, one after the other and in order, until either side has had
/// enough. Lives on its I/O thread; its parts are in session.cpp, session_body.cpp, session_write.cpp
/// and session_events.cpp.
class Session final : public Connection {
public:
    Session(Socket socket, Peer peer, ServerContext& server, IoThread& thread);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() override;

    Awaitable<void> run();

    void check_deadline(Clock::time_point now) override;
    void close_if_idle() override;
    void close() override;
    /// The source of the EventBody that is being sent has something to say.
    void wake_events();

private:
    enum class Read { some, end, timed_out };
    enum class Head { complete, refused, lost };

    Awaitable<bool> wait_for_request();
    Awaitable<bool> serve_request();
    Awaitable<Head> read_head();
    Head refuse_head(int status, RefusalCode code, std::string_view detail);
    Head take_head(std::size_t size);
    Awaitable<Read> read_some(std::size_t capacity_limit, Clock::time_point deadline);
    void complete_request();
    void route();
    Response redirect_to(std::string_view path) const;
    Awaitable<void> execute();
    template <class Step>
    Awaitable<void> run_step(Step& step);
    Awaitable<void> run_search();
    void look_for_client();
    Awaitable<void> let_others_catch_up();
    [[nodiscard]] bool body_may_be_discarded() const;

    // The body. Each of these leaves an answer when the body is refused, or sets is_lost_ when the client is gone.
    Awaitable<void> read_body();
    Awaitable<void> read_into_memory();
    Awaitable<void> read_in_vain();
    Awaitable<void> read_small_body(SmallBodySink& sink);
    Awaitable<void> read_form();
    Awaitable<void> read_upload(std::string_view boundary);
    Awaitable<void> take_upload(UploadReader& reader, std::uint64_t& body_bytes, const PoolSocket& socket);
    void take_arrived(UploadReader& reader, std::uint64_t& body_bytes, const PoolSocket& socket);
    Awaitable<bool> read_more_body(std::size_t capacity_limit);
    Awaitable<bool> discard_body();
    Awaitable<void> linger();
    void refuse_body(int status, RefusalCode code, std::string_view detail);
    void claim_body_memory(std::size_t bytes);

    // The answer.
    Awaitable<bool> write_response();
    Awaitable<bool> write_stream();
    Awaitable<bool> send_file(const PoolSocket& socket, FilePart from);
    Awaitable<bool> wait_until_writable();
    Awaitable<void> write_events();
    Awaitable<bool> wait_for_events(Clock::time_point until);
    Awaitable<bool> write(std::string_view first, std::string_view second = {});
    Awaitable<void> release_files();
    [[nodiscard]] bool claim_what_it_takes();
    Awaitable<void> refuse_what_it_takes();
    [[nodiscard]] std::size_t memory_of_answer() const;
    void report() const;

    // Of the request that is being served: there is one from its head on until the next is waited for.
    // NOLINTBEGIN(bugprone-unchecked-optional-access)
    Exchange& current() { return *exchange_; }
    [[nodiscard]] const Exchange& current() const { return *exchange_; }
    // NOLINTEND(bugprone-unchecked-optional-access)

    Socket socket_;
    ServerContext& server_;
    IoThread& thread_;
    Peer peer_;
    ReadBuffer buffer_;
    std::string output_;
    std::optional<Exchange> exchange_;
    Clock::time_point deadline_ = Clock::time_point::max();
    bool is_idle_ = false;
    bool timed_out_ = false;
    bool waits_for_events_ = false;
    bool has_events_ = false;  ///< The source of an EventBody has called since it was last asked.
    bool is_searching_ = false;
    bool is_lost_ = false;  ///< The client is gone in the middle of a request.
};

}  // namespace nassaq::http
