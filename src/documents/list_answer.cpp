#include "documents/list_answer.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "documents/kept_count.hpp"
#include "documents/service.hpp"
#include "documents/shared_list.hpp"
#include "documents/statistics.hpp"
#include "http/content_coding.hpp"
#include "schema/write.hpp"

namespace nassaq::documents {
namespace {

std::string key_of(const Filter& filter, db::Paging page) {
    return fmt::format("documents {} {} {} {} {}", filter.user_id ? std::to_string(*filter.user_id) : "all",
                       filter.reader ? filter.reader->key : "", filter.status.value_or("any"), page.skip, page.limit);
}

/// Whose documents are counted: the caller's own, for an administrator all. Nobody's for whom they must not be told of.
std::optional<std::int64_t> counted_owner(const api::Caller& caller) {
    constexpr std::int64_t nobody = -1;
    if (caller.is_admin()) return std::nullopt;
    return may_read_own(caller) ? caller.user_id : nobody;
}

std::int64_t total_for(Services& services, db::Session& session, const Filter& filter, std::int64_t caller_id) {
    const std::string total = count_seldom(services, session, caller_id, key_of(filter, {.skip = 0, .limit = 0}), [&] {
        const CountedList counted = count_listed(session, filter, caller_id);
        return Count{.text = std::to_string(counted.documents),
                     .documents = counted.documents,
                     .last_action = counted.last_action};
    });
    return std::stoll(total);
}

DocumentList list_with_total(Services& services, db::Session& session, const Filter& filter, db::Paging page,
                             std::int64_t caller_id) {
    if (session.dialect() == db::Dialect::sqlite && (!filter.reader || is_of_audiences(session, filter))) {
        return list_documents(session, filter, page);  // Keeps its numbers itself.
    }
    return list_documents(session, filter, page, total_for(services, session, filter, caller_id));
}

}  // namespace

http::Response answer_list(Services& services, const api::Caller& caller, const http::Request& request,
                           const Filter& filter, db::Paging page) {
    const std::string key =
        fmt::format("{} {}", key_of(filter, page), fmt::underlying(http::wish_for_gzip(request.headers)));
    std::optional<std::int64_t> version;
    http::Response answer;
    const bool is_known = services.database.read([&](db::Session& session) {
        // Whose documents somebody else may read is not known by their owners.
        version = list_version(session, filter.reader ? std::nullopt : filter.user_id);
        if (const auto known = version ? services.answers.find(key, *version) : nullptr) {
            answer = http::copy_of(*known);
            return true;
        }
        answer = http::json_response(schema::to_json(list_with_total(services, session, filter, page, caller.user_id)));
        return false;
    });
    if (version && !is_known) {
        http::encode_content(request, answer);  // Once, and not while the session is held.
        services.answers.keep(key, *version, answer);
    }
    return answer;
}

api::Result<http::Response> answer_statistics(Services& services, const api::Caller& caller, const StageQuery& query) {
    const auto known = require_stage(services.stages, query.stage);
    if (!known) {
        return std::unexpected(known.error());
    }
    const std::string& stage = (*known)->name;
    const auto owner = counted_owner(caller);
    return http::json_response(services.database.read([&](db::Session& session) {
        if (session.dialect() == db::Dialect::sqlite) {
            return schema::to_json(count_documents(session, owner, stage));  // Keeps its numbers itself.
        }
        const auto count = [&] {
            const std::int64_t last_action = last_action_of(session, caller.user_id);
            const Statistics statistics = count_documents(session, owner, stage);
            return Count{
                .text = schema::to_json(statistics), .documents = statistics.documents, .last_action = last_action};
        };
        return count_seldom(services, session, caller.user_id,
                            fmt::format("statistics {} {}", owner ? std::to_string(*owner) : "all", stage), count);
    }));
}

}  // namespace nassaq::documents
