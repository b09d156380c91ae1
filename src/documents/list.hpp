#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "access/reach.hpp"
#include "db/session.hpp"
#include "documents/list_model.hpp"

namespace nassaq::documents {

/// For whom a list is, where that is not said by whose documents it is about.
struct Reader {
    std::shared_ptr<const access::Reach> reach;  ///< What they may read.
    std::string key;               ///< Names them and their rights as they are, for answers that are kept.
    bool has_others_only = false;  ///< Only what is not their own.
};

/// Which documents a list is about.
struct Filter {
    std::optional<std::int64_t> user_id;
    std::optional<std::string> status;
    std::optional<Reader> reader{};  // NOLINT(readability-redundant-member-init): g++ would warn.
};

/// A number that changes with whatever the lists of this user, or of all users, show. Nothing where the database keeps
/// none.
std::optional<std::int64_t> list_version(db::Session& session, std::optional<std::int64_t> user_id);
/// A page of them, newest first, and how many there are in all.
/// @param total  that number, where it is known; else it is counted.
DocumentList list_documents(db::Session& session, const Filter& filter, db::Paging page,
                            std::optional<std::int64_t> total = std::nullopt);

/// How many there are, and what a user had done last when they were counted: an id of the audit log.
struct CountedList {
    std::int64_t documents = 0;
    std::int64_t last_action = 0;

    BOOST_DESCRIBE_CLASS(CountedList, (), (documents, last_action), (), ())
};
CountedList count_listed(db::Session& session, const Filter& filter, std::int64_t caller_id);

}  // namespace nassaq::documents
