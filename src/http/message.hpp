#pragma once

#include <any>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/byte_source.hpp"
#include "base/spool.hpp"

namespace nassaq::http {

/// Header fields in the order they came; names compare without case (RFC 9110, 5.1).
class Headers {
public:
    using Field = std::pair<std::string, std::string>;

    void add(std::string_view name, std::string_view value) { fields_.emplace_back(name, value); }
    /// Replaces all fields of that name.
    void set(std::string_view name, std::string_view value);
    /// Adds to a field that is a list, unless it names that already (RFC 9110, 5.6.1): to Vary, above all.
    void add_to_list(std::string_view name, std::string_view element);
    /// The value of the first field of that name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }

private:
    std::vector<Field> fields_;
};

/// What the field Content-Type says, without its parameters and in lower case: "application/json". Empty when there is
/// none (RFC 9110, 8.3).
std::string media_type_of(const Headers& headers);

/// A file part of a multipart form, already on disk.
struct UploadedFile {
    std::string filename;  ///< As the client sent it (RFC 7578, 4.2): not a safe path.
    std::string content_type;
    SpoolFile content;
};

/// One part of a multipart form: a text field or a file.
struct FormPart {
    std::string name;
    std::variant<std::string, UploadedFile> value;
};

/// What a handler sees of a request. Text is valid UTF-8; a request that is not never gets here.
struct Request {
    std::string method;  ///< Upper case.
    std::string path;    ///< As sent, still percent-encoded, without the query.
    std::string query;   ///< As sent, without the '?'.
    Headers headers;
    std::vector<std::string> path_parameters;  ///< Decoded, in the order of the pattern.
    std::string body;                          ///< As BodyKind::memory.
    bool has_unread_body = false;              ///< As BodyKind::none: there was one, of a byte at least.
    std::vector<FormPart> form;                ///< Of a multipart upload.
    std::string client_address;                ///< Numeric, of the client itself where a trusted proxy names it.
    std::string request_id;
    std::chrono::steady_clock::time_point received;  ///< When all of its head was there.

    std::any caller;                      ///< What the endpoint's guard learnt about the caller, for its handler.
    std::optional<std::int64_t> user_id;  ///< For the access log.
    /// ServerOptions::state_version as it is since the request came in: where the endpoint has a recall, and if there
    /// is one.
    std::optional<std::int64_t> state_version;
    /// Of an endpoint on Pool::searching: nobody waits for the answer any more, or it has taken too long.
    std::stop_token stop;
};

/// A body that is pulled while it is sent.
struct StreamBody {
    std::unique_ptr<ByteSource> source;
    std::optional<std::uint64_t> length;  ///< Nothing: until the source ends; it goes in chunks then (RFC 9112, 7.1).
    std::size_t memory = 0;               ///< What the source holds while the client takes its time.
};

/// Where the text of an EventBody comes from. Used by one thread at a time, and destroyed on a thread that may block.
class EventSource {
public:
    EventSource() = default;
    EventSource(const EventSource&) = delete;
    EventSource& operator=(const EventSource&) = delete;
    virtual ~EventSource() = default;

    /// What is to be sent next: empty when there is nothing yet, no text at all when the stream is over. May block.
    /// Asked after each wake-up and, besides, at least every 15 seconds.
    virtual std::optional<std::string> next() = 0;
    /// Has `wake` called whenever next() may have something again: from any thread, and never once this is destroyed.
    /// `wake` does not block. This must not block for long.
    virtual void set_wake(std::function<void()> wake) = 0;
};

/// Text that comes bit by bit for as long as the client stays: Server-Sent Events (html.spec.whatwg.org, 9.2). While
/// there is none, a comment every 15 seconds keeps proxies from giving the connection up.
struct EventBody {
    std::unique_ptr<EventSource> source;
};

/// Bytes that live as long as the program.
struct StaticBody {
    std::string_view bytes;
};

struct Response {
    int status = 200;
    Headers headers;  ///< Content-Length, Date, Connection, x-request-id and CORS fields are added by the session.
    std::variant<std::string, StreamBody, StaticBody, EventBody> body;
};

Response json_response(std::string json, int status = 200);
/// A copy of a response whose body is a text; others hold what cannot be copied.
Response copy_of(const Response& response);

}  // namespace nassaq::http
