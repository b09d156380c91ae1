#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "db/session.hpp"
#include "documents/model.hpp"

namespace nassaq::documents {

/// Which documents a list is about.
struct Filter {
    std::optional<std::int64_t> user_id;
    std::optional<std::string> status;
};

/// A number that changes with whatever the lists of this user, or of all users, show. Nothing where the database keeps
/// none.
std::optional<std::int64_t> list_version(db::Session& session, std::optional<std::int64_t> user_id);
/// A page of them, newest first, and how many there are in all.
DocumentList list_documents(db::Session& session, const Filter& filter, db::Paging page);

}  // namespace nassaq::documents
