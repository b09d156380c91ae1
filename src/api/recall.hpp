#pragma once

#include <optional>

#include "api/services.hpp"
#include "http/message.hpp"

/// A client that polls gets the same answer again and again. On the I/O thread it costs little more than the network
/// does: the token is checked, and that nothing at all has been committed to the database since the answer was made.
namespace nassaq::api {

/// What the caller was answered at this URL, if that was at the same version of the database (request.state_version).
/// Never blocks. Nothing whenever that is not certain: guard and handler answer then, refusals too.
std::optional<http::Response> recall(Services& services, http::Request& request);

/// Keeps an answer that the handler has given to the caller whom the guard let in.
void remember(Services& services, const http::Request& request, const http::Response& response);

}  // namespace nassaq::api
