#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace nassaq::http {

/// What the session knows and the handler does not.
struct Framing {
    std::string_view date;
    std::string_view request_id;
    bool keep_alive = true;
    bool http_1_0 = false;  ///< Whether the client needs to be told that the connection stays.
};

/// The length of a response's body; of StreamBody what it declares, where nobody knows it, 0.
std::uint64_t body_length(const Response& response);
/// Whether it is a stream of which nobody knows how long it will be.
bool is_open_ended(const Response& response);
/// Whether a status allows a body at all (RFC 9110, 6.4.1).
bool status_has_body(int status);

/// Appends the status line and the fields, up to and with the empty line. A control character in a field's value
/// becomes a blank, so that no value can end its line.
void append_response_head(std::string& output, const Response& response, const Framing& framing);

/// The whole of an answer outside of any session, after which the connection closes.
/// @param response  with a text as its body
std::string to_closing_answer(const Response& response, std::string_view date, std::string_view request_id);

}  // namespace nassaq::http
