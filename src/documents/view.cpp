#include "documents/view.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace nassaq::documents {
namespace {

using access::Reach;

std::shared_ptr<const Reach> reach_of(db::Database& database, const api::Caller& caller) {
    return database.read([&](db::Session& session) { return access::reach_of(session, *caller.rights); });
}

/// Whether the database's own numbers hold for the view: then nothing has to be asked of each document.
bool is_of_owners_alone(const Reach& reach, View view) {
    return reach.kind == Reach::Kind::everything ? view != View::shared
                                                 : reach.kind != Reach::Kind::nothing && view == View::own;
}

Reader reader_of(std::shared_ptr<const Reach> reach, const api::Caller& caller, View view) {
    return {.reach = std::move(reach),
            .key = fmt::format("by {} {} {} {}", caller.user_id, caller.entries_version, caller.folders_version,
                               fmt::underlying(view)),
            .has_others_only = view == View::shared};
}

}  // namespace

View view_of(std::string_view name) {
    if (name == "own") return View::own;
    return name == "shared" ? View::shared : View::all;
}

Filter filter_of(db::Database& database, const api::Caller& caller, View view, std::optional<std::int64_t> user_id,
                 std::optional<std::string> status) {
    Filter filter{.user_id = user_id, .status = std::move(status)};
    auto reach = reach_of(database, caller);
    const bool is_of_nobody = view == View::own && user_id && *user_id != caller.user_id;
    if (is_of_nobody) {
        filter.reader = reader_of(std::make_shared<const Reach>(), caller, view);
        return filter;
    }
    if (view == View::own) filter.user_id = caller.user_id;
    if (!is_of_owners_alone(*reach, view)) filter.reader = reader_of(std::move(reach), caller, view);
    return filter;
}

}  // namespace nassaq::documents
