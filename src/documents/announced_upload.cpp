#include "documents/announced_upload.hpp"

#include <algorithm>
#include <optional>

#include "api/guard.hpp"
#include "base/text.hpp"
#include "documents/idempotency.hpp"
#include "http/server.hpp"
#include "quotas/service.hpp"

namespace nassaq::documents {
namespace {

/// All that a form may add to its file. A body of no more is sooner received than asked about.
constexpr auto most_around_file = static_cast<std::int64_t>(http::Limits().body_bytes);

std::optional<std::int64_t> announced_length(const http::Request& request) {
    const auto header = request.headers.find("content-length");
    return header ? text::parse_integer(*header) : std::nullopt;
}

}  // namespace

api::Result<> check_announced_upload(Services& services, const http::Request& request) {
    const auto length = announced_length(request);
    if (length && *length <= most_around_file) {
        return {};
    }
    const std::int64_t least_size = std::max<std::int64_t>(length.value_or(0) - most_around_file, 1);
    const std::int64_t user_id = api::caller_of(request).user_id;
    return services.database.read([&](db::Session& session) -> api::Result<> {
        // An upload that is sent again is answered as it was first, whatever is left by now.
        const auto key = request.headers.find("idempotency-key");
        if (key && has_first_answer(session, user_id, *key)) {
            return {};
        }
        const auto room = quotas::require_room(services.quota_defaults, session, user_id, {.bytes = least_size});
        if (!room) {
            return std::unexpected(room.error());
        }
        return {};
    });
}

}  // namespace nassaq::documents
