#include "documents/announced_upload.hpp"

#include <algorithm>

#include "api/guard.hpp"
#include "base/text.hpp"
#include "documents/idempotency.hpp"
#include "http/server.hpp"
#include "quotas/service.hpp"

namespace nassaq::documents {
namespace {

/// The length of the body without all that a form may add to its file.
std::int64_t least_file_size(const http::Request& request) {
    const auto header = request.headers.find("content-length");
    const auto length = header ? text::parse_integer(*header) : std::nullopt;
    const auto most_around_it = static_cast<std::int64_t>(http::Limits().body_bytes);
    return std::max<std::int64_t>(length.value_or(0) - most_around_it, 1);
}

}  // namespace

void check_announced_upload(api::Services& services, const http::Request& request) {
    const std::int64_t user_id = api::caller_of(request).user_id;
    services.database.read([&](db::Session& session) {
        // An upload that is sent again is answered as it was first, whatever is left by now.
        const auto key = request.headers.find("idempotency-key");
        if (!key || !has_first_answer(session, user_id, *key)) {
            quotas::require_room(services, session, user_id, least_file_size(request));
        }
    });
}

}  // namespace nassaq::documents
