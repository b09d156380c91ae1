#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/refusal_code.hpp"
#include "http/body_decoder.hpp"
#include "http/body_pace.hpp"
#include "http/endpoint.hpp"
#include "http/io_thread.hpp"
#include "http/message.hpp"
#include "http/pool_socket.hpp"
#include "http/request_parser.hpp"

namespace nassaq::http {

/// One request and its answer, from the head being read to the last byte being written. Handed between the connection's
/// I/O thread and a pool's, never used by both at once.
struct Exchange {
    Clock::time_point started = Clock::now();
    Request request;
    RequestParser parser{request};
    BodyDecoder body;
    std::optional<BodyPace> pace;  ///< Of the body, once the head is read.
    const Endpoint* endpoint = nullptr;
    Response response;
    bool answered = false;       ///< `response` is there.
    bool response_lost = false;  ///< Not even an error could be made: the connection can only be cut.
    bool is_admitted = false;    ///< A pool has taken its first step.
    bool keep_alive = false;
    bool body_is_broken = false;  ///< Where the body ends is no longer known.
    bool continued = false;       ///< The client has been told to go on, or needs not be told.
    std::uint64_t bytes_sent = 0;
    std::stop_source stop{std::nostopstate};  ///< Of Request::stop; only a search has one.

    Owner owner = nobody;  ///< Whose turn it takes.
    /// Of the uploads or event streams in flight, and of the memory that bodies and answers take.
    std::optional<FairShare::Place> place;
    std::optional<FairShare::Place> body_memory;
    std::optional<FairShare::Place> answer_memory;

    /// What is in stream_piece is the next to be written of a StreamBody.
    std::string stream_piece;
    std::uint64_t stream_left = 0;  ///< Behind that piece; of an open-ended one: not 0 while there is more.
    bool client_keeps_up = true;    ///< So far it has always made room for more of a file within a moment.

    void answer(Response&& with) {
        response = std::move(with);
        answered = true;
    }
    void answer(int status, RefusalCode code, std::string_view detail);
    [[nodiscard]] bool waits_for_continue() const { return parser.expects_continue() && !continued; }

    void run_admission() noexcept;
    void run_recall() noexcept;
    void find_owner() noexcept;

    // What follows blocks: for a pool's thread.

    void run_guard() noexcept;
    void run_handler() noexcept;
    /// Reads the next piece of a StreamBody. @return false when the stream broke.
    bool read_stream() noexcept;
    enum class Sending { goes_on, has_to_wait, is_broken };
    /// Sends more of a StreamBody that stands in a file.
    Sending send_file(const PoolSocket& socket, FilePart& from) noexcept;
    /// Reads the next piece of an EventBody. @return false when it is over.
    bool read_events() noexcept;
    /// Removes what the request has in the spool, and closes what the response reads from.
    void release_files() noexcept;

    /// Runs a step of the request; whatever it throws becomes the answer. The one place that knows how.
    template <class Step>
    void attempt(Step step) noexcept;
    void answer_current_exception() noexcept;

private:
    void handle();
    void fill_next_piece(StreamBody& stream, std::uint64_t left);
    void fill_open_piece(ByteSource& source);
};

template <class Step>
void Exchange::attempt(Step step) noexcept {
    try {
        step();
    } catch (...) {
        answer_current_exception();
    }
}

}  // namespace nassaq::http
