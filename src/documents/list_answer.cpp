#include "documents/list_answer.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "schema/write.hpp"

namespace nassaq::documents {
namespace {

std::string key_of(const Filter& filter, db::Paging page) {
    return fmt::format("documents {} {} {} {}", filter.user_id ? std::to_string(*filter.user_id) : "all",
                       filter.status.value_or("any"), page.skip, page.limit);
}

}  // namespace

http::Response answer_list(api::Services& services, const Filter& filter, db::Paging page) {
    const std::string key = key_of(filter, page);
    const auto answer = services.database.read([&](db::Session& session) {
        const auto version = list_version(session, filter.user_id);
        auto known = version ? services.answers.find(key, *version) : nullptr;
        if (!known) {
            known = std::make_shared<const std::string>(schema::to_json(list_documents(session, filter, page)));
            if (version) services.answers.keep(key, *version, known);
        }
        return known;
    });
    http::Response response{.body = *answer};
    response.headers.add("content-type", "application/json");
    return response;
}

}  // namespace nassaq::documents
